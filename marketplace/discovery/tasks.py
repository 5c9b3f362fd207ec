"""Doorbells of discovery."""

from django.utils import timezone

from marketplace.celery import app
from marketplace.discovery import fingerprints, rising, training


@app.task
def train() -> None:
    training.train_if_due(timezone.now())


@app.task
def rise() -> None:
    rising.add_up(timezone.now())


@app.task
def index_fingerprints() -> None:
    fingerprints.write_if_due()
