"""The JSON lines other programs drive the engine through."""

import json
import subprocess
import sys

import pytest

from marketplace.pricing.engine import PricingError
from marketplace.pricing.engine.protocol import answers

RESET = {
    "kind": "reset", "n": 2, "genre": [0, 1], "n_genres": 2, "floor": 0.1, "cap": 5,
    "p0": 1, "max_step": 0.05, "tick": 0.01, "seed": 3, "anything": "else",
}  # fmt: skip
STEP = {
    "kind": "step", "t": 0, "hour": 5, "dow": 1, "age": [4, -3.5], "active": [True, 0],
    "price": [1, 1.0], "quotes": [30, 0], "accepts": [29, 0],
}  # fmt: skip


def drive(*messages: object) -> "subprocess.CompletedProcess[str]":
    lines = [m if isinstance(m, str) else json.dumps(m) for m in messages]
    return subprocess.run(
        [sys.executable, "-m", "marketplace.pricing.engine"],
        input="".join(line + "\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_each_line_is_answered_by_one_line() -> None:
    done = drive(RESET, STEP, {**STEP, "t": 1}, RESET)
    prices = [json.loads(line)["price"] for line in done.stdout.splitlines()]

    assert done.returncode == 0
    assert done.stderr == ""
    assert prices[0] == prices[3] == [1.0, 1.0]
    assert prices[1][0] == 1.05


def test_an_answer_comes_before_the_next_line_is_sent() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "marketplace.pricing.engine"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        for message in (RESET, STEP):
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            assert len(json.loads(process.stdout.readline())["price"]) == 2
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_a_malformed_line_ends_with_2_and_one_sentence() -> None:
    done = drive(RESET, "{", STEP)
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == "Line 2: this is not JSON.\n"


@pytest.mark.parametrize(
    "line",
    [
        " ",
        "null",
        "[1]",
        '{"kind": "stop"}',
        "[" * 100_000,
        json.dumps({**STEP, "age": "old"}),
        json.dumps({**STEP, "age": [1]}),
        json.dumps({**STEP, "age": [1, None]}),
        json.dumps({**STEP, "age": [1, [2]]}),
        json.dumps({**STEP, "t": 1.5}),
        json.dumps({**STEP, "t": True}),
        json.dumps({**STEP, "t": 10**30}),
        json.dumps({**STEP, "hour": 24}),
        json.dumps({**STEP, "quotes": [1, -1]}),
        json.dumps({**STEP, "accepts": [31, 0]}),
        json.dumps({**STEP, "price": [1, 0]}),
        json.dumps({**STEP, "price": [1, float("nan")]}),
        json.dumps({**STEP, "price": [1, 10**400]}),
        json.dumps({k: v for k, v in STEP.items() if k != "dow"}),
        *(json.dumps({k: v for k, v in RESET.items() if k != name}) for name in ("n", "seed")),
        json.dumps({**RESET, "n": 0, "genre": []}),
        json.dumps({**RESET, "n": 3}),
        json.dumps({**RESET, "genre": [0, 2]}),
        json.dumps({**RESET, "genre": [0, 0.5]}),
        json.dumps({**RESET, "genre": [0, float("inf")]}),
        json.dumps({**RESET, "genre": [0, 1e300]}),
        json.dumps({**RESET, "max_step": 1e308}),
        json.dumps({**STEP, "active": [float("nan"), True]}),
        json.dumps({**STEP, "quotes": [1e300, 0], "accepts": [1e300, 0]}),
        json.dumps({**RESET, "floor": "low"}),
        json.dumps({**RESET, "floor": 2}),
        json.dumps({**RESET, "cap": 1e30}),
        json.dumps({**RESET, "n_genres": 2**61}),
        json.dumps({**RESET, "tick": 10**400}),
        json.dumps({**RESET, "key": ["a"]}),
        json.dumps({**RESET, "key": ["a", "a"]}),
        json.dumps({**RESET, "key": ["a", 1.5]}),
        json.dumps({**RESET, "n_genres": 0}),
    ],
    ids=lambda line: line[-40:],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(line: str) -> None:
    told = answers([json.dumps(RESET), line])
    next(told)
    with pytest.raises(PricingError, match=r"^Line 2: .*\.$"):
        next(told)


def test_a_floor_above_the_cap_is_told_as_such() -> None:
    with pytest.raises(PricingError, match=r"^Line 1: floor 9\.0 is above cap 5\.0\.$"):
        next(answers([json.dumps({**RESET, "floor": 9})]))


def test_a_whole_number_may_be_written_with_its_point() -> None:
    plain = list(answers(map(json.dumps, (RESET, {**STEP, "t": 24}))))
    pointed = {**RESET, "n": 2.0}, {**STEP, "t": 24.0, "hour": 5.0}
    assert list(answers(map(json.dumps, pointed))) == plain


def test_who_stops_reading_ends_it_without_a_word() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "marketplace.pricing.engine"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, told = process.communicate(json.dumps(RESET) + "\n", timeout=60)
    assert (process.returncode, told) == (0, "")


def test_a_step_before_any_reset_is_refused() -> None:
    with pytest.raises(PricingError, match="needs a reset"):
        next(answers([json.dumps(STEP)]))


def test_keys_go_with_their_tracks() -> None:
    plain = list(answers([json.dumps({**RESET, "key": ["x", "y"]}), json.dumps(STEP)]))
    turned = {k: v[::-1] if isinstance(v, list) else v for k, v in RESET.items()}
    step = {k: v[::-1] if isinstance(v, list) else v for k, v in STEP.items()}
    other = list(answers([json.dumps({**turned, "key": ["y", "x"]}), json.dumps(step)]))
    assert json.loads(plain[1])["price"] == json.loads(other[1])["price"][::-1]


def test_the_engine_knows_no_django() -> None:
    code = "import sys, marketplace.pricing.engine; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
