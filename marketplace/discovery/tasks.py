"""Doorbells of discovery."""

from celery import shared_task
from django.utils import timezone

from marketplace.discovery import training


@shared_task
def train() -> None:
    training.train_if_due(timezone.now())
