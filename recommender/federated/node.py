"""A node: it holds its listeners' plays, answers rounds with masked noisy sums, and nothing else.

It trusts nobody with the rules: noise, budget and the other nodes' keys are checked here, against
the federation's file and the ledger of what was released before, and written to that ledger before
anything can be unmasked.
"""

import json
import os
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from recommender.errors import DataError
from recommender.federated import masks, privacy, sums
from recommender.federated.rounds import Federation, Round, digest
from recommender.interactions import Matrix

ROUNDING = 1e-9
WAIT_SECONDS = 600


class Ledger:
    """What was released of this node's listeners, one JSON line each, kept for good."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def mu(self) -> float:
        if not self.path.exists():
            return 0.0
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return privacy.composed(float(json.loads(line)["mu"]) for line in lines)

    def spend(self, round_id: str, mu: float, most: float) -> None:
        """Written and on disk, or `DataError` where it would be more than `most` in all."""
        if privacy.composed([self.mu(), mu]) > most * (1 + ROUNDING):
            raise DataError(
                f"The privacy budget is spent: {self.path} lists what was released of these"
                " listeners, and one more round would be more than the federation's epsilon."
            )
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"round": round_id, "mu": mu}) + "\n")
            file.flush()
            os.fsync(file.fileno())


class Void(Exception):
    """The attempt failed: somebody did not answer."""


class Coordinator:
    """The coordinator as a node sees it, over HTTP; an answer may take as long as the others do."""

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, self.port = parts.hostname, parts.port or 80
        except ValueError:
            host = None
        if host is None or parts.scheme != "http":
            raise DataError(f"The coordinator's address is http://HOST:PORT, not {url!r}.")
        self.host = host

    def ask(self, path: str, body: bytes | None = None) -> Any:
        connection = HTTPConnection(self.host, self.port, timeout=WAIT_SECONDS)
        try:
            connection.request("GET" if body is None else "POST", path, body)
            answer = connection.getresponse()
            told = answer.read()
        except (OSError, HTTPException) as error:
            raise DataError(
                f"The coordinator at {self.host}:{self.port} can't be reached: {error}."
            ) from error
        finally:
            connection.close()
        if answer.status == 410:
            raise Void
        if answer.status != 200:
            raise DataError(f"The coordinator answered {answer.status} to {path}.")
        return json.loads(told)


class Node:
    """`counts` (listeners, n) over the catalogue whose digest is `catalogue`."""

    def __init__(
        self,
        name: str,
        identity: masks.Identity,
        federation: Federation,
        catalogue: str,
        counts: Matrix,
        ledger: Ledger,
    ) -> None:
        if federation.nodes.get(name) != identity.public.hex():
            raise DataError(f"The federation knows no node {name!r} with this key.")
        self.name, self.identity, self.federation = name, identity, federation
        self.catalogue, self.counts, self.ledger = catalogue, counts, ledger

    def run(self, coordinator: Coordinator) -> str:
        """Answer rounds until the coordinator has done; returns the head of its log."""
        after = 0
        while True:
            told = coordinator.ask(f"/rounds/{after}")
            if "head" in told:
                return str(told["head"])
            after, asked = told["sequence"], Round(**told["round"])
            if self.name in asked.members:
                try:
                    self.answer(coordinator, f"/rounds/{after}", asked)
                except Void:
                    continue

    def answer(self, coordinator: Coordinator, path: str, asked: Round) -> None:
        self.check(asked)
        key = masks.AttemptKey()
        signature = self.identity.sign(asked.says("key", key.public.hex()))
        told = coordinator.ask(
            f"{path}/keys/{self.name}", _json(key=key.public.hex(), signature=signature.hex())
        )
        seeds = self.pair_seeds(asked, key, told)
        own_seed = os.urandom(masks.SEED_BYTES)
        body = masks.mask(self.noisy_sum(asked), self.name, seeds, own_seed).tobytes()
        hashes = coordinator.ask(f"{path}/sums/{self.name}", body)
        if sorted(hashes) != asked.members or hashes[self.name] != digest(body):
            raise DataError(f"The coordinator says of {self.name} that it sent what it did not.")
        mu = self.federation.mu(asked.kind)
        most = privacy.mu_for(self.federation.epsilon, self.federation.delta)
        self.ledger.spend(asked.id, mu, most)
        listed = [f"{name} {hashes[name]}" for name in asked.members]
        signature = self.identity.sign(asked.says("sums", *listed))
        coordinator.ask(
            f"{path}/seeds/{self.name}", _json(seed=own_seed.hex(), signature=signature.hex())
        )

    def check(self, asked: Round) -> None:
        """Raises `DataError` on a round that is not the federation's."""
        federation = self.federation
        if asked.federation != federation.id or asked.catalogue != self.catalogue:
            raise DataError("The coordinator serves another federation or another catalogue.")
        if not federation.enough(asked.members) or asked.members != sorted(
            set(asked.members) & set(federation.nodes)
        ):
            raise DataError(f"These are not enough nodes of the federation: {asked.members}.")
        if asked.deviation != federation.deviation(asked.kind):
            raise DataError(f"A round with noise of {asked.deviation} is not what was agreed.")
        n = self.counts.shape[1]
        if len(set(asked.tracks)) != len(asked.tracks) or not all(0 <= k < n for k in asked.tracks):
            raise DataError("The round asks for tracks that the catalogue lacks.")
        # anything else could become numbers that no clipping bounds
        usual = np.array(asked.usual, dtype=np.float64)
        if usual.size != len(asked.tracks) or not (
            (np.abs(usual) <= 1).all() and abs(float(usual @ usual) - bool(usual.size)) < 1e-6
        ):
            raise DataError("What everybody plays must be a direction of length one.")

    def pair_seeds(self, asked: Round, key: masks.AttemptKey, told: Any) -> dict[str, bytes]:
        """By name, of each other member whose key is signed by its own identity."""
        seeds = {}
        for other in asked.members:
            public, signature = (bytes.fromhex(told[other][part]) for part in ("key", "signature"))
            identity = bytes.fromhex(self.federation.nodes[other])
            if not masks.is_signed(identity, asked.says("key", public.hex()), signature):
                raise DataError(f"The key handed over as that of {other} is not signed by it.")
            if other != self.name:
                pair = " ".join(sorted([self.name, other]))
                seeds[other] = key.seed_with(public, asked.says("pair", pair))
        return seeds

    def noisy_sum(self, asked: Round) -> masks.Words:
        if asked.kind == "listeners":
            plain = sums.listeners_sum(self.counts)
        else:
            tracks, usual = np.array(asked.tracks, dtype=np.int64), np.array(asked.usual)
            plain = sums.taste_sum(self.counts, tracks, usual)
        each = self.federation.node_deviation(asked.kind, len(asked.members))
        return masks.to_words(plain + masks.gaussian(plain.size, each * sums.ONE))


def _json(**fields: str) -> bytes:
    return json.dumps(fields).encode()


def read_identity(path: Path) -> masks.Identity:
    try:
        seed = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is no key made by `federate key`.") from error
    if len(seed) != masks.SEED_BYTES:
        raise DataError(f"{path} is no key made by `federate key`.")
    return masks.Identity(seed)
