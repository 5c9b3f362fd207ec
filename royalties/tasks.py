"""Celery's doorbells: each looks for what is due in the database, and may ring twice."""

import logging

from celery import shared_task
from django.utils import timezone

from royalties import (
    accrual,
    chain,
    claims,
    deployments,
    fraud_holds,
    leaving,
    outbox,
    publications,
    settlement,
    withdrawals,
)
from royalties.settlement import NothingToSettle

log = logging.getLogger(__name__)


@shared_task
def accrue() -> None:
    accrual.accrue(timezone.now())


@shared_task
def close_due_period() -> None:
    try:
        settlement.close_due(timezone.now())
    except (NothingToSettle, deployments.NotDeployed) as reason:
        log.info("no period is closed: %s", reason)


@shared_task
def lapse_fraud_holds() -> None:
    at = timezone.now()
    fraud_holds.begin_unseen(at)
    fraud_holds.lapse_due(at)


@shared_task
def chain_send() -> None:
    publications.plan(timezone.now())
    claims.plan_again(timezone.now())
    withdrawals.plan(timezone.now())
    leaving.plan(timezone.now())
    outbox.send(timezone.now())


@shared_task
def chain_follow() -> None:
    chain.follow(timezone.now())
