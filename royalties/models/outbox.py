"""What must reach the chain, and what the chain said: stored before it is sent, posted once."""

from datetime import datetime

from django.db import models
from django.db.models import Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat

from royalties.models.periods import Period
from royalties.models.withdrawals import UnitWithdrawal, Withdrawal

AGAIN = "/again"  # ends the reference of a row that takes another's place


class Deployment(models.Model):
    """The address book: where the token and the vault live, on which chain, with which code."""

    chain_id = models.PositiveBigIntegerField()
    token = models.CharField(max_length=42)
    vault = models.CharField(max_length=42)
    token_code_hash = models.CharField(max_length=66)
    vault_code_hash = models.CharField(max_length=66)
    block_number = models.PositiveBigIntegerField()
    # of the block after `block_number`, the deployment's first. Not of block 0: a local node makes
    # that one anew at each start
    first_block_hash = models.CharField(max_length=66)
    publisher = models.CharField(max_length=42)  # whose tokens are the treasury
    custody = models.CharField(max_length=42)  # holds all in-house units on the chain
    first_nonces = models.JSONField(default=dict)  # of each lane's key, as the contracts stood
    synced_block = models.PositiveBigIntegerField()  # events up to here are posted
    # of that block: another hash there says that the chain came back from an older state
    synced_hash = models.CharField(max_length=66)
    seen_at = models.DateTimeField()  # when the chain last answered
    halted = models.TextField(default="", blank=True)  # why nothing is signed; empty: all is well
    deployed_at = models.DateTimeField()
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["current"], condition=Q(current=True), name="one_current_deployment"
            )
        ]


class OutboxTransaction(models.Model):
    """One thing to be done by one key, in nonce order.

    It may be signed several times with its nonce, each paying more (`SignedTransaction`), and one
    of them is mined. Where the nonce went to somebody else's transaction for good it is replaced:
    it will never be mined, and another row does its work.
    """

    class State(models.TextChoices):
        PLANNED = "planned"
        SIGNED = "signed"
        BROADCAST = "broadcast"
        MINED = "mined"
        FINAL = "final"
        REPLACED = "replaced"
        REVERTED = "reverted"

    OPEN = (State.PLANNED, State.SIGNED, State.BROADCAST, State.MINED)

    class Kind(models.TextChoices):
        PUBLISH = "publish"
        VETO = "veto"
        REGISTER = "register"
        SYNC = "sync"
        CLAIM = "claim"
        WITHDRAW = "withdraw"
        MOVE = "move"
        FILL = "fill"  # nothing, so that a nonce nobody uses holds up no later one

    id = models.BigAutoField(primary_key=True)
    lane = models.CharField(max_length=12)  # the key's role: publisher, guardian, keeper, custody
    kind = models.CharField(max_length=8, choices=Kind.choices)
    reference = models.CharField(max_length=120, unique=True)  # publish/3, claim/3/<address>/<n>
    # not sent before this epoch is active, also when the chain came back without it
    after_epoch = models.PositiveIntegerField(default=0)
    period = models.ForeignKey(
        Period, null=True, on_delete=models.PROTECT, related_name="publications"
    )  # that it publishes
    withdrawal = models.ForeignKey(
        Withdrawal, null=True, on_delete=models.PROTECT, related_name="transactions"
    )  # that it pays
    unit_withdrawal = models.ForeignKey(
        UnitWithdrawal, null=True, on_delete=models.PROTECT, related_name="transactions"
    )  # whose units it moves
    slots = models.JSONField(default=list)  # of the tracks it is about
    account = models.CharField(max_length=42, default="", blank=True)  # whom it pays
    to = models.CharField(max_length=42)
    data = models.BinaryField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    nonce = models.PositiveBigIntegerField(null=True)
    # of the transaction that was mined; before, of the last one signed
    hash = models.CharField(max_length=66, default="", blank=True, db_index=True)
    block_number = models.PositiveBigIntegerField(null=True)
    block_hash = models.CharField(max_length=66, default="", blank=True)
    error = models.TextField(default="", blank=True)
    attempts = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    final_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)  # when an operator ended the alarm of its refusal

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lane", "nonce"],
                condition=Q(nonce__isnull=False) & ~Q(state="replaced"),
                name="nonce_once",
            ),
            models.CheckConstraint(
                condition=Q(cleared_at=None) | Q(state="reverted"), name="cleared_once_refused"
            ),
        ]

    def stands_for_paid(self) -> bool:
        """Whether it is to pay what was final once, which nothing but the chain can undo."""
        return self.withdrawal is not None and self.withdrawal.state == Withdrawal.State.PAID

    def plan_again(self, at: datetime, data: bytes = b"") -> None:
        """Another row does the same in place of this one, which never will; by `data` if given."""
        OutboxTransaction.objects.create(
            lane=self.lane,
            kind=self.kind,
            reference=f"{self.reference}{AGAIN}",
            after_epoch=self.after_epoch,
            period=self.period,
            withdrawal=self.withdrawal,
            unit_withdrawal=self.unit_withdrawal,
            slots=self.slots,
            account=self.account,
            to=self.to,
            data=data or self.data,
            created_at=at,
        )

    @classmethod
    def in_place_of(cls, reference: Combinable) -> models.QuerySet["OutboxTransaction"]:
        """The row that was planned again in place of the one with this reference."""
        return cls.objects.filter(reference=Concat(reference, Value(AGAIN)))

    def references(self) -> list[str]:
        """Its own, and those of the rows in whose place it is."""
        found = [self.reference]
        while found[-1].endswith(AGAIN):
            found.append(found[-1].removesuffix(AGAIN))
        return found


class SignedTransaction(models.Model):
    """Signed bytes, stored before they are sent. Any of a row's may be mined, one of them is."""

    of = models.ForeignKey(OutboxTransaction, on_delete=models.CASCADE, related_name="signed")
    hash = models.CharField(max_length=66, unique=True)
    raw = models.BinaryField()
    gas = models.PositiveBigIntegerField()
    max_fee_wei = models.DecimalField(max_digits=30, decimal_places=0)
    priority_fee_wei = models.DecimalField(max_digits=30, decimal_places=0)
    signed_at = models.DateTimeField()


class ChainEvent(models.Model):
    """A final event log, the only source of ledger entries about the chain."""

    tx_hash = models.CharField(max_length=66)
    position = models.PositiveIntegerField()  # the log's place within its transaction
    name = models.CharField(max_length=32)
    args = models.JSONField()
    block_number = models.PositiveBigIntegerField()
    block_hash = models.CharField(max_length=66)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tx_hash", "position"], name="event_once")]
