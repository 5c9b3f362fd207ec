"""Publishing terms: who earns what from one play, checked, hashed into an id and fixed for good.

The payees', the platform's and the fan pool's basis points add to 10,000, always.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from contracts import client
from royalties import ledger, locks, money, parties
from royalties.errors import TermsError
from royalties.models import Account, Holding, Party, Payee, Terms, UnitMove
from royalties.on_chain import as_on_chain

PLATFORM_MIN_BPS = 500
POOL_MAX_BPS = 4_500
MOST_PAYEES = 16
TOO_SMALL = "Each payee needs at least 0.01 % of the price."


@dataclass(frozen=True)
class Part:
    """One payee's part of each play, in basis points of the whole price."""

    party: Party
    role: str
    bps: int


@dataclass(frozen=True)
class TermsDraft:
    """Terms as a form proposes them; units and platform part are the house's unless given."""

    issuer: Party
    parts: Sequence[Part]
    pool_bps: int
    platform_bps: int | None = None
    reserved_units: int | None = None
    micros_per_unit: int | None = None
    listener_cap_units: int | None = None


@dataclass(frozen=True)
class Receiver:
    """Somebody whom each play pays: `bps` of the price."""

    name: str
    role: str
    bps: int
    party_id: UUID | None = None  # None for the fans and the platform


@dataclass(frozen=True)
class Line:
    """What one play pays one receiver; `bps` of the price, `micros` after rounding."""

    name: str
    role: str
    bps: int
    micros: int
    party_id: UUID | None = None  # None for the fans and the platform


def publish(subject_id: UUID, draft: TermsDraft, at: datetime) -> Terms:
    """Fix the terms of a published thing and issue its 1,000,000 units to the issuer.

    Raises:
        TermsError: names the field and says what to change.
    """
    platform = parties.platform()
    terms = _unsaved(subject_id, draft, platform, at)
    payees = _payees(terms, draft)
    check(terms, payees)
    terms.chain_id = "0x" + client.track_id(as_on_chain(terms, payees)).hex()
    with transaction.atomic():
        _refuse_departed(payees)
        locks.take(locks.Lock.SLOT)
        if Terms.objects.filter(subject_id=subject_id).exists():
            raise TermsError("subject", "This is published already; its terms can't change.")
        last = Terms.objects.aggregate(last=Max("slot"))["last"]
        terms.slot = 0 if last is None else last + 1
        terms.save(force_insert=True)
        Payee.objects.bulk_create(payees)
        _open_accounts(terms, payees)
        _issue_units(terms, at)
    return terms


def check(terms: Terms, payees: Sequence[Payee]) -> None:
    """Refuse what the contract would refuse, with a sentence for the person.

    Raises:
        TermsError: as for `publish`.
    """
    people = [payee.party_id for payee in payees]
    if not payees:
        raise TermsError("payees", "Name at least one payee.")
    if len(payees) > MOST_PAYEES:
        raise TermsError("payees", f"At most {MOST_PAYEES} payees can share one track.")
    if len(set(people)) < len(people):
        raise TermsError("payees", "A payee is named twice; add up their parts.")
    if terms.platform_id in people:
        raise TermsError("payees", "The platform has its own part and can't be a payee.")
    if min(payee.bps for payee in payees) < 1:
        raise TermsError("payees", TOO_SMALL)
    if not 0 <= terms.pool_bps <= POOL_MAX_BPS:
        raise TermsError("pool", "The fan pool takes between 0 and 45 % of the price.")
    if terms.platform_bps < PLATFORM_MIN_BPS:
        raise TermsError("platform", "The platform takes at least 5 % of the price.")
    whole = sum(payee.bps for payee in payees) + terms.platform_bps + terms.pool_bps
    if whole != money.BPS:
        percent = Decimal(whole) / 100
        raise TermsError("payees", f"All parts must add up to 100 %, and these make {percent} %.")
    if not 0 <= terms.listener_cap_units <= terms.reserved_units <= money.UNITS:
        raise TermsError("units", "A listener's cap is at most the units reserved for listening.")
    if terms.micros_per_unit < 1:
        raise TermsError("units", "A unit costs at least one micro.")


def split_of(terms: Terms | TermsDraft, price_micros: int) -> list[Line]:
    """What one play pays each of `receivers_of` at this price; see `split`."""
    return split(receivers_of(terms), price_micros)


def receivers_of(terms: Terms | TermsDraft) -> list[Receiver]:
    """Payees in order, the fan pool, the platform; one query where they are published."""
    if isinstance(terms, TermsDraft):
        platform_bps = _or(terms.platform_bps, settings.PLATFORM_BPS)
        named = [Receiver(p.party.name, p.role, p.bps, p.party.pk) for p in terms.parts]
    else:
        platform_bps = terms.platform_bps
        payees = terms.payees.select_related("party").order_by("position")
        named = [Receiver(p.party.name, p.role, p.bps, p.party_id) for p in payees]
    return [*named, *houses(terms.pool_bps, platform_bps)]


def houses(pool_bps: int, platform_bps: int) -> list[Receiver]:
    """Who receives besides the payees, and comes after them."""
    return [
        Receiver("Fans", "pool", pool_bps),
        Receiver(parties.PLATFORM_NAME, "platform", platform_bps),
    ]


def split(receivers: Sequence[Receiver], price_micros: int) -> list[Line]:
    """What one play pays each, in their order; adds to the price.

    For display, by largest remainder. The ledger pays cumulative floors, which differ from these
    by less than a micro at any time and carry what is left.
    """
    micros = money.largest_remainder(price_micros, [one.bps for one in receivers])
    return [
        Line(one.name, one.role, one.bps, part, one.party_id)
        for one, part in zip(receivers, micros, strict=True)
    ]


def payees_of_remainder(
    percentages: Sequence[Decimal | int], pool_bps: int, platform_bps: int | None = None
) -> list[int]:
    """Payees' percentages of what remains after platform and pool, as bps of the whole price.

    >>> payees_of_remainder([50, 50], pool_bps=3_001, platform_bps=500)
    [3250, 3249]

    Raises:
        TermsError: the percentages don't make 100, or one is not above nothing.
    """
    if not percentages or min(percentages) <= 0:
        raise TermsError("payees", "Each payee needs a part above nothing.")
    whole = sum(Fraction(percent) for percent in percentages)
    if whole != 100:
        shown = Decimal(whole.numerator) / whole.denominator
        raise TermsError("payees", f"Payees' parts must make 100 %, and these make {shown:f} %.")
    if not 0 <= pool_bps <= POOL_MAX_BPS:
        raise TermsError("pool", "The fan pool takes between 0 and 45 % of the price.")
    remainder = money.BPS - pool_bps - _or(platform_bps, settings.PLATFORM_BPS)
    scaled = [Fraction(percent) * 10**9 for percent in percentages]
    if any(weight.denominator != 1 for weight in scaled):
        raise TermsError("payees", "Use at most nine decimals in a percentage.")
    return money.largest_remainder(remainder, [int(weight) for weight in scaled])


def _unsaved(subject_id: UUID, draft: TermsDraft, platform: Party, at: datetime) -> Terms:
    reserved = _or(draft.reserved_units, settings.UNITS_RESERVED)
    return Terms(
        id=uuid4(),
        subject_id=subject_id,
        issuer=draft.issuer,
        platform=platform,
        platform_bps=_or(draft.platform_bps, settings.PLATFORM_BPS),
        pool_bps=draft.pool_bps,
        reserved_units=reserved,
        micros_per_unit=_or(draft.micros_per_unit, settings.UNITS_PRICE_MICROS),
        listener_cap_units=_or(
            draft.listener_cap_units, min(reserved, settings.UNITS_LISTENER_CAP)
        ),
        salt="0x" + secrets.token_hex(32),
        published_at=at,
    )


def _payees(terms: Terms, draft: TermsDraft) -> list[Payee]:
    return [
        Payee(
            terms=terms,
            party=part.party,
            role=part.role,
            bps=part.bps,
            address=part.party.address,
            position=position,
        )
        for position, part in enumerate(draft.parts)
    ]


def _open_accounts(terms: Terms, payees: Sequence[Payee]) -> None:
    """What its plays and units are posted to, so that no two who accrue open one at once."""
    parties = [*(payee.party_id for payee in payees), terms.platform_id]
    kinds = Account.Kind.POOL, Account.Kind.REMAINDER, *Account.UNIT_KINDS
    ledger.account_ids(
        [
            *(ledger.AccountKey(Account.Kind.ACCRUED, party) for party in parties),
            *(ledger.AccountKey(kind, terms_id=terms.pk) for kind in kinds),
        ]
    )


def _refuse_departed(payees: Sequence[Payee]) -> None:
    """Locked, so that none departs before it is paid by what can't be changed any more."""
    people = Party.objects.filter(pk__in=[payee.party_id for payee in payees]).order_by("pk")
    if any(party.departed_at for party in people.select_for_update(no_key=True)):
        raise TermsError("payees", "A payee has closed their account; name somebody else.")


def _issue_units(terms: Terms, at: datetime) -> None:
    issued = ledger.account(Account.Kind.UNITS_ISSUED, terms=terms)
    in_house = ledger.account(Account.Kind.UNITS, terms=terms)
    ledger.post(
        f"issue/{terms.slot}",
        "issue",
        at,
        [(issued, -money.UNITS), (in_house, money.UNITS)],
        terms=terms,
    )
    Holding.objects.create(terms=terms, party=terms.issuer, units=money.UNITS, since=at)
    UnitMove.objects.create(
        terms=terms, kind=UnitMove.Kind.ISSUE, taker=terms.issuer, units=money.UNITS, at=at
    )


def _or(given: int | None, usual: int) -> int:
    return usual if given is None else given
