"""Each party has an address of its own, derived from the custody's seed."""

import pytest

from contracts.client import derive_key
from royalties import keys, parties
from tests.royalties.builders import NOON


@pytest.mark.django_db
def test_addresses_are_derived_from_the_seed_and_never_shared() -> None:
    first, second = parties.create_party("artist", NOON), parties.create_party("artist", NOON)
    assert first.address != second.address
    for party in (first, second):
        assert party.key_index is not None
        assert derive_key(keys.custody_seed(), party.key_index)[1] == party.address
        assert party.key_index >= 1_000  # below lie the keys of the house


@pytest.mark.django_db
def test_the_platform_is_made_once() -> None:
    assert parties.platform() == parties.platform()
