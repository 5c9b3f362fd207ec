"""Doorbells of operations."""

from django.utils import timezone

from marketplace.celery import app
from marketplace.operations import keepers, reconciliation


@app.task
def reconcile() -> None:
    reconciliation.work(timezone.now())


@app.task
def chain_look_at_keys() -> None:
    """On the queue of the worker that has the keys."""
    keepers.look(timezone.now())
