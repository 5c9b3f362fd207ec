"""manage.py demo: thirty composed songs, four logins, and fourteen days lived with them, once."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from marketplace.catalog.models import Track
from marketplace.demo import copies, kept_songs, life, logins, people
from marketplace.demo.models import Life
from marketplace.discovery import rising, training
from marketplace.pricing import monthly


class Command(BaseCommand):
    help = "Fill an installation with the demo; running it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's logins exist only with DEMO=1.")
        now = timezone.now()
        lived = life.begin(now)
        users = people.ensure_logins(lived.started_at)
        if lived.finished_at is None:
            call_command("demo_songs", stdout=self.stdout)
            self._fill(lived, users, now)
        training.train_if_due(timezone.now())
        rising.add_up(timezone.now())
        monthly.bring_up(timezone.now())
        for login in logins.LOGINS:
            self.stdout.write(f"{login.role:<9} {login.email:<24} {logins.PASSWORD}")

    def _fill(self, lived: Life, users: people.Users, now: datetime) -> None:
        people.ensure_deals(users["label"], lived.started_at)
        copies.ensure(users["artist"], now)
        genres = life.genres_of(list(Track.objects.published()))
        listeners = people.ensure_listeners(users["listener"], genres, lived.started_at)
        claimants = people.claimants(users["listener"])
        for line in life.live(lived, listeners, claimants, timezone.now()):
            self.stdout.write(line)
        kept_songs.ensure(users["listener"], now)
