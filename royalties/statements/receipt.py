"""The whole way of one play: who was paid, where it was posted, and its proof up to the root."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Max

from royalties import bundle, terms, tree
from royalties.models import (
    ChainEvent,
    Entitlement,
    Leaf,
    PaidPlay,
    Period,
    Reversal,
    Window,
)
from royalties.terms import Line


@dataclass(frozen=True)
class ProofNode:
    """One box of the Merkle-sum tree: its sum, what it is, and its hash as 0x text."""

    micros: int
    label: str
    hash: str


@dataclass(frozen=True)
class ProofLevel:
    """Two nodes that make the one above; `ours` says which is on the play's way."""

    left: ProofNode
    right: ProofNode
    ours: str  # left or right


@dataclass(frozen=True)
class Stage:
    """A step of the money's way; `at` is None until it is reached."""

    name: str  # counted, accrued, closed, published, active, claimed
    at: datetime | None


@dataclass(frozen=True)
class Receipt:
    """One paid play. What lies ahead of it is None: window, period, leaf, root, transaction.

    `period` is the one that pays it: its window's, or that of the release `again`.
    """

    number: int
    price_micros: int
    counted_at: datetime
    parts: Sequence[Line]
    units: int | None  # None until it is accrued
    pseudonym: str
    window: Window | None
    again: Reversal | None
    period: Period | None
    slot: int
    track: str  # its id on the chain
    revenue_micros: int | None  # of the track, in all, at the period's cut-off
    steps: Sequence[ProofLevel]
    root: ProofNode | None
    epoch: int | None
    tx_hash: str
    stages: Sequence[Stage]


def receipt(play: PaidPlay) -> Receipt:
    """Everything there is to say about a play so far."""
    track = play.terms
    window, again = play.window, play.again
    paid_in = again.released_in if again else window
    period = paid_in.period if paid_in else None
    leaf = period.leaf_rows.filter(terms=track).first() if period else None
    closed = period if leaf else None
    return Receipt(
        number=play.pk,
        price_micros=play.price_micros,
        counted_at=play.counted_at,
        parts=terms.split_of(track, play.price_micros),
        units=play.units,
        pseudonym=play.pseudonym,
        window=window,
        again=again,
        period=period,
        slot=track.slot,
        track=track.chain_id,
        revenue_micros=leaf.revenue_micros if leaf else None,
        steps=_levels(leaf) if leaf else [],
        root=ProofNode(closed.total_micros or 0, "Root", closed.root) if closed else None,
        epoch=period.epoch if period else None,
        tx_hash=_publication(closed) if closed else "",
        stages=_stages(play, period),
    )


def _levels(leaf: Leaf) -> list[ProofLevel]:
    """The way from the track's leaf to the root, two nodes a level."""
    built = _tree(leaf.period_id, leaf.period.root)
    place, steps = leaf.terms.slot, []
    for height in range(len(built.levels) - 1):
        pair = [built.node(height, side) for side in (place & ~1, place | 1)]
        left, right = (
            _proof_node(node, height, side == place & 1) for side, node in enumerate(pair)
        )
        steps.append(ProofLevel(left, right, "right" if place & 1 else "left"))
        place >>= 1
    return steps


def _proof_node(node: tree.Node, height: int, ours: bool) -> ProofNode:
    digest, micros = node
    label = f"{1 << height} songs" if height else "This song" if ours else "Another song"
    return ProofNode(micros, "No song" if node == tree.NOTHING else label, "0x" + digest.hex())


@lru_cache(maxsize=1)  # a root names its tree for good
def _tree(number: int, root: str) -> tree.Tree:
    return tree.build(bundle.leaves_of(Period.objects.get(number=number)))


def _publication(period: Period) -> str:
    """The transaction that published the period's root, final on the chain."""
    if period.epoch is None:
        return ""
    published = ChainEvent.objects.filter(name="Published", args__root=period.root)
    return published.values_list("tx_hash", flat=True).order_by("-id").first() or ""


def _stages(play: PaidPlay, period: Period | None) -> list[Stage]:
    window = play.window
    active = period is not None and period.state == Period.State.ACTIVE
    return [
        Stage("counted", play.counted_at),
        Stage("accrued", window.ends_at if window else None),
        Stage("closed", period.cutoff_at if period else None),
        Stage("published", period.published_at if period else None),
        Stage("active", period.active_at if period and active else None),
        Stage("claimed", _claimed_at(play, period) if period and active else None),
    ]


def _claimed_at(play: PaidPlay, period: Period) -> datetime | None:
    """When the last payee of the track had this period's money; None while one has not."""
    owed = Entitlement.objects.filter(
        period=period, terms=play.terms, role=Entitlement.Role.PAYEE, amount_micros__gt=0
    )
    if owed.filter(claimed_at=None).exists():
        return None
    latest: datetime | None = owed.aggregate(at=Max("claimed_at"))["at"]
    return latest
