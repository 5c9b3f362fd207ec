"""The ledger: double entry, append-only, by asset.

Sign convention: a positive balance is owed to somebody, a negative one says where it lies. So a
top-up is `bank -5, listener +5`, a period's funding `treasury +9, vault deposited -9`, and all
balances of one asset add up to nothing. Assets are micros (1 USD = 1,000,000) and the units of one
track. The postings of an entry sum to zero per asset: a deferred constraint in PostgreSQL holds it.
A correction is another entry, never an edit.
"""

import uuid

from django.db import models

from royalties.models.parties import Party
from royalties.models.periods import Period
from royalties.models.terms import Terms


class Account(models.Model):
    """One balance in one asset; the balance is the sum of its postings."""

    class Kind(models.TextChoices):
        # what is owed, in micros
        LISTENER = "listener"  # prepaid money of a listener
        ACCRUED = "accrued"  # a payee's part of plays in the open period
        PUBLISHED = "published"  # of closed periods whose root is not active yet
        SETTLED = "settled"  # of active roots, in the vault under the party's address
        SPENDABLE = "spendable"  # claimed
        WITHDRAWING = "withdrawing"  # asked for, on its way to a wallet of one's own
        POOL = "pool"  # a track's fan pool not yet divided among holders, with their remainders
        REMAINDER = "remainder"  # a track's micros that belong to no whole micro of a payee yet
        HELD = "held"  # a track's plays under a fraud hold
        FORFEITED = "forfeited"  # decided against them, until the next cut-off
        REDISTRIBUTED = "redistributed"  # at a cut-off, on its way to other tracks
        COLLECTED = "collected"  # from a window's listeners, on its way to its tracks
        RECEIVABLE = "receivable"  # a track's reversed plays that were settled; below nothing
        RESERVE = "reserve"  # the house's own money
        SUSPENSE = "suspense"
        # where it lies, in micros
        BANK = "bank"
        TREASURY = "treasury"
        VAULT_DEPOSITED = "vault_deposited"
        VAULT_CLAIMABLE = "vault_claimable"
        # claimed: in custody, or, of a party, still under the address kept for it
        CUSTODY_FLOAT = "custody_float"
        # units of one track: in the house, whoever has them (`UnitMove`), and in people's wallets
        UNITS = "units"
        UNITS_ISSUED = "units_issued"

    UNIT_KINDS = (Kind.UNITS, Kind.UNITS_ISSUED)

    kind = models.CharField(max_length=16, choices=Kind.choices)
    party = models.ForeignKey(
        Party, null=True, on_delete=models.PROTECT, related_name="accounts", db_constraint=False
    )
    terms = models.ForeignKey(  # found by `one_account`
        Terms,
        null=True,
        on_delete=models.PROTECT,
        related_name="accounts",
        db_constraint=False,
        db_index=False,
    )
    asset = models.CharField(max_length=36, default="micros")  # "micros" or the terms' id

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "party", "terms"], nulls_distinct=False, name="one_account"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["units", "units_issued"], terms__isnull=False)
                & ~models.Q(asset="micros")
                | ~models.Q(kind__in=["units", "units_issued"]) & models.Q(asset="micros"),
                name="account_in_its_asset",
            ),
        ]


class Entry(models.Model):
    """One ledger transaction. Its reference is unique, so that posting twice has one effect."""

    id = models.BigAutoField(primary_key=True)
    reference = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=24)
    at = models.DateTimeField(db_index=True)
    period = models.ForeignKey(Period, null=True, on_delete=models.PROTECT, related_name="entries")
    terms = models.ForeignKey(Terms, null=True, on_delete=models.PROTECT, related_name="entries")


class Posting(models.Model):
    """One signed amount on one account, in the account's asset."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="postings", db_constraint=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="postings", db_constraint=False
    )
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="posting_not_nothing")
        ]


class Purse(models.Model):
    """The locked running balance of a listener: the only accounts that must never go negative.

    available + held = postings of the listener's account - plays not yet accrued.
    """

    party = models.OneToOneField(
        Party, primary_key=True, on_delete=models.PROTECT, related_name="purse"
    )
    available_micros = models.BigIntegerField(default=0)
    held_micros = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(available_micros__gte=0), name="purse_available_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(held_micros__gte=0), name="purse_held_not_negative"
            ),
        ]


class Hold(models.Model):
    """Money reserved for one stream: open until captured by the counted play or released."""

    class State(models.TextChoices):
        OPEN = "open"
        CAPTURED = "captured"
        RELEASED = "released"

    reference = models.UUIDField(primary_key=True, default=uuid.uuid4)  # the quote's id
    purse = models.ForeignKey(Purse, on_delete=models.PROTECT, related_name="holds")
    amount_micros = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    placed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_micros__gt=0), name="hold_positive")
        ]
