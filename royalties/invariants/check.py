"""One rule, one query: the query returns a line for each row that breaks the rule."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

SHOWN = 3


@dataclass(frozen=True)
class Rule:
    """A rule by name, with SQL whose rows, one text column each, are what breaks it."""

    name: str
    breaks: str


@dataclass(frozen=True)
class Check:
    """A rule as found: `detail` names the first that break it, or is empty."""

    name: str
    ok: bool
    detail: str


def run(rules: Sequence[Rule]) -> list[Check]:
    """Check all rules against one snapshot, so that work going on is seen whole or not at all."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        checks = []
        for rule in rules:
            cursor.execute(
                f"SELECT count(*) OVER (), why FROM ({rule.breaks}) AS b(why) LIMIT {SHOWN}"
            )
            checks.append(_found(rule, cursor.fetchall()))
        return checks


def _found(rule: Rule, rows: Sequence[tuple[int, str]]) -> Check:
    if not rows:
        return Check(rule.name, True, "")
    total = rows[0][0]
    more = f"; and {total - len(rows)} more" if total > len(rows) else ""
    return Check(rule.name, False, "; ".join(why for _, why in rows) + more)
