"""`manage.py check_invariants [--json]`: ledger, plays, units and chain, every break named."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError
from django.utils import timezone

from royalties import chain_checks, invariants


class Command(BaseCommand):
    help = "Checks every invariant of ledger, plays, units and chain; exits with 1 if one fails."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="checks as one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            checks = _checks()
        except OperationalError as error:
            self.stderr.write(f"The database can't be read: {' '.join(str(error).split())}.")
            sys.exit(2)
        ok = all(holds for _, holds, _ in checks)
        if options["json"]:
            listed = [dict(zip(("name", "ok", "detail"), check, strict=True)) for check in checks]
            self.stdout.write(json.dumps({"ok": ok, "checks": listed}))
        else:
            for name, holds, detail in checks:
                said = f"{name}: {detail}" if detail else name
                self.stdout.write(f"{'ok    ' if holds else 'FAILED'} {said}")
        if not ok:
            sys.exit(1)


def _checks() -> list[tuple[str, bool, str]]:
    at = timezone.now()
    book = [(one.name, one.ok, one.detail) for one in invariants.ledger_checks()]
    followed = [*chain_checks.check(at), *chain_checks.in_flight(at)]
    return [*book, *((one.name, one.ok, one.detail) for one in followed)]
