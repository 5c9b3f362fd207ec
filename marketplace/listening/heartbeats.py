"""What players report: sound is added up, the first report holds the price, the count takes it.

Reports are taken many at once, each as if it came alone. A stream is read without a lock and
written only as it was read; where somebody was faster, it is read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from uuid import UUID

from django.db import transaction

from marketplace.catalog.pays import which_pay
from marketplace.listening import earned
from marketplace.listening.endings import end
from marketplace.listening.hearing import (
    Answer,
    Hearing,
    Report,
    TooLate,
    over_the_limit,
    too_little,
)
from marketplace.listening.models import Stream, sounding_columns
from marketplace.pricing import quotes
from marketplace.pricing.models import Quote
from marketplace.pricing.quotes import Taken
from marketplace.problems import Conflict, Gone, NotFound, Problem
from marketplace.wallet import standing
from marketplace.wallet.standing import Standing
from royalties import plays, purses
from royalties.errors import InsufficientFunds, RoyaltiesError
from royalties.plays import Due
from royalties.prepared import prepared
from royalties.purses import Wish, rounds
from royalties.rows import array

TRIES = 50  # as many as may report on one stream at once
MONEY = standing.OF.format(party="u.party_id", user="u.id", at="asked.at")
FOUND = """
SELECT {columns}, asked.n, u.party_id, money.*
FROM unnest(%(streams)s::uuid[], %(listeners)s::bigint[], %(ats)s::timestamptz[])
    WITH ORDINALITY AS asked(stream, listener, at, n)
JOIN listening_stream s ON s.id = asked.stream AND s.listener_id = asked.listener
JOIN users_user u ON u.id = s.listener_id AND u.is_active
JOIN pricing_quote q ON q.id = s.quote_id
JOIN catalog_track t ON t.id = q.track_id
CROSS JOIN LATERAL ({money}) money
"""
# unless it has ended or been reported on since it was read
HEARD = """
UPDATE listening_stream s SET
    started_at = now.started_at, last_heartbeat_at = now.at, played_seconds = now.played,
    told_seconds = now.told, implausible = now.implausible, counted_at = now.counted_at
FROM unnest(
    %(streams)s::uuid[], %(lasts)s::timestamptz[], %(tolds)s::float[], %(starts)s::timestamptz[],
    %(ats)s::timestamptz[], %(played)s::float[], %(told)s::float[], %(implausible)s::bool[],
    %(counted)s::timestamptz[]
) AS now(id, last, told_before, started_at, at, played, told, implausible, counted_at)
WHERE s.id = now.id AND s.ended_at IS NULL AND s.told_seconds = now.told_before
    AND s.last_heartbeat_at IS NOT DISTINCT FROM now.last
    AND (s.counted_at IS NULL OR s.counted_at = now.counted_at)
RETURNING s.id
"""
REMOVED = Stream.Ending.REMOVED
NOT_BEGUN = "UPDATE listening_stream SET started_at = NULL, last_heartbeat_at = NULL WHERE id = %s"


def take(reports: Sequence[Report]) -> list[Answer]:
    """An answer to each: where it stands, or why it can't be taken.

    Not found: not this listener's stream. Gone: it has ended. TooLate: before it began. Payment
    required: the balance or the monthly limit does not allow it; nothing is held.
    """
    answers: list[Answer | None] = [None] * len(reports)
    for _ in range(TRIES):
        left = [n for n, answer in enumerate(answers) if answer is None]
        if not left:
            break
        for some in rounds([(reports[n].listener, reports[n].stream) for n in left]):
            taken = _take([reports[left[n]] for n in some])
            for n, answer in zip(some, taken, strict=True):
                answers[left[n]] = answer
    return [one or Conflict("Others report on this stream; ask again.") for one in answers]


def _take(reports: Sequence[Report]) -> list[Answer | None]:
    """Answers to reports of as many listeners; none where a stream has changed meanwhile."""
    found = _found(reports)
    open_ones = [one for one in found.values() if one.stream.ended_at is None]
    for one in open_ones:
        if one.is_off_sale:
            _remove(one)
    open_ones = [one for one in open_ones if one.problem is None]
    for one in open_ones:
        one.hear()
    moves_money = any(one.begins or one.counts for one in open_ones)
    with transaction.atomic(savepoint=False) if moves_money else nullcontext():
        written = _write(open_ones)
        still = [one for one in open_ones if one.stream.pk in written]
        if moves_money:
            _begin([one for one in still if one.begins])
            _count([one for one in still if one.counts and one.problem is None])
    return [_answer(found.get(n), written) for n in range(len(reports))]


def _found(reports: Sequence[Report]) -> dict[int, Hearing]:
    """The streams, by the places of their reports."""
    told = {
        "streams": array(one.stream for one in reports),
        "listeners": array(one.listener for one in reports),
        "ats": array(one.at for one in reports),
    }
    with prepared() as cursor:
        cursor.execute(_reading(), told)
        rows = cursor.fetchall()
    found = {}
    for row in rows:
        stream, (n, party, *money) = Stream.of_row(row)
        before = (stream.last_heartbeat_at, stream.told_seconds)
        found[n - 1] = Hearing(reports[n - 1], stream, party, Standing(*money), *before)
    return found


@cache
def _reading() -> str:
    return FOUND.format(columns=sounding_columns(), money=MONEY)


def _answer(one: Hearing | None, written: set[UUID]) -> Answer | None:
    if one is None:
        return NotFound("There is no such stream of yours.")
    if one.problem is not None:
        return one.problem
    if one.stream.ended_at is None and one.stream.pk not in written:
        return None
    if one.stream.ended_at is not None and one.stream.counted_at is None:
        return Gone("This stream has ended; press play for a new quote.")
    return one.answer


def _write(heard: Sequence[Hearing]) -> set[UUID]:
    """Write what was heard; of which streams that was done."""
    if not heard:
        return set()
    told = {
        "streams": array(one.stream.pk for one in heard),
        "lasts": array(one.last for one in heard),
        "tolds": array(one.told_before for one in heard),
        "starts": array(one.stream.started_at for one in heard),
        "ats": array(one.report.at for one in heard),
        "played": array(one.stream.played_seconds for one in heard),
        "told": array(one.stream.told_seconds for one in heard),
        "implausible": array(one.stream.implausible for one in heard),
        "counted": array(one.stream.counted_at for one in heard),
    }
    with prepared() as cursor:
        cursor.execute(HEARD, told)
        return {pk for (pk,) in cursor.fetchall()}


def _remove(one: Hearing) -> None:
    """The song was taken off sale before the play counted."""
    one.problem = Gone("This song has just been taken off sale; nothing was paid.")
    with transaction.atomic(savepoint=False):
        end(Stream.objects.select_for_update().get(pk=one.stream.pk), REMOVED, one.report.at)


def _begin(beginning: Sequence[Hearing]) -> None:
    """Spend the quotes and hold their prices; a free play needs no money."""
    over = [one for one in beginning if one.is_over_the_limit]
    for one in over:
        _refuse(one, over_the_limit(), Stream.Ending.UNPAID)
    within = [one for one in beginning if one.problem is None]
    if not within:
        return
    spent = quotes.spend([Taken(one.stream.quote_id, one.report.at) for one in within])
    for one in within:
        if one.stream.quote_id not in spent:
            _refuse(one, TooLate(one.stream), Stream.Ending.STOPPED)
    _hold([one for one in within if one.problem is None and one.stream.quote.price_micros])


def _hold(beginning: Sequence[Hearing]) -> None:
    wishes = [
        Wish(one.party_id, one.stream.quote.price_micros, one.stream.quote_id, one.report.at)
        for one in beginning
    ]
    for one, held in zip(beginning, purses.place_holds(wishes), strict=True):
        if isinstance(held, InsufficientFunds):
            _refuse(one, too_little(), Stream.Ending.UNPAID)
        elif isinstance(held, RoyaltiesError):
            raise held
        else:
            one.money = one.money.held(held.amount_micros)


def _count(counting: Sequence[Hearing]) -> None:
    """What each will earn; a free play is no part of the ledger."""
    if not counting:
        return
    for one in counting:
        one.earned = earned.FREE
    _pay([one for one in counting if one.stream.quote.price_micros])
    accepted = Quote.State.ACCEPTED
    quotes.end_many([(one.stream.quote_id, accepted, one.report.at) for one in counting])


def _pay(counting: Sequence[Hearing]) -> None:
    if not counting:
        return
    own = which_pay([(one.stream.quote.track_id, one.report.listener) for one in counting])
    due = [
        Due(
            reference=one.stream.quote_id,
            terms_id=_terms_of(one.stream),
            listener_id=one.party_id,
            earns_units=(one.stream.quote.track_id, one.report.listener) not in own,
            at=one.report.at,
        )
        for one in counting
    ]
    for one, made in zip(counting, plays.capture_many(due), strict=True):
        if isinstance(made, RoyaltiesError):
            raise made
        one.money = one.money.paid(made.play.price_micros)
        one.earned = earned.of_play(made)


def _terms_of(stream: Stream) -> UUID:
    terms = stream.quote.track.terms_id
    assert terms is not None
    return terms


def _refuse(one: Hearing, problem: Problem, ending: str) -> None:
    """It does not begin, and the stream is over."""
    one.problem, one.stream.counted_at = problem, None
    with prepared() as cursor:
        cursor.execute(NOT_BEGUN, [one.stream.pk])
    end(one.stream, ending, one.report.at)
