"""Doorbells of pricing."""

from django.utils import timezone

from marketplace.celery import app
from marketplace.pricing import monthly, quotes, retention, steps


@app.task
def expire_quotes() -> None:
    quotes.expire(timezone.now())


@app.task
def step_prices() -> None:
    steps.step(timezone.now())


@app.task
def drop_inputs() -> None:
    retention.drop_inputs(timezone.now())


@app.task
def report_prices() -> None:
    monthly.bring_up(timezone.now())
