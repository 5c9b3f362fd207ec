"""An index over the songs on sale, the newest first: lists of many thousands read and count it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_track_unpublished")]
    operations = [
        migrations.AddIndex(
            model_name="track",
            index=models.Index(
                condition=models.Q(("state", "published")),
                fields=["-published_at", "id"],
                name="track_on_sale",
            ),
        )
    ]
