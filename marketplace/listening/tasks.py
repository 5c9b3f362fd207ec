"""Doorbells of listening."""

from django.utils import timezone

from marketplace.celery import app
from marketplace.listening import streams


@app.task
def end_silent() -> None:
    streams.end_silent(timezone.now())
