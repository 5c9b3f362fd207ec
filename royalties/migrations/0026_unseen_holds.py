from django.db import migrations, models
from django.db.models import F, Q

NAME = "fraud_hold_deadlines_in_order"


class Migration(migrations.Migration):
    dependencies = [("royalties", "0025_longest_window")]

    operations = [
        migrations.RemoveConstraint("fraudhold", NAME),
        migrations.AddConstraint(
            "fraudhold",
            models.CheckConstraint(
                condition=Q(shown_at=None, answer_by=None, decide_by=None)
                | Q(answer_by__isnull=False, answer_by__lte=F("decide_by"))
                & (Q(shown_at=None) | Q(shown_at__lte=F("answer_by"))),
                name=NAME,
            ),
        ),
    ]
