"""The log of a federation's rounds: a line of JSON each, each with the hash of the one before.

The last hash, the head, stands for all of it: whoever publishes it fixes what happened. Beside the
log lie the masked sums as the nodes sent them, so that anybody can add them up again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from recommender.errors import ArtifactError
from recommender.federated import masks
from recommender.federated.rounds import Round, canonical, digest

LOG = "rounds.jsonl"
START = "0" * 64


class Record:
    """A new log in `folder`, which must not hold one yet."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.head = folder, START
        if (folder / LOG).exists():
            raise ArtifactError(f"{folder} holds the log of another run: choose a new folder.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArtifactError(f"{folder} can't be made: {error.strerror}.") from error

    def add(self, **entry: Any) -> str:
        """Append a line; the new head."""
        entry["previous"] = self.head
        self.head = digest(canonical(entry))
        with (self.folder / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry | {"hash": self.head}, sort_keys=True) + "\n")
        return self.head

    def add_failed(self, asked: Round, why: str) -> str:
        return self.add(round=asdict(asked), failed=why)

    def add_round(
        self,
        asked: Round,
        keys: Mapping[str, Mapping[str, str]],
        masked: Mapping[str, bytes],
        seeds: Mapping[str, Mapping[str, str]],
    ) -> masks.Words:
        """Store what the nodes sent, and the sum it comes to."""
        for name, body in masked.items():
            sum_file(self.folder, asked, name).write_bytes(body)
        released = added_up(asked.members, masked, seeds)
        self.add(
            round=asdict(asked),
            keys=dict(keys),
            sums={name: digest(body) for name, body in masked.items()},
            seeds=dict(seeds),
            released=digest(released.tobytes()),
        )
        return released


def sum_file(folder: Path, asked: Round, name: str) -> Path:
    return folder / f"{asked.number}-{asked.kind}-{asked.attempt}-{name}.u64"


def added_up(
    members: Sequence[str], masked: Mapping[str, bytes], seeds: Mapping[str, Mapping[str, str]]
) -> masks.Words:
    """The sum that masked sums and the nodes' own seeds come to."""
    words = [np.frombuffer(masked[name], dtype="<u8") for name in members]
    return masks.unmasked_sum(words, [bytes.fromhex(seeds[name]["seed"]) for name in members])


def read_log(folder: Path) -> list[dict[str, Any]]:
    try:
        lines = (folder / LOG).read_text(encoding="utf-8").splitlines()
        return [dict(json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError) as error:
        raise ArtifactError(f"{folder / LOG} is missing or no log of rounds.") from error
