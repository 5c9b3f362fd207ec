from django.db import migrations, models

GIVEN = """
UPDATE pricing_freeplays free SET given = (
    SELECT count(*) FROM pricing_quote WHERE track_id = free.track_id AND price_micros = 0
        AND state IN ('offered', 'spent', 'accepted')
)
"""


class Migration(migrations.Migration):
    dependencies = [("pricing", "0009_free_plays_given")]

    operations = [
        migrations.RunSQL(GIVEN, migrations.RunSQL.noop),
        migrations.RemoveIndex("quote", "free_play_of_listener"),
        migrations.AddIndex(
            "quote",
            models.Index(
                condition=models.Q(
                    ("price_micros", 0), ("state__in", ["offered", "spent", "accepted"])
                ),
                fields=["track", "listener"],
                name="free_play_of_listener",
            ),
        ),
    ]
