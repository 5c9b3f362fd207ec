"""Chain keys: made once, for the owner alone, never overwritten."""

import json
from pathlib import Path

import pytest
from pytest_django import Settings

from royalties import keys
from royalties.errors import KeysMissing


def test_they_are_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    path = keys.ensure(tmp_path / "made" / "keys.json")
    first = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.ensure(path).read_bytes() == first
    assert [*path.parent.iterdir()] == [path]


def test_every_role_has_an_address_of_its_own(tmp_path: Path, settings: Settings) -> None:
    settings.CHAIN_KEYS_FILE = keys.ensure(tmp_path / "keys.json")
    assert len({keys.role(name).address for name in keys.ROLES}) == len(keys.ROLES)


def test_a_role_the_file_does_not_name_is_derived(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"mnemonic": "test " * 11 + "junk"}))
    settings.CHAIN_KEYS_FILE = path
    # the well-known first address of that phrase
    assert keys.role("admin").address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def test_a_missing_file_says_what_to_do(tmp_path: Path, settings: Settings) -> None:
    settings.CHAIN_KEYS_FILE = tmp_path / "none.json"
    with pytest.raises(KeysMissing, match="run `manage.py deploy_contracts`"):
        keys.custody_seed()
