"""A federation of three nodes over loopback: what it makes, what it tells, and what it refuses."""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender import artifacts
from recommender.__main__ import main
from recommender.errors import ArtifactError, DataError
from recommender.federated import masks
from recommender.federated.coordinator import Coordinator, Served, catalogue_id
from recommender.federated.gathering import Meeting
from recommender.federated.node import Coordinator as Address
from recommender.federated.node import Ledger, Node
from recommender.federated.record import Record, read_log
from recommender.federated.rounds import Federation, Round, federation_of
from recommender.federated.sums import listeners_sum
from recommender.federated.verify import Checked
from recommender.interactions import Matrix
from recommender.model import Model
from tests.recommender.worlds import (
    GROUPS,
    USERS_EACH,
    group_of,
    group_plays,
    item,
    item_ids,
)

NAMES = ["east", "north", "west"]
SEEDS = {name: bytes([k + 1]) * 32 for k, name in enumerate(NAMES)}
PUBLIC = {name: masks.Identity(seed).public.hex() for name, seed in SEEDS.items()}
FEDERATION = Federation(PUBLIC, epsilon=50.0)


class Recorder(Address):
    """Keeps all that goes to and fro."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.traffic: list[bytes] = []

    def ask(self, path: str, body: bytes | None = None) -> Any:
        told = super().ask(path, body)
        self.traffic += [path.encode(), body or b"", json.dumps(told).encode()]
        return told


class Dying(Node):
    """Is gone when it should send what it is asked for."""

    before = "sums"

    def noisy_sum(self, asked: Round) -> masks.Words:
        if self.before == "sums" and asked.kind == "taste":
            raise DataError("gone")
        return super().noisy_sum(asked)


class DyingLate(Dying):
    before = "seeds"

    def answer(self, coordinator: Address, path: str, asked: Round) -> None:
        if asked.kind == "taste":
            self.ledger.spend = self.die  # type: ignore[method-assign, assignment]
        super().answer(coordinator, path, asked)

    def die(self, *_: object) -> None:
        raise DataError("gone")


def plays_of(name: str) -> Matrix:
    """A third of the listeners each."""
    plays = group_plays().matrix(len(item_ids()))
    return plays[np.arange(plays.shape[0]) // GROUPS % len(NAMES) == NAMES.index(name)].tocsr()


def node(name: str, folder: Path, kind: type[Node] = Node) -> Node:
    identity = masks.Identity(SEEDS[name])
    ledger = Ledger(folder / f"{name}.ledger")
    catalogue = catalogue_id(item_ids())
    return kind(name, identity, FEDERATION, catalogue, plays_of(name), ledger)


class Run:
    """A coordinator and its nodes, each on a thread of its own."""

    def __init__(self, folder: Path, patience: float = 30.0, **kinds: type[Node]) -> None:
        meeting, record = Meeting(), Record(folder / "run")
        self.coordinator = Coordinator(FEDERATION, item_ids(), record, meeting, patience)
        with Served(meeting, "127.0.0.1", 0) as served, ThreadPoolExecutor(3) as threads:
            self.recorders = {name: Recorder(served.url) for name in NAMES}
            self.ends: dict[str, Future[str]] = {
                name: threads.submit(node(name, folder, kinds.get(name, Node)).run, recorder)
                for name, recorder in self.recorders.items()
            }
            self.model: Model | None = None
            self.error: DataError | None = None
            try:
                self.model = self.coordinator.run()
                version = artifacts.save(self.model, record.folder, "2026-01-01T00:00:00")
                record.add(model=version, epsilon=FEDERATION.epsilon, delta=FEDERATION.delta)
            except DataError as error:
                self.error = error
            meeting.close(record.head)
        self.folder = record.folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(tmp_path_factory.mktemp("federation"))


def problems(folder: Path) -> list[str]:
    return Checked(FEDERATION, item_ids(), folder).problems


def test_the_model_serves_as_one_trained_centrally(finished: Run) -> None:
    model = artifacts.load(finished.folder)
    for group in range(GROUPS):
        top = model.recommend({item(group, 0): 3.0, item(group, 1): 1.0}, 4)
        assert {group_of(each.item_id) for each in top} == {group}
        assert all(each.reason.because_item is not None for each in top)
    assert model.trained["users"] == pytest.approx(GROUPS * USERS_EACH, abs=12)


def test_no_play_and_no_nodes_own_sum_is_in_what_is_sent(finished: Run) -> None:
    sent = b"".join(b"\n".join(each.traffic) for each in finished.recorders.values())
    for word in [*item_ids(), "user", "listener_"]:
        assert word.encode() not in sent
    first = [finished.folder / f"1-listeners-1-{name}.u64" for name in NAMES]
    for name, path in zip(NAMES, first, strict=True):
        masked = np.frombuffer(path.read_bytes(), dtype="<u8")
        plain = listeners_sum(plays_of(name))
        apart = (masked - masks.to_words(plain)) >> np.uint64(56)
        assert np.unique(apart).size > 12  # of 25: spread over all there is, not near the plain sum


def test_a_node_that_is_gone_leaves_a_round_that_nobody_can_unmask(tmp_path: Path) -> None:
    run = Run(tmp_path, patience=1.0, west=Dying)
    assert run.model is not None
    log = read_log(run.folder)
    assert [entry.get("failed") for entry in log] == [None, "no sums from west", None, None]
    assert [entry["round"]["members"] for entry in log[:3]] == [NAMES, NAMES, NAMES[:2]]
    assert not list(run.folder.glob("2-taste-1-*"))
    assert FEDERATION.node_deviation("taste", 2) > FEDERATION.node_deviation("taste", 3)
    for name in NAMES[:2]:  # the void attempt cost nothing
        assert len((tmp_path / f"{name}.ledger").read_text().splitlines()) == 2
    assert problems(run.folder) == []


def test_a_node_that_is_gone_when_others_have_told_ends_the_run(tmp_path: Path) -> None:
    """What they told is spent: to tell it again for fewer would tell more than was agreed."""
    run = Run(tmp_path, patience=1.0, west=DyingLate)
    assert run.model is None
    assert "Too few nodes are left" in str(run.error)
    with pytest.raises(DataError, match="privacy budget is spent"):
        run.ends["north"].result()
    log = read_log(run.folder)
    assert [entry.get("failed") for entry in log] == [
        None,
        "no seeds from west",
        "no seeds from east, north",
    ]


def test_a_second_run_is_more_than_was_agreed(finished: Run, tmp_path: Path) -> None:
    for name in NAMES:
        earlier = finished.folder.parent / f"{name}.ledger"
        (tmp_path / f"{name}.ledger").write_text(earlier.read_text())
    run = Run(tmp_path, patience=1.0)
    assert run.model is None
    with pytest.raises(DataError, match="privacy budget is spent"):
        run.ends["east"].result()


def asked(**changes: Any) -> Round:
    plain = Round(
        federation=FEDERATION.id,
        catalogue=catalogue_id(item_ids()),
        number=1,
        kind="listeners",
        attempt=1,
        members=NAMES,
        deviation=FEDERATION.deviation("listeners"),
        previous="0" * 64,
        tracks=[],
        usual=[],
    )
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"deviation": 0.0}, "noise of 0.0 is not what was agreed"),
        ({"members": ["east"]}, "not enough nodes"),
        ({"members": ["east", "nobody"]}, "not enough nodes"),
        ({"federation": "f" * 64}, "another federation"),
        ({"catalogue": "f" * 64}, "another catalogue"),
        ({"tracks": [3, 3]}, "the catalogue lacks"),
        ({"tracks": [999]}, "the catalogue lacks"),
        ({"tracks": [1, 2]}, "direction of length one"),
        ({"tracks": [1, 2], "usual": [float("nan"), 1.0]}, "direction of length one"),
        ({"tracks": [1, 2], "usual": [1e200, 1e200]}, "direction of length one"),
    ],
)
def test_a_node_refuses_a_round_that_was_not_agreed(
    changes: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=words):
        node("east", tmp_path).check(asked(**changes))


def test_a_node_refuses_a_key_put_in_anothers_place(tmp_path: Path) -> None:
    """Or the coordinator would agree the masks itself and read each node's sum."""
    keys = {name: masks.AttemptKey() for name in NAMES}
    told = {
        name: {
            "key": key.public.hex(),
            "signature": masks.Identity(SEEDS[name])
            .sign(asked().says("key", key.public.hex()))
            .hex(),
        }
        for name, key in keys.items()
    }
    east = node("east", tmp_path)
    assert sorted(east.pair_seeds(asked(), keys["east"], told)) == ["north", "west"]
    told["west"]["key"] = masks.AttemptKey().public.hex()
    with pytest.raises(DataError, match="of west is not signed"):
        east.pair_seeds(asked(), keys["east"], told)


def _other_sum(folder: Path) -> None:
    path = folder / "2-taste-1-east.u64"
    path.write_bytes(bytes(8) + path.read_bytes()[8:])


def _other_line(folder: Path) -> None:
    path = folder / "rounds.jsonl"
    path.write_text(path.read_text().replace('"number": 2', '"number": 3'))


def _line_left_out(folder: Path) -> None:
    path = folder / "rounds.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))


def _without_a_hash(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "rounds.jsonl").read_text().splitlines()]
    del lines[-1]["hash"]
    (folder / "rounds.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def _by_one_node(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "rounds.jsonl").read_text().splitlines()]
    lines[0]["round"]["members"] = NAMES[:1]
    (folder / "rounds.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def _one_sum_alone(folder: Path) -> None:
    """A chain that is whole, but lacks the second sum."""
    first, _, model = read_log(folder)
    (folder / "rounds.jsonl").write_text(json.dumps(first) + "\n")
    record = Record(folder / "new")
    record.folder, record.head = folder, first["hash"]
    record.add(model=model["model"])


def _other_model(folder: Path) -> None:
    version = artifacts.current_version(folder)
    path = next(folder.glob(f"{version}/ease_matrix.npy"))
    path.write_bytes(path.read_bytes()[:-1] + b"\1")


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (_other_sum, "not the one that was sent"),
        (_other_line, "was changed"),
        (_line_left_out, "does not follow"),
        (_other_model, "missing or was changed"),
        (_without_a_hash, "was changed"),
        (_by_one_node, "too few nodes took part"),
        (_one_sum_alone, "lacks one of the two sums"),
    ],
)
def test_an_outsider_finds_what_was_changed(
    break_it: Callable[[Path], None], words: str, finished: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    for path in finished.folder.rglob("*"):
        if path.is_file():
            to = copy / path.relative_to(finished.folder)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())
    assert problems(copy) == []
    break_it(copy)
    checked = Checked(FEDERATION, item_ids(), copy)
    assert any(words in problem for problem in checked.problems)
    assert checked.head


def test_the_log_shows_the_epsilon_agreed(finished: Run) -> None:
    checked = Checked(FEDERATION, item_ids(), finished.folder)
    assert checked.epsilon == pytest.approx(FEDERATION.epsilon, rel=1e-4)
    assert checked.head == finished.ends["east"].result()


def test_a_log_is_never_written_over(finished: Run) -> None:
    with pytest.raises(ArtifactError, match="another run"):
        Record(finished.folder)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nodes": {"alone": PUBLIC["east"]}}, "two nodes or more"),
        ({"nodes": {"a": PUBLIC["east"], "b": PUBLIC["east"]}}, "of its own"),
        ({"nodes": {"a": PUBLIC["east"], "b": "ff"}}, "of its own"),
        ({"nodes": {"a": PUBLIC["east"], "../b": PUBLIC["west"]}}, "letters, digits"),
        ({"colluding": 3}, "more than colluding"),
        ({"epsilon": 0}, "Epsilon must be above 0"),
        ({"epsilon": "much"}, "is not JSON with nodes"),
        ({"epsilon": "8"}, "is not JSON with nodes"),
        ({"epsilon": 1e9}, "Epsilon must lie from"),
        ({"colluding": 0.5}, "colluding must be a whole number"),
        ({"first_share": 1}, "first_share must lie"),
        ({"secret": 1}, "is not JSON with nodes"),
    ],
)
def test_a_federation_that_promises_nothing_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        federation_of(json.dumps({"nodes": PUBLIC, "epsilon": 8.0} | changes))


def write_world(folder: Path) -> list[str]:
    """Plays of each of three nodes, and the catalogue; the arguments that name them."""
    (folder / "items.txt").write_text("\n".join(item_ids()) + "\n")
    arguments = ["--items", str(folder / "items.txt")]
    for name in NAMES:
        table = plays_of(name).tocoo()
        rows = zip(table.row.tolist(), table.col.tolist(), table.data.tolist(), strict=True)
        lines = [f"{name}-{user}\t{item_ids()[k]}\t{weight}\n" for user, k, weight in rows]
        (folder / f"{name}.tsv").write_text("".join(lines))
        arguments += ["--plays", str(folder / f"{name}.tsv")]
    return arguments


def test_three_processes_train_one_model(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    arguments = [*write_world(tmp_path), "--out", str(out), "--epsilon", "50"]
    assert main(["federate", "local", *arguments]) == 0
    told = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert told["nodes"] == ["node_1", "node_2", "node_3"]
    top = artifacts.load(out).recommend({item(1, 2): 1.0, item(1, 5): 2.0}, 4)
    assert {group_of(each.item_id) for each in top} == {1}
    common = ["--federation", str(out / "federation.json"), "--items", str(tmp_path / "items.txt")]
    check = ["federate", "verify", *common, "--log", str(out), "--head"]
    assert main([*check, told["head"]]) == 0
    assert json.loads(capfd.readouterr().out)["epsilon"] == pytest.approx(50, rel=1e-4)
    assert main([*check, "0" * 64]) == 1
    assert "The log ends in" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "99999"], "No server can listen on 127.0.0.1:99999"),
        (["--out", f"{__file__}/run"], "can't be made"),
        (["--patience", "nan"], "invalid seconds value"),
    ],
)
def test_a_coordinator_that_cannot_begin_says_why(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "f.json").write_text(json.dumps({"nodes": PUBLIC, "epsilon": 8.0}))
    (tmp_path / "items.txt").write_text("a\n")
    agreed = ["--federation", str(tmp_path / "f.json"), "--items", str(tmp_path / "items.txt")]
    command = ["federate", "coordinate", *agreed, "--out", str(tmp_path / "run"), *arguments]
    assert main(command) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:many", "https://127.0.0.1:1", "http://[1"])
def test_a_coordinators_address_is_checked(url: str) -> None:
    with pytest.raises(DataError, match="address is http://HOST:PORT"):
        Address(url)


def test_a_key_is_for_its_owner_and_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "east.key"
    assert main(["federate", "key", "--out", str(path)]) == 0
    public = json.loads(capsys.readouterr().out)["public"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert masks.Identity(bytes.fromhex(path.read_text())).public.hex() == public
    assert main(["federate", "key", "--out", str(path)]) == 2
    assert "can't be written" in capsys.readouterr().err
