"""Fraud holds with due process: rule, evidence, time to answer, written decision.

A hold freezes money (`reversals`): it takes it from whoever shares it and gives it to nobody. The
time to answer begins when somebody the track pays first sees the hold, or has not looked for long
enough, and lasts until no bank can take back any more what paid the plays; the time to decide when
that is over. Whoever holds the money has to decide: left undecided, the plays are released. Each
step is one transaction, and again it changes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat, Greatest

from royalties import ledger, locks, reversals
from royalties.errors import RoyaltiesError
from royalties.evidence import numbers_of
from royalties.failpoints import Point, reach
from royalties.models import Account, Entry, FraudHold, HoldAnswer, PaidPlay, Party, Reversal

MOST_ANSWERS = 10
UNDECIDED = "Nobody decided in time."

Outcome = FraudHold.Outcome


class Decided(RoyaltiesError):
    """The hold is decided, and nothing more can be said or done about it."""

    def __init__(self, one: FraudHold) -> None:
        super().__init__(f"Hold {one.pk} is decided already: {one.outcome}.")


class TooEarly(RoyaltiesError):
    """Nothing is forfeited before the time to answer is over."""

    def __init__(self, one: FraudHold) -> None:
        when = f"until {one.answer_by:%-d %B, %H:%M} UTC" if one.answer_by else "once they see it"
        super().__init__(
            f"Hold {one.pk} can be released, and not forfeited yet: whom the song pays may answer"
            f" {when}."
        )


class AnsweredEnough(RoyaltiesError):
    """As many answers to one hold as anybody has to read."""


@transaction.atomic
def hold(plays: Sequence[PaidPlay], rule: str, reason: str, at: datetime) -> list[FraudHold]:
    """Freeze counted plays, a hold for each track; those reversed already are left as they are.

    Args:
        rule: a `FraudHold.Rule`.
        reason: what was seen, for listeners and artists to read; it names no listener.
    """
    locks.take(locks.Lock.ACCRUAL)
    by_track: dict[UUID, list[PaidPlay]] = defaultdict(list)
    for play in PaidPlay.objects.filter(pk__in=[one.pk for one in plays]).not_reversed():
        by_track[play.terms_id].append(play)
    holds = {
        terms_id: FraudHold.objects.create(
            terms_id=terms_id, rule=rule, reason=reason, numbers=numbers_of(found), at=at
        )
        for terms_id, found in by_track.items()
    }
    if holds:
        reversals.reverse(plays, Reversal.Kind.FRAUD_HOLD, reason, at, holds)
    return list(holds.values())


def show(holds: Sequence[FraudHold], at: datetime) -> bool:
    """Somebody the tracks pay sees these now; whether for the first time: answering begins then,
    unless it began before."""
    unseen = [one.pk for one in holds if one.shown_at is None and one.decided_at is None]
    if not unseen:
        return False
    mine = FraudHold.objects.open().filter(pk__in=unseen, shown_at=None)
    begun = _begin(mine.filter(answer_by=None), at, shown_at=at)
    return bool(begun + mine.filter(answer_by__gte=at).update(shown_at=at))


def begin_unseen(at: datetime) -> int:
    """Begin the time to answer of holds nobody has looked at for so long; how many.

    Else whoever has reason to fear a decision would prevent it by not looking.
    """
    long_ago = at - settings.HOLD_SEEN_WITHIN
    return _begin(FraudHold.objects.open().filter(answer_by=None, at__lte=long_ago), at)


@transaction.atomic
def answer(one: FraudHold, party: Party, text: str, at: datetime) -> HoldAnswer:
    """What a party that the track pays says to the hold; kept for good.

    Raises:
        Decided: too late. AnsweredEnough: operators have enough to read.
    """
    one = _open(one)
    if one.answers.count() >= MOST_ANSWERS:
        raise AnsweredEnough(f"There are {MOST_ANSWERS} answers to this hold, the most it takes.")
    return HoldAnswer.objects.create(fraud_hold=one, party=party, text=text, at=at)


@transaction.atomic
def release(
    one: FraudHold, why: str, at: datetime, outcome: Outcome = Outcome.RELEASED
) -> FraudHold:
    """Post the plays again, and everybody has what they brought.

    Raises:
        Decided: it was decided before, or everything it froze was charged back
    """
    locks.take(locks.Lock.ACCRUAL)
    one = _open(one)
    reversals.post_again(frozen(one), at)
    _decide(one, outcome, why, at)
    return one


@transaction.atomic
def forfeit(one: FraudHold, why: str, at: datetime) -> FraudHold:
    """Decide against the plays: other tracks get what they brought, at the next cut-off.

    Raises:
        Decided: it was decided before, or everything it froze was charged back
        TooEarly: the time to answer has not begun, or is not over
    """
    locks.take(locks.Lock.ACCRUAL)
    one = _open(one)
    if one.answer_by is None or at < one.answer_by:
        raise TooEarly(one)
    micros = sum(line.play.price_micros for line in frozen(one))
    lines = [
        (ledger.account(Account.Kind.HELD, terms=one.terms), -micros),
        (ledger.account(Account.Kind.FORFEITED, terms=one.terms), micros),
    ]
    ledger.post(f"forfeited/{one.pk}", "plays forfeited", at, lines, terms=one.terms)
    reach(Point.FORFEIT_POSTED)
    _decide(one, Outcome.FORFEITED, why, at)
    return one


def lapse_due(at: datetime) -> int:
    """Release what nobody decided in time; how many holds."""
    due = FraudHold.objects.open().filter(decide_by__lte=at).order_by("pk")
    lapsed = 0
    for one in due:
        try:
            release(one, UNDECIDED, at, Outcome.LAPSED)
        except Decided:  # meanwhile
            continue
        lapsed += 1
    return lapsed


def end_emptied(charged_back: Sequence[Reversal], at: datetime) -> None:
    """End the holds of plays just charged back, where nothing of them stays frozen."""
    for one in FraudHold.objects.open().filter(reversals__in=charged_back).distinct():
        if not frozen(one):
            _decide(one, Outcome.CHARGED_BACK, "The bank took the money back.", at)


def frozen(one: FraudHold) -> list[Reversal]:
    """The hold's plays that are under it still."""
    return list(one.reversals.frozen().select_related("play").order_by("pk"))


def forfeited(one: FraudHold) -> list[Reversal]:
    """The plays of a hold that was decided against; what was charged back before is not of them."""
    before = Concat(Value("charged back/"), Cast(OuterRef("pk"), CharField()))
    back = Entry.objects.filter(reference=before)
    return list(one.reversals.exclude(Exists(back)).select_related("play").order_by("pk"))


def _begin(holds: QuerySet[FraudHold], at: datetime, **also: datetime) -> int:
    """Begin their time to answer; of how many.

    Nothing is forfeited while its plays wait, as they do while a bank can take back their money:
    other tracks would have been given what the house has to give back.
    """
    plays = PaidPlay.objects.filter(reversals__fraud_hold=OuterRef("pk")).order_by("-accrues_at")
    waited = Subquery(plays.values("accrues_at")[:1])
    answer_by = Greatest(Value(at + settings.HOLD_ANSWER_WITHIN), waited)
    within = Value(settings.HOLD_DECIDE_WITHIN)
    return holds.update(answer_by=answer_by, decide_by=answer_by + within, **also)


def _open(one: FraudHold) -> FraudHold:
    """Locked, so that of two decisions at once the second finds the first."""
    locked = FraudHold.objects.select_for_update().get(pk=one.pk)
    if locked.decided_at is not None:
        raise Decided(locked)
    return locked


def _decide(one: FraudHold, outcome: Outcome, why: str, at: datetime) -> None:
    one.decided_at, one.outcome, one.decision = at, outcome, why
    one.save(update_fields=["decided_at", "outcome", "decision"])
