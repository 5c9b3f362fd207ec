"""Moves at cut-offs, a few among the million of a period, are found by an index of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("royalties", "0032_first_nonces"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="unitmove",
            index=models.Index(
                condition=models.Q(("kind__in", ["leave", "arrive"])),
                fields=["window", "terms"],
                name="move_at_cutoff",
            ),
        ),
    ]
