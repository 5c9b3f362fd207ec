"""`manage.py attack_table`: what each way to cheat brings under this deployment's settings."""

from typing import Any

from django.core.management.base import BaseCommand

from royalties import cheating, cheating_checks


class Command(BaseCommand):
    help = __doc__ or ""
    requires_system_checks: list[str] = []  # it shows what they refuse

    def handle(self, *args: Any, **options: Any) -> None:
        rules = cheating_checks.rules()
        self.stdout.write("| attack | paid, micros | received | gain | may gain at most | return |")
        self.stdout.write("|---|---:|---:|---:|---:|---:|")
        for one in cheating.attacks(rules):
            percent = one.return_percent
            told = "nothing paid" if percent is None else f"{percent:.2f} %"
            cells = (one.paid_micros, one.received_micros, one.gain_micros, one.most_micros)
            numbers = " | ".join(f"{cell:,}" for cell in cells)
            self.stdout.write(f"| {one.name} | {numbers} | {told} |")
        for setting, sentence in cheating.broken(rules):
            self.stdout.write(f"REFUSED {setting}: {sentence}")
