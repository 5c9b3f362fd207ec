"""Indexes over how names begin: of the letters of a few, trigrams find all words that begin so."""

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models.functions import Upper


def beginnings(field: str) -> OpClass:
    return OpClass(Upper(field), "text_pattern_ops")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_track_on_sale")]
    operations = [
        migrations.AddIndex("artist", models.Index(beginnings("name"), name="artist_name_begins")),
        migrations.AddIndex("track", models.Index(beginnings("title"), name="track_title_begins")),
        migrations.AddIndex("track", models.Index(beginnings("album"), name="track_album_begins")),
    ]
