"""Sending mail: what is due, by a worker, tried again while it may help.

At least once: a worker that dies after the mail server took a mail sends it again. The server's
address is in the settings (`EMAIL_HOST`); without one, mails are written to files.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from marketplace.mail.models import Mail
from marketplace.plain import one_line
from marketplace.users.address_links import to_confirm, to_confirm_first, to_take_back

AT_ONCE = 50
AWAY, PAUSE = "mail/server-away", timedelta(seconds=30)  # after a server that did not answer
FIRST_WAIT = timedelta(minutes=1)  # after a try that failed; doubled by each further one
LONGEST_WAIT = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=3)
# The server answers, and takes this one not.
OF_THIS_MAIL = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)

log = logging.getLogger(__name__)


def has_server() -> bool:
    """Whether mail leaves this machine."""
    return bool(settings.EMAIL_HOST)


def send_due(at: datetime) -> None:
    """Send what is due, the oldest first, and forget what came too late.

    A mail server that does not answer ends the round and is left alone for a while, or each mail
    that is written would make a worker wait for it.
    """
    Mail.objects.filter(written_at__lte=at - GIVEN_UP_AFTER).delete()
    link_lasts = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    Mail.objects.filter(kind__in=Mail.HOURLY, written_at__lte=at - link_lasts).delete()
    away_since: datetime | None = cache.get(AWAY)
    if away_since is not None and at - away_since < PAUSE:
        return
    for _ in range(AT_ONCE):
        if not _send_one(at):
            break


@transaction.atomic
def _send_one(at: datetime) -> bool:
    """Send the oldest that is due; whether there may be another one to send."""
    waiting = Mail.objects.to_send().filter(due_at__lte=at).order_by("due_at", "pk")
    mail = waiting.select_for_update(of=["self"], skip_locked=True).select_related("user").first()
    if mail is None:
        return False
    try:
        message(mail).send()
    except Exception as error:  # whatever is wrong with one mail must not hold up the others
        is_ours = not isinstance(error, OSError)  # smtplib's errors are OSErrors
        is_away = not is_ours and not isinstance(error, OF_THIS_MAIL)
        if is_away:
            cache.set(AWAY, at, PAUSE.total_seconds())
        log.warning("mail %s could not be sent, it waits: %s", mail.pk, error, exc_info=is_ours)
        mail.due_at = at + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(mail.tries, 10))
        mail.tries, mail.error = mail.tries + 1, (str(error) or repr(error))[:200]
        mail.save(update_fields=["due_at", "tries", "error"])
        return not is_away
    mail.delete()
    return True


def message(mail: Mail) -> EmailMessage:
    """The mail in words: the first line of its template is the subject."""
    site = settings.SITE_URL
    context = {"user": mail.user, "site": site, "link": site + _leads_to(mail)}
    told = {name: one_line(value) for name, value in mail.about.items()}
    text = render_to_string(f"mail/{mail.kind}.txt", context | told)
    subject, _, body = text.strip().partition("\n")
    return EmailMessage(subject, body.strip() + "\n", to=[mail.about.get("to", mail.user.email)])


def _leads_to(mail: Mail) -> str:
    """The page that its one link opens."""
    about: dict[str, Any] = mail.about
    match mail.kind:
        case Mail.Kind.RESET:
            name = urlsafe_base64_encode(force_bytes(mail.user.pk))
            token = default_token_generator.make_token(mail.user)
            return reverse("users:new-password", args=[name, token])
        case Mail.Kind.FIRST:
            return reverse("users:confirm-first", args=[to_confirm_first(mail.user)])
        case Mail.Kind.CONFIRM:
            return reverse("users:confirm", args=[to_confirm(mail.user, about["to"])])
        case Mail.Kind.MOVED:
            return reverse(
                "users:take-back", args=[to_take_back(int(about["change"]), about["to"])]
            )
        case Mail.Kind.WALLET:
            return reverse("wallet:own")
        case Mail.Kind.HOLD:
            return reverse("studio:hold", args=[about["hold"]])
    return reverse("users:forgotten")
