"""Accrual windows, revenue per track and window, and who holds how many units since when.

Holders at a window's start are entitled to its fan pool; units earned or moved inside a window
count from the next.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from royalties.models.parties import Party
from royalties.models.periods import Period
from royalties.models.terms import Terms


class Window(models.Model):
    """A minute or less of accrual, inside one period. Numbered from 1 in each period."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="windows")
    number = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["period", "number"], name="window_once")]


class TrackWindow(models.Model):
    """What one track took in one window, and in its life up to the window's end."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="tracks")
    terms = models.ForeignKey(
        Terms, on_delete=models.PROTECT, related_name="windows", db_index=False
    )
    plays = models.PositiveIntegerField()
    revenue_micros = models.BigIntegerField()  # shared, less what was taken back
    cumulative_micros = models.BigIntegerField()
    # reversed after it was settled, and not earned again yet: the clawback receivable
    receivable_micros = models.BigIntegerField(default=0)
    units_emitted = models.PositiveIntegerField(default=0)
    units_returned = models.PositiveIntegerField(default=0)
    cumulative_units = models.PositiveIntegerField(default=0)  # emitted in its life, less returned

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["window", "terms"], name="track_window_once"),
            models.CheckConstraint(
                condition=Q(receivable_micros__gte=0), name="receivable_not_negative"
            ),
        ]
        indexes = [
            # with all that a song's totals are read from, so that they are read from here alone
            models.Index(
                fields=["terms", "-window"],
                include=["plays", "revenue_micros", "cumulative_micros", "cumulative_units"],
                name="track_window_last",
            ),
            models.Index(
                fields=["terms"], condition=Q(receivable_micros__gt=0), name="track_owing"
            ),
        ]


class TakenBack(models.Model):
    """Revenue of one window that a later one of its period took back from those who shared it."""

    id = models.BigAutoField(primary_key=True)
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="+")
    posted_in = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="+")
    micros = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["terms", "source", "posted_in"], name="taken_back_once"
            ),
            models.CheckConstraint(condition=Q(micros__gt=0), name="taken_back_something"),
        ]


class Holding(models.Model):
    """A party's units of one track, and its entitlement counted up to `revenue_seen_micros`.

    `unit_micros` is the sum over past windows of revenue x units held at the window's start, since
    the last close; times pool bps over 10^10 it is money. Integers throughout.
    """

    pk = models.CompositePrimaryKey("terms", "party")
    terms = models.ForeignKey(  # found by the key
        Terms,
        on_delete=models.PROTECT,
        related_name="holdings",
        db_constraint=False,
        db_index=False,
    )
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="holdings", db_constraint=False
    )
    units = models.PositiveIntegerField()
    listened_units = models.PositiveIntegerField(default=0)  # earned by listening, ever
    revenue_seen_micros = models.BigIntegerField(default=0)
    unit_micros = models.DecimalField(max_digits=40, decimal_places=0, default=0)
    # numerator over 10^10 carried from the last close: less than one micro, never dropped
    carried = models.BigIntegerField(default=0)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(carried__gte=0) & Q(carried__lt=10**10), name="carried_below_one"
            ),
        ]


class UnitMove(models.Model):
    """Units that changed hands in a window, and count for the new owner from the next one."""

    class Kind(models.TextChoices):
        ISSUE = "issue"
        EMISSION = "emission"
        LEAVE = "leave"  # for a wallet, at a cut-off: in the period's last window
        ARRIVE = "arrive"  # from a wallet, at a cut-off, likewise
        RETURN = "return"  # of units that a reversed play had earned, to the issuer

    AT_CUTOFFS = (Kind.LEAVE, Kind.ARRIVE)

    window = models.ForeignKey(  # rows lie in the order of windows: found by `move_window`
        Window,
        null=True,
        on_delete=models.PROTECT,
        related_name="moves",
        db_constraint=False,
        db_index=False,
    )
    terms = models.ForeignKey(  # found by `move_once`, and with it the taker
        Terms,
        on_delete=models.PROTECT,
        related_name="moves",
        db_constraint=False,
        db_index=False,
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    giver = models.ForeignKey(  # found by its track
        Party,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    taker = models.ForeignKey(
        Party,
        on_delete=models.PROTECT,
        related_name="unit_moves",
        db_constraint=False,
        db_index=False,
    )
    units = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["terms", "taker", "window", "kind", "giver"],
                nulls_distinct=False,
                name="move_once",
            )
        ]
        indexes = [
            BrinIndex(fields=["window"], name="move_window"),
            # few among a period's moves, all of which were read for them
            models.Index(
                fields=["window", "terms"],
                condition=Q(kind__in=["leave", "arrive"]),
                name="move_at_cutoff",
            ),
        ]
