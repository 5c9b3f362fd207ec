"""manage.py demo: four logins and thirty composed tracks, once. Only with DEMO=1."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from marketplace.demo import people, songs
from marketplace.discovery import training


class Command(BaseCommand):
    help = "Fill an installation with the demo; running it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's logins exist only with DEMO=1.")
        at = timezone.now()
        users = people.ensure_logins(at)
        for done, total in songs.ensure(users["artist"], at, at):
            self.stdout.write(f"song {done} of {total}")
        people.ensure_money(users["listener"], at)
        people.ensure_deals(users, at)
        training.train_if_due(timezone.now())
        for login in people.LOGINS:
            self.stdout.write(f"{login.role:<9} {login.email:<24} {people.PASSWORD}")
