"""Signing in through the page, and following the link of a mail."""

import re

from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from marketplace.mail import sending
from marketplace.users.models import User
from tests.builders import PASSWORD


def sign_in(client: Client, user: User, password: str = PASSWORD) -> int:
    sent = {"username": user.email, "password": password}
    return client.post("/login", sent).status_code


def mailed(email: str) -> str:
    """The address of the page that the last mail there leads to."""
    sending.send_due(timezone.now())
    (sent,) = [one for one in outbox.outbox if one.to == [email]][-1:]
    (link,) = re.findall(r"http://localhost:8000(/\S+)", str(sent.body))
    return str(link)
