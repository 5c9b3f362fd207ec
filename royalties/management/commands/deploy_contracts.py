"""`manage.py deploy_contracts`: the contracts of this database, deployed unless they stand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from contracts.client import ChainError
from royalties import chain, deployments
from royalties.errors import RoyaltiesError


class Command(BaseCommand):
    help = "Deploys token and vault through Brownie, unless they stand already."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            deployment, is_new = deployments.deploy(timezone.now())
        except (ChainError, RoyaltiesError) as error:
            raise CommandError(str(error)) from error
        chain.follow(timezone.now())
        word = "deployed" if is_new else "standing"
        self.stdout.write(f"vault {deployment.vault} {word} on chain {deployment.chain_id}")
