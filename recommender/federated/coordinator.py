"""The coordinator: it asks for two sums, one after the other, and makes the model of them.

It sees masked sums and, when all of an attempt's have come, what they come to together. Where a
node does not answer in time the attempt is void, nothing of it can be unmasked, and the next one
goes on without that node.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any, NamedTuple

from recommender.errors import DataError
from recommender.federated import masks
from recommender.federated.fit import Listeners, listeners_of, model_of, tracks_worth, usual_of
from recommender.federated.gathering import Meeting, server_for
from recommender.federated.record import Record
from recommender.federated.rounds import Federation, Kind, Round, digest
from recommender.federated.sums import ONE, Doubles, Integers, symmetric
from recommender.model import Model


class Sum(NamedTuple):
    """A released sum in units of one listener's part, and the deviation of the noise in it."""

    values: Doubles
    deviation: float


@dataclass
class Coordinator:
    """`patience_seconds` is how long a stage waits for the slowest node."""

    federation: Federation
    item_ids: Sequence[str]
    record: Record
    meeting: Meeting
    patience_seconds: float = 60.0

    def __post_init__(self) -> None:
        self.members = sorted(self.federation.nodes)

    def run(self) -> Model:
        """Both rounds and the model. Raises `DataError` when too few nodes are left."""
        first = self.sum_of("listeners", [], [])
        listeners = listeners_of(first.values)
        # what the next noise will be if all who are left stay
        expected = self.federation.sum_deviation("taste", len(self.members))
        tracks = tracks_worth(listeners, expected)
        second = self.sum_of("taste", tracks.tolist(), usual_of(listeners, tracks).tolist())
        return fitted(self.item_ids, listeners, tracks, second)

    def sum_of(self, kind: Kind, tracks: list[int], usual: list[float]) -> Sum:
        for attempt in range(1, len(self.federation.nodes) + 1):
            if not self.federation.enough(self.members):
                break
            asked = Round(
                federation=self.federation.id,
                catalogue=catalogue_id(self.item_ids),
                number=1 if kind == "listeners" else 2,
                kind=kind,
                attempt=attempt,
                members=list(self.members),
                deviation=self.federation.deviation(kind),
                previous=self.record.head,
                tracks=tracks,
                usual=usual,
            )
            released = self.attempt(asked)
            if released is not None:
                deviation = self.federation.sum_deviation(kind, len(asked.members))
                return Sum(masks.from_words(released) / ONE, deviation)
        raise DataError(f"Too few nodes are left to go on: {', '.join(self.members) or 'none'}.")

    def attempt(self, asked: Round) -> masks.Words | None:
        """What the members' sums come to, or None where one did not answer: it is left out."""
        self.meeting.open(asked)
        keys = self.gathered(asked, "keys")
        if keys is None:
            return None
        offered = {name: json.loads(body) for name, body in keys.items()}
        self.meeting.answer("keys", offered)
        masked = self.gathered(asked, "sums")
        if masked is None:
            return None
        self.meeting.answer("sums", {name: digest(body) for name, body in masked.items()})
        told = self.gathered(asked, "seeds")
        if told is None:
            return None
        seeds = {name: json.loads(body) for name, body in told.items()}
        released = self.record.add_round(asked, offered, masked, seeds)
        self.meeting.answer("seeds", {"head": self.record.head})
        return released

    def gathered(self, asked: Round, stage: str) -> Mapping[str, bytes] | None:
        came = self.meeting.gather(stage, asked.members, self.patience_seconds)
        good = {
            name: came[name] for name in asked.members if self.is_good(asked, stage, came, name)
        }
        silent = [name for name in asked.members if name not in good]
        if not silent:
            return good
        self.record.add_failed(asked, f"no {stage} from {', '.join(silent)}")
        self.members = [name for name in asked.members if name in good]
        self.meeting.fail()
        return None

    def is_good(self, asked: Round, stage: str, came: Mapping[str, bytes], name: str) -> bool:
        if name not in came:
            return False
        if stage == "sums":
            return len(came[name]) == 8 * length_of(asked, len(self.item_ids))
        try:
            fields = json.loads(came[name])
            value, signature = fields["key" if stage == "keys" else "seed"], fields["signature"]
            public = bytes.fromhex(self.federation.nodes[name])
            said = asked.says("key", value) if stage == "keys" else self.all_sums(asked)
            return len(bytes.fromhex(value)) == 32 and masks.is_signed(
                public, said, bytes.fromhex(signature)
            )
        except (ValueError, KeyError, TypeError):
            return False

    def all_sums(self, asked: Round) -> bytes:
        return said_of_sums(asked, json.loads(self.meeting.answers["sums"]))


def said_of_sums(asked: Round, hashes: Mapping[str, str]) -> bytes:
    """What a member signs before it tells its seed: whose sums it knows to have arrived."""
    return asked.says("sums", *[f"{name} {hashes[name]}" for name in asked.members])


def length_of(asked: Round, n_items: int) -> int:
    """Numbers in the round's sum."""
    m = len(asked.tracks)
    return n_items + 1 if asked.kind == "listeners" else m * (m + 1) // 2


def catalogue_id(item_ids: Sequence[str]) -> str:
    return digest("\n".join(item_ids).encode())


def fitted(item_ids: Sequence[str], listeners: Listeners, tracks: Integers, taste: Sum) -> Model:
    matrix = symmetric(taste.values, tracks.size)
    return model_of(item_ids, listeners, tracks, matrix, taste.deviation)


class Served:
    """A coordinator's HTTP server on a thread of its own, while `with` lasts."""

    def __init__(self, meeting: Meeting, host: str, port: int) -> None:
        try:
            self.server = server_for(meeting, host, port)
        except (OSError, OverflowError) as error:
            raise DataError(f"No server can listen on {host}:{port}: {error}.") from error
        self.thread = Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        host, port = self.server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> "Served":
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
