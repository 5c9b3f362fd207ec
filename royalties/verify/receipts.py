"""That one play is in a period: its line in the bundle, and its track's leaf under the root."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from royalties import tree
from royalties.verify.archive import BundleError
from royalties.verify.bundle import Bundle, InputError
from royalties.verify.checks import Check, judge
from royalties.verify.records import field_of


def load(path: Path) -> dict[str, Any]:
    """A RECEIPT.json.

    Raises:
        InputError: it can't be read as one
    """
    try:
        receipt = json.loads(path.read_text())
        field_of(receipt, "play")
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, RecursionError, BundleError) as error:
        raise InputError(f"{path} is not a receipt: {error}") from error
    found: dict[str, Any] = receipt
    return found


def check(receipt: dict[str, Any], bundles: Sequence[Bundle]) -> list[Check]:
    """Whether the play is where its receipt says, and counted in the root."""
    try:
        return _check(receipt, bundles)
    except (BundleError, ValueError, TypeError, OverflowError) as error:
        return [Check("receipt", False, f"the receipt is malformed: {error}")]


def _check(receipt: dict[str, Any], bundles: Sequence[Bundle]) -> list[Check]:
    wanted = bytes.fromhex(field_of(receipt, "bundle_sha256"))
    play = field_of(field_of(receipt, "play"), "play")
    name = f"receipt: play {play}"
    bundle = next((bundle for bundle in bundles if bundle.hash == wanted), None)
    if bundle is None:
        return [Check(name, False, f"no bundle given has the receipt's hash {wanted.hex()}")]
    told = f"line {field_of(receipt, 'line')} of period {bundle.number}, under the root"
    told = ", ".join([told, *_since(str(play), bundles)])
    failures = [*_line(receipt, bundle), *_leaf(receipt, bundle), *_holder(receipt, bundle)]
    return judge(name, failures, told)


def _since(play: str, bundles: Sequence[Bundle]) -> Iterator[str]:
    """What was done with it, as far as the bundles go: a root may be without its money."""
    for bundle in bundles:
        for line in bundle.reversals:
            if line.play == play:
                yield f"{line.kind} in period {bundle.number}"
        if any(line.play == play for line in bundle.forfeited):
            yield f"forfeited in period {bundle.number}"


def _line(receipt: dict[str, Any], bundle: Bundle) -> Iterator[str]:
    line, said = int(field_of(receipt, "line")), field_of(receipt, "play")
    if not 2 <= line <= len(bundle.plays) + 1:
        yield f"plays.csv of period {bundle.number} has no line {line}"
        return
    found = bundle.plays[line - 2]
    for column in found.columns():
        if getattr(found, column) != said.get(column):
            yield (
                f"line {line} of plays.csv has the {column} {getattr(found, column)},"
                f" the receipt says {said.get(column)}"
            )


def _holder(receipt: dict[str, Any], bundle: Bundle) -> Iterator[str]:
    """A listener who held units as the period opened can open the commitment that says so."""
    if "salt" not in receipt:
        return
    salt, party = (bytes.fromhex(field_of(receipt, name)) for name in ("salt", "party"))
    name = field_of(receipt, "play").get("pseudonym")
    names = bundle.opening.columns["pseudonym"]
    for place in np.flatnonzero(names == np.uint64(int(name, 16))):
        if bundle.opening[place].commitment != hashlib.sha256(salt + party).hexdigest():
            yield f"the receipt's party and salt do not open the commitment of holder {name}"


def _leaf(receipt: dict[str, Any], bundle: Bundle) -> Iterator[str]:
    said = field_of(receipt, "leaf")
    leaf = tree.Leaf(
        int(field_of(said, "slot")),
        bytes.fromhex(field_of(said, "track")),
        int(field_of(said, "revenue")),
    )
    proof = [
        tree.Step(bytes.fromhex(field_of(step, "hash")), int(field_of(step, "sum")))
        for step in field_of(receipt, "proof")
    ]
    if leaf.slot != field_of(receipt, "play").get("slot"):
        yield f"the leaf is of track {leaf.slot}, the play of another"
    if not tree.verify(leaf, proof, bundle.root, bundle.total):
        yield f"the proof does not lead from track {leaf.slot} to period {bundle.number}'s root"
