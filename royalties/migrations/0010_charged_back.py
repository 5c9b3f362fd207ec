from django.db import migrations, models
from django.db.models import Q

# As before, and a chargeback's moment is set once; the kind stays.
SET_ONCE = """
DROP TRIGGER reversal_set_once ON royalties_reversal;
CREATE TRIGGER reversal_set_once BEFORE UPDATE ON royalties_reversal
    FOR EACH ROW WHEN (
        (OLD.id, OLD.play_id, OLD.kind, OLD.reason, OLD.at) IS DISTINCT FROM
        (NEW.id, NEW.play_id, NEW.kind, NEW.reason, NEW.at)
        OR (OLD.window_id IS NOT NULL
            AND (NEW.window_id, NEW.units) IS DISTINCT FROM (OLD.window_id, OLD.units))
        OR (OLD.released_at IS NOT NULL AND NEW.released_at IS DISTINCT FROM OLD.released_at)
        OR (OLD.released_in_id IS NOT NULL AND (NEW.released_in_id, NEW.units_again)
            IS DISTINCT FROM (OLD.released_in_id, OLD.units_again))
        OR (OLD.charged_back_at IS NOT NULL
            AND NEW.charged_back_at IS DISTINCT FROM OLD.charged_back_at)
    ) EXECUTE FUNCTION royalties_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("royalties", "0009_withdrawals")]

    operations = [
        migrations.AddField("reversal", "charged_back_at", models.DateTimeField(null=True)),
        migrations.RemoveConstraint("reversal", "chargebacks_stay"),
        migrations.AddConstraint(
            "reversal",
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(charged_back_at=None), name="chargebacks_stay"
            ),
        ),
        migrations.AddConstraint(
            "reversal",
            models.CheckConstraint(
                condition=~Q(kind="chargeback") | Q(charged_back_at__isnull=False),
                name="chargeback_has_its_moment",
            ),
        ),
        migrations.AddIndex(
            "trackwindow",
            models.Index(
                fields=["terms"], condition=Q(receivable_micros__gt=0), name="track_owing"
            ),
        ),
        migrations.RunSQL(SET_ONCE, migrations.RunSQL.noop),
    ]
