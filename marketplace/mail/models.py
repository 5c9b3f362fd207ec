"""Mails that wait to be sent: written in the transaction of what they tell of, gone once sent."""

from __future__ import annotations

from django.db import models

from marketplace.users.models import User


class MailQuerySet(models.QuerySet["Mail"]):
    def to_send(self) -> MailQuerySet:
        """Those whose login is open: a closed one is sent nothing more."""
        return self.filter(user__is_active=True)


class Mail(models.Model):
    """One mail to one login, at its e-mail or at the one of `about` (`to`). Its words are made as
    it is sent: no link lies in the database.
    """

    class Kind(models.TextChoices):
        RESET = "reset"
        PASSWORD = "password"
        FIRST = "first"  # that one signed up with, to be confirmed
        CONFIRM = "confirm"  # a new e-mail
        MOVED = "moved"  # to another e-mail
        WALLET = "wallet"
        HOLD = "hold"

    HOURLY = (Kind.RESET, Kind.CONFIRM)  # their links last an hour

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    about = models.JSONField(default=dict)  # what its words need
    written_at = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)  # later after each try that failed
    tries = models.PositiveSmallIntegerField(default=0)  # that failed
    error = models.CharField(max_length=200, blank=True, default="")  # of the last one

    objects = MailQuerySet.as_manager()
