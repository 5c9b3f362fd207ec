"""Doorbells of pricing."""

from celery import shared_task
from django.utils import timezone

from marketplace.pricing import quotes, steps


@shared_task
def expire_quotes() -> None:
    quotes.expire(timezone.now())


@shared_task
def step_prices() -> None:
    steps.step(timezone.now())
