from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_search_indexes")]

    operations = [
        migrations.AddIndex(
            model_name="track",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "failed"])),
                fields=["state", "created_at"],
                name="track_unpublished",
            ),
        ),
    ]
