"""`python -m royalties.verify BUNDLE... [--rpc URL] [--payee KEY] [--play RECEIPT.json] [--json]`

Recomputes published periods from their plays up, with nothing but the bundles. Exit codes: 0 all
checks hold, 1 one failed (a line for each on stdout), 2 there was nothing to check (one sentence
on stderr).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from royalties.verify import amounts, chained, onchain, receipts, revenue
from royalties.verify.archive import BundleError
from royalties.verify.arguments import Parser
from royalties.verify.bundle import Bundle, InputError, load
from royalties.verify.checks import Check
from royalties.verify.holders import replay
from royalties.verify.reversals import netting_of

NOT_ASKED = Check(
    "chain",
    True,
    "not asked, so whoever gave you these files may have made them up from the first play on,"
    " or put one in the place of another of its period: --rpc URL compares them with what was"
    " published",
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        checks = check(options.bundles, options.rpc, options.payee, options.play)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    ok = all(check.ok for check in checks)
    if options.json:
        print(json.dumps({"ok": ok, "checks": [check.as_json() for check in checks]}))
        return 0 if ok else 1
    for one in checks:
        print(one.line)
    return 0 if ok else 1


def check(
    paths: Sequence[Path], rpc_url: str | None, payee: str | None, receipt: Path | None
) -> list[Check]:
    """Every check that the given files and addresses allow.

    Raises:
        InputError: a file or the chain can't be read at all
    """
    said = None if receipt is None else receipts.load(receipt)
    bundles, checks = _load(paths)
    if not bundles:
        return checks
    nettings = [netting_of(bundle) for bundle in bundles]
    closings = [replay(*pair) for pair in zip(bundles, nettings, strict=True)]
    for bundle, netting, closing in zip(bundles, nettings, closings, strict=True):
        checks += [*revenue.check(bundle, netting), *amounts.check(bundle, closing)]
    places = chained.standing(bundles)
    standing = [bundles[place] for place in places]
    checks += chained.corrections(bundles)
    if len(bundles) == len(paths):
        checks += chained.check(standing, [closings[place] for place in places])
    checks += [NOT_ASKED] if rpc_url is None else onchain.check(standing, rpc_url)
    if said is not None:
        checks += receipts.check(said, standing)
    if payee is not None:
        checks += _payouts(standing, payee)
    return checks


def _load(paths: Sequence[Path]) -> tuple[list[Bundle], list[Check]]:
    bundles, failed = [], []
    for path in paths:
        try:
            bundles.append(load(path))
        except BundleError as error:
            failed.append(Check(f"bundle {path.name}", False, str(error)))
    return bundles, failed


def _payouts(bundles: Sequence[Bundle], key: str) -> list[Check]:
    """An address: what it has been owed over all time. A pseudonym: by the periods that know it."""
    name = f"payee {key}"
    if key.lower().startswith("0x"):
        bundles = bundles[-1:]
    found = [(bundle, line) for bundle in bundles for line in amounts.payouts(bundle, key)]
    if not found:
        return [Check(name, False, "nobody of that name is owed anything by these bundles")]
    lines = [
        Check(
            f"{name}: track {slot}", True, f"{micros} micros as {role} up to period {bundle.number}"
        )
        for bundle, (slot, role, micros) in found
    ]
    total = sum(micros for _, (_, _, micros) in found)
    return [*lines, Check(name, True, f"{total} micros in all")]


def _parser() -> argparse.ArgumentParser:
    parser = Parser("python -m royalties.verify", description=__doc__)
    parser.add_argument("bundles", nargs="+", type=Path, metavar="BUNDLE", help="in period order")
    parser.add_argument("--rpc", metavar="URL", help="compare with what the chain says")
    parser.add_argument("--payee", metavar="KEY", help="an address, or a pseudonym")
    parser.add_argument("--play", metavar="RECEIPT.json", type=Path, help="prove one play")
    parser.add_argument("--json", action="store_true", help="checks as one line of JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
