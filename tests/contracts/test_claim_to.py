"""Claims paid elsewhere by the account's signature: once, in time, and exactly as it was signed."""

from dataclasses import replace

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from contracts import node
from contracts.client import (
    Call,
    ClaimOrder,
    Signature,
    claim,
    claim_order_digest,
    claim_order_message,
    claim_to,
    sign_claim_order,
)
from contracts.codec import decode_result, encode_call
from tests.contracts.stage import KEYS, Stage, address, fake_stage
from tests.contracts.trees import tree_of

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1
ZERO = "0x" + "00" * 20


@pytest.fixture
def fake() -> Stage:
    return fake_stage()


def earned(stage: Stage, count: int = 1) -> tuple[bytes, ...]:
    """Tracks that owe the artist 600 micros each."""
    tracks = tuple(stage.register(salt=bytes([index]) * 32) for index in range(count))
    tree = tree_of(*((track, 1_000) for track in tracks))
    stage.activate(tree)
    stage.sync(tree, *range(count))
    return tracks


def order_of(stage: Stage, *tracks: bytes, **changes: object) -> ClaimOrder:
    """The artist's order to pay the buyer, good for an hour."""
    plain = ClaimOrder(
        account=address("artist"),
        receiver=address("buyer"),
        tracks=tracks,
        nonce=stage.vault.nonce(address("artist")),
        deadline=stage.chain.block().timestamp + 3_600,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def signed(stage: Stage, order: ClaimOrder, role: str = "artist") -> Signature:
    return sign_claim_order(order, KEYS[role][0], stage.vault.address, stage.chain.chain_id())


def bring(stage: Stage, order: ClaimOrder, signature: Signature | None = None) -> Call:
    return claim_to(stage.vault.address, order, signature or signed(stage, order))


def test_a_signed_order_pays_the_receiver_whoever_brings_it(stage: Stage) -> None:
    order = order_of(stage, *earned(stage, 2))
    receipt = stage.send("keeper", bring(stage, order))
    names = [event.name for event in receipt.logs]
    assert names == ["ClaimedMany", "PaidElsewhere", "Transfer"]
    assert receipt.logs[0].args["account"] == address("artist")
    assert receipt.logs[1].args == {
        "account": address("artist"),
        "receiver": address("buyer"),
        "amount": 1_200,
        "nonce": 0,
    }
    assert stage.token.balance_of(address("buyer")) == 1_200
    assert stage.token.balance_of(address("artist")) == 0
    assert stage.vault.nonce(address("artist")) == 1
    stage.refuses("keeper", bring(stage, order), "not signed by the account")


def test_what_was_claimed_elsewhere_is_not_claimed_again(fake: Stage) -> None:
    (track,) = earned(fake)
    fake.send("keeper", bring(fake, order_of(fake, track)))
    receipt = fake.send("keeper", claim(fake.vault.address, track, address("artist")))
    assert receipt.logs == ()
    receipt = fake.send("keeper", bring(fake, order_of(fake, track)))
    assert [event.name for event in receipt.logs] == ["ClaimedMany", "PaidElsewhere"]
    assert fake.token.balance_of(address("buyer")) == 600


def test_a_claim_before_it_leaves_the_order_nothing(fake: Stage) -> None:
    (track,) = earned(fake)
    order = order_of(fake, track)
    fake.send("keeper", claim(fake.vault.address, track, address("artist")))
    fake.send("keeper", bring(fake, order))
    assert fake.token.balance_of(address("artist")) == 600
    assert fake.token.balance_of(address("buyer")) == 0
    assert fake.vault.nonce(address("artist")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"account": address("writer")},
        {"receiver": address("keeper")},
        {"tracks": ()},
        {"deadline": 2**40},
    ],
)
def test_nothing_may_differ_from_what_was_signed(fake: Stage, changes: dict[str, object]) -> None:
    order = order_of(fake, *earned(fake))
    changed = bring(fake, replace(order, **changes), signed(fake, order))  # type: ignore[arg-type]
    fake.refuses("keeper", changed, "not signed by the account")


def test_another_order_of_tracks_is_another_order(fake: Stage) -> None:
    tracks = earned(fake, 2)
    order = order_of(fake, *tracks)
    turned = replace(order, tracks=tracks[::-1])
    fake.refuses("keeper", bring(fake, turned, signed(fake, order)), "not signed by the account")


def test_a_nonce_of_the_past_or_future_is_not_good(fake: Stage) -> None:
    (track,) = earned(fake)
    fake.refuses("keeper", bring(fake, order_of(fake, track, nonce=1)), "not signed by the account")
    fake.send("keeper", bring(fake, order_of(fake, track)))
    fake.refuses("keeper", bring(fake, order_of(fake, track, nonce=0)), "not signed by the account")


def test_another_key_another_chain_and_another_vault_are_refused(fake: Stage) -> None:
    order = order_of(fake, *earned(fake))
    key = KEYS["artist"][0]
    for signature in (
        signed(fake, order, "writer"),
        sign_claim_order(order, key, fake.vault.address, 1),
        sign_claim_order(order, key, fake.token.address, fake.chain.chain_id()),
    ):
        fake.refuses("keeper", bring(fake, order, signature), "not signed by the account")


def test_the_deadline_is_the_last_second(fake: Stage) -> None:
    (track,) = earned(fake)
    now = fake.chain.block().timestamp
    late = bring(fake, order_of(fake, track, deadline=now))
    fake.refuses("keeper", late, "signature expired")
    last = bring(fake, order_of(fake, track, deadline=now + 60))
    node.set_clock(fake.chain, now + 59)
    fake.send("keeper", last)
    assert fake.chain.block().timestamp == now + 60


def test_the_twin_of_a_signature_is_refused(fake: Stage) -> None:
    order = order_of(fake, *earned(fake))
    low = signed(fake, order)
    twin = Signature(55 - low.v, low.r, (ORDER - int.from_bytes(low.s, "big")).to_bytes(32, "big"))
    fake.refuses("keeper", bring(fake, order, twin), "signature not canonical")
    fake.send("keeper", bring(fake, order, low))


@pytest.mark.parametrize("change", [{"v": 0}, {"v": 29}, {"r": bytes(32)}, {"s": bytes(32)}])
def test_what_is_no_signature_is_no_order_of_the_zero_account(
    fake: Stage, change: dict[str, object]
) -> None:
    order = order_of(fake, *earned(fake), account=ZERO)
    broken = replace(signed(fake, order), **change)  # type: ignore[arg-type]
    fake.refuses("keeper", bring(fake, order, broken), "no signature")


def test_nowhere_is_no_receiver(fake: Stage) -> None:
    (track,) = earned(fake)
    nowhere = bring(fake, order_of(fake, track, receiver=ZERO))
    fake.refuses("keeper", nowhere, "receiver is zero")
    vault = bring(fake, order_of(fake, track, receiver=fake.vault.address))
    fake.refuses("keeper", vault, "receiver is the vault")


def test_an_unknown_track_spends_nothing(fake: Stage) -> None:
    earned(fake)
    fake.refuses("keeper", bring(fake, order_of(fake, b"\x99" * 32)), "unknown track")
    assert fake.vault.nonce(address("artist")) == 0


def test_the_digest_is_what_wallets_sign(fake: Stage) -> None:
    order = order_of(fake, *earned(fake))
    vault, chain_id = fake.vault.address, fake.chain.chain_id()
    message = claim_order_message(order, vault, chain_id)
    by_wallet = Account.sign_typed_data(KEYS["artist"][0], full_message=message)
    assert by_wallet.message_hash == claim_order_digest(order, vault, chain_id)
    assert by_wallet.v == signed(fake, order).v


def test_the_domain_is_told_as_it_is_signed(fake: Stage) -> None:
    vault = fake.vault.address
    separator = fake.chain.call(encode_call("Vault", vault, "DOMAIN_SEPARATOR"))
    told = fake.chain.call(encode_call("Vault", vault, "eip712Domain"))
    fields, name, version, chain_id, contract, salt, more = decode_result(
        "Vault", "eip712Domain", told
    )
    assert (fields, name, version, chain_id) == (b"\x0f", "Refrain Vault", "1", 31337)
    assert (contract.lower(), salt, tuple(more)) == (vault.lower(), bytes(32), ())
    kind = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    parts = [keccak(text=kind), keccak(text=name), keccak(text=version)]
    tail = chain_id.to_bytes(32, "big") + bytes.fromhex(vault[2:]).rjust(32, b"\0")
    assert separator == keccak(b"".join(parts) + tail)
