"""The ledger's own rules, held by PostgreSQL."""

import pytest
from django.db import IntegrityError, connection
from pytest_django import DjangoAssertNumQueries

from royalties import ledger
from royalties.models import Account, Entry, Posting
from tests.royalties.builders import NOON, a_listener, a_party, a_track

Kind = Account.Kind


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_does_not_sum_to_zero_is_refused() -> None:
    bank, house = ledger.account(Kind.BANK), ledger.account(Kind.RESERVE)
    with pytest.raises(IntegrityError, match="does not sum to zero"):
        ledger.post("wrong", "test", NOON, [(bank, -5), (house, 4)])


@pytest.mark.django_db(transaction=True)
def test_units_do_not_balance_money() -> None:
    track = a_track()
    units = ledger.account(Kind.UNITS, a_party(), track)
    with pytest.raises(IntegrityError, match="does not sum to zero"):
        ledger.post("mixed", "test", NOON, [(ledger.account(Kind.BANK), -5), (units, 5)])


@pytest.mark.django_db
def test_posting_a_reference_twice_has_one_effect() -> None:
    lines = [(ledger.account(Kind.BANK), -5), (ledger.account(Kind.RESERVE), 5)]
    assert ledger.post("once", "test", NOON, lines) is not None
    assert ledger.post("once", "test", NOON, lines) is None
    assert ledger.balance(Kind.RESERVE) == 5


@pytest.mark.django_db
def test_lines_on_one_account_are_added_and_nothing_is_not_posted() -> None:
    bank, house = ledger.account(Kind.BANK), ledger.account(Kind.RESERVE)
    other = ledger.account(Kind.SUSPENSE)
    lines = [(bank, -5), (house, 2), (house, 3), (other, 4), (other, -4)]
    entry = ledger.post("added", "test", NOON, lines)
    assert entry is not None
    assert sorted(entry.postings.values_list("amount", flat=True)) == [-5, 5]


@pytest.mark.django_db
def test_an_account_is_opened_once_and_has_its_asset() -> None:
    track, party = a_track(), a_party()
    units = ledger.account(Kind.UNITS, party, track)
    assert units == ledger.account(Kind.UNITS, party, track)
    assert units.asset == str(track.pk)
    assert ledger.account(Kind.ACCRUED, party).asset == "micros"
    assert ledger.account(Kind.ACCRUED, party) != ledger.account(Kind.PUBLISHED, party)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE royalties_entry SET kind = 'other'",
        "UPDATE royalties_posting SET amount = 1",
        "DELETE FROM royalties_posting",
        "DELETE FROM royalties_entry",
    ],
)
def test_entries_and_postings_are_never_changed_or_deleted(change: str) -> None:
    a_listener(micros=5)
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_added_to_an_entry_of_an_earlier_transaction() -> None:
    lines = [(ledger.account(Kind.BANK), -5), (ledger.account(Kind.RESERVE), 5)]
    entry = ledger.post("first", "test", NOON, lines)
    assert entry is not None
    with pytest.raises(IntegrityError, match="one transaction"):
        Posting.objects.create(entry=entry, account=lines[0][0], amount=-1)


@pytest.mark.django_db
def test_many_entries_are_posted_in_a_fixed_number_of_statements(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    parties_ = [a_party() for _ in range(30)]
    keys = [ledger.AccountKey(Kind.ACCRUED, party.pk) for party in parties_]
    bank = ledger.account(Kind.BANK).pk
    with django_assert_num_queries(3):
        ids = ledger.account_ids(keys)
    with django_assert_num_queries(1):
        assert ledger.account_ids(keys) == ids
    drafts = [
        ledger.Draft(f"many/{place}", "test", NOON, [(bank, -7), (ids[key], 7)])
        for place, key in enumerate(keys)
    ]
    with django_assert_num_queries(1):
        assert len(ledger.post_many(drafts)) == 30
    assert ledger.post_many(drafts) == {}
    assert ledger.balance(Kind.BANK) == -210


@pytest.mark.django_db
def test_one_entry_is_one_statement_and_an_account_known_already_another(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    track, party = a_track(), a_party()
    units = ledger.account(Kind.UNITS, party, track)
    issued = ledger.account(Kind.UNITS_ISSUED, terms=track)
    with django_assert_num_queries(2):
        found = [
            ledger.account(Kind.UNITS, party, track),
            ledger.account(Kind.UNITS_ISSUED, terms=track),
        ]
    assert found == [units, issued]
    assert [one.asset for one in found] == [str(track.pk)] * 2
    with django_assert_num_queries(1):
        entry = ledger.post("once", "test", NOON, [(units, 5), (issued, -5)], terms=track)
    assert entry is not None
    written = Entry.objects.get(reference="once")
    assert written == entry
    assert [getattr(written, name) for name in ("reference", "kind", "at", "period", "terms")] == [
        getattr(entry, name) for name in ("reference", "kind", "at", "period", "terms")
    ]
    kinds = dict(Account.objects.filter(terms=track).values_list("pk", "asset"))
    assert kinds[units.pk] == kinds[issued.pk] == units.asset


@pytest.mark.django_db
def test_a_ledger_that_grows_many_times_over_at_once_is_planned_for_its_new_size() -> None:
    lines = [(ledger.account(Kind.BANK).pk, -5), (ledger.account(Kind.RESERVE).pk, 5)]
    drafts = [ledger.Draft(f"post/{n}", "test", NOON, lines) for n in range(ledger.MANY)]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE royalties_posting")
        ledger.post_many(drafts)
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'royalties_posting'")
        assert cursor.fetchone()[0] >= 2 * ledger.MANY
