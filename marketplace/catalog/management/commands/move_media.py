"""manage.py move_media s3://bucket/folder?endpoint=..."""

from argparse import ArgumentParser
from itertools import chain
from typing import Any

from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError

from marketplace.catalog import moving
from marketplace.discovery import shared
from marketplace.media.address import BadAddress, storages_of
from marketplace.media.away import StoreAway
from marketplace.media.folder import Folder
from royalties import bundle


class Command(BaseCommand):
    help = (
        "Copy recordings, streaming copies, covers and bundles of periods from REFRAIN_HOME to a"
        " bucket, and compare each by its hash; then the model that serves and the index of"
        " fingerprints. Run it while songs play, set MEDIA_STORAGE, start"
        " anew, and run it once more for what came in between. The folders are left as they are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="as MEDIA_STORAGE: s3://bucket/folder?endpoint=...")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            entries = storages_of(options["address"])
        except BadAddress as error:
            raise CommandError(str(error), returncode=2) from None
        target: dict[str, Any] = {name: storages.create_storage(entries[name]) for name in entries}
        bundles = (path.name for path in bundle.every_file())
        done = there = failed = n_bytes = 0
        for one in chain(
            moving.move(Folder(), target["default"], moving.named()),
            moving.move(Folder("BUNDLES_ROOT"), target["bundles"], bundles),
        ):
            there += one.was_there
            failed += bool(one.error)
            done += not (one.was_there or one.error)
            n_bytes += 0 if one.was_there or one.error else one.n_bytes
            if one.error:
                self.stdout.write(f"{one.name}: {one.error}")
        said = f"{done} files copied ({n_bytes / 1e6:.1f} MB), {there} were there, {failed} failed"
        try:
            shared.move(target["default"])
        except StoreAway as error:
            self.stdout.write(f"The model and the index of fingerprints: {error}")
            failed += 1
        if failed:
            raise CommandError(said, returncode=1)
        self.stdout.write(said)
