"""Orders to pay elsewhere what the vault owes to an address that the house keeps for a party.

Signed (EIP-712) with the key derived for that party, and sent by the keeper: the money of somebody
who is not here yet is never moved by anything but its own key. Each order uses one nonce of its
account in the vault, in the order of the keeper's lane.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from contracts import client
from contracts.client import Call, ClaimOrder
from royalties import keys
from royalties.models import (
    ChainEvent,
    Deployment,
    OutboxTransaction,
    Party,
    SignedTransaction,
)

GOOD_FOR = timedelta(days=30)


def claim_to(
    deployment: Deployment, party: Party, receiver: str, tracks: Sequence[bytes], at: datetime
) -> Call:
    """Pay `receiver` what these tracks owe to the party's own address.

    Raises:
        KeysMissing: there is no seed to derive its key from.
    """
    assert party.key_index is not None, "the house keeps no key for this party"
    deadline = int((at + GOOD_FOR).timestamp())
    nonce = _next_nonce(deployment, party)
    order = ClaimOrder(party.address, receiver, tuple(tracks), nonce, deadline)
    key, _ = client.derive_key(keys.custody_seed(), party.key_index)
    signature = client.sign_claim_order(order, key, deployment.vault, deployment.chain_id)
    return client.claim_to(deployment.vault, order, signature)


def on_their_way(party: Party) -> bool:
    """Whether the ledger waits for what an order of the party brings, refused ones aside."""
    sent = OutboxTransaction.objects.filter(
        kind=OutboxTransaction.Kind.CLAIM, account=party.address
    )
    posted = ChainEvent.objects.filter(tx_hash=OuterRef("hash"), name="PaidElsewhere")
    final = sent.filter(~Exists(posted), state=OutboxTransaction.State.FINAL)
    return final.exists() or sent.filter(state__in=OutboxTransaction.OPEN).exists()


def _next_nonce(deployment: Deployment, party: Party) -> int:
    """One for each order that was not refused: only the house has this key.

    Those too that a newer copy of this database had carried out, and this one never signed.
    """
    orders = OutboxTransaction.objects.filter(
        kind=OutboxTransaction.Kind.CLAIM, account=party.address, to=deployment.vault
    )
    ended = [OutboxTransaction.State.REVERTED, OutboxTransaction.State.REPLACED]
    used = ChainEvent.objects.filter(name="PaidElsewhere", args__account=party.address)
    signed = SignedTransaction.objects.filter(hash=OuterRef("tx_hash"))
    return orders.exclude(state__in=ended).count() + used.exclude(Exists(signed)).count()
