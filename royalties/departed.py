"""Parties whose login is gone for good. What they have stays theirs, and nobody can reach it: so
nothing that could still be somebody's is tied to them from then on.

New terms pay none of them (`terms`), their wallets can be linked by others, and units that come
back from those wait for whoever links them next.
"""

from datetime import datetime

from django.db.models import Q

from royalties import purses, unit_deposits, wallets
from royalties.models import Party, UnitWithdrawal, Withdrawal

MONEY_ON_ITS_WAY = (
    "Money of yours is on its way to your wallet. Close the account once it is there."
)
UNITS_ON_THEIR_WAY = (
    "Units of yours are on their way to your wallet. Close the account once they are there, or keep"
    " them here first."
)


def why_not_yet(party: Party) -> str:
    """What is on its way to the party's wallet, and would not reach it; empty if nothing is."""
    if party.withdrawals.filter(state=Withdrawal.State.REQUESTED).exists():
        return MONEY_ON_ITS_WAY
    under_way = Q(state=UnitWithdrawal.State.FROZEN) | Q(state=UnitWithdrawal.State.LEFT)
    return UNITS_ON_THEIR_WAY if party.unit_withdrawals.filter(under_way).exists() else ""


def lock(party: Party) -> None:
    """Until the transaction ends no terms that pay the party are published, and it asks for nothing
    to be sent.
    """
    Party.objects.select_for_update(no_key=True).get(pk=party.pk)
    purses.locked(party)


def depart(party: Party, name: str, at: datetime) -> None:
    """Nobody acts for it any more, and it is called by this name; `lock` comes first."""
    Party.objects.filter(pk=party.pk).update(name=name, departed_at=at)
    wallets.leave(party, at)
    unit_deposits.leave(party)
