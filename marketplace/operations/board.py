"""The operators' first page: one sentence of state for each thing that runs, details behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q
from django.urls import reverse

from marketplace.catalog.models import DISPUTED, LostFile, Resemblance, Track
from marketplace.discovery import shared, versions
from marketplace.mail.models import Mail
from marketplace.operations import deeds, exposure_page, keepers, price_health, reconciliation
from marketplace.operations.keepers import Keeper, Waiting
from marketplace.operations.settling import OpenPeriod, open_period
from marketplace.templatetags.amounts import count, plain_dollars
from marketplace.wallet.seals import duration
from royalties import alarms, ledger
from royalties.alarms import Alarm
from royalties.models import Account, FraudHold, Period

CALM, WAITS, ALARM = "calm", "waits", "alarm"
LATE = timedelta(minutes=10)  # of a mail that a server does not take


@dataclass(frozen=True)
class Line:
    """One thing and its state in a sentence; `mark` is calm, waits (for itself) or alarm."""

    name: str
    mark: str
    sentence: str
    url: str


def board(at: datetime) -> dict[str, Any]:
    """Alarms, the sentences, and the open period for the button that closes it."""
    raised = alarms.raised(at)
    refused = [one for one in raised if one.name == "outbox"]  # told in the outbox's own line
    opened = open_period()
    lines = list(_lines(opened, refused, at))
    return {
        "alarms": [one for one in raised if one not in refused],
        "lines": lines,
        "calm": not raised and all(line.mark != ALARM for line in lines),
        "waits": any(line.mark == WAITS for line in lines),
        "open": opened,
    }


def _lines(opened: OpenPeriod, refused: list[Alarm], at: datetime) -> Iterator[Line]:
    lanes = keepers.lanes_of(at)
    yield Line("Periods", *_periods(opened, at), reverse("operations:settlement"))
    yield Line("Outbox", *_outbox(lanes, refused), reverse("operations:settlement") + "#outbox")
    yield Line("Keys", *_keys(keepers.keepers(at, lanes), at), reverse("operations:keys"))
    yield Line("Reconciliation", *_compared(at), reverse("operations:reconciliation"))
    yield Line("Holds", *_holds(at), reverse("operations:holds"))
    files, catalogue = _files(at), reverse("operations:catalogue")
    place = "#lost" if files[0] == ALARM else "#refused"
    yield Line("Files", *files, catalogue + place)
    yield Line("Disputes", *_disputes(at), reverse("operations:disputes"))
    yield Line("Prices", *_prices(at), reverse("operations:prices"))
    yield Line("Models", *_models(), reverse("operations:models"))
    yield Line("Exposure", *_exposure(), reverse("operations:exposure"))
    yield Line("Mail", *_mail(at), reverse("admin:mail_mail_changelist"))
    yield Line("Log", *_log(at), reverse("operations:log"))


def _periods(opened: OpenPeriod, at: datetime) -> tuple[str, str]:
    closed = Period.objects.exclude(state=Period.State.OPEN)
    sums = closed.aggregate(all=Count("pk"), settled=Count("pk", filter=Q(state="active")))
    waiting = sums["all"] - sums["settled"]
    now = (
        f"Period {count(opened.number)} is open with"
        f" {_many(opened.plays + opened.waiting_plays, 'play')},"
        f" {plain_dollars(opened.micros + opened.waiting_micros)}."
    )
    if waiting:
        which = "One closed period is" if waiting == 1 else f"{count(waiting)} closed periods are"
        return WAITS, f"{which} on the way to the vault. {now}"
    if not sums["all"]:
        return CALM, f"None is closed yet. {now}"
    settled = "The one closed period is" if sums["all"] == 1 else f"All {count(sums['all'])} are"
    return CALM, f"{settled} settled. {now}"


def _outbox(lanes: dict[str, list[Waiting]], refused: list[Alarm]) -> tuple[str, str]:
    if refused:
        more = f" And {len(refused) - 1} more." if len(refused) > 1 else ""
        return ALARM, refused[0].sentence + more
    rows = [one for lane in lanes.values() for one in lane]
    if not rows:
        return CALM, "Nothing is on its way to the chain."
    stuck = [one for one in rows if one.stuck]
    if stuck:
        return ALARM, f"{stuck[0].row.reference} has been stuck for {stuck[0].age}."
    oldest = min(rows, key=lambda one: one.row.pk)
    many = f"{_many(len(rows), 'transaction')} {'is' if len(rows) == 1 else 'are'}"
    return WAITS, f"{many} on the way, the oldest for {oldest.age}."


def _holds(at: datetime) -> tuple[str, str]:
    found = list(FraudHold.objects.open().order_by("decide_by").only("answer_by", "decide_by"))
    due = next((one for one in found if one.answer_by and one.answer_by <= at), None)
    if due is not None:
        return (
            ALARM,
            f"Decide hold {due.pk} until {due.decide_by:%-d %B, %H:%M} UTC, or its plays are"
            " released by themselves.",
        )
    owed = -ledger.total(Account.Kind.RECEIVABLE)
    told = "Nothing is held."
    if found:
        frozen = plain_dollars(ledger.total(Account.Kind.HELD))
        told = f"{_many(len(found), 'hold')}, {frozen} frozen."
    if owed:
        told += f" Songs have {plain_dollars(owed)} to earn again."
    return (WAITS if found or owed else CALM), told


def _keys(found: list[Keeper], at: datetime) -> tuple[str, str]:
    if not found:
        return WAITS, "Not looked at yet; the chain worker does within a minute."
    low = [keeper.role for keeper in found if keeper.key.is_low]
    if low:
        verb = "has" if len(low) == 1 else "have"
        return ALARM, f"The {' and the '.join(low)} {verb} little gas left."
    if any(keeper.key.is_stale(at) for keeper in found):
        oldest = min(keeper.key.seen_at for keeper in found)
        return ALARM, f"Not looked at for {duration(at - oldest)}."
    treasury = next(one.key.token_micros for one in found if one.role == "publisher")
    return CALM, f"Every key has gas; the treasury holds {plain_dollars(treasury)}."


def _compared(at: datetime) -> tuple[str, str]:
    last = reconciliation.last()
    if last is None or last.ended_at is None:
        return WAITS, "Ledger and chain have not been compared yet; a worker does within a minute."
    ago = f"{duration(at - last.ended_at)} ago"
    if last.unanswered:
        return ALARM, f"The chain could not be read {ago}."
    if last.differing_since is not None:
        since = f"{last.differing_since:%-d %B, %H:%M} UTC"
        return (
            ALARM,
            f"{_many(len(last.differences), 'difference')} since {since}, looked at {ago}.",
        )
    return CALM, f"Ledger and chain agree to the unit: {len(last.checks)} checks, {ago}."


def _files(at: datetime) -> tuple[str, str]:
    lost = LostFile.objects.aggregate(n=Count("pk"), first=Min("seen_at"))
    if lost["n"]:
        verb, since = "is" if lost["n"] == 1 else "are", duration(at - lost["first"])
        told = f"{_many(lost['n'], 'file')} that songs need {verb} not in the store, for {since}:"
        return ALARM, f"{told} put back what Catalogue names."
    unpublished = Track.objects.filter(state__in=["failed", "waiting"])
    sums = unpublished.aggregate(
        failed=Count("pk", filter=Q(state="failed")), waiting=Count("pk", filter=Q(state="waiting"))
    )
    failed = "No file failed" if not sums["failed"] else f"{_many(sums['failed'], 'file')} failed"
    if sums["waiting"]:
        verb = "waits" if sums["waiting"] == 1 else "wait"
        return WAITS, f"{failed}; {count(sums['waiting'])} {verb} to be analysed."
    return CALM, f"{failed}; none waits to be analysed."


def _disputes(at: datetime) -> tuple[str, str]:
    found = Resemblance.objects.filter(**DISPUTED).aggregate(n=Count("pk"), oldest=Min("stated_at"))
    if not found["n"]:
        return CALM, "Nobody disputes a refused copy."
    verb = "waits" if found["n"] == 1 else "wait"
    which = "1 refused copy" if found["n"] == 1 else f"{count(found['n'])} refused copies"
    age = duration(at - found["oldest"])
    return WAITS, f"{which} {verb} for a decision, the oldest for {age}."


def _prices(at: datetime) -> tuple[str, str]:
    found = price_health.summary(at)
    if found.late:
        return ALARM, f"The hourly step is {duration(found.late)} late."
    if found.stopped:
        return ALARM, found.sentence  # until somebody lets them go
    return (CALM if found.step else WAITS), found.sentence


def _models() -> tuple[str, str]:
    if damaged := shared.damaged(shared.MODELS):
        return ALARM, (
            f"{damaged} is damaged on this machine; the one before it answers, if it is kept. Look"
            " at the disk, then train again or let an older one serve."
        )
    serving = versions.serving()
    if serving is None:
        return WAITS, "None is trained yet; until then songs are ranked by sound and by age."
    told = (
        f"The version of {serving.trained_at:%-d %b, %H:%M} answers, from"
        f" {_many(serving.plays, 'play')} of {_many(serving.tracks, 'song')}"
    )
    if serving.pinned:
        return WAITS, f"{told}. It is pinned: nothing is trained until it is released."
    return CALM, f"{told}."


def _exposure() -> tuple[str, str]:
    week = exposure_page.latest()
    return (CALM, exposure_page.sentence(week)) if week else (CALM, exposure_page.NOTHING_YET)


def _mail(at: datetime) -> tuple[str, str]:
    unsent = Mail.objects.to_send()
    waiting = unsent.aggregate(n=Count("pk"), oldest=Min("written_at"))
    if waiting["n"]:
        age = at - waiting["oldest"]
        verb = "waits" if waiting["n"] == 1 else "wait"
        told = f"{_many(waiting['n'], 'mail')} {verb}, the oldest for {duration(age)}"
        refused = unsent.filter(tries__gt=0).order_by("-due_at").first()
        if age >= LATE and refused is not None:
            return ALARM, f"{told}; one could not be sent: {refused.error}"
        return WAITS, f"{told}."
    if not settings.EMAIL_HOST:
        return WAITS, "EMAIL_HOST names no mail server: mails are written to REFRAIN_HOME/mail."
    return CALM, "Every mail is sent."


def _log(at: datetime) -> tuple[str, str]:
    last = deeds.log().first()
    if last is None:
        return CALM, "No operator has pressed anything yet."
    return CALM, f"{last.user.name}, {duration(at - last.at)} ago: {last.text}"


def _many(number: int, word: str) -> str:
    return f"{count(number)} {word}{'' if number == 1 else 's'}"
