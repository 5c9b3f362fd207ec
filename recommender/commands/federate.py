"""`federate`: several nodes train one model together, and no play leaves the node that has it."""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from recommender import artifacts
from recommender.errors import DataError
from recommender.federated import masks
from recommender.federated.coordinator import Coordinator, Served, catalogue_id
from recommender.federated.gathering import Meeting
from recommender.federated.node import Coordinator as Address
from recommender.federated.node import Ledger, Node, read_identity
from recommender.federated.record import Record
from recommender.federated.rounds import Federation, federation_of, read_federation
from recommender.federated.verify import Checked
from recommender.interactions import Matrix, Plays
from recommender.tables import read_ids, read_plays


def run(options: argparse.Namespace) -> int:
    """Run the action named. Raises `RecommenderError` on bad input."""
    actions = {
        "key": make_key,
        "coordinate": coordinate,
        "node": answer,
        "local": run_locally,
        "verify": verify,
    }
    # the same number of threads everywhere, so that the same sums make the same model
    with threadpool_limits(1, "blas"):
        return actions[options.action](options)


def make_key(options: argparse.Namespace) -> int:
    """A new identity: the secret into a file nobody else may read, the public key to stdout."""
    identity = masks.Identity(seed := masks.Identity.new_seed())
    write_key(options.out, seed)
    print(json.dumps({"public": identity.public.hex()}))
    return 0


def write_key(path: Path, seed: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise DataError(f"{path} can't be written: {error.strerror}.") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(seed.hex() + "\n")


def coordinate(options: argparse.Namespace) -> int:
    federation, item_ids = read_federation(options.federation), read_ids(options.items)
    meeting, record = Meeting(), Record(options.out)
    with Served(meeting, options.host, options.port) as served:
        print(json.dumps({"url": served.url}), flush=True)
        print(json.dumps(_coordinated(federation, item_ids, record, meeting, options.patience)))
    return 0


def _coordinated(
    federation: Federation, item_ids: list[str], record: Record, meeting: Meeting, patience: float
) -> dict[str, object]:
    """The model made and stored; what is printed of it."""
    coordinator = Coordinator(federation, item_ids, record, meeting, patience)
    try:
        model = coordinator.run()
        trained_at = datetime.now(UTC).isoformat(timespec="seconds")
        version = artifacts.save(model, record.folder, trained_at)
        record.add(model=version, epsilon=federation.epsilon, delta=federation.delta)
    finally:
        meeting.close(record.head)
    return {
        "model": version,
        "head": record.head,
        "epsilon": federation.epsilon,
        "delta": federation.delta,
        "nodes": coordinator.members,
        "listeners": model.trained["users"],
        "tracks": int(model.warm),
    }


def answer(options: argparse.Namespace) -> int:
    federation, item_ids = read_federation(options.federation), read_ids(options.items)
    counts, ignored = counts_of(options.plays, item_ids)
    identity = read_identity(options.key)
    ledger = Ledger(options.ledger or options.key.with_suffix(".ledger"))
    node = Node(options.name, identity, federation, catalogue_id(item_ids), counts, ledger)
    head = node.run(Address(options.coordinator))
    print(json.dumps({"head": head, "listeners": counts.shape[0], "plays_ignored": ignored}))
    return 0


def counts_of(path: Path, item_ids: list[str]) -> tuple[Matrix, int]:
    """Play counts (listeners, n) of the catalogue's tracks, and how many rows are of others."""
    places = {item: k for k, item in enumerate(item_ids)}
    listeners: dict[str, int] = {}
    plays = read_plays(path)
    known = [play for play in plays if play.item in places]
    rows = [
        (listeners.setdefault(play.user, len(listeners)), places[play.item], play.weight)
        for play in known
    ]
    if not rows:
        raise DataError(f"{path} holds no play of a track in the catalogue.")
    return Plays.of(rows).matrix(len(item_ids)), len(plays) - len(known)


def run_locally(options: argparse.Namespace) -> int:
    """The whole on this machine: one process a table of plays, the coordinator in this one."""
    work = options.out / "nodes"
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{work} can't be made: {error.strerror}.") from error
    names = [f"node_{k}" for k in range(1, len(options.plays) + 1)]
    public = {}
    for name in names:
        seed = masks.Identity.new_seed()
        write_key(work / f"{name}.key", seed)
        public[name] = masks.Identity(seed).public.hex()
    text = json.dumps({"nodes": public, "epsilon": options.epsilon, "delta": options.delta})
    federation = federation_of(text)
    (options.out / "federation.json").write_text(text + "\n", encoding="utf-8")
    meeting, record = Meeting(), Record(options.out)
    with Served(meeting, "127.0.0.1", 0) as served:
        nodes = [
            subprocess.Popen(_node_command(options, work, name, plays, served.url))
            for name, plays in zip(names, options.plays, strict=True)
        ]
        try:
            told = _coordinated(
                federation, read_ids(options.items), record, meeting, options.patience
            )
        finally:
            for node in nodes:
                node.wait()
    print(json.dumps(told))
    return 0


def _node_command(
    options: argparse.Namespace, work: Path, name: str, plays: Path, url: str
) -> list[str]:
    command = [sys.executable, "-m", "recommender", "federate", "node", "--name", name]
    command += ["--plays", str(plays), "--items", str(options.items), "--coordinator", url]
    command += ["--federation", str(options.out / "federation.json")]
    return [*command, "--key", str(work / f"{name}.key")]


def verify(options: argparse.Namespace) -> int:
    """One line for each problem and exit 1, or what the log is worth."""
    federation, item_ids = read_federation(options.federation), read_ids(options.items)
    checked = Checked(federation, item_ids, options.log)
    problems = list(checked.problems)
    if options.head is not None and options.head != checked.head:
        problems.append(f"The log ends in {checked.head}, not in {options.head}.")
    for problem in problems:
        print(problem)
    if problems:
        return 1
    told = {"head": checked.head, "epsilon": float(np.round(checked.epsilon, 6))}
    print(json.dumps(told | {"delta": federation.delta, "nodes": sorted(federation.nodes)}))
    return 0
