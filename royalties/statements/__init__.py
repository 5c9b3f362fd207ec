"""Statements: what the ledger, plays and periods say to a person. Data, no rendering.

Amounts are micros and exact; money not yet accrued or not yet closed is counted to the micro
below. Nothing here changes anything.
"""

from royalties.statements.audience import Spread, new_listeners, spread_of
from royalties.statements.flows import Flow, Movement, flow
from royalties.statements.holders import held_by
from royalties.statements.payouts import Payouts, payouts
from royalties.statements.periods import (
    LATEST,
    PeriodLine,
    TrackLine,
    by_period,
    by_track_in,
    closed_between,
    export,
)
from royalties.statements.portfolio import HoldingLine, TrackUnits, came_back, portfolio, units_of
from royalties.statements.postings import (
    postings_of,
    postings_of_play,
    postings_of_withdrawal,
)
from royalties.statements.receipt import ProofLevel, ProofNode, Receipt, Stage, receipt
from royalties.statements.returns import (
    Earned,
    HolderLine,
    MoveLine,
    Returned,
    earned_when,
    holder_lines,
    move_lines,
    returned,
    returned_by_day,
)
from royalties.statements.reversals import (
    ReversedPlay,
    charged_back,
    charged_back_of,
    reversed_by_listener,
)
from royalties.statements.tracks import (
    Counts,
    Fans,
    RevenueLine,
    Span,
    Totals,
    counts_in,
    counts_of,
    fans_of,
    revenue,
    totals_of,
)
from royalties.statements.unit_lines import EntryLine, PostingLine

__all__ = [
    "LATEST",
    "Counts",
    "Earned",
    "EntryLine",
    "Fans",
    "Flow",
    "HolderLine",
    "HoldingLine",
    "MoveLine",
    "Movement",
    "Payouts",
    "PeriodLine",
    "PostingLine",
    "ProofLevel",
    "ProofNode",
    "Receipt",
    "Returned",
    "RevenueLine",
    "ReversedPlay",
    "Span",
    "Spread",
    "Stage",
    "Totals",
    "TrackLine",
    "TrackUnits",
    "by_period",
    "by_track_in",
    "came_back",
    "charged_back",
    "charged_back_of",
    "closed_between",
    "counts_in",
    "counts_of",
    "earned_when",
    "export",
    "fans_of",
    "flow",
    "held_by",
    "holder_lines",
    "move_lines",
    "new_listeners",
    "payouts",
    "portfolio",
    "postings_of",
    "postings_of_play",
    "postings_of_withdrawal",
    "receipt",
    "returned",
    "returned_by_day",
    "revenue",
    "reversed_by_listener",
    "spread_of",
    "totals_of",
    "units_of",
]
