"""Plain values that cross the border of this package.

Amounts are micros (units of the 6-decimal payment token), addresses are checksummed
strings, 32-byte values are `bytes`, transaction and block hashes are 0x strings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Terms:
    """Who receives what part of a track's revenue; the track's id is the hash of this.

    `bps` are of the payees in the same order, and with `platform_bps` (500 at least) and
    `pool_bps` (4,500 at most) add to 10,000. `reserved`, `micros_per_unit` and
    `listener_cap` are the emission's parameters; the contract only binds them.
    """

    payees: tuple[str, ...]
    bps: tuple[int, ...]
    platform: str
    platform_bps: int
    pool_bps: int
    issuer: str
    reserved: int
    micros_per_unit: int
    listener_cap: int
    salt: bytes


@dataclass(frozen=True)
class ProofStep:
    """The sibling on one level of a Merkle-sum tree."""

    hash: bytes
    sum: int


@dataclass(frozen=True)
class Leaf:
    """A track's cumulative revenue in micros, with its proof from the leaf to the top."""

    track: bytes
    slot: int
    revenue: int
    proof: tuple[ProofStep, ...]


@dataclass(frozen=True)
class ClaimOrder:
    """What an account signs to have its claims of these tracks paid to another address.

    `nonce` is the account's next one in the vault, `deadline` the last second it is good for.
    """

    account: str
    receiver: str
    tracks: tuple[bytes, ...]
    nonce: int
    deadline: int


@dataclass(frozen=True)
class Signature:
    """An ECDSA signature on secp256k1; `v` is 27 or 28."""

    v: int
    r: bytes
    s: bytes


@dataclass(frozen=True)
class Call:
    """A call of a contract, not yet signed."""

    to: str
    data: bytes


@dataclass(frozen=True)
class Fees:
    """What to offer for gas, EIP-1559, in wei per unit of gas."""

    max_fee_wei: int
    priority_fee_wei: int


@dataclass(frozen=True)
class Signed:
    """A signed transaction: store it before sending it."""

    raw: bytes
    hash: str
    nonce: int


@dataclass(frozen=True)
class Block:
    """A block's place and time; `timestamp` in unix seconds."""

    number: int
    hash: str
    timestamp: int


@dataclass(frozen=True)
class Event:
    """A decoded log of the vault or the token.

    `log_position` counts from 0 within the transaction, so (tx_hash, log_position) is
    the same whichever block the transaction lands in.
    """

    name: str
    args: Mapping[str, Any]
    tx_hash: str
    log_position: int
    block_number: int
    block_hash: str
    address: str


@dataclass(frozen=True)
class Receipt:
    """What became of a transaction; `ok` is False where it reverted."""

    hash: str
    block_number: int
    block_hash: str
    ok: bool
    gas_used: int
    logs: tuple[Event, ...]


@dataclass(frozen=True)
class Epoch:
    """A published root; `active_at` in unix seconds where it is pending."""

    number: int
    root: bytes
    total: int
    active_at: int | None = None


@dataclass(frozen=True)
class TrackState:
    """A track as the vault knows it; `epoch` is 0, and `slot` void, before its first sync."""

    registered: bool
    slot: int
    revenue: int
    epoch: int
    pool_bps: int


@dataclass(frozen=True)
class Deployment:
    """Where the contracts stand; `code_hashes` are keccak256 of the code on the chain."""

    chain_id: int
    token: str
    vault: str
    block_number: int
    code_hashes: Mapping[str, str] = field(default_factory=dict)
