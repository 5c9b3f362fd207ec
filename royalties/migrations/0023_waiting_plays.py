"""Plays that wait stand in a table of their own, and marking a play leaves its row on its page.

Accrual marks every play once. Where what it sets is in an index, or in the condition of one, each
mark writes a new row and one more entry into every index of the table; where it is in none, or in
a BRIN alone, the row's new state lies beside the old one on the same page and no index is touched
(a HOT update), if there is room for it: so pages are filled by less than a half.

A trigger before an update also locks each row, which writes once more; those that only refuse can
as well look afterwards.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

WAITING = """
INSERT INTO royalties_waitingplay (play_id, accrues_at)
SELECT id, accrues_at FROM royalties_paidplay WHERE window_id IS NULL;
"""
# A play takes 124 bytes of a page of 8,168, marked 152: 29 of both fit where 44 % is filled first.
ROOM = "ALTER TABLE royalties_paidplay SET (fillfactor = 44);"
FULL = "ALTER TABLE royalties_paidplay RESET (fillfactor);"
SET_ONCE = """
DROP TRIGGER paidplay_set_once ON royalties_paidplay;
CREATE TRIGGER paidplay_set_once {when} UPDATE ON royalties_paidplay
    FOR EACH ROW WHEN (
        (OLD.id, OLD.reference, OLD.terms_id, OLD.listener_id, OLD.price_micros, OLD.earns_units,
         OLD.counted_at, OLD.accrues_at) IS DISTINCT FROM
        (NEW.id, NEW.reference, NEW.terms_id, NEW.listener_id, NEW.price_micros, NEW.earns_units,
         NEW.counted_at, NEW.accrues_at)
        OR (OLD.window_id IS NOT NULL AND NEW.window_id IS DISTINCT FROM OLD.window_id)
        OR (OLD.units IS NOT NULL AND NEW.units IS DISTINCT FROM OLD.units)
        OR (OLD.pseudonym <> '' AND NEW.pseudonym <> OLD.pseudonym)
    ) EXECUTE FUNCTION royalties_refuse_change();
DROP TRIGGER paidplay_no_units_stay ON royalties_paidplay;
CREATE TRIGGER paidplay_no_units_stay {when} UPDATE ON royalties_paidplay
    FOR EACH ROW WHEN (NEW.no_units IS DISTINCT FROM OLD.no_units)
    EXECUTE FUNCTION royalties_refuse_change();
"""
KEEP = """
DROP TRIGGER {table}_keeps_references ON royalties_{table};
CREATE TRIGGER {table}_keeps_references {when} UPDATE ON royalties_{table}
    FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new}))
    EXECUTE FUNCTION royalties_refuse_change();
"""
REFERENCES = {
    "holding": ("terms_id", "party_id"),
    "entitlement": ("period_id", "terms_id", "party_id"),
}


def refusing(when: str) -> str:
    """The triggers on rows that are updated by the thousand, before or after they are."""
    made = SET_ONCE.format(when=when)
    for table, columns in REFERENCES.items():
        old, new = (", ".join(f"{row}.{one}" for one in columns) for row in ("OLD", "NEW"))
        made += KEEP.format(table=table, old=old, new=new, when=when)
    return made


class Migration(migrations.Migration):
    dependencies = [("royalties", "0022_references_by_index")]

    operations = [
        migrations.CreateModel(
            name="WaitingPlay",
            fields=[
                (
                    "play",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="waits",
                        serialize=False,
                        to="royalties.paidplay",
                    ),
                ),
                ("accrues_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(WAITING, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="paidplay", name="play_to_accrue"),
        migrations.AlterField(
            model_name="paidplay",
            name="window",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="plays",
                to="royalties.window",
            ),
        ),
        migrations.AddIndex(
            model_name="paidplay",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["window"], name="play_in_window"
            ),
        ),
        migrations.RunSQL(ROOM, FULL),
        migrations.RunSQL(refusing("AFTER"), refusing("BEFORE")),
    ]
