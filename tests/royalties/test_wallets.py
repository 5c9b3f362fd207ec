"""Linking a wallet: the message is EIP-4361 to the letter, and whatever is not it is refused."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from contracts.client import signer_of
from royalties import siwe, wallets
from royalties.errors import WalletRefused
from royalties.models import LinkedWallet, Party, WalletChallenge
from royalties.wallets import Site
from tests.royalties.builders import NOON, a_party, later
from tests.royalties.house import House
from tests.royalties.linking import HERE, KEYS, address_of, linked, signed

NOTICE = timedelta(hours=48)
# The grammar of EIP-4361, as far as a server may choose.
GRAMMAR = re.compile(
    r"(?P<domain>[a-z0-9.\-]+(:\d+)?) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n\n"
    r"(?P<statement>[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;= ]+)\n\n"
    r"URI: (?P<uri>https?://\S+)\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain>\d+)\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,})\n"
    r"Issued At: (?P<issued>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n"
    r"Expiration Time: (?P<expires>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n"
    r"Request ID: (?P<request>[A-Za-z0-9\-._~:@]*)"
)
MESSAGE = siwe.Message(
    "refrain.example",
    "0x" + "0" * 40,
    HERE.uri,
    1,
    "n" * 32,
    datetime(2026, 3, 2, 12, 0, 0, 999, UTC),
    datetime(2026, 3, 2, 12, 10, tzinfo=UTC),
    "p" * 32,
)


@pytest.fixture(autouse=True)
def _two_days(settings: Settings) -> None:
    settings.WALLET_NOTICE = NOTICE


def used(party: Party, at: datetime) -> str:
    found = wallets.in_use(party, at)
    return found.address if found else ""


def test_the_message_is_written_by_the_grammar_of_eip_4361() -> None:
    found = GRAMMAR.fullmatch(MESSAGE.text)
    assert found
    assert (found["chain"], found["nonce"], found["uri"]) == ("1", "n" * 32, HERE.uri)
    assert (found["issued"], found["expires"]) == ("2026-03-02T12:00:00Z", "2026-03-02T12:10:00Z")


@pytest.mark.django_db
def test_a_signed_message_links_its_wallet_at_once(settings: Settings) -> None:
    party = a_party()
    asked = wallets.challenge(party, address_of(KEYS[0]).lower(), HERE, NOON)
    found = GRAMMAR.fullmatch(asked.message)
    assert found
    told = (found["domain"], found["address"], found["chain"], found["nonce"], found["request"])
    assert told == (
        HERE.domain,
        address_of(KEYS[0]),
        str(settings.CHAIN_ID),
        asked.nonce,
        party.pk.hex,
    )
    wallets.link(party, asked.nonce, signed(asked.message, KEYS[0]), HERE, later(599))
    assert used(party, later(599)) == address_of(KEYS[0])
    assert wallets.coming(party, later(599)) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domain", "refrain.example.evil.example"),
        ("address", address_of(KEYS[1])),
        ("uri", "https://evil.example/"),
        ("chain_id", 1),
        ("nonce", "0" * 32),
        ("issued_at", NOON + timedelta(seconds=1)),
        ("expires_at", NOON + timedelta(days=1)),
        ("request_id", "0" * 32),
    ],
)
def test_a_message_with_another_field_is_refused(
    settings: Settings, field: str, value: object
) -> None:
    party = a_party()
    asked = wallets.challenge(party, address_of(KEYS[0]), HERE, NOON)
    ours = siwe.Message(
        HERE.domain,
        asked.address,
        HERE.uri,
        settings.CHAIN_ID,
        asked.nonce,
        NOON,
        asked.expires_at,
        party.pk.hex,
    )
    assert ours.text == asked.message
    other = replace(ours, **{field: value}).text  # type: ignore[arg-type]
    with pytest.raises(WalletRefused) as refusal:
        wallets.link(party, asked.nonce, signed(other, KEYS[0]), HERE, NOON)
    assert refusal.value.field == "signature"
    assert used(party, NOON) == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (siwe.STATEMENT, siwe.STATEMENT + " "),
        ("Version: 1", "Version: 2"),
        ("wants you to sign in", "wants you to sign up"),
        ("\n", "\r\n"),
    ],
)
def test_a_message_with_other_words_is_refused(ours: str, theirs: str) -> None:
    party = a_party()
    asked = wallets.challenge(party, address_of(KEYS[0]), HERE, NOON)
    signature = signed(asked.message.replace(ours, theirs), KEYS[0])
    with pytest.raises(WalletRefused, match="of another text"):
        wallets.link(party, asked.nonce, signature, HERE, NOON)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("site", "chain_id", "seconds", "words"),
    [
        (HERE, 31337, 600, "too old"),
        (Site("evil.example", HERE.uri), 31337, 0, "elsewhere"),
        (HERE, 1, 0, "elsewhere"),
    ],
)
def test_a_message_is_good_in_time_at_its_place_and_for_its_chain(
    settings: Settings, site: Site, chain_id: int, seconds: int, words: str
) -> None:
    party = a_party()
    asked = wallets.challenge(party, address_of(KEYS[0]), HERE, NOON)
    settings.CHAIN_ID = chain_id
    with pytest.raises(WalletRefused, match=words):
        wallets.link(party, asked.nonce, signed(asked.message, KEYS[0]), site, later(seconds))


@pytest.mark.django_db
def test_a_nonce_links_once_and_only_its_own_account() -> None:
    party, other = a_party(), a_party()
    asked = wallets.challenge(party, address_of(KEYS[0]), HERE, NOON)
    signature = signed(asked.message, KEYS[0])
    with pytest.raises(WalletRefused, match="used or replaced"):
        wallets.link(other, asked.nonce, signature, HERE, NOON)
    wallets.link(party, asked.nonce, signature, HERE, NOON)
    wallets.unlink(party, later(1))
    with pytest.raises(WalletRefused, match="used or replaced"):
        wallets.link(party, asked.nonce, signature, HERE, later(2))


@pytest.mark.django_db
def test_a_new_message_takes_the_place_of_the_last() -> None:
    party = a_party()
    first = wallets.challenge(party, address_of(KEYS[0]), HERE, NOON)
    signature, nonce = signed(first.message, KEYS[0]), first.nonce
    assert wallets.challenge(party, address_of(KEYS[0]), HERE, NOON).nonce != nonce
    with pytest.raises(WalletRefused, match="used or replaced"):
        wallets.link(party, nonce, signature, HERE, NOON)
    assert WalletChallenge.objects.count() == 1


@pytest.mark.parametrize("v", [b"\x00", b"\x01", b"\x1b", b"\x1c"])
def test_v_may_be_written_as_hardware_wallets_do(v: bytes) -> None:
    signature = bytes.fromhex(signed("text", KEYS[0])[2:])
    is_ours = v[0] in {signature[64], signature[64] - 27}
    assert (signer_of("text", signature[:64] + v) == address_of(KEYS[0])) == is_ours


def test_what_is_no_signature_is_refused() -> None:
    good = bytes.fromhex(signed("text", KEYS[0])[2:])
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high_s = (order - int.from_bytes(good[32:64])).to_bytes(32)
    twin = good[:32] + high_s + bytes([55 - good[64]])  # the same key's, malleated
    for wrong in (b"", good[:64], good + b"\x00", good[:64] + b"\x1d", bytes(65), twin):
        with pytest.raises(ValueError, match=r"signature|signed"):
            signer_of("text", wrong)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "written", ["", "0x12", "g" * 130, "0x" + "00" * 65, "é", "0x" + "1" * 131]
)
def test_what_is_pasted_wrongly_is_told_so(written: str) -> None:
    party = a_party()
    asked = wallets.challenge(party, address_of(KEYS[0]), HERE, NOON)
    with pytest.raises(WalletRefused, match="no signature"):
        wallets.link(party, asked.nonce, written, HERE, NOON)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "0x and 40 digits"),
        ("0x12", "0x and 40 digits"),
        ("0x" + "g" * 40, "0x and 40 digits"),
        ("5" * 40, "0x and 40 digits"),
        ("0x5AAEb6053F3E94C9b9A09f33669435E7Ef1BeAed", "digits is wrong"),
    ],
)
def test_what_is_no_address_is_told_so(written: str, words: str) -> None:
    with pytest.raises(WalletRefused, match=words):
        wallets.challenge(a_party(), written, HERE, NOON)


@pytest.mark.django_db
def test_the_house_links_none_of_its_own_addresses(house: House) -> None:
    party = a_party()
    for own in (party.address, a_party().address, house.deployment.custody, house.token.address):
        with pytest.raises(WalletRefused, match="own"):
            wallets.challenge(party, own, HERE, NOON)


@pytest.mark.django_db
def test_an_address_belongs_to_one_account_at_a_time() -> None:
    party, other = a_party(), a_party()
    early = wallets.challenge(other, address_of(KEYS[0]), HERE, NOON)
    linked(party, NOON)
    with pytest.raises(WalletRefused, match="another account"):
        wallets.link(other, early.nonce, signed(early.message, KEYS[0]), HERE, NOON)
    with pytest.raises(WalletRefused, match="another account"):
        wallets.challenge(other, address_of(KEYS[0]), HERE, NOON)
    with pytest.raises(WalletRefused, match="your account already"):
        wallets.challenge(party, address_of(KEYS[0]), HERE, NOON)
    wallets.unlink(party, later(1))
    linked(other, later(2))
    assert used(other, later(2)) == address_of(KEYS[0])


@pytest.mark.django_db
def test_a_changed_wallet_waits_and_the_old_one_is_used_meanwhile() -> None:
    party = a_party()
    linked(party, NOON, KEYS[0])
    changed = linked(party, later(60), KEYS[1])
    starts = later(60) + NOTICE
    just_before = starts - timedelta(seconds=1)
    assert changed.usable_at == starts
    assert (used(party, just_before), used(party, starts)) == (
        address_of(KEYS[0]),
        address_of(KEYS[1]),
    )
    assert wallets.coming(party, just_before) == changed
    assert wallets.coming(party, starts) is None


@pytest.mark.django_db
def test_a_change_is_taken_back_within_its_notice() -> None:
    party = a_party()
    linked(party, NOON, KEYS[0])
    linked(party, later(60), KEYS[1])
    assert wallets.keep(party, later(120))
    assert not wallets.keep(party, later(121))
    assert used(party, later(120) + 2 * NOTICE) == address_of(KEYS[0])
    assert wallets.coming(party, later(120)) is None


@pytest.mark.django_db
def test_unlinking_first_does_not_shorten_the_notice() -> None:
    party = a_party()
    linked(party, NOON, KEYS[0])
    wallets.unlink(party, later(10))
    linked(party, later(20), KEYS[1])
    assert used(party, later(20)) == ""
    assert used(party, later(20) + NOTICE) == address_of(KEYS[1])


@pytest.mark.django_db
def test_the_wallet_used_last_is_linked_again_at_once() -> None:
    party = a_party()
    linked(party, NOON, KEYS[0])
    wallets.unlink(party, later(10))
    linked(party, later(20), KEYS[0])
    assert used(party, later(20)) == address_of(KEYS[0])


@pytest.mark.django_db
def test_one_of_long_ago_is_a_change_again() -> None:
    party = a_party()
    linked(party, NOON, KEYS[0])
    linked(party, later(10), KEYS[1])
    at = later(20) + NOTICE
    linked(party, at, KEYS[0])
    assert used(party, at) == address_of(KEYS[1])


@pytest.mark.django_db
def test_a_second_change_takes_the_place_of_the_first_and_waits_anew() -> None:
    party = a_party()
    linked(party, NOON, KEYS[0])
    linked(party, later(10), KEYS[1])
    last = linked(party, later(20), KEYS[2])
    assert wallets.coming(party, later(30)) == last
    assert used(party, later(15) + NOTICE) == address_of(KEYS[0])
    assert used(party, later(20) + NOTICE) == address_of(KEYS[2])


@pytest.mark.django_db
def test_the_database_itself_holds_one_wallet_in_use_and_one_owner() -> None:
    party, other = a_party(), a_party()
    one = linked(party, NOON)
    row = {"message": "m", "signature": "s", "linked_at": later(5), "usable_at": later(5)}
    wrong: list[dict[str, object]] = [
        {"party": party, "address": address_of(KEYS[1])},
        {"party": other, "address": one.address},
        {"party": other, "address": "0x12"},
        {"party": other, "address": address_of(KEYS[1]), "nonce": one.nonce},
        {"party": other, "address": address_of(KEYS[1]), "usable_at": NOON},
        {"party": other, "address": address_of(KEYS[1]), "ended_at": NOON},
    ]
    for number, changed in enumerate(wrong):
        with pytest.raises(IntegrityError), transaction.atomic():
            LinkedWallet.objects.create(**row | {"nonce": f"n{number}"} | changed)
