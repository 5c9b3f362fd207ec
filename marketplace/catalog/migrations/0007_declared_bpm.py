from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0006_beginnings")]
    operations = [
        migrations.AddField("track", "declared_bpm", models.FloatField(null=True)),
        migrations.AddConstraint(
            "track",
            models.CheckConstraint(
                condition=models.Q(declared_bpm=None) | models.Q(declared_bpm__range=(20.0, 300.0)),
                name="a_declared_tempo_is_playable",
            ),
        ),
    ]
