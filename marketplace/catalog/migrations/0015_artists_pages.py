import django.db.models.deletion
from django.db import migrations, models

KEPT = {"blank": True, "default": "", "db_default": ""}


class Migration(migrations.Migration):
    dependencies = [("catalog", "0014_corrections")]

    operations = [
        migrations.AddField("artist", "about", models.TextField(max_length=600, **KEPT)),
        migrations.AddField("artist", "links", models.TextField(**KEPT)),
        migrations.AddField("artist", "picture", models.CharField(max_length=160, **KEPT)),
        migrations.AddField(
            "artist", "revision", models.PositiveIntegerField(default=0, db_default=0)
        ),
        migrations.AddField(
            "correction",
            "artist",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="catalog.artist",
            ),
        ),
        migrations.AlterField(
            "correction",
            "track",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="catalog.track",
            ),
        ),
        migrations.AddConstraint(
            "correction",
            models.CheckConstraint(
                condition=models.Q(("track", None)) ^ models.Q(("artist", None)),
                name="correction_of_one_thing",
            ),
        ),
        migrations.AddField(
            "lostfile",
            "artist",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.artist",
            ),
        ),
        migrations.AlterField(
            "lostfile",
            "track",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="catalog.track",
            ),
        ),
    ]
