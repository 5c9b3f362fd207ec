"""`manage.py take_over_nonces LANE`: goes on after what a lane's key sent elsewhere."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from contracts.client import ChainError
from royalties import deployments, nonces, signers
from royalties.errors import RoyaltiesError


class Command(BaseCommand):
    help = (
        "Lets a lane sign again though its key sent transactions that this database does not know."
        " First look at each of them: what they did is not undone, and may be done again."
        " docs/operating.md tells the order."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lane", choices=deployments.LANES)

    def handle(self, *args: Any, **options: Any) -> None:
        lane, at = options["lane"], timezone.now()
        try:
            deployment, chain = deployments.current(), deployments.connect()
            if not deployments.stands(deployment, chain, at):
                raise CommandError(f"Nothing was changed: {deployment.halted}.")
            count = nonces.take_over(deployment, lane, chain, signers.address(lane), at)
        except (ChainError, RoyaltiesError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"the {lane} goes on after {count} transactions that were sent elsewhere")
