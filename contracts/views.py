"""What the contracts say, read without a transaction."""

from typing import Any, Protocol

from eth_utils.address import to_checksum_address

from contracts import codec
from contracts.records import Call, Epoch, TrackState


class Callable(Protocol):
    """Whatever can answer a call: a node, or a chain within the process."""

    def call(self, call: Call, at: int | str = "latest") -> bytes: ...


class _Contract:
    name: str

    def __init__(self, chain: Callable, address: str) -> None:
        self.chain = chain
        self.address = to_checksum_address(address)

    def _read(self, at: int | str, function: str, *args: object) -> Any:
        call = codec.encode_call(self.name, self.address, function, *args)
        values = codec.decode_result(self.name, function, self.chain.call(call, at))
        return values if len(values) > 1 else values[0]


class Vault(_Contract):
    """The vault's state in micros, at "latest" unless told; activation runs ahead at "pending".

    Time passes on the chain only with blocks: where none are mined without transactions, a
    root whose delay is over is active at "pending" already, and at "latest" not yet.
    """

    name = "Vault"

    def deposited(self, at: int | str = "latest") -> int:
        """All that publications pulled in."""
        return int(self._read(at, "deposited"))

    def credited(self, at: int | str = "latest") -> int:
        """Revenue synced, over all tracks."""
        return int(self._read(at, "credited"))

    def active(self, at: int | str = "latest") -> Epoch | None:
        """The root that proofs must lead to; None before the first."""
        return _epoch(self._read(at, "active"))

    def pending(self, at: int | str = "latest") -> Epoch | None:
        """The root that waits out its delay, if one does."""
        return _epoch(self._read(at, "pending"))

    def claimable(self, track: bytes, account: str, at: int | str = "latest") -> int:
        """What a claim would pay the account now."""
        return int(self._read(at, "claimable", track, account))

    def revenue(self, track: bytes, at: int | str = "latest") -> int:
        """Cumulative revenue as of the track's last sync."""
        return int(self._read(at, "revenue", track))

    def track(self, track: bytes, at: int | str = "latest") -> TrackState:
        return TrackState(*self._read(at, "track", track))

    def bps_of(self, track: bytes, account: str, at: int | str = "latest") -> int:
        """The account's own part as payee or platform, without the fan pool."""
        return int(self._read(at, "bps_of", track, account))

    def units(self, track: bytes, account: str, at: int | str = "latest") -> int:
        return int(self._read(at, "balanceOf", account, int.from_bytes(track, "big")))

    def allowance(self, owner: str, spender: str, track: bytes, at: int | str = "latest") -> int:
        """Units of the owner that the spender may move."""
        id = int.from_bytes(track, "big")
        return int(self._read(at, "allowance", owner, spender, id))

    def is_operator(self, owner: str, spender: str, at: int | str = "latest") -> bool:
        """Whether the spender may move all units of the owner."""
        return bool(self._read(at, "isOperator", owner, spender))

    def transfers_enabled(self, at: int | str = "latest") -> bool:
        """Whether units move between holders, and not only from and to custody."""
        return bool(self._read(at, "transfers_enabled"))

    def paused_until(self, at: int | str = "latest") -> int:
        """End of the last pause, unix seconds; 0 if there was none."""
        return int(self._read(at, "paused_until"))

    def nonce(self, account: str, at: int | str = "latest") -> int:
        """The nonce of the account's next `ClaimOrder`."""
        return int(self._read(at, "nonces", account))

    def delay_seconds(self) -> int:
        """How long a root is pending."""
        return int(self._read("latest", "delay"))

    def role(self, name: str) -> str:
        """Address of the admin, publisher, guardian or custody."""
        return to_checksum_address(self._read("latest", name))


class Token(_Contract):
    """The payment token, in micros."""

    name = "TestToken"

    def balance_of(self, account: str, at: int | str = "latest") -> int:
        return int(self._read(at, "balanceOf", account))

    def allowance(self, owner: str, spender: str, at: int | str = "latest") -> int:
        return int(self._read(at, "allowance", owner, spender))


def _epoch(values: tuple[Any, ...]) -> Epoch | None:
    return Epoch(*values) if values[0] else None
