"""The calls that change something, one function each, and the track id off chain.

Nothing is sent from here: a `Call` is signed (`signing.sign`), stored, and then sent.
"""

from collections.abc import Sequence
from dataclasses import astuple, fields

from eth_utils.crypto import keccak
from faster_eth_abi import encode  # three times as fast as eth_abi; comes with eth-brownie

from contracts.codec import encode_call
from contracts.records import Call, Leaf, Terms

_FIELDS = [field.name for field in fields(Terms)]
_TERMS = "(address[],uint256[],address,uint256,uint256,address,uint256,uint256,uint256,bytes32)"


def track_id(terms: Terms) -> bytes:
    """The track's id, equal to the contract's: keccak256 of the encoded terms."""
    return keccak(encode([_TERMS], [tuple(getattr(terms, name) for name in _FIELDS)]))


def publish(vault: str, root: bytes, total_micros: int, data_hash: bytes) -> Call:
    """By the publisher: makes the root pending and pulls in what the vault lacks of the total."""
    return encode_call("Vault", vault, "publish", root, total_micros, data_hash)


def veto(vault: str) -> Call:
    """By the guardian: drops the pending root."""
    return encode_call("Vault", vault, "veto")


def register(vault: str, terms: Terms) -> Call:
    """By anyone: makes a track known and mints its units to custody."""
    return encode_call("Vault", vault, "register", astuple(terms))


def sync(vault: str, leaf: Leaf) -> Call:
    """By anyone: brings in a track's cumulative revenue under the active root."""
    track, slot, revenue, steps = astuple(leaf)
    return encode_call("Vault", vault, "sync", track, slot, revenue, steps)


def sync_many(vault: str, leaves: Sequence[Leaf]) -> Call:
    """As `sync`, for at most 100 tracks; one bad leaf refuses them all."""
    return encode_call("Vault", vault, "sync_many", [astuple(leaf) for leaf in leaves])


def claim(vault: str, track: bytes, account: str) -> Call:
    """By anyone: pays the account what the track owes it."""
    return encode_call("Vault", vault, "claim", track, account)


def claim_many(vault: str, tracks: Sequence[bytes], account: str) -> Call:
    """As `claim`, for at most 100 tracks with one payment."""
    return encode_call("Vault", vault, "claim_many", list(tracks), account)


def mint(token: str, receiver: str, amount_micros: int) -> Call:
    """By the owner of the test token."""
    return encode_call("TestToken", token, "mint", receiver, amount_micros)


def approve(token: str, spender: str, amount_micros: int) -> Call:
    """Lets `spender` pull that much from the sender."""
    return encode_call("TestToken", token, "approve", spender, amount_micros)


def transfer(token: str, receiver: str, amount_micros: int) -> Call:
    """Moves the sender's own tokens."""
    return encode_call("TestToken", token, "transfer", receiver, amount_micros)
