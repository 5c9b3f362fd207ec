"""What operators did, what ledger and chain said to each other, and what each key held last."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from marketplace.users.models import User

FEW_TRANSACTIONS = 50
STALE_AFTER = timedelta(minutes=5)
WEI_PER_COIN = 10**18


class Deed(models.Model):
    """One line of the log: who pressed what, when. PostgreSQL refuses to change or delete it."""

    at = models.DateTimeField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=300)

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="deed_newest")]


class Reconciliation(models.Model):
    """One comparison of ledger, bundles and chain: asked for, made by a worker, kept as found."""

    open = models.BooleanField(default=True)  # asked for or under way
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    leased_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True)
    bundles_from = models.PositiveIntegerField(default=1)  # the first period whose bundle was made
    checks = models.JSONField(default=list)  # {name, ok, detail}, and of a difference {since}
    figures = models.JSONField(default=list)  # {name, ledger, chain}, in micros

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["open"], condition=Q(open=True), name="one_open_reconciliation"
            )
        ]

    @property
    def unanswered(self) -> str:
        """Why the chain could not be read; empty where it was."""
        found = (one["detail"] for one in self.checks if one["name"] == "chain" and not one["ok"])
        return next(found, "")

    @property
    def sums(self) -> list[dict[str, Any]]:
        """The figures, each with what the chain has more."""
        return [one | {"difference": one["chain"] - one["ledger"]} for one in self.figures]

    @property
    def differing_since(self) -> datetime | None:
        """When the oldest of the differences was first found."""
        return min((datetime.fromisoformat(one["since"]) for one in self.differences), default=None)

    @property
    def differences(self) -> list[dict[str, str]]:
        return [one for one in self.checks if not one["ok"] and one["name"] != "chain"]


class KeyState(models.Model):
    """What one role's key held when a worker last asked the chain."""

    role = models.CharField(max_length=12, primary_key=True)
    address = models.CharField(max_length=42)
    gas_wei = models.DecimalField(max_digits=40, decimal_places=0)
    transactions_left = models.PositiveBigIntegerField(null=True)  # None: it never signs
    token_micros = models.BigIntegerField()
    seen_at = models.DateTimeField()

    @property
    def is_low(self) -> bool:
        return self.transactions_left is not None and self.transactions_left < FEW_TRANSACTIONS

    @property
    def gas(self) -> Decimal:
        """Gas money in whole coins of the chain, to six digits."""
        return (self.gas_wei / WEI_PER_COIN).quantize(Decimal("0.000001"), ROUND_DOWN)

    def is_stale(self, at: datetime) -> bool:
        return at - self.seen_at > STALE_AFTER
