"""What the parties of a federation agree on beforehand, and what a round asks for.

A round is named by the SHA-256 of its JSON: every signature and every mask is bound to it, so that
nothing sent for one round or attempt can be used for another.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from recommender.errors import DataError
from recommender.federated import privacy

Kind = Literal["listeners", "taste"]
KINDS: tuple[Kind, ...] = ("listeners", "taste")
LEAST_NODES = 2  # alone there would be nobody to hide among


def canonical(value: Any) -> bytes:
    """JSON in one spelling."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Federation:
    """Nodes by name with their Ed25519 public keys (hex); all that they ever release of one
    listener together is worth `epsilon` at `delta`, also if `colluding` of them, and whoever
    coordinates, tell each other what they know. `first_share` of it goes to the first sum.
    """

    nodes: Mapping[str, str]
    epsilon: float
    delta: float = 1e-6
    colluding: int = 1
    first_share: float = 0.1

    @property
    def id(self) -> str:
        return digest(canonical(asdict(self)))

    def mu(self, kind: Kind) -> float:
        """What a round of that kind may release."""
        share = self.first_share if kind == "listeners" else 1 - self.first_share
        return float(privacy.mu_for(self.epsilon, self.delta) * share**0.5)

    def deviation(self, kind: Kind) -> float:
        """Of the noise that honest nodes must add together, in units of one listener's part."""
        return 1 / self.mu(kind)

    def node_deviation(self, kind: Kind, members: int) -> float:
        """Of what each of so many nodes adds: those that do not collude are enough."""
        return float(self.deviation(kind) / (members - self.colluding) ** 0.5)

    def sum_deviation(self, kind: Kind, members: int) -> float:
        """Of the noise in the sum of all."""
        return float(self.node_deviation(kind, members) * members**0.5)

    def enough(self, members: Sequence[str]) -> bool:
        return len(members) >= max(LEAST_NODES, self.colluding + 1)


@dataclass(frozen=True, slots=True)
class Round:
    """One attempt at one sum: `tracks` and `usual` are of the second, empty in the first."""

    federation: str
    catalogue: str
    number: int
    kind: Kind
    attempt: int
    members: list[str]
    deviation: float
    previous: str
    tracks: list[int]
    usual: list[float]

    @property
    def id(self) -> str:
        return digest(canonical(asdict(self)))

    def says(self, what: str, *more: str) -> bytes:
        """What a member signs."""
        return "\n".join(["refrain federation", self.id, what, *more]).encode()


def federation_of(text: str, source: str = "The federation") -> Federation:
    """Read and checked. Raises `DataError`."""
    try:
        federation = Federation(**json.loads(text))
        keys = [bytes.fromhex(key) for key in federation.nodes.values()]
        share, colluding = federation.first_share, federation.colluding
        if type(colluding) is not int:
            raise TypeError(f"colluding must be a whole number, not {colluding!r}")
        privacy.mu_for(federation.epsilon, federation.delta)
        if not 0 < share < 1:
            raise DataError(f"{source}: first_share must lie between 0 and 1, not {share}.")
    except (ValueError, TypeError, AttributeError) as error:
        raise DataError(
            f"{source} is not JSON with nodes, epsilon and, at will, delta, colluding and"
            f" first_share: {error}."
        ) from error
    if not federation.enough(list(federation.nodes)) or colluding < 0:
        raise DataError(f"{source} needs two nodes or more, and more than colluding.")
    if any(len(key) != 32 for key in keys) or len(set(keys)) != len(keys):
        raise DataError(f"{source}: each node needs an Ed25519 public key of its own, 32 bytes.")
    if not all(name.isidentifier() for name in federation.nodes):
        raise DataError(f"{source}: names of nodes are letters, digits and underscores.")
    return federation


def read_federation(path: Path) -> Federation:
    try:
        return federation_of(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}.") from error
