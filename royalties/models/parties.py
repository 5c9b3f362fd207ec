"""Parties: whoever can own money or units. Each has an address of its own from the first day."""

import uuid

from django.db import models


class Party(models.Model):
    """A payee, holder, issuer or the platform; people and tracks refer to it, never the reverse."""

    class Kind(models.TextChoices):
        PERSON = "person"
        PLATFORM = "platform"
        OUTSIDE = "outside"  # everybody's own wallets, as holder of units that left the house

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PERSON)
    name = models.CharField(max_length=200)
    # EIP-55 address on the chain, derived from the custody's HD seed at `key_index` until a wallet
    # is linked; the money of somebody who has not signed up yet waits in the vault under it.
    address = models.CharField(max_length=42, unique=True)
    key_index = models.PositiveBigIntegerField(unique=True, null=True)
    created_at = models.DateTimeField()
    departed_at = models.DateTimeField(null=True)  # its login is gone for good (`departed`)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(kind="platform"), name="one_platform"
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(kind="outside"), name="one_outside"
            ),
        ]

    def __str__(self) -> str:
        return self.name
