from django.db import migrations, models

GIVEN = """
UPDATE pricing_freeplays free SET given = (
    SELECT count(*) FROM pricing_quote WHERE track_id = free.track_id AND price_micros = 0
        AND state IN ('spent', 'accepted')
)
"""


class Migration(migrations.Migration):
    dependencies = [("pricing", "0008_free_plays")]

    operations = [
        migrations.AddField(
            "freeplays", "given", models.PositiveIntegerField(db_default=0, default=0)
        ),
        migrations.RunSQL(GIVEN, migrations.RunSQL.noop),
        migrations.AddIndex(
            "quote",
            models.Index(
                condition=models.Q(("price_micros", 0), ("state__in", ["spent", "accepted"])),
                fields=["track", "listener"],
                name="free_play_of_listener",
            ),
        ),
        migrations.RemoveIndex("quote", "free_play"),
    ]
