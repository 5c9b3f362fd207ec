"""Terms of a track: who earns what from one play, fixed for good and hashed into its id."""

import uuid

from django.db import models
from django.db.models import F, Q

from royalties.models.parties import Party


class Terms(models.Model):
    """Immutable. Payees', platform's and fan pool's basis points add to 10,000."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # the published thing these terms cover: an id of somebody else's table
    subject_id = models.UUIDField(unique=True)
    chain_id = models.CharField(max_length=66, unique=True)  # 0x + keccak256 of the encoded terms
    slot = models.PositiveBigIntegerField(unique=True)  # the leaf's place in every tree, for good
    issuer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="issued_terms")
    platform = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    platform_bps = models.PositiveIntegerField()
    pool_bps = models.PositiveIntegerField()
    reserved_units = models.PositiveIntegerField()  # of 1,000,000, for listening
    micros_per_unit = models.PositiveIntegerField()  # price of one unit while none is emitted
    listener_cap_units = models.PositiveIntegerField()
    salt = models.CharField(max_length=66)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pool_bps__lte=4500), name="pool_at_most_4500"),
            models.CheckConstraint(condition=Q(platform_bps__gte=500), name="platform_floor"),
            models.CheckConstraint(condition=Q(reserved_units__lte=1_000_000), name="units_exist"),
            models.CheckConstraint(condition=Q(micros_per_unit__gt=0), name="units_have_a_price"),
            models.CheckConstraint(
                condition=Q(listener_cap_units__lte=F("reserved_units")), name="cap_in_reserve"
            ),
        ]


class Payee(models.Model):
    """One party's direct part of a track's revenue. `address` is what the contract pays."""

    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="payees")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="payee_of")
    role = models.CharField(max_length=40, default="artist")
    bps = models.PositiveIntegerField()
    address = models.CharField(max_length=42)
    position = models.PositiveSmallIntegerField()  # order inside the hashed terms

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["terms", "party"], name="payee_once"),
            models.UniqueConstraint(fields=["terms", "position"], name="payee_in_order"),
            models.CheckConstraint(condition=Q(bps__gt=0), name="payee_gets_something"),
        ]
