"""Every small change of a bundle by somebody who makes all its hashes right again.

`python -m tests.royalties.verify.mutations BUNDLE...` makes all changes of each bundle, a cell, a
line or two at a time, and prints those that verify does not find in it alone.
"""

import json
import re
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from royalties.verify import amounts, archive, bundle, records, revenue
from royalties.verify.holders import replay

TIMES = {len("2026-03-02T12:00:00Z"): records.TIME, 27: records.PRECISE_TIME}
WORDS = [*records.KINDS, *records.ROLES, "x"]
DISTANCES = [timedelta(seconds=1), timedelta(hours=1), timedelta(days=400)]
DISTANCES += [timedelta(microseconds=1)]

# What no other value of the same bundle tells, with what does. None of it moves money in it.
UNSEEN = {
    ("plays.csv", "play"): "the receipt",
    ("plays.csv", "counted_at"): "the receipt; only the order, and not after the window's end",
    ("plays.csv", "line"): "two plays of a track in one second, which earn the same either way",
    ("opening.csv", "commitment"): "the holder's receipt, which opens it",
    ("opening.csv", "listened"): "the period before; of who did not listen in this one",
    ("windows.csv", "ends_at"): "plays counted by then, and the window after; not of the last one",
    ("reversals.csv", "play"): "the bundle that counted it",
    ("reversals.csv", "period"): "the bundle that counted it",
    ("reversals.csv", "counted_in"): "the bundle that counted it",
    ("reversals.csv", "units"): "the bundle that counted it",
    (
        "reversals.csv",
        "kind",
    ): "the period after, in which no more can happen to what is charged back",
    ("forfeited.csv", "play"): "the bundle that counted it; nobody, where no window had taken it",
    ("forfeits.csv", "slot"): "the period before, which left it; where others may have it as well",
    ("terms.json", "case"): "an address in other letters is the same address; the period before",
    ("manifest.json", "period"): "the period before",
    ("manifest.json", "previous"): "the period before",
    ("manifest.json", "opens_at"): "the period before",
    ("manifest.json", "cutoff_at"): "the period after",
    ("manifest.json", "longest_window_seconds"): "windows that begin after a pause; where none do",
    ("manifest.json", "chain_id"): "the chain",
    ("manifest.json", "vault"): "the chain",
    ("manifest.json", "hour"): "the period before, and the file of that hour's prices",
    ("manifest.json", "sha256"): "the file of that hour's prices",
}


@dataclass(frozen=True)
class Mutant:
    """A bundle with one thing changed: in which file, of what, and how."""

    member: str
    column: str
    what: str
    facts: dict[str, Any]
    members: dict[str, bytes]

    @property
    def seen_elsewhere(self) -> str:
        """What else would tell it; empty: this bundle alone must."""
        if self.member == "terms.json":
            before, _, after = self.what.partition(" -> ")
            return UNSEEN["terms.json", "case"] if before.lower() == after.lower() else ""
        return UNSEEN.get((self.member, self.column), "")

    def failures(self) -> list[str]:
        """What verify says of it, hashed and traced again."""
        return _said(archive.pack(self.facts, self.members)[0])

    def failures_hashed_alone(self, traces: dict[str, Any]) -> list[str]:
        """The same, but with the `traces` that the files had before."""
        manifest, _ = _opened(archive.pack(self.facts, self.members)[0])
        for name, listed in manifest["members"].items():
            listed["traces"] = traces[name]
        file = BytesIO()
        archive._write(file, archive.to_json(manifest), self.members)
        return _said(file.getvalue())


def mutants(facts: dict[str, Any], members: dict[str, bytes], of: str = "") -> Iterator[Mutant]:
    """All of a bundle, or of one of its files."""
    for name, content in members.items():
        if of and name != of:
            continue
        if name.endswith(".csv"):
            for column, what, text in _of_lines(content.decode().split("\n")):
                yield Mutant(name, column, what, facts, {**members, name: text.encode()})
            continue
        for column, what, value in _of_json(json.loads(content)):
            changed = {**members, name: archive.to_json(value)}
            yield Mutant(name, column, what, facts, changed)
    for column, what, value in _of_json(facts) if of in ("", "manifest.json") else ():
        yield Mutant("manifest.json", column, what, value, members)


def _of_lines(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    """Each cell changed, each line left out, doubled and exchanged with the next."""
    columns, last = lines[0].split(","), len(lines) - 1
    for i in range(1, last):
        cells = lines[i].split(",")
        for column, cell in enumerate(cells):
            for other in _others(cell):
                line = ",".join([*cells[:column], other, *cells[column + 1 :]])
                changed = [*lines[:i], line, *lines[i + 1 :]]
                yield columns[column], f"{cell} -> {other}", "\n".join(changed)
        yield "line", f"without {lines[i]}", "\n".join(lines[:i] + lines[i + 1 :])
        yield "line", f"twice {lines[i]}", "\n".join(lines[: i + 1] + lines[i:])
        if i + 1 < last:
            pair = [lines[i + 1], lines[i]]
            yield "line", f"after the next {lines[i]}", "\n".join(lines[:i] + pair + lines[i + 2 :])


def _of_json(value: Any) -> Iterator[tuple[str, str, Any]]:
    for path, found in _leaves(value, ()):
        for other in _others(str(found)):
            changed = deepcopy(value)
            at = changed
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = type(found)(other)
            yield str(path[-1]), f"{found} -> {other}", changed


def _leaves(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from _leaves(value[key], (*path, key))
    else:
        yield path, value


def _others(cell: str) -> list[str]:
    """What could be written instead: near it, far from it, and not in its form."""
    if re.fullmatch(r"\d{4}-.*Z", cell):
        at = datetime.strptime(cell, TIMES[len(cell)])  # noqa: DTZ007
        moved = [
            (at + sign * by).strftime(TIMES[len(cell)]) for by in DISTANCES for sign in (1, -1)
        ]
        return [one for one in [*moved, f"{cell[:11]}99:99:99Z", cell[:-1] + "z"] if one != cell]
    if re.fullmatch(r"\d+(\.\d+)?", cell):
        number = float(cell) if "." in cell else int(cell)
        return [
            str(one) for one in (number + 1, number + 1_000, number - 1, 0) if 0 <= one != number
        ]
    if re.fullmatch(r"(0x)?[0-9a-fA-F-]{8,}", cell):
        first = 2 * cell.startswith("0x")
        turned = [
            cell[:-1] + _turned(cell[-1]),
            cell[:first] + _turned(cell[first]) + cell[first + 1 :],
        ]
        others = [*turned, cell[:first] + cell[first:].upper(), cell[:-1]]
        return [one for one in others if one != cell]
    return [one for one in WORDS if one != cell] if cell else ["00" * 32]


def _turned(digit: str) -> str:
    return "1" if digit == "0" else "0"


def _said(data: bytes) -> list[str]:
    try:
        opened = bundle.parse("changed", archive.unpack(data))
    except archive.BundleError as error:
        return [str(error)]
    checks = [*revenue.check(opened), *amounts.check(opened, replay(opened))]
    return [check.detail for check in checks if not check.ok]


def _opened(data: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A bundle's manifest and its other members."""
    opened = archive.unpack(data)
    return dict(opened.manifest), {name: bytes(part) for name, part in opened.members.items()}


def main() -> int:
    missed = made = 0
    for path in sys.argv[1:]:
        manifest, members = _opened(Path(path).read_bytes())
        traces = {name: manifest["members"][name]["traces"] for name in members}
        facts = {name: value for name, value in manifest.items() if name != "members"}
        for one in mutants(facts, members):
            made += 1
            alone = bool(one.failures())
            if not alone or not (
                one.failures_hashed_alone(traces) or one.member == "manifest.json"
            ):
                missed += not one.seen_elsewhere
                told = one.seen_elsewhere or "NOTHING"
                print(f"{Path(path).name} {one.member} {one.column}: {one.what} (seen by: {told})")
    print(f"{made} changes, {missed} that nothing tells")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
