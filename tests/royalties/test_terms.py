"""Terms are checked, hashed, numbered without gaps and fixed for good."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from hypothesis import given
from hypothesis import strategies as st

from contracts import client
from royalties import ledger, parties, terms
from royalties.errors import TermsError
from royalties.models import Account, Holding, Party, Terms, UnitMove
from royalties.on_chain import as_on_chain
from royalties.terms import Part, TermsDraft
from tests.royalties.builders import NOON, a_party, a_track


def a_draft(*bps: int, pool_bps: int = 3_000) -> TermsDraft:
    people = [a_party(f"payee {place}") for place in range(len(bps))]
    parts = [Part(party, "artist", part) for party, part in zip(people, bps, strict=True)]
    return TermsDraft(people[0], parts, pool_bps)


@pytest.mark.django_db
def test_publishing_issues_a_million_units_to_the_issuer() -> None:
    track = a_track()
    assert Holding.objects.get(terms=track, party=track.issuer).units == 1_000_000
    assert ledger.balance(Account.Kind.UNITS, terms=track) == 1_000_000
    assert ledger.balance(Account.Kind.UNITS_ISSUED, terms=track) == -1_000_000
    assert UnitMove.objects.get(terms=track).kind == UnitMove.Kind.ISSUE


@pytest.mark.django_db
def test_the_chain_id_is_the_contracts_hash_of_what_was_stored() -> None:
    track = terms.publish(uuid4(), a_draft(4_000, 2_500), NOON)
    stored = Terms.objects.get(pk=track.pk)
    payees = list(stored.payees.order_by("position"))
    on_chain = as_on_chain(stored, payees)
    assert on_chain.bps == (4_000, 2_500)
    assert stored.chain_id == "0x" + client.track_id(on_chain).hex()


@pytest.mark.django_db
def test_slots_count_from_nothing_without_gaps() -> None:
    a_track()
    with pytest.raises(TermsError):
        terms.publish(uuid4(), a_draft(6_000), NOON)
    a_track()
    assert list(Terms.objects.order_by("slot").values_list("slot", flat=True)) == [0, 1]


@pytest.mark.django_db
def test_the_same_thing_is_published_once() -> None:
    subject, draft = uuid4(), a_draft(6_500)
    terms.publish(subject, draft, NOON)
    with pytest.raises(TermsError, match="already") as refused:
        terms.publish(subject, draft, NOON)
    assert refused.value.field == "subject"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bps", "pool_bps", "field"),
    [
        ([], 9_500, "payees"),
        ([6_499], 3_000, "payees"),
        ([6_501], 3_000, "payees"),
        ([6_500, 0], 3_000, "payees"),
        ([5_000], 4_501, "pool"),
        ([9_501], -1, "pool"),
        ([500] * 17, 1_000, "payees"),
    ],
)
def test_wrong_parts_are_refused(bps: list[int], pool_bps: int, field: str) -> None:
    issuer = a_party()
    parts = [Part(a_party(), "artist", part) for part in bps]
    with pytest.raises(TermsError) as refused:
        terms.publish(uuid4(), TermsDraft(issuer, parts, pool_bps), NOON)
    assert refused.value.field == field
    assert not Terms.objects.exists()


@pytest.mark.django_db
def test_sixteen_payees_and_the_largest_pool_are_allowed() -> None:
    sixteen = [300] * 15 + [500]
    assert terms.publish(uuid4(), a_draft(*sixteen, pool_bps=4_500), NOON).payees.count() == 16


@pytest.mark.django_db
def test_a_payee_named_twice_and_the_platform_as_payee_are_refused() -> None:
    artist = a_party()
    twice = TermsDraft(artist, [Part(artist, "artist", 3_250), Part(artist, "band", 3_250)], 3_000)
    house = TermsDraft(artist, [Part(parties.platform(), "label", 6_500)], 3_000)
    for draft in (twice, house):
        with pytest.raises(TermsError):
            terms.publish(uuid4(), draft, NOON)


@pytest.mark.django_db
def test_the_platform_never_takes_less_than_its_floor() -> None:
    draft = replace(a_draft(6_501), platform_bps=499)
    with pytest.raises(TermsError) as refused:
        terms.publish(uuid4(), draft, NOON)
    assert refused.value.field == "platform"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE royalties_terms SET pool_bps = 0",
        "UPDATE royalties_payee SET bps = 1",
        "DELETE FROM royalties_payee",
    ],
)
def test_terms_and_payees_are_never_changed(change: str) -> None:
    a_track()
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.django_db
def test_a_split_names_everybody_and_adds_to_the_price() -> None:
    draft = a_draft(4_000, 2_500)
    track = terms.publish(uuid4(), draft, NOON)
    lines = terms.split_of(track, 9_999)
    assert lines == terms.split_of(draft, 9_999)
    assert sum(line.micros for line in lines) == 9_999
    assert [(line.role, line.bps) for line in lines] == [
        ("artist", 4_000),
        ("artist", 2_500),
        ("pool", 3_000),
        ("platform", 500),
    ]


@given(
    st.lists(st.integers(1, 10_000), min_size=1, max_size=16),
    st.integers(0, 4_500),
)
def test_percentages_of_the_remainder_become_bps_that_add_up(cuts: list[int], pool: int) -> None:
    whole = sum(cuts)
    shares = [Decimal(cut * 10**7 // whole) / 10**5 for cut in cuts]
    shares[0] += 100 - sum(shares)
    bps = terms.payees_of_remainder(shares, pool, platform_bps=500)
    assert sum(bps) + pool + 500 == 10_000
    for share, part in zip(shares, bps, strict=True):
        assert abs(share * (9_500 - pool) / 100 - part) < 1


@pytest.mark.parametrize("shares", [[], [50, 49], [50, 51], [100, 0], [150, -50]])
def test_percentages_that_do_not_make_a_hundred_are_refused(shares: list[int]) -> None:
    with pytest.raises(TermsError):
        terms.payees_of_remainder(shares, 3_000, platform_bps=500)


@pytest.mark.django_db(transaction=True)
def test_tracks_published_at_once_get_different_slots_without_gaps() -> None:
    drafts = [a_draft(6_500) for _ in range(6)]
    parties.platform()

    def publish(draft: TermsDraft) -> int:
        try:
            return terms.publish(uuid4(), draft, NOON).slot
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(publish, drafts)) == list(range(6))


@pytest.mark.django_db(transaction=True)
def test_the_platform_is_one_party_whoever_asks_first() -> None:
    def ask(_: int) -> Party:
        try:
            return parties.platform()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(ask, range(4)))) == 1
