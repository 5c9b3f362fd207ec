"""What an operator may do, each with its line in the log, written in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from marketplace.discovery import versions
from marketplace.discovery.models import ModelVersion
from marketplace.listening import streams
from marketplace.mail import writing
from marketplace.mail.models import Mail
from marketplace.operations import reconciliation
from marketplace.operations.hold_page import with_songs
from marketplace.operations.models import Deed
from marketplace.pricing import stops
from marketplace.problems import Conflict
from marketplace.templatetags.amounts import plain_dollars
from marketplace.users.models import User
from marketplace.wallet.seals import duration
from royalties import (
    alarms,
    chargebacks,
    corrections,
    fraud_holds,
    locks,
    publications,
    settlement,
)
from royalties.models import FraudHold, OutboxTransaction, PaidPlay, Party, Period, TopUp

TEXT_LENGTH = 300


def log() -> QuerySet[Deed]:
    """Every deed, the newest first."""
    return Deed.objects.select_related("user").order_by("-at", "-pk")


@transaction.atomic
def close_period(user: User, number: int, at: datetime) -> None:
    """Close this period before its time.

    Raises:
        Conflict: it is not the open one: of two presses the second would close the next one
        RoyaltiesError: there is nothing to settle, or nowhere
    """
    locks.take(locks.Lock.CLOSE)
    if Period.objects.filter(pk=number).exclude(state=Period.State.OPEN).exists():
        raise Conflict(f"Period {number} is closed already.")
    if settlement.close(at).number != number:
        raise Conflict(f"Period {number} is not the open one.")
    note(user, at, f"Closed period {number} before its time.")


@transaction.atomic
def republish(user: User, period: Period, at: datetime) -> None:
    """Publish a period again that a guardian stopped.

    Raises:
        Conflict: nobody has stopped it
    """
    if not publications.republish(period, at):
        raise Conflict(f"Period {period.number} is not stopped.")
    note(user, at, f"Had the stopped period {period.number} published again.")


@transaction.atomic
def correct(user: User, period: Period, why: str, at: datetime) -> None:
    """Publish a stopped period under a bundle made again.

    Raises:
        Conflict: nobody has stopped it
    """
    if not corrections.correct(period, why, at):
        raise Conflict(f"Period {period.number} is not stopped.")
    note(user, at, f"Had the bundle of period {period.number} made again: {why}")


@transaction.atomic
def clear_alarm(user: User, row: OutboxTransaction, at: datetime) -> None:
    """End the alarm of a refused transaction.

    Raises:
        Conflict: there is none
    """
    if not alarms.clear(row, at):
        raise Conflict(f"There is no alarm of {row.reference} any more.")
    note(user, at, f"Cleared the alarm of {row.reference}, refused: {row.error}")


@transaction.atomic
def hold(user: User, plays: Sequence[PaidPlay], rule: str, reason: str, at: datetime) -> None:
    """Put plays under a fraud hold, one for each song.

    Raises:
        Conflict: all of them are reversed already
    """
    made = fraud_holds.hold(plays, rule, reason, at)
    if not made:
        raise Conflict("Every one of these plays is taken back already.")
    _tell_payees(made, at)
    for one in made:
        many = one.numbers["plays"]
        note(user, at, f"Hold {one.pk}, {one.rule}, of {many} play{'s'[: many != 1]}: {reason}")


@transaction.atomic
def release_hold(user: User, one: FraudHold, why: str, at: datetime) -> None:
    """Post a hold's plays again.

    Raises:
        Decided: it is decided already
    """
    fraud_holds.release(one, why, at)
    note(user, at, f"Released hold {one.pk}: {why}")


@transaction.atomic
def forfeit_hold(user: User, one: FraudHold, why: str, at: datetime) -> None:
    """Decide against a hold's plays.

    Raises:
        Decided: it is decided already
        TooEarly: whom the song pays may still answer
    """
    fraud_holds.forfeit(one, why, at)
    note(user, at, f"Decided against the plays of hold {one.pk}: {why}")


@transaction.atomic
def charge_back(user: User, top_up: TopUp, reason: str, at: datetime) -> None:
    """Give a top-up back to the bank, with the plays it paid.

    Raises:
        Conflict: it is charged back already
    """
    if top_up.charged_back_at is not None:
        raise Conflict("This top-up is charged back already.")
    _stop_playing(top_up.party, at)  # what is held for it leaves with the rest
    if chargebacks.charge_back(top_up, reason, at).charged_back_at != at:
        raise Conflict("This top-up is charged back already.")
    note(user, at, f"Charged back {plain_dollars(top_up.micros)} of {top_up.party}: {reason}")


@transaction.atomic
def compare(user: User, at: datetime) -> None:
    """Have ledger and chain compared.

    Raises:
        Conflict: that is under way already
    """
    if not reconciliation.ask(user, at):
        raise Conflict("A comparison is under way already; its result appears here.")
    note(user, at, "Had ledger and chain compared.")


@transaction.atomic
def stop_prices(user: User, why: str, at: datetime) -> None:
    """Take all prices back to those of a day ago and hold them.

    Raises:
        Conflict: they are stopped already, or none has moved yet
    """
    stopped = stops.stop(user, why, at)
    note(user, at, f"Took prices back to those of {stopped.back_to.at:%-d %B, %H:%M}: {why}")


@transaction.atomic
def let_prices_go(user: User, at: datetime) -> None:
    """Let prices move again.

    Raises:
        Conflict: they are not stopped
    """
    stops.let_go(at)
    note(user, at, "Let prices move again.")


@transaction.atomic
def serve(user: User, version: ModelVersion, at: datetime) -> None:
    """Let an older model answer, and keep it.

    Raises:
        Conflict: a training is under way, or the version is no longer kept
    """
    note(user, at, f"Let the model of {_when(version)} answer, and pinned it.")
    versions.pin(version)


@transaction.atomic
def release(user: User, at: datetime) -> None:
    """Let trainings go on.

    Raises:
        Conflict: no version is pinned
    """
    version = versions.release()
    if version is None:
        raise Conflict("No version is pinned; the newest answers by itself.")
    note(user, at, f"Released the model of {_when(version)}; trainings go on.")


def _stop_playing(party: Party, at: datetime) -> None:
    for login in User.objects.filter(party=party):
        streams.sign_out_elsewhere(login, "", at)


def _tell_payees(holds: Sequence[FraudHold], at: datetime) -> None:
    """A mail for each hold to whom its song pays; the time to answer begins when they look."""
    within = duration(settings.HOLD_ANSWER_WITHIN)
    for line in with_songs(holds):
        payees = Party.objects.filter(payee_of__terms=line.hold.terms_id)
        about = {"hold": str(line.hold.pk), "song": line.track.title, "answer_within": within}
        writing.write_to_parties(payees, Mail.Kind.HOLD, at, **about)


def note(user: User, at: datetime, text: str) -> None:
    """The line of a deed, in its transaction."""
    Deed.objects.create(at=at, user=user, text=text[:TEXT_LENGTH])


def _when(version: ModelVersion) -> str:
    return f"{version.trained_at:%-d %B, %H:%M}"
