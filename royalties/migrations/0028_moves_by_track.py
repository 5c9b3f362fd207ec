"""Two indexes of unit moves instead of four, in whose order a window writes them: more than half of
what writing them took went into the others.
"""

from typing import Any

import django.db.models.deletion
from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models


def reference(to: str, related_name: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        to=to,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        db_constraint=False,
        db_index=False,
    )


class Migration(migrations.Migration):
    dependencies = [("royalties", "0027_shared_cap")]

    operations = [
        migrations.RemoveConstraint("unitmove", "move_once"),
        migrations.AlterField("unitmove", "terms", reference("royalties.terms", "moves")),
        migrations.AlterField("unitmove", "taker", reference("royalties.party", "unit_moves")),
        migrations.AddConstraint(
            "unitmove",
            models.UniqueConstraint(
                fields=["terms", "taker", "window", "kind", "giver"],
                nulls_distinct=False,
                name="move_once",
            ),
        ),
        migrations.AddIndex("unitmove", BrinIndex(fields=["window"], name="move_window")),
    ]
