"""Doorbells of listening."""

from celery import shared_task
from django.utils import timezone

from marketplace.listening import streams


@shared_task
def end_silent() -> None:
    streams.end_silent(timezone.now())
