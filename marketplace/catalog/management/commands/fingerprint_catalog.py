"""manage.py fingerprint_catalog"""

from typing import Any

from django.core.management.base import BaseCommand

from marketplace.catalog.fingerprinting import fingerprint_all
from marketplace.discovery import fingerprints


class Command(BaseCommand):
    help = (
        "Give every published song the fingerprint by which copies of it are refused, and name"
        " songs on sale that are the same. Running it again hears only what has none."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = failed = same = 0
        for heard in fingerprint_all():
            done += not heard.error
            if heard.error:
                failed += 1
                self.stdout.write(f"{heard.track.title} ({heard.track.pk}): {heard.error}")
            for alike in heard.alike:
                same += 1
                self.stdout.write(
                    f"{heard.track.title} ({heard.track.pk}) is the same as"
                    f" {alike.track.title} ({alike.track.pk}), by {alike.score:.0%}"
                )
        fingerprints.write_if_due()
        self.stdout.write(f"{done} fingerprinted, {failed} failed, {same} found to be the same")
