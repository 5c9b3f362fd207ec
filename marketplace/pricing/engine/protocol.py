"""The engine over JSON lines, as other programs drive it. One line in, one line out.

Invariant: every line is answered, or refused with one sentence in a PricingError.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketplace.pricing.engine.engine import Engine
from marketplace.pricing.engine.errors import PricingError
from marketplace.pricing.engine.settings import Settings

MOST = 2**62  # of a whole number
MONEY = ("floor", "cap", "p0", "max_step", "tick")


def answers(lines: Iterable[str]) -> Iterator[str]:
    """The answer to each line. Raises PricingError at the first that makes no sense."""
    engine: Engine | None = None
    for number, line in enumerate(lines, 1):
        try:
            message = _parsed(line)
            engine, price = _answered(engine, message)
        except PricingError as error:
            raise PricingError(f"Line {number}: {error}") from None
        except OverflowError:
            raise PricingError(f"Line {number}: a number is too large.") from None
        yield json.dumps({"price": price.tolist()}, separators=(",", ":"))


def _parsed(line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise PricingError("this is not JSON.") from None
    if not isinstance(message, dict):
        raise PricingError("a message must be a JSON object.")
    return message


def _answered(engine: Engine | None, message: dict[str, Any]) -> tuple[Engine, NDArray[np.float64]]:
    kind = message.get("kind")
    if kind == "reset":
        engine = _reset(message)
        return engine, engine.price()
    if kind != "step":
        raise PricingError(f"kind must be reset or step, not {kind!r}.")
    if engine is None:
        raise PricingError("a step needs a reset before it.")
    clock = (_whole(message, name) for name in ("t", "hour", "dow"))
    lists = (_numbers(message, name) for name in ("age", "active", "price", "quotes", "accepts"))
    return engine, engine.step(*clock, *lists)


def _reset(message: dict[str, Any]) -> Engine:
    n, n_genres = _whole(message, "n"), _whole(message, "n_genres")
    floor, cap, p0, max_step, tick = (_number(message, name) for name in MONEY)
    settings = Settings(floor, cap, p0, max_step, tick, _whole(message, "seed"))
    genre = _numbers(message, "genre")
    if n < 1 or len(genre) != n:
        raise PricingError(f"genre must be a list of n = {n} genres, at least one.")
    if (genre != np.floor(genre)).any() or (np.abs(genre) >= MOST).any():
        raise PricingError("genre must hold whole numbers.")
    return Engine.new(settings, genre, n_genres, _keys(message))


def _keys(message: dict[str, Any]) -> list[str | int] | None:
    keys = message.get("key")
    if keys is None:
        return None
    if not isinstance(keys, list) or not all(type(key) in (str, int) for key in keys):
        raise PricingError("key must be a list of strings or whole numbers.")
    return keys


def _present(message: dict[str, Any], name: str) -> Any:
    if name not in message:
        raise PricingError(f"{name} is missing.")
    return message[name]


def _number(message: dict[str, Any], name: str) -> float:
    value = _present(message, name)
    if type(value) not in (int, float):
        raise PricingError(f"{name} must be a number, not {value!r}.")
    return float(value)


def _whole(message: dict[str, Any], name: str) -> int:
    value = _present(message, name)
    whole = type(value) is int or (type(value) is float and value.is_integer())  # 24.0 is 24
    if not whole or abs(value) >= MOST:
        raise PricingError(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def _numbers(message: dict[str, Any], name: str) -> NDArray[np.float64]:
    values = _present(message, name)
    if not isinstance(values, list) or not set(map(type, values)) <= {int, float, bool}:
        raise PricingError(f"{name} must be a list of numbers.")
    numbers = np.array(values, np.float64)
    if not np.isfinite(numbers).all():
        raise PricingError(f"{name} must hold finite numbers.")
    return numbers
