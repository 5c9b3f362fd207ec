"""What anybody can check of a federation's run, from its folder and the federation's file alone."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recommender.artifacts import load
from recommender.errors import ArtifactError
from recommender.federated import masks, privacy
from recommender.federated.coordinator import Sum, catalogue_id, fitted, said_of_sums
from recommender.federated.fit import listeners_of, tracks_worth, usual_of
from recommender.federated.record import START, added_up, read_log, sum_file
from recommender.federated.rounds import KINDS, Federation, Round, canonical, digest
from recommender.federated.sums import ONE
from recommender.model import Model

CLOSE = 1e-3  # of the model's numbers: another machine's linear algebra rounds otherwise


class Checked:
    """Problems found, one sentence each, and what the log is worth."""

    def __init__(self, federation: Federation, item_ids: Sequence[str], folder: Path) -> None:
        self.federation, self.item_ids, self.folder = federation, item_ids, folder
        self.entries = read_log(folder)
        self.released: dict[str, Sum] = {}
        self.rounds: dict[str, Round] = {}
        self.problems = list(self._chain())
        for place, entry in enumerate(self.entries[:-1], start=1):
            self.problems += [f"Line {place}: {told}" for told in self._round(entry)]
        if not self.problems:
            self.problems += self._model()

    @property
    def head(self) -> str:
        return str(self.entries[-1].get("hash")) if self.entries else START

    @property
    def epsilon(self) -> float:
        """Of what the log shows to be released."""
        mus = [self.federation.mu(asked.kind) for asked in self.rounds.values()]
        return privacy.epsilon_of(privacy.composed(mus), self.federation.delta)

    def _chain(self) -> Iterator[str]:
        previous = START
        for place, entry in enumerate(self.entries, start=1):
            rest = {key: value for key, value in entry.items() if key != "hash"}
            if entry.get("previous") != previous or entry.get("hash") != digest(canonical(rest)):
                yield f"Line {place}: it does not follow the line before, or was changed."
            previous = str(entry.get("hash"))
        if not self.entries or "model" not in self.entries[-1]:
            yield "The log has no end: no model was made of it."

    def _round(self, entry: Mapping[str, Any]) -> Iterator[str]:
        try:
            asked = Round(**entry["round"])
            if asked.federation != self.federation.id:
                yield "it is of another federation."
            if asked.catalogue != catalogue_id(self.item_ids):
                yield "it is of another catalogue."
            if asked.deviation != self.federation.deviation(asked.kind):
                yield "its noise is not what was agreed."
            if asked.previous != entry["previous"]:
                yield "the nodes were told of another line before it."
            if "failed" not in entry:
                yield from self._released(asked, entry)
        except (KeyError, TypeError, ValueError, OSError) as error:
            yield f"it can't be read: {error!r}."

    def _released(self, asked: Round, entry: Mapping[str, Any]) -> Iterator[str]:
        if not self.federation.enough(asked.members):
            yield "too few nodes took part."
            return
        if asked.kind in self.rounds:
            yield "a sum was released twice."
        for name in asked.members:
            public = bytes.fromhex(self.federation.nodes[name])
            key, seed = entry["keys"][name], entry["seeds"][name]
            signed = {
                "key": (asked.says("key", key["key"]), key["signature"]),
                "sums": (said_of_sums(asked, entry["sums"]), seed["signature"]),
            }
            for what, (said, signature) in signed.items():
                if not masks.is_signed(public, said, bytes.fromhex(signature)):
                    yield f"the {what} of {name} are not signed by it."
        masked = {name: sum_file(self.folder, asked, name).read_bytes() for name in asked.members}
        if any(digest(body) != entry["sums"][name] for name, body in masked.items()):
            yield "a masked sum beside the log is not the one that was sent."
            return
        words = added_up(asked.members, masked, entry["seeds"])
        if digest(words.tobytes()) != entry["released"]:
            yield "the sum is not what the masked sums come to."
        deviation = self.federation.sum_deviation(asked.kind, len(asked.members))
        self.rounds[asked.kind] = asked
        self.released[asked.kind] = Sum(masks.from_words(words) / ONE, deviation)

    def _model(self) -> Iterator[str]:
        """Whether the model that was stored is what the released sums make."""
        if set(self.rounds) != set(KINDS):
            yield "The log lacks one of the two sums."
            return
        listeners = listeners_of(self.released["listeners"].values)
        asked = self.rounds["taste"]
        tracks = np.array(asked.tracks, dtype=np.int64)
        attempts = self.federation.sum_deviation("taste", len(self.rounds["listeners"].members))
        if tracks_worth(listeners, attempts).tolist() != asked.tracks:
            yield "The tracks of the second sum are not those the first one leads to."
        if usual_of(listeners, tracks).tolist() != asked.usual:
            yield "What everybody plays is not what the first sum says."
        made = fitted(self.item_ids, listeners, tracks, self.released["taste"])
        try:
            stored = load(self.folder, str(self.entries[-1]["model"]))
        except ArtifactError as error:
            yield str(error)
            return
        if not alike(made, stored):
            yield "The model stored is not the one that the released sums make."


def alike(one: Model, other: Model) -> bool:
    """Whether both rank alike: factors, whose signs are arbitrary, aren't compared."""
    if one.item_ids != other.item_ids or one.ease is None or other.ease is None:
        return False
    return np.allclose(one.ease.matrix, other.ease.matrix, atol=CLOSE) and np.allclose(
        one.listeners, other.listeners, atol=CLOSE
    )
