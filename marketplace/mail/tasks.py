"""Doorbells of mail."""

from django.utils import timezone

from marketplace.celery import app
from marketplace.mail import sending


@app.task
def send() -> None:
    sending.send_due(timezone.now())
