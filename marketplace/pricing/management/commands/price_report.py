"""`manage.py price_report [--month 2026-11]`: what prices did in a month, as JSON."""

import json
from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from marketplace.pricing.monthly import document


class Command(BaseCommand):
    help = "Prints what prices did in a month beside those that were held, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", help="as 2026-11; the last whole one if left out")

    def handle(self, *args: Any, month: str | None, **options: Any) -> None:
        day = timezone.now().date().replace(day=1) - timedelta(days=1)
        if month is not None:
            try:
                day = date.fromisoformat(f"{month}-01")
            except ValueError:
                raise CommandError(f"A month is written as 2026-11, not {month}.") from None
        self.stdout.write(json.dumps(document(day), indent=2))
