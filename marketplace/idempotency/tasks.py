"""Doorbells of kept answers."""

from django.utils import timezone

from marketplace.celery import app
from marketplace.idempotency import once


@app.task
def forget_answers() -> None:
    once.forget(timezone.now())
