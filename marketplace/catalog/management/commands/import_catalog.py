"""manage.py import_catalog FOLDER"""

import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from marketplace.catalog import importing
from marketplace.catalog.importing import Outcome
from marketplace.catalog.models import Track

BAR_WIDTH = 30
POLL_SECONDS = 1.0


class Command(BaseCommand):
    help = "Import every recording below a folder. Running it again imports nothing twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder; name one that holds recordings.")
        files = importing.files_in(folder)
        if not files:
            raise CommandError(f"{folder} holds no mp3, flac, ogg, opus, wav, aiff or m4a file.")
        outcomes = []
        for number, path in enumerate(files, 1):
            outcomes.append(importing.take_in(path, timezone.now()))
            self.progress("storing", number, len(files))
        self.analyse({o.track.pk for o in outcomes if o.track and o.status == "new"})
        self.report([importing.final(outcome) for outcome in outcomes], folder)

    def analyse(self, pending: set[UUID]) -> None:
        """Work beside the audio workers, then wait for what they hold."""
        total, done = len(pending), 0
        for _ in importing.work(pending):
            done = total - self.waiting(pending)
            self.progress("analysing", done, total)
        pause = threading.Event()
        while left := self.waiting(pending):
            self.progress("analysing", total - left, total)
            pause.wait(POLL_SECONDS)
            for _ in importing.work(pending):
                pass
        if total:
            self.progress("analysing", total, total)

    def waiting(self, pending: set[UUID]) -> int:
        return Track.objects.filter(pk__in=pending, state=Track.State.WAITING).count()

    def progress(self, what: str, done: int, total: int) -> None:
        if not sys.stderr.isatty() and done not in (1, total):
            return
        bar = "█" * (BAR_WIDTH * done // total)
        self.stderr.write(f"\r{what:<10} {bar:<{BAR_WIDTH}} {done}/{total}", ending="")
        if done == total:
            self.stderr.write("")

    def report(self, outcomes: list[Outcome], folder: Path) -> None:
        refused = [outcome for outcome in outcomes if outcome.status == "refused"]
        if refused:
            names = [importing.shown(one.path.relative_to(folder)) for one in refused]
            width = max(map(len, names))
            self.stdout.write("Not imported:")
            for name, outcome in zip(names, refused, strict=True):
                self.stdout.write(f"  {name:<{width}}  {outcome.detail}")
        count = Counter(outcome.status for outcome in outcomes)
        self.stdout.write(
            f"{count['new']} imported, {count['known']} known before, {count['refused']} refused"
        )
