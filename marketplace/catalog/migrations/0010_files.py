"""Rows name their files. Those of before keep the names they had in the folder MEDIA_ROOT."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

NAMES = """
UPDATE catalog_track SET
    original = 'tracks/' || left(replace(id::text, '-', ''), 2) || '/' || replace(id::text, '-', '')
        || '/original',
    sound = CASE WHEN stream_bytes IS NULL THEN '' ELSE 'tracks/' || left(replace(id::text, '-', ''), 2)
        || '/' || replace(id::text, '-', '') || '/rendition.mp3' END,
    cover = CASE WHEN cover_format = '' THEN '' ELSE 'tracks/' || left(replace(id::text, '-', ''), 2)
        || '/' || replace(id::text, '-', '') || '/cover.' || cover_format END;
UPDATE catalog_rendition SET
    file = 'tracks/' || left(replace(track_id::text, '-', ''), 2) || '/'
        || replace(track_id::text, '-', '') || '/' || kind
        || CASE WHEN kind LIKE 'opus%' THEN '.m4a' ELSE '.mp3' END
WHERE total_bytes IS NOT NULL;
"""


def forget_missing(apps: Any, editor: Any) -> None:
    """What was refused kept its bytes or did not: only the folder knows."""
    root = Path(settings.MEDIA_ROOT)
    failed = apps.get_model("catalog", "Track").objects.filter(~Q(state="published"))
    for track in failed.only("original", "sound"):
        for name in ("original", "sound"):
            if not (root / getattr(track, name)).is_file():
                setattr(track, name, "")
        track.save(update_fields=["original", "sound"])


def named(**options: Any) -> models.CharField:
    return models.CharField(blank=True, db_default="", default="", max_length=160, **options)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_fingerprints")]

    operations = [
        migrations.CreateModel(
            name="Leftover",
            fields=[
                ("name", models.CharField(max_length=160, primary_key=True, serialize=False)),
                ("due_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.AddField("track", "original", named()),
        migrations.AddField("track", "sound", named()),
        migrations.AddField("track", "cover", named()),
        migrations.AddField("rendition", "file", named()),
        migrations.RunSQL(NAMES, migrations.RunSQL.noop),
        migrations.RunPython(forget_missing, migrations.RunPython.noop),
    ]
