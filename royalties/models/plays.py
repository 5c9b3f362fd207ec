"""Counted paid plays: the immutable journal rows that accrual nets into the ledger.

A play is taken back by a row beside it: a fraud hold, which may be released, or a chargeback.
"""

from typing import Any, Self

from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from royalties.models.fraud_holds import FraudHold
from royalties.models.parties import Party
from royalties.models.periods import Period
from royalties.models.terms import Terms
from royalties.models.windows import Window


def taken_in(number: int) -> Q:
    """What the windows of a period took: plays or moves in one range of windows' ids."""
    ids = Window.objects.filter(period=number).values("pk")
    first, last = (Subquery(ids.order_by(order)[:1]) for order in ("pk", "-pk"))
    return Q(window__period=number, window__gte=first, window__lte=last)


class PlaySet(models.QuerySet["PaidPlay"]):
    """Queries over counted plays."""

    def waiting(self) -> Self:
        """Those that accrual still has to take: not under a fraud hold, not charged back."""
        return self.not_reversed().filter(waits__isnull=False)

    def in_period(self, number: int) -> Self:
        """Those that the period's windows took."""
        return self.filter(taken_in(number))

    def not_reversed(self) -> Self:
        """Those that stand: neither under a fraud hold nor charged back."""
        return self.exclude(Exists(Reversal.objects.in_force(OuterRef("pk"))))


class PaidPlay(models.Model):
    """One play, counted and charged once. Accrual sets window, units and pseudonym, once.

    It does so to every play, so the row has to stay on its page: what accrual sets is in no index
    but a BRIN, and pages are filled by less than a half (migration 23).
    """

    class NoUnits(models.TextChoices):
        """Why it earns its listener no units."""

        OWN = "own song"  # it pays the listener, or an artist of the listener's
        LINKED = "linked account"  # it pays somebody whom the listener is linked to
        DAILY = "daily limit"  # it is not among the listener's first of the song that day
        SHARED = "shared cap"  # with whom it is linked to, the listener has what one may have

    id = models.BigAutoField(primary_key=True)
    reference = models.UUIDField(unique=True)  # the quote's id: charged once per quote
    terms = models.ForeignKey(  # indexed below, as is the listener
        Terms, on_delete=models.PROTECT, related_name="plays", db_index=False
    )
    listener = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="paid_plays", db_index=False
    )
    price_micros = models.PositiveBigIntegerField()
    earns_units = models.BooleanField(default=True)
    no_units = models.CharField(max_length=14, choices=NoUnits.choices, db_default="", blank=True)
    counted_at = models.DateTimeField(db_index=True)
    accrues_at = models.DateTimeField()  # the end of its hold window
    window = models.ForeignKey(
        Window,
        null=True,
        on_delete=models.PROTECT,
        related_name="plays",
        db_constraint=False,
        db_index=False,
    )
    units = models.PositiveIntegerField(null=True)
    # random, one per listener, track and period: what the published bundle calls the listener
    pseudonym = models.CharField(max_length=32, default="", blank=True)

    objects = PlaySet.as_manager()

    class Meta:
        indexes = [
            BrinIndex(fields=["window"], autosummarize=True, name="play_in_window"),
            models.Index(fields=["listener", "counted_at"], name="play_of_listener"),
            models.Index(fields=["terms", "counted_at"], name="play_of_terms"),
            models.Index(fields=["listener", "terms"], name="play_of_listener_and_terms"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(price_micros__gt=0), name="play_has_a_price"),
            models.CheckConstraint(
                condition=Q(earns_units=True, no_units="") | Q(earns_units=False) & ~Q(no_units=""),
                name="no_units_has_a_reason",
            ),
        ]

    @property
    def again(self) -> "Reversal | None":
        """The release that made it another period's: its own closed while it was held."""
        found, period = None, self.window.period_id if self.window else None
        rows = self.reversals.filter(released_in__isnull=False).order_by("pk")
        for one in rows.select_related("window", "released_in__period"):
            assert one.window is not None
            assert one.released_in is not None
            if one.window.period_id == period != one.released_in.period_id:
                found, period = one, one.released_in.period_id
        return found

    @property
    def reversal(self) -> "Reversal | None":
        """The one in force: a fraud hold or a chargeback."""
        return next((one for one in self.reversals.all() if one.released_at is None), None)


class WaitingPlay(models.Model):
    """A counted play that no window has taken yet; one that is taken back waits as well.

    Written with the play, deleted by the window that takes it.
    """

    play = models.OneToOneField(
        PaidPlay,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="waits",
        db_constraint=False,
    )
    accrues_at = models.DateTimeField()  # the play's


class ReversalSet(models.QuerySet["Reversal"]):
    """Queries over reversals."""

    def frozen(self) -> Self:
        """Those whose money a fraud hold freezes now."""
        held = self.filter(kind=Reversal.Kind.FRAUD_HOLD, released_at=None, charged_back_at=None)
        return held.exclude(fraud_hold__outcome=FraudHold.Outcome.FORFEITED)

    def standing(self) -> Self:
        """Those posted, whose plays were not posted again."""
        return self.filter(window__isnull=False, released_in=None)

    def in_force(self, play: Any) -> Self:
        """The reversal of this play that was not released."""
        return self.filter(play=play, released_at=None)


class Reversal(models.Model):
    """One play taken back, with its reason; in force until it is released."""

    class Kind(models.TextChoices):
        FRAUD_HOLD = "fraud hold"
        CHARGEBACK = "chargeback"

    id = models.BigAutoField(primary_key=True)
    play = models.ForeignKey(PaidPlay, on_delete=models.PROTECT, related_name="reversals")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    fraud_hold = models.ForeignKey(
        FraudHold, null=True, on_delete=models.PROTECT, related_name="reversals"
    )
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(db_index=True)
    # in which it was posted; None: the play waited for accrual, and there was nothing to post
    window = models.ForeignKey(
        Window, null=True, on_delete=models.PROTECT, related_name="reversals"
    )
    units = models.PositiveIntegerField(default=0)  # that went back to the issuer
    released_at = models.DateTimeField(null=True)
    # in which the play was posted again
    released_in = models.ForeignKey(
        Window, null=True, on_delete=models.PROTECT, related_name="releases"
    )
    units_again = models.PositiveIntegerField(default=0)
    charged_back_at = models.DateTimeField(null=True)  # its money left: it stays reversed for good

    objects = ReversalSet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["play"], condition=Q(released_at=None), name="reversed_once"
            ),
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(charged_back_at=None), name="chargebacks_stay"
            ),
            models.CheckConstraint(
                condition=~Q(kind="chargeback") | Q(charged_back_at__isnull=False),
                name="chargeback_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(released_in=None) | Q(released_at__isnull=False, window__isnull=False),
                name="posted_again_once_released",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="reversal_has_a_reason"),
            models.CheckConstraint(
                condition=Q(kind="chargeback", fraud_hold=None)
                | Q(kind="fraud hold", fraud_hold__isnull=False),
                name="frozen_by_a_hold",
            ),
        ]


class Pseudonym(models.Model):
    """What a period's bundle calls one party on one track; it links to no other period or track."""

    pk = models.CompositePrimaryKey("period", "terms", "party")
    period = models.ForeignKey(  # all three found by the key
        Period,
        on_delete=models.PROTECT,
        related_name="pseudonyms",
        db_constraint=False,
        db_index=False,
    )
    terms = models.ForeignKey(
        Terms,
        on_delete=models.PROTECT,
        related_name="pseudonyms",
        db_constraint=False,
        db_index=False,
    )
    party = models.ForeignKey(
        Party,
        on_delete=models.PROTECT,
        related_name="pseudonyms",
        db_constraint=False,
        db_index=False,
    )
    name = models.CharField(max_length=32)
    salt = models.UUIDField(db_default=RandomUUID())  # of the published commitment to the party

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "name"], name="pseudonym_unlike_others"),
        ]
