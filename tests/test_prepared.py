"""What nearly every page asks stays planned, is counted like any query, and gives whole objects."""

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from marketplace.pricing import quotes
from marketplace.pricing.models import Quote
from marketplace.users.backends import WithParty
from marketplace.wallet.standing import standing
from royalties.prepared import first
from tests.builders import NOON, a_listener, a_track, a_user

pytestmark = pytest.mark.django_db
PLANNED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%monthly_cap_micros%'"


def test_a_statement_asked_often_is_planned_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    listener = a_listener()
    with django_assert_num_queries(8):
        for _ in range(8):
            standing(listener, NOON)
    with connection.cursor() as cursor:
        cursor.execute(PLANNED)
        assert cursor.fetchone() == (1,)


def test_the_first_row_is_an_object_like_the_models_own() -> None:
    quote = quotes.offer(a_track(), a_listener(), "press", NOON)
    statement = "SELECT * FROM pricing_quote WHERE id = %(id)s"
    found = first(Quote, statement, {"id": quote.pk})
    assert found is not None
    assert found.__dict__.keys() == Quote.objects.get().__dict__.keys()
    found.refresh_from_db()
    assert first(Quote, statement, {"id": found.track_id}) is None


def test_who_signed_in_comes_with_the_party_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    user = a_user()
    with django_assert_num_queries(1):
        found = WithParty().get_user(user.pk)
        assert found is not None
        assert (found, found.party) == (user, user.party)
    user.is_active = False
    user.save()
    assert WithParty().get_user(user.pk) is None
    assert WithParty().get_user(user.pk + 1) is None
