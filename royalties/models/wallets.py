"""Wallets of people's own, linked by a signed message, and since when each may be sent to."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from royalties.models.parties import Party

ADDRESS = "^0x[0-9a-fA-F]{40}$"


class Between(Func):
    """A range of time from one moment to another, which it leaves out."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class WalletChallenge(models.Model):
    """The message a party was asked to sign; one at a time, gone once it is used."""

    party = models.OneToOneField(
        Party, primary_key=True, on_delete=models.CASCADE, related_name="wallet_challenge"
    )
    nonce = models.CharField(max_length=32, unique=True)
    address = models.CharField(max_length=42)
    domain = models.CharField(max_length=255)  # where it was asked for
    chain_id = models.PositiveBigIntegerField()
    message = models.TextField()  # EIP-4361
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(address__regex=ADDRESS), name="challenge_of_an_address"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="challenge_lasts"
            ),
        ]


class LinkedWallet(models.Model):
    """An address whose holder signed to be a party's; in use from `usable_at` to `ended_at`.

    One that ended before it could be used was taken back within the notice.
    """

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="wallets")
    address = models.CharField(max_length=42, db_index=True)
    nonce = models.CharField(max_length=32, unique=True)  # a message links once
    message = models.TextField()
    signature = models.CharField(max_length=132)
    linked_at = models.DateTimeField()
    usable_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(address__regex=ADDRESS), name="wallet_address"),
            models.CheckConstraint(
                condition=Q(usable_at__gte=F("linked_at")), name="wallet_usable_once_linked"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("linked_at")),
                name="wallet_ends_after_it_was_linked",
            ),
            ExclusionConstraint(
                name="one_wallet_in_use",
                expressions=[
                    ("party", RangeOperators.EQUAL),
                    (Between("usable_at", "ended_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(ended_at=None) | Q(ended_at__gt=F("usable_at")),
            ),
            ExclusionConstraint(
                name="wallet_of_one_party",
                expressions=[
                    ("address", RangeOperators.EQUAL),
                    ("party", RangeOperators.NOT_EQUAL),
                    (Between("linked_at", "ended_at"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
