"""Many rows in one statement, under the table's own constraints."""

import pytest
from django.db import IntegrityError

from royalties import rows
from royalties.models import Period, Pseudonym
from tests.royalties.builders import NOON, a_track

FIELDS = ("period", "terms", "party", "name")


@pytest.mark.django_db
def test_rows_are_inserted_once_and_a_conflict_is_refused_unless_it_is_ignored() -> None:
    period, track = Period.objects.create(number=1, opens_at=NOON), a_track()
    row = (period.pk, track.pk, track.issuer_id, "a name")
    rows.insert(Pseudonym, FIELDS, [])
    rows.insert(Pseudonym, FIELDS, [row])
    made = Pseudonym.objects.get()
    assert (made.period_id, made.terms_id, made.party_id, made.name) == row
    assert made.salt is not None
    other = (period.pk, track.pk, track.platform_id, "another")
    rows.insert(Pseudonym, FIELDS, [row, other], ignore_conflicts=True)
    assert Pseudonym.objects.count() == 2
    with pytest.raises(IntegrityError):
        rows.insert(Pseudonym, FIELDS, [row])
