"""Forfeited plays of a period, and where their money went: recomputed from the bundle alone."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from royalties import sharing_out
from royalties.verify.bundle import Bundle
from royalties.verify.checks import Check, judge
from royalties.verify.reversals import Life, Netting, lives_broken


def check(bundle: Bundle, netting: Netting, gained: Mapping[int, int]) -> list[Check]:
    """What was forfeited, waits and is given; none where the bundle has nothing of it.

    `gained`: by how much each slot's revenue grew in the period, with what it is given.
    """
    if not (len(bundle.forfeited) or len(bundle.forfeits) or len(bundle.redistributed)):
        return []
    given = sum(line.given for line in bundle.forfeits)
    told = f"{len(bundle.forfeited)} plays, {given} micros to {len(bundle.redistributed)} tracks"
    failures = [*_added(bundle), *_given(bundle, netting, gained), *_apart(bundle)]
    lives: dict[str, Life] = {}
    list(lives_broken(bundle, lives))  # what is broken is `reversals`' to tell
    failures += ended(bundle, lives)
    return judge(f"period {bundle.number}: forfeits", failures, told)


def carried(before: Bundle | None, bundle: Bundle) -> Iterator[str]:
    """What waited as the period before closed waits as this one opens; nothing before the first."""
    closed = {line.slot: line.closed for line in before.forfeits} if before else {}
    opened = {line.slot: line.opened for line in bundle.forfeits}
    for slot in sorted(closed.keys() | opened.keys()):
        if closed.get(slot, 0) != opened.get(slot, 0):
            yield (
                f"track {slot} opens with {opened.get(slot, 0)} forfeited micros,"
                f" the one before left it with {closed.get(slot, 0)}"
            )


def ended(bundle: Bundle, lives: dict[str, Life]) -> Iterator[str]:
    """Forfeited plays that were posted once are held as these bundles left them, and stay so."""
    for line in bundle.forfeited:
        life = lives.get(line.play)
        if life is None:  # no window ever took it
            continue
        if life.standing or life.final:
            yield f"play {line.play} is forfeited and was not held"
        if (life.slot, life.price) != (line.slot, line.price):
            yield f"play {line.play} cost {life.price} micros, and {line.price} are forfeited"
        lives[line.play] = life.ended()


def _added(bundle: Bundle) -> Iterator[str]:
    sums: Counter[int] = Counter()
    for line in bundle.forfeited:
        sums[line.slot] += line.price
    plays = Counter(line.play for line in bundle.forfeited)
    for play in sorted(one for one, times in plays.items() if times > 1):
        yield f"play {play} is forfeited twice"
    said = {line.slot: line.added for line in bundle.forfeits}
    for slot in sorted(sums.keys() | said.keys()):
        if sums[slot] != said.get(slot, 0):
            yield f"track {slot}: {sums[slot]} micros are forfeited, not {said.get(slot, 0)}"
    for one in bundle.forfeits:
        if one.slot not in bundle.terms:
            yield f"track {one.slot} forfeits and has no terms, so whom it pays is not known"
        if one.opened + one.added - one.given != one.closed:
            yield f"track {one.slot}: what was forfeited and not given is not {one.closed} micros"


def _given(bundle: Bundle, netting: Netting, gained: Mapping[int, int]) -> Iterator[str]:
    """Who had to be given what, by what listeners paid before the last window."""
    said = {line.slot: line.micros for line in bundle.redistributed}
    before = dict(gained)
    for line in bundle.redistributed:
        before[line.slot] -= netting.windows[line.window, line.slot].gained_micros
    payees = {slot: set(terms.payees) for slot, terms in bundle.terms.items()}
    out = sharing_out.barred({line.slot for line in bundle.forfeits}, payees)
    may = {
        line.slot: sharing_out.givable(
            line.opened + line.added, netting.receivables.get(line.slot, 0)
        )
        for line in bundle.forfeits
    }
    due = sharing_out.shares(sum(may.values()), before, out)
    for slot in sorted(due.keys() | said.keys()):
        if due.get(slot, 0) != said.get(slot, 0):
            yield (
                f"track {slot} is due {due.get(slot, 0)} micros of what was forfeited,"
                f" not {said.get(slot, 0)}"
            )
    for one in bundle.forfeits:
        may_give = may[one.slot] if due else 0
        if one.given != may_give:
            yield f"track {one.slot} may give {may_give} forfeited micros, not {one.given}"


def _apart(bundle: Bundle) -> Iterator[str]:
    """It is given in the last window, in which nothing else happens."""
    last = len(bundle.windows)
    for line in bundle.redistributed:
        if line.window != last:
            yield f"track {line.slot} is given money in window {line.window}, which is not the last"
    if len(bundle.redistributed):
        for table in (bundle.plays, bundle.reversals):
            if np.any(table.columns["window"] == last):
                yield f"window {last} gives what was forfeited, and has plays"
