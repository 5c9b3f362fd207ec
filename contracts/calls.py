"""The calls that change something, one function each, and the track id off chain.

Nothing is sent from here: a `Call` is signed (`signing.sign`), stored, and then sent.
"""

from collections.abc import Sequence
from dataclasses import astuple, fields

from eth_utils.crypto import keccak
from faster_eth_abi import encode  # three times as fast as eth_abi; comes with eth-brownie

from contracts.codec import encode_call
from contracts.proofs import multiproof
from contracts.records import Call, ClaimOrder, Leaf, ProofStep, Signature, Terms

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
    return encode_call("Vault", vault, "sync", _bare(leaf), _pairs(leaf.proof))


def sync_many(vault: str, leaves: Sequence[Leaf]) -> Call:
    """As `sync`, for at most 100 tracks of one tree; one bad leaf refuses them all."""
    ordered, steps = multiproof(leaves)
    depth = max((len(leaf.proof) for leaf in ordered), default=0)
    bare = [_bare(leaf) for leaf in ordered]
    return encode_call("Vault", vault, "sync_many", bare, _pairs(steps), depth)


def claim(vault: str, track: bytes, account: str) -> Call:
    """By anyone: pays the account what the track owes it."""
    return encode_call("Vault", vault, "claim", track, account)


def claim_many(vault: str, tracks: Sequence[bytes], account: str) -> Call:
    """As `claim`, for at most 100 tracks with one payment."""
    return encode_call("Vault", vault, "claim_many", list(tracks), account)


def claim_to(vault: str, order: ClaimOrder, signature: Signature) -> Call:
    """By anyone, with the account's signature: pays the receiver what is owed to the account."""
    tracks, deadline = list(order.tracks), order.deadline
    parts = (order.account, order.receiver, tracks, deadline, astuple(signature))
    return encode_call("Vault", vault, "claim_to", *parts)


def transfer_units(vault: str, receiver: str, track: bytes, units: int) -> Call:
    """Moves the sender's own units of a track that is synced to the active epoch."""
    return encode_call("Vault", vault, "transfer", receiver, _id(track), units)


def transfer_units_from(vault: str, sender: str, receiver: str, track: bytes, units: int) -> Call:
    """As `transfer_units`, of an account that approved the caller."""
    return encode_call("Vault", vault, "transferFrom", sender, receiver, _id(track), units)


def sync_and_transfer(vault: str, leaf: Leaf, receiver: str, units: int) -> Call:
    """As `sync` and `transfer_units` in one."""
    parts = (_bare(leaf), _pairs(leaf.proof), receiver, units)
    return encode_call("Vault", vault, "sync_and_transfer", *parts)


def approve_units(vault: str, spender: str, track: bytes, units: int) -> Call:
    """Lets `spender` move that many units of the sender; 2**256 - 1 never runs out."""
    return encode_call("Vault", vault, "approve", spender, _id(track), units)


def set_operator(vault: str, spender: str, approved: bool) -> Call:
    """Lets `spender` move all units of the sender, of every track, or no longer."""
    return encode_call("Vault", vault, "setOperator", spender, approved)


def assign(vault: str, track: bytes, receiver: str, bps: int) -> Call:
    """Gives bps of the sender's own part of a track's revenue to another."""
    return encode_call("Vault", vault, "assign", track, receiver, bps)


def enable_transfers(vault: str) -> Call:
    """By the admin, once and for good: units move between holders too."""
    return encode_call("Vault", vault, "enable_transfers")


def pause(vault: str, duration_seconds: int) -> Call:
    """By the guardian, at most 72 h and not again within 30 days; by the admin at any time."""
    return encode_call("Vault", vault, "pause", duration_seconds)


def unpause(vault: str) -> Call:
    """By the guardian or the admin: ends a pause early."""
    return encode_call("Vault", vault, "unpause")


def mint(token: str, receiver: str, amount_micros: int) -> Call:
    """By the owner of the test token."""
    return encode_call("TestToken", token, "mint", receiver, amount_micros)


def approve(token: str, spender: str, amount_micros: int) -> Call:
    """Lets `spender` pull that much from the sender."""
    return encode_call("TestToken", token, "approve", spender, amount_micros)


def transfer(token: str, receiver: str, amount_micros: int) -> Call:
    """Moves the sender's own tokens."""
    return encode_call("TestToken", token, "transfer", receiver, amount_micros)


def _id(track: bytes) -> int:
    return int.from_bytes(track, "big")


def _bare(leaf: Leaf) -> tuple[bytes, int, int]:
    return leaf.track, leaf.slot, leaf.revenue


def _pairs(steps: Sequence[ProofStep]) -> list[tuple[bytes, int]]:
    return [(step.hash, step.sum) for step in steps]
