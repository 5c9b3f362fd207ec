"""What holds for every market and every log of observations."""

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.pricing.engine import Engine, PricingError, Settings
from tests.pricing.engine.worlds import USUAL, Floats, Step, hour, listen, wild

SEEDS = st.integers(0, 2**32 - 1)
MARKETS = st.builds(
    lambda floor, span, at, step, tick, seed: Settings(
        floor, floor * span, floor * span**at, step, tick, seed
    ),
    floor=st.floats(0.05, 2.0),
    span=st.floats(1.3, 20.0),
    at=st.floats(0.1, 0.9),
    step=st.sampled_from([0.01, 0.05, 0.2]),
    tick=st.sampled_from([0.001, 0.01, 0.0125]),
    seed=st.integers(0, 2**31),
)


def wild_log(seed: int, n: int, hours: int, engine: Engine) -> tuple[list[Step], Floats]:
    """A log the engine's own prices took part in, and all of these."""
    rng, log, path = np.random.default_rng(seed), [], [engine.price()]
    for t in range(hours):
        step = wild(rng, t, path[-1])
        log.append(step)
        path.append(step.feed(engine))
    return log, np.array(path)


@given(MARKETS, SEEDS)
@settings(max_examples=12)
def test_no_limit_is_ever_broken(market: Settings, seed: int) -> None:
    _, path = wild_log(seed, 6, 130, Engine.new(market, [0, 0, 0, 1, 1, 1], 2))

    assert (path >= market.floor).all()
    assert (path <= market.cap).all()
    assert np.allclose(path / market.tick, np.rint(path / market.tick), atol=1e-6)
    assert (path[1:] <= path[:-1] * (1 + market.max_step)).all()
    assert (path[1:] >= path[:-1] / (1 + market.max_step)).all()


@given(SEEDS)
@settings(max_examples=12)
def test_after_72_hours_a_price_stays_within_three_per_cent_of_the_day_before(seed: int) -> None:
    log, path = wild_log(seed, 6, 170, Engine.new(USUAL, [0, 0, 0, 1, 1, 1], 2))
    quotes = np.array([step.quotes for step in log])

    for track in range(6):
        first = int(np.flatnonzero(quotes[:, track])[0])
        prices = path[1:, track]
        now, before = prices[first + 72 :], prices[first + 48 : -24]
        assert (now <= before * 1.03).all()
        assert (now >= before / 1.03).all()


@given(SEEDS)
@settings(max_examples=8)
def test_replaying_a_log_gives_the_same_prices_to_the_bit(seed: int) -> None:
    log, path = wild_log(seed, 5, 60, Engine.new(USUAL, [0, 1, 0, 1, 0], 2))
    again = Engine.new(USUAL, [0, 1, 0, 1, 0], 2)

    assert [step.feed(again).tobytes() for step in log] == [row.tobytes() for row in path[1:]]


@given(SEEDS, st.permutations(range(14)))
@settings(max_examples=8)
def test_permuting_tracks_with_their_keys_permutes_prices(seed: int, order: list[int]) -> None:
    genre = np.repeat([0, 1], 7)
    keys = ["b", "a", "10", "9", "track-é", "f", *"mnopqrst"]
    engine = Engine.new(USUAL, genre, 2, keys)
    log, path = wild_log(seed, 14, 60, engine)
    permuted = Engine.new(USUAL, genre[order], 2, [keys[i] for i in order])

    for step, prices in zip(log, path[1:], strict=True):
        turned = {k: v[order] if np.ndim(v) else v for k, v in vars(step).items()}
        assert Step(**turned).feed(permuted).tobytes() == prices[order].tobytes()
    assert permuted.state()["track_u"].tobytes() == engine.state()["track_u"].tobytes()


@given(SEEDS, st.integers(2, 4))
@settings(max_examples=8)
def test_an_hour_fed_in_parts_equals_the_hour_fed_at_once(seed: int, parts: int) -> None:
    log, path = wild_log(seed, 5, 60, Engine.new(USUAL, [0, 1, 0, 1, 0], 2))
    rng, split = np.random.default_rng(seed), Engine.new(USUAL, [0, 1, 0, 1, 0], 2)

    for step, prices in zip(log, path[1:], strict=True):
        even = [1 / parts] * parts
        yes = rng.multinomial(step.accepts.astype(int), even)
        no = rng.multinomial((step.quotes - step.accepts).astype(int), even)
        for k in range(parts):
            asked, taken = (yes + no)[:, k].astype(float), yes[:, k].astype(float)
            part = replace(step, quotes=asked, accepts=taken)
            last = part.feed(split)
        assert last.tobytes() == prices.tobytes()


@given(SEEDS, st.booleans())
@settings(max_examples=8)
def test_a_stored_engine_goes_on_as_if_never_stored(seed: int, joined: bool) -> None:
    engine = Engine.new(USUAL, [0, 1, 0, 1], 2, ["d", "c", "b", "a"])
    wild_log(seed, 4, 40, engine)
    if joined:
        engine.add_tracks([1], ["aa"])
    file = io.BytesIO()
    np.savez(file, **engine.state())  # type: ignore[arg-type]
    file.seek(0)
    restored = Engine.from_state(dict(np.load(file, allow_pickle=False)))

    assert {k: v.tobytes() for k, v in engine.state().items()} == {
        k: v.tobytes() for k, v in restored.state().items()
    }
    rng = np.random.default_rng(seed)
    for t in (39, 40, 41, 90):
        step = wild(rng, t, engine.price())
        assert step.feed(engine).tobytes() == step.feed(restored).tobytes()


@given(SEEDS, st.integers(0, 100))
@settings(max_examples=8)
def test_without_any_observation_nothing_moves(seed: int, hours: int) -> None:
    engine = Engine.new(USUAL, [0, 1, 0, 1], 2)
    _, path = wild_log(seed, 4, hours, engine)

    for t in range(hours, hours + 60):
        assert hour(t, path[-1], 0, 0).feed(engine).tobytes() == path[-1].tobytes()


@given(SEEDS)
@settings(max_examples=8)
def test_a_price_listeners_met_rises_only_after_new_answers_of_its_own(seed: int) -> None:
    log, path = wild_log(seed, 6, 170, Engine.new(USUAL, [0, 0, 0, 1, 1, 1], 2))
    heard, ever = np.zeros(6, bool), np.zeros(6, bool)

    for step, before, after in zip(log, path[:-1], path[1:], strict=True):
        heard |= step.quotes > 0
        ever |= heard
        assert (heard | ~ever)[after > before].all()
        heard &= after <= before


@given(SEEDS, st.integers(1, 4), st.integers(0, 5))
@settings(max_examples=4)
def test_a_launch_price_is_earned_answer_by_answer(seed: int, songs: int, accepts: int) -> None:
    """However few songs a genre has and however gladly all are taken, while others are dear."""
    engine = Engine.new(USUAL, np.arange(songs + 20) >= songs, 2)
    rng, price = np.random.default_rng(seed), engine.price()
    answers = np.zeros((72, songs + 20), int)
    answers[:, songs:] = 6
    np.add.at(answers, (rng.integers(72, size=accepts), rng.integers(songs, size=accepts)), 1)
    for t, asked in enumerate(answers):
        price = hour(t, price, asked, asked).feed(engine)

    assert price[:songs].max() <= USUAL.p0 * (1 + USUAL.max_step) ** (2 * accepts)
    assert price[songs:].min() > 1.5 * USUAL.p0


def test_a_song_nobody_answers_any_more_does_not_go_on_to_its_old_target() -> None:
    engine = Engine.new(USUAL, np.zeros(30, int), 1)
    listen(engine, 3.0, range(8), quotes=4.0)
    gone = int(engine.price().argmax())
    assert engine.price()[gone] < 0.95 * engine.explain(gone).target
    stopped, rng = engine.price()[gone], np.random.default_rng(1)
    quotes = np.where(np.arange(30) == gone, 0, 4)
    for t in range(8, 24 * 4):
        price = engine.price()
        hour(t, price, quotes, rng.binomial(quotes, np.exp(-price / 3.0))).feed(engine)

    assert engine.price()[gone] <= stopped
    assert engine.explain(gone).reason == "frozen"
    assert engine.price().mean() > 1.1 * stopped


def test_a_joining_track_starts_at_p0_and_leaves_the_others_alone() -> None:
    engine = Engine.new(USUAL, [0, 0], 1, ["m", "n"])
    listen(engine, 2.0, range(60))
    before = engine.price()

    after = engine.add_tracks([0, 0], ["a", "z"])

    assert after.tolist() == [*before, 1.0, 1.0]
    assert engine.explain("a").reason != engine.explain("m").reason
    assert engine.reasons() == [engine.explain(key).reason for key in ("m", "n", "a", "z")]


def test_an_empty_market_can_be_joined() -> None:
    engine = Engine.new(USUAL, [], 3, [])
    assert engine.add_tracks([2], ["only"]).tolist() == [1.0]
    assert hour(0, engine.price(), 30, 2).feed(engine)[0] < 1.0


def test_a_track_off_sale_keeps_its_price() -> None:
    engine = Engine.new(USUAL, [0, 0], 1)
    for t in range(10):
        step = hour(t, engine.price(), 20, 19)
        replace(step, active=np.array([True, False])).feed(engine)

    assert engine.price()[0] > engine.price()[1] == 1.0
    assert engine.explain(1).reason == "frozen"
    assert engine.reasons() == [engine.explain(0).reason, "frozen"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"t": 0}, "Step 0 is over"),
        ({"hour": 24}, "hour must be within 0..23"),
        ({"dow": 7}, "dow must be within 0..6"),
        ({"quotes": np.ones(3)}, "quotes must be a list of 2"),
        ({"accepts": np.full(2, 9.0)}, "accepts must lie between"),
        ({"accepts": np.full(2, -1.0)}, "accepts must lie between"),
        ({"price": np.zeros(2)}, "price must be positive"),
        ({"price": np.full(2, np.nan)}, "price must hold finite"),
    ],
)
def test_a_feed_that_makes_no_sense_is_refused(changes: dict[str, object], sentence: str) -> None:
    engine = Engine.new(USUAL, [0, 0], 1)
    good = hour(5, engine.price(), 4, 2)
    good.feed(engine)
    with pytest.raises(PricingError, match=sentence):
        engine.step(**{**vars(good), **changes})


@pytest.mark.parametrize(
    ("genre", "keys", "sentence"),
    [
        ([0, 2], ["a", "b"], "one of 0..1"),
        ([-1, 0], ["a", "b"], "one of 0..1"),
        ([0, 1], ["a", "a"], "key a was given twice"),
        ([0, 1], ["a"], "1 keys were given for 2 tracks"),
    ],
)
def test_tracks_that_make_no_sense_are_refused(
    genre: list[int], keys: list[str | int], sentence: str
) -> None:
    with pytest.raises(PricingError, match=sentence):
        Engine.new(USUAL, genre, 2, keys)


def test_a_state_with_a_piece_missing_is_refused() -> None:
    engine = Engine.new(USUAL, [0], 1)
    hour(0, engine.price(), 3, 1).feed(engine)
    for name in engine.state():
        if name != "hour_clock":
            arrays = engine.state()
            del arrays[name]
            with pytest.raises(PricingError, match=name):
                Engine.from_state(arrays)


def test_a_state_stored_before_prices_were_remembered_goes_on() -> None:
    engine = Engine.new(USUAL, np.repeat([0, 1], 5), 2)
    listen(engine, 2.0, range(30))
    old = engine.state()
    for name in ("track_news", "track_remembered", "genre_resentment"):
        del old[name]
    old["genre_covariance"] = old["genre_covariance"][:2, :2]

    restored = Engine.from_state(old)

    assert restored.price() == pytest.approx(engine.price(), rel=0.05)
    assert np.isfinite(listen(restored, 2.0, range(30, 40))).all()


def test_a_state_stored_before_prices_waited_to_turn_goes_on() -> None:
    engine = Engine.new(USUAL, np.repeat([0, 1], 5), 2)
    listen(engine, 2.0, range(30))
    old = {name: one for name, one in engine.state().items() if "heading" not in name}
    assert Engine.from_state(old).price().tolist() == engine.price().tolist()
    coarse = Engine.new(replace(USUAL, tick=0.02), np.zeros(5, int), 1)
    listen(coarse, 1.3, range(24 * 9))
    old = {name: one for name, one in coarse.state().items() if "heading" not in name}
    path = listen(Engine.from_state(old), 3.0, range(24 * 9, 24 * 11), quotes=40.0)
    assert (path[:24] == path[0]).all()  # as if they turned now
    assert (path[-1] > path[0]).all()


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(PricingError, match="No track has the key nobody"):
        Engine.new(USUAL, [0], 1).explain("nobody")
