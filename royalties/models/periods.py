"""Settlement periods: one tree, one root, one publish each; and who is owed what by it."""

from django.db import models

from royalties.models.parties import Party
from royalties.models.terms import Terms


class Period(models.Model):
    """Open until its cut-off; then closed, published (root pending on the chain), active."""

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"
        PUBLISHED = "published"
        ACTIVE = "active"
        VETOED = "vetoed"

    number = models.PositiveIntegerField(primary_key=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    opens_at = models.DateTimeField()
    cutoff_at = models.DateTimeField(null=True)
    # of its windows; none in periods from before it was kept
    longest_window = models.DurationField(null=True)
    leaves = models.PositiveIntegerField(default=0)
    total_micros = models.BigIntegerField(null=True)  # cumulative, the tree's sum
    root = models.CharField(max_length=66, default="", blank=True)
    bundle_hash = models.CharField(max_length=66, default="", blank=True)
    # of a bundle made again after a veto: the hash of the one it takes the place of, and why
    replaces = models.CharField(max_length=66, default="", blank=True)
    correction = models.CharField(max_length=300, default="", blank=True)
    epoch = models.PositiveIntegerField(null=True)  # the vault's number of its root
    published_at = models.DateTimeField(null=True)
    active_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="open"), name="one_open_period"
            ),
            models.CheckConstraint(
                condition=models.Q(replaces="", correction="")
                | ~models.Q(replaces="") & ~models.Q(correction=""),
                name="correction_says_why",
            ),
        ]


class Leaf(models.Model):
    """A track's cumulative revenue at a period's cut-off: (slot, track, revenue) of the tree."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="leaf_rows")
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="leaf_rows")
    revenue_micros = models.BigIntegerField()  # cumulative

    class Meta:
        constraints = [models.UniqueConstraint(fields=["period", "terms"], name="leaf_once")]


class PriceFile(models.Model):
    """A file of an hour's prices that a period's bundle names, so that nobody rewrites it later.

    What is in it is known to whoever sets prices (`royalties.priced`).
    """

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="price_files")
    hour = models.PositiveBigIntegerField()  # since 1970-01-01T00:00Z
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hour", "period"], name="price_file_once_a_period")
        ]


class Entitlement(models.Model):
    """What one party is owed by one period from one track, frozen at the close."""

    class Role(models.TextChoices):
        PAYEE = "payee"
        PLATFORM = "platform"
        HOLDER = "holder"

    period = models.ForeignKey(  # found by `entitlement_once`
        Period,
        on_delete=models.PROTECT,
        related_name="entitlements",
        db_constraint=False,
        db_index=False,
    )
    terms = models.ForeignKey(
        Terms, on_delete=models.PROTECT, related_name="entitlements", db_constraint=False
    )
    party = models.ForeignKey(
        Party,
        on_delete=models.PROTECT,
        related_name="entitlements",
        db_constraint=False,
        db_index=False,
    )
    role = models.CharField(max_length=8, choices=Role.choices)
    amount_micros = models.BigIntegerField()
    # a holder's numerator over 10^10 left after this close, carried to the next
    carried = models.BigIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "terms", "party", "role"], name="entitlement_once"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_micros__gte=0), name="entitlement_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["party", "terms"], name="entitlement_of_party")]
