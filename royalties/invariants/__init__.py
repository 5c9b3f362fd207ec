"""What must be true of ledger, purses, plays, units and periods at any moment, checked anew.

Read-only. A rule is a query whose rows break it, and a check names the first few of them. They
rest on sums over all rows, so they are for an operator and for tests, not for a request.
"""

from royalties.invariants.book import BOOK_CHECKS
from royalties.invariants.check import Check, Rule, run
from royalties.invariants.owed import OWED_CHECKS
from royalties.invariants.played import PLAY_CHECKS
from royalties.invariants.shares import UNIT_CHECKS
from royalties.invariants.taken_back import REVERSAL_CHECKS

__all__ = ["Check", "Rule", "join", "ledger_checks"]

RULES = (*BOOK_CHECKS, *PLAY_CHECKS, *UNIT_CHECKS, *OWED_CHECKS, *REVERSAL_CHECKS)


_joined: list[Rule] = []


def join(rule: Rule) -> None:
    """A rule of a package above: checked with the others from then on."""
    if rule not in _joined:
        _joined.append(rule)


def ledger_checks() -> list[Check]:
    """Every rule, and whether it holds; one query a rule, all of one moment."""
    return run([*RULES, *_joined])
