"""Doorbells of discovery."""

from django.utils import timezone

from marketplace.celery import app
from marketplace.discovery import training


@app.task
def train() -> None:
    training.train_if_due(timezone.now())
