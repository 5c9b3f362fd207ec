"""What a step tells an operator. `accepted` of earlier steps comes from the points they wrote."""

from django.db import migrations, models

ACCEPTED = """
UPDATE pricing_enginestep AS step SET accepted = told.accepts
FROM (SELECT at, sum(accepts) AS accepts FROM pricing_pricepoint GROUP BY at) AS told
WHERE told.at = step.at
"""


class Migration(migrations.Migration):
    dependencies = [("pricing", "0002_initial")]

    operations = [
        migrations.AddField(
            model_name="enginestep",
            name="accepted",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="enginestep",
            name="seconds",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="enginestep",
            name="reasons",
            field=models.JSONField(default=dict),
        ),
        migrations.RunSQL(ACCEPTED, migrations.RunSQL.noop),
    ]
