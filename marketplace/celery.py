"""The Celery application: `celery -A marketplace.celery worker -Q default|audio|chain`."""

import logging
import os

from celery import Celery, Task
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
app = Celery("refrain")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

log = logging.getLogger(__name__)


def ring(task: "Task[..., None]", *args: str) -> None:
    """Send a task; without a broker the work is found by the next sweep instead."""
    try:
        task.delay(*args)
    except OperationalError as error:
        log.warning("the broker does not answer, %s waits for its sweep: %s", task.name, error)
