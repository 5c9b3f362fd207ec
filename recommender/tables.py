"""The tab-separated files and feature arrays that other programs hand over, read strictly.

Every error names the file and, for a table, the line.
"""

import math
import zlib
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np

from recommender.errors import DataError
from recommender.scorers import Floats

# So that single precision holds weights and their sums, and the squares of small ones.
LEAST_WEIGHT, MOST_WEIGHT = 1e-18, 1e30


class Play(NamedTuple):
    user: str
    item: str
    weight: float


class FeatureTable(NamedTuple):
    """`ids` (n,) and `x` (n, d), finite."""

    ids: list[str]
    x: Floats


def read_plays(path: Path, users: Set[str] | None = None) -> list[Play]:
    """Rows `user<TAB>item<TAB>weight`, no header; the weight from 1e-18 to 1e30. Of `users` alone
    if given.
    """
    plays = []
    for number, line in _lines(path):
        fields = line.split("\t")
        if len(fields) != 3 or not fields[0] or not fields[1]:
            raise DataError(f"{path}, line {number}: expected user, item and weight between tabs.")
        play = Play(fields[0], fields[1], _weight(fields[2], path, number))
        if users is None or play.user in users:
            plays.append(play)
    return plays


def _weight(text: str, path: Path, number: int) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight > 0):
        raise DataError(f"{path}, line {number}: the weight {text!r} is not a number above 0.")
    if not LEAST_WEIGHT <= weight <= MOST_WEIGHT:
        raise DataError(
            f"{path}, line {number}: the weight {text!r} is not between"
            f" {LEAST_WEIGHT:g} and {MOST_WEIGHT:g}."
        )
    return weight


def read_ids(path: Path) -> list[str]:
    """One id a line, each once, in the file's order."""
    found: dict[str, None] = {}
    for number, line in _lines(path):
        if "\t" in line:
            raise DataError(f"{path}, line {number}: expected one id, found a tab.")
        found[line] = None
    return list(found)


def read_artists(path: Path) -> dict[str, str]:
    """Rows `item<TAB>artist`; the last one for an item holds."""
    artists = {}
    for number, line in _lines(path):
        fields = line.split("\t")
        if len(fields) != 2 or not all(fields):
            raise DataError(f"{path}, line {number}: expected item and artist between a tab.")
        artists[fields[0]] = fields[1]
    return artists


def read_features(path: Path) -> FeatureTable:
    """Arrays `ids` (n,) and `x` (n, d) of an .npz file."""
    try:
        with np.load(path, allow_pickle=False) as file, np.errstate(over="ignore"):
            names, x = file["ids"], file["x"].astype(np.float32, casting="same_kind")
            ids = (np.char.decode(names, "utf-8") if names.dtype.kind == "S" else names).astype(str)
    except FileNotFoundError as error:
        raise DataError(f"No such file: {path}.") from error
    except (OSError, ValueError, KeyError, BadZipFile, EOFError, TypeError, zlib.error) as error:
        raise DataError(f"{path} is not an .npz file with arrays ids and x.") from error
    if ids.ndim != 1 or x.ndim != 2 or len(ids) != len(x) or not x.shape[1]:
        raise DataError(f"{path}: ids of shape {ids.shape} don't match features of {x.shape}.")
    listed: list[str] = ids.tolist()
    if odd := next((one for one in listed if not one or not fits(one)), None):
        raise DataError(f"{path}: the id {odd!r} does not fit a table's cell.")
    if len(set(listed)) != len(listed):
        raise DataError(f"{path}: an id appears twice.")
    if not np.isfinite(x).all():
        raise DataError(f"{path}: features must be finite numbers.")
    return FeatureTable(listed, x)


def fits(item_id: str) -> bool:
    """Whether it can stand in a table: UTF-8 text without tabs and line ends."""
    odd = any(mark in item_id for mark in "\t\n\r")
    return not odd and not any("\ud800" <= letter <= "\udfff" for letter in item_id)


def aligned(features: FeatureTable, item_index: Mapping[str, int]) -> Floats:
    """Features (n_items, d) in the items' order, NaN where an item has none."""
    rows = np.full((len(item_index), features.x.shape[1]), np.nan, dtype=np.float32)
    rows[[item_index[i] for i in features.ids]] = features.x
    return rows


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines from 1, without line ends; blank ones are passed over."""
    try:
        with path.open(encoding="utf-8-sig", newline=None) as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line.rstrip("\n")
    except FileNotFoundError as error:
        raise DataError(f"No such file: {path}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text.") from error
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror}.") from error
