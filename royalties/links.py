"""Who belongs together: the same wallet, the same payment source, the same earnings, a deal.

A link is written in the transaction of what shows it, for both sides, and never taken back. Links
are direct ones: who shares a card with somebody who shares a wallet with a third is not linked to
the third.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from royalties import locks
from royalties.models import LinkedWallet, Party, PartyLink, Payee, PaymentSource

Why = PartyLink.Why


def link(party: Party, others: Iterable[UUID], why: Why, at: datetime) -> None:
    """Link a party with each of these; with itself, or again, nothing changes."""
    pairs = [(party.pk, other) for other in set(others) - {party.pk}]
    both = [*pairs, *((other, mine) for mine, other in pairs)]
    PartyLink.objects.bulk_create(
        [PartyLink(party_id=one, other_id=other, why=why, at=at) for one, other in sorted(both)],
        ignore_conflicts=True,
    )


def by_wallet(party: Party, address: str, at: datetime) -> None:
    """With everybody who ever linked this address, or is paid at it by terms."""
    wallets = LinkedWallet.objects.filter(address=address).values_list("party_id", flat=True)
    payees = Payee.objects.filter(address=address).values_list("party_id", flat=True)
    link(party, [*wallets, *payees], Why.WALLET, at)


def by_source(party: Party, source: str, at: datetime) -> None:
    """With everybody who ever topped up from the same card or bank account.

    Args:
        source: what the payment provider calls it, the same for the same one; its hash is kept.
    """
    locks.take(locks.Lock.LINKS)  # of two at once the second sees the first
    digest = sha256(source.encode()).hexdigest()
    PaymentSource.objects.get_or_create(party=party, digest=digest)
    sharing = PaymentSource.objects.filter(digest=digest).values_list("party_id", flat=True)
    link(party, sharing, Why.SOURCE, at)
