"""Breaks the vault in every small way there is, and says which breaks no test notices.

    python -m tests.contracts.mutants [NAME...]

Each mutant is the sources with one assert removed, one comparison or one + or - turned, or one
call that settles, records, checks or locks dropped. It is compiled, and the tests in the process
run against it until one fails. What was found is kept in contracts/build/mutants.json, together
with a digest of the sources: a run that was stopped goes on where it was, and only survivors are
tried again. They must stand in docs/mutants.md, each with its reason; any other makes the exit
status 1.
"""

import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyrevm
import pytest
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.settings import OptimizationLevel, Settings
from vyper.exceptions import VyperException

from contracts.codec import artifact

SOURCES = Path("contracts/sources")
RESULTS = Path("contracts/build/mutants.json")
JUSTIFIED = Path("docs/mutants.md")
TESTS = Path("tests/contracts")
# The quickest and most telling first: most mutants live for a second.
SUITE = [
    f"{TESTS}/test_{name}.py"
    for name in (
        *("compound", "sync", "transfers", "publish", "claim", "assign", "register", "roles"),
        *("sync_many", "pausing", "claim_to", "hostile", "property"),
    )
]
SWAPS = {
    "==": "!=",
    "!=": "==",
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "+": "-",
    "-": "+",
    "+=": "-=",
    "-=": "+=",
    "unsafe_add": "unsafe_sub",
    "unsafe_sub": "unsafe_add",
}
OPERATOR = re.compile(r"(?<= )(?:[-+]=?|[=!<>]=|[<>])(?= )|\bunsafe_(?:add|sub)\b")
SETTLED = re.compile(r"_settled\((\w+), (\w+), [^)]*\)")
# Statements whose whole effect is to settle, record, check or lock something.
DROPPED = re.compile(
    r"\s+(?:\w+\.)?_(?!_init_)\w+\(.*\)$|\s+self\.[\w.\[\]]+ [-+|]?= |@nonreentrant$"
)

LARGE = partial(pyrevm.CfgEnv, limit_contract_code_size=2**16)


@dataclass(frozen=True)
class Mutant:
    """One file with some lines replaced."""

    file: str
    line: int
    change: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line} {self.change}"


def main(names: list[str]) -> int:
    mutants = [one for one in every_mutant() if not names or one.name.startswith(tuple(names))]
    hunt = Hunt(mutants)
    # Collected once, here: each mutant's tests then run in a process forked from this one.
    chosen = "not anvil and not fraction and not Histories"
    options = ["-k", chosen, "-p", "no:cacheprovider", "-p", "no:terminal"]
    pytest.main([*options, *SUITE], plugins=[hunt])
    survivors = [one.name for one in mutants if hunt.found[one.name] == "survived"]
    reasons = JUSTIFIED.read_text() if JUSTIFIED.exists() else ""
    unjustified = [name for name in survivors if f"`{name}`" not in reasons]
    print(f"{len(mutants)} mutants, {len(survivors)} survived, {len(unjustified)} without a reason")
    print("\n".join(unjustified))
    return 1 if unjustified else 0


class Hunt:
    """Runs pytest's loop over the tests once for each mutant instead of once."""

    def __init__(self, mutants: list[Mutant]) -> None:
        self.mutants = mutants
        self.found = {"of": _digest()}
        if RESULTS.exists() and (before := json.loads(RESULTS.read_text()))["of"] == _digest():
            self.found = before

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for number, mutant in enumerate(self.mutants, 1):
            if self.found.get(mutant.name, "survived") != "survived":
                continue
            child = os.fork()
            if child == 0:
                os._exit(_fate(mutant, session))
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            self.found[mutant.name] = {0: "survived", 2: "invalid"}.get(status, "killed")
            RESULTS.write_text(json.dumps(self.found, indent=1))
            print(
                f"{number}/{len(self.mutants)} {self.found[mutant.name]} {mutant.name}", flush=True
            )
        return True


def _fate(mutant: Mutant, session: pytest.Session) -> int:
    """0 if every test passes, 1 if one fails, 2 if it does not compile."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    try:
        artifact("Vault")["bytecode"] = _compiled(mutant)
    except VyperException:
        return 2
    for item, after in zip(session.items, [*session.items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.testsfailed:
            return 1
    return 0


def _compiled(mutant: Mutant) -> str:
    """Creation bytecode; not optimized, which takes half the time, and so over the size limit."""
    setattr(pyrevm, "CfgEnv", LARGE)  # noqa: B010
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in SOURCES.glob("*.vy"):
            (folder / path.name).write_text(path.read_text())
        (folder / mutant.file).write_text(mutant.text)
        bundle = FilesystemInputBundle([folder])
        output = compile_from_file_input(
            bundle.load_file("Vault.vy"),
            input_bundle=bundle,
            output_formats=["bytecode"],
            settings=Settings(optimize=OptimizationLevel.NONE),
        )
    return str(output["bytecode"])


def every_mutant() -> Iterator[Mutant]:
    """In the order of files and lines."""
    for path in sorted(SOURCES.glob("*.vy")):
        if path.stem != "TestToken":
            lines = path.read_text().splitlines()
            for start, end in _statements(lines):
                yield from _mutants_of(path.name, lines, start, end)


def _statements(lines: list[str]) -> Iterator[tuple[int, int]]:
    """First and last line of each statement within a function, and of decorators."""
    within, number = False, 0
    while number < len(lines):
        end, text = number, lines[number]
        if text.lstrip().startswith('"""'):
            while not (lines[end].endswith('"""') and lines[end].strip() != '"""') and not (
                end > number and lines[end].strip() == '"""'
            ):
                end += 1
        else:
            while _open(lines[number : end + 1]):
                end += 1
            within = within or text.startswith("@")
            code = text.strip() and not text.strip().startswith("#")
            if within and code and (text.startswith(" ") or text == "@nonreentrant"):
                yield number, end
        number = end + 1


def _open(lines: list[str]) -> bool:
    code = "".join(line.split("  #")[0] for line in lines)
    return sum(code.count(char) for char in "([{") > sum(code.count(char) for char in ")]}")


def _mutants_of(file: str, lines: list[str], start: int, end: int) -> Iterator[Mutant]:
    whole = "\n".join(lines[start : end + 1])
    indent = whole[: len(whole) - len(whole.lstrip())]

    def mutant(change: str, text: str) -> Mutant:
        changed = [*lines[:start], text, *lines[end + 1 :]]
        return Mutant(file, start + 1, change, "\n".join(changed) + "\n")

    if whole.lstrip().startswith("assert "):
        if "extcall" in whole:
            call = whole.strip().removeprefix("assert ").rpartition(', "')[0]
            yield mutant("unasserted", f"{indent}ignored_: bool = {call}")
        else:
            yield mutant("unasserted", f"{indent}pass")
    elif DROPPED.match(whole.replace("\n", " ")):
        yield mutant("dropped", f"{indent}pass" if indent else "")
    code = whole.split('"')[0] if '"' in whole else whole
    for match in OPERATOR.finditer(code):
        other = SWAPS[match.group()]
        text = whole[: match.start()] + other + whole[match.end() :]
        yield mutant(f"{match.group()} -> {other} at {match.start()}", text)
    if SETTLED.search(whole):
        yield mutant("unsettled", SETTLED.sub(r"_position(\1, \2)", whole))


def _digest() -> str:
    files = sorted(SOURCES.glob("*.vy"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
