"""manage.py demo_songs: the demo's thirty songs alone, composed, taken in and published, once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from marketplace.catalog.models import Track
from marketplace.demo import life, people, songs


class Command(BaseCommand):
    help = "Compose and publish the demo's songs; running it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's songs exist only with DEMO=1.")
        now = timezone.now()
        lived = life.begin(now)
        if lived.finished_at is not None:
            return
        artist = people.ensure_logins(lived.started_at)["artist"]
        for done, total in songs.ensure(artist, lived.started_at, now):
            self.stdout.write(f"song {done} of {total}")
        if not Track.objects.published().exists():
            raise CommandError("No song could be published; catalog_track says why, in `failure`.")
