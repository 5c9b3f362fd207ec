"""Checks of each track the chain knows: its units in custody, and what it still pays to whom."""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from django.db.models import Sum

from contracts.client import TRACK_PREFIX_BYTES, TrackState, Vault
from royalties.models import (
    ChainEvent,
    Deployment,
    Entitlement,
    Holding,
    Party,
    Terms,
    UnitDeposit,
    UnitWithdrawal,
)
from royalties.money import UNITS

PAID = ("platform", "payee")


def units(vault: Vault, deployment: Deployment) -> Iterator[str]:
    outside = dict(
        Holding.objects.filter(party__kind=Party.Kind.OUTSIDE).values_list("terms", "units")
    )
    # what left at a cut-off lies in custody until that period's root is active, and so does what
    # came back until the next cut-off
    left = UnitWithdrawal.objects.filter(state=UnitWithdrawal.State.LEFT)
    moving: Counter[UUID] = Counter()
    for rows in (left, UnitDeposit.objects.filter(period=None)):
        moving.update(dict(rows.values("terms").annotate(n=Sum("units")).values_list("terms", "n")))
    for terms, track in _registered():
        held = vault.units(track, deployment.custody)
        expected = UNITS - outside.get(terms.pk, 0) + moving.get(terms.pk, 0)
        if held != expected:
            yield f"custody holds {held} units of track {terms.slot}, not {expected}"


def claims(vault: Vault, deployment: Deployment) -> Iterator[str]:
    """Whatever the chain would still pay is what the ledger has open, per track and address."""
    paid = paid_to_custody(deployment)
    for terms, track in _registered():
        state = vault.track(track)
        for address, owed in _open(terms, state).items():
            left = vault.claimable(track, address)
            if left != owed:
                yield f"track {terms.slot} owes {address} {left} micros, the ledger says {owed}"
        if state.epoch:
            yield from _custody(terms, paid[_prefix(terms.chain_id)])


def paid_to_custody(deployment: Deployment) -> Counter[str]:
    """Micros by the beginning of the track's id, which is all that claims of many name."""
    events = ChainEvent.objects.filter(args__account=deployment.custody)
    paid: Counter[str] = Counter()
    for args in events.filter(name="Claimed").values_list("args", flat=True):
        paid[_prefix(args["track"])] += args["amount"]
    for args in events.filter(name="ClaimedMany").values_list("args", flat=True):
        for one in args["claims"]:
            paid[one["track"]] += one["amount"]
    return paid


def given_to_holders(**of: object) -> int:
    holders = Entitlement.objects.filter(
        role=Entitlement.Role.HOLDER, claimed_at__isnull=False, **of
    )
    deposits = UnitDeposit.objects.filter(claimed_at__isnull=False, **of)
    given: int = holders.aggregate(sum=Sum("amount_micros"))["sum"] or 0
    return given + (deposits.aggregate(sum=Sum("micros"))["sum"] or 0)


def _open(terms: Terms, state: TrackState) -> dict[str, int]:
    """What the ledger has settled and not paid out, by address, up to the track's last sync."""
    addresses = {payee.party_id: payee.address for payee in terms.payees.all()}
    addresses[terms.platform_id] = terms.platform.address
    rows = Entitlement.objects.filter(
        terms=terms, role__in=PAID, claimed_at=None, period__epoch__lte=state.epoch
    )
    sums = dict(rows.values("party").annotate(sum=Sum("amount_micros")).values_list("party", "sum"))
    return {address: sums.get(party, 0) for party, address in addresses.items()}


def _custody(terms: Terms, paid: int) -> Iterator[str]:
    """Custody was paid at least what its holders were allocated."""
    given = given_to_holders(terms=terms)
    if given > paid:
        yield f"holders of track {terms.slot} were given {given} micros, custody was paid {paid}"


def _registered() -> Iterator[tuple[Terms, bytes]]:
    known = ChainEvent.objects.filter(name="Registered").values_list("args__track", flat=True)
    rows = Terms.objects.filter(chain_id__in=[str(track) for track in known])
    for terms in rows.select_related("platform").prefetch_related("payees").order_by("slot"):
        yield terms, bytes.fromhex(terms.chain_id.removeprefix("0x"))


def _prefix(track: str) -> str:
    return track[: 2 + 2 * TRACK_PREFIX_BYTES]
