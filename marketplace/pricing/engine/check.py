"""`python -m marketplace.pricing.engine.check STEP... [--song KEY] [--price MICROS]`

Works out the prices of published hours again, with nothing but their files. Several files in the
order of their hours are checked as a chain; with periods' bundles (`--bundle`) also whether these
name them. Exit codes: 0 all checks hold, 1 one failed (a line for each on stdout), 2 there was
nothing to check (one sentence on stderr).
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from marketplace.pricing.engine import named
from marketplace.pricing.engine.engine import Engine
from marketplace.pricing.engine.errors import PricingError
from marketplace.pricing.engine.published import FORMULA, OtherFormula, Step, in_micros, read
from royalties.verify.arguments import Parser
from royalties.verify.checks import Check, judge

SLACK = 1e-9  # of a factor that was rounded


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.price is not None and options.song is None:
        parser.error("--price needs the song whose price it is: --song KEY")
    try:
        steps = [_loaded(path, bool(options.bundle)) for path in options.steps]
        with np.errstate(all="ignore"):  # a made-up file may hold any number
            checks = check(steps, options.song, options.price, options.sha256)
        checks += _named(steps, options.bundle)
    except PricingError as error:
        print(error, file=sys.stderr)
        return 2
    ok = all(one.ok for one in checks)
    if options.json:
        print(json.dumps({"ok": ok, "checks": [one.as_json() for one in checks]}))
    else:
        print("\n".join(one.line for one in checks))
    return 0 if ok else 1


def check(
    steps: Sequence[Step], song: str | None, price: int | None, sha256: str | None
) -> list[Check]:
    """Every check these files allow; `song`, `price` (micros) and `sha256` are of the last.

    Of those that another formula made, nothing is worked out.

    Raises:
        PricingError: a file holds no market, or the last not this song
    """
    checks: list[Check] = []
    for place, step in enumerate(steps):
        if step.formula == FORMULA:
            checks += [*_prices(step), *_within(step), *_follows(step, steps[:place])]
        else:
            told = f"not worked out, for formula {step.formula} made them: {FORMULA} is known here"
            checks.append(Check(f"prices of hour {step.hour}", True, told))
    last = steps[-1]
    if sha256 is not None:
        wrong = [] if sha256.lower() == last.sha256 else [f"it is {last.sha256}, not {sha256}"]
        checks += judge(f"hash of hour {last.hour}", wrong, last.sha256)
    if song is not None and last.formula != FORMULA:
        raise OtherFormula(last)
    if song is not None:
        checks += _of_song(last, song.replace("-", "").lower(), price)
    return checks


def _prices(step: Step) -> list[Check]:
    """Each price is what its inputs give."""
    given = in_micros(_engine(step).price())
    wrong = [
        f"of {step.keys[i]}: the file says {step.price_micros[i]} micros,"
        f" its inputs give {given[i]}"
        for i in np.flatnonzero(given != step.price_micros).tolist()
    ]
    told = f"all {len(given)} follow by formula {step.formula} from the answers before them"
    return judge(f"prices of hour {step.hour}", wrong, told)


def _within(step: Step) -> list[Check]:
    """No price is beyond its bounds, or moved further than one may in an hour."""
    settings, cost, before = _engine(step).settings, step.price_micros, step.before()
    least, most = in_micros(np.array([settings.floor, settings.cap])).tolist()
    outside = ((cost < least) | (cost > most)) & (cost != before)
    ratio = np.maximum(cost / before, before / cost)
    too_far = ~(ratio <= 1 + settings.max_step + SLACK)
    wrong = [
        f"of {step.keys[i]}: {cost[i]} micros, after {before[i]}"
        for i in np.flatnonzero(outside | too_far).tolist()
    ]
    step_percent = 100 * settings.max_step
    told = f"all within {least} to {most} micros, none moved by more than {step_percent:g} %"
    return judge(f"limits of hour {step.hour}", wrong, told)


def _follows(step: Step, earlier: Sequence[Step]) -> list[Check]:
    """What the hour began with is what the step it names left."""
    name = f"hour {step.hour} goes on"
    if not step.follows:
        return [Check(name, True, "from nothing: it is the first one published")]
    before = next((one for one in earlier if one.sha256 == step.follows), None)
    if before is None:
        told = f"from {step.follows}, whose file was not given"
        return [Check(name, not earlier, told + (" before it" if earlier else ""))]
    if before.formula != FORMULA:
        return [Check(name, True, f"from hour {before.hour}, which formula {before.formula} made")]
    odd = list(_differing(before, step))
    return judge(name, odd, f"from hour {before.hour}, with what that one had learned")


def _differing(before: Step, step: Step) -> Iterator[str]:
    """What is not as the step before left it; songs may have joined since."""
    known = before.keys
    if step.hour <= before.hour:
        yield f"hour {before.hour} is not before it"
        return
    if step.keys[: len(known)] != known:
        yield f"its songs are not those of hour {before.hour} and others after them"
        return
    engine, joining = _engine(before), step.keys[len(known) :]
    genre = np.empty(len(step.keys), np.int64)
    genre[step.arrays["order"]] = step.arrays["track_genre"]
    if joining:
        engine.add_tracks(genre[len(known) :], joining)
    engine.step(**vars(step.summed()))
    for name, one in engine.state().items():
        if one.tobytes() != step.arrays[name].astype(one.dtype).tobytes():
            yield f"{name} is not what hour {before.hour} left"


def _of_song(step: Step, key: str, price: int | None) -> list[Check]:
    """What one song's price was made of, and whether it is the one that was paid."""
    found, name = step.song(key), f"{key} at hour {step.hour}"
    told = (
        f"{found.quotes} were asked {found.asked_micros} micros, {found.accepts} played on:"
        f" it costs {found.micros} micros from then on"
    )
    checks = [Check(f"song {name}", True, told)]
    if price is not None:
        wrong = [] if price == found.micros else [f"it cost {found.micros} micros, not {price}"]
        checks += judge(f"price of {name}", wrong, f"{price} micros")
    return checks


def _named(steps: Sequence[Step], paths: Sequence[Path]) -> list[Check]:
    """Whether the periods' bundles there name these files; nothing, where none is given."""
    if not paths:
        return []
    bundles, told = named.load(paths)
    return told + (named.check(steps, bundles) if bundles else [])


def _engine(step: Step) -> Engine:
    try:
        return Engine.from_state(step.arrays)
    except (ValueError, np.linalg.LinAlgError):
        raise PricingError(f"The file of hour {step.hour} holds no market.") from None


def _loaded(path: Path, of_any_formula: bool) -> Step:
    try:
        return read(path.read_bytes())
    except OSError as error:
        raise PricingError(f"{path} can't be read: {error.strerror}.") from None
    except PricingError as error:
        if of_any_formula and isinstance(error, OtherFormula):
            return error.step
        raise PricingError(f"{path}: {error}") from None


def _parser() -> argparse.ArgumentParser:
    parser = Parser("python -m marketplace.pricing.engine.check", description=__doc__)
    parser.add_argument("steps", nargs="+", type=Path, metavar="STEP", help="in order of hours")
    parser.add_argument("--song", metavar="KEY", help="tell what one song's price was made of")
    parser.add_argument("--price", type=int, metavar="MICROS", help="what that song should cost")
    parser.add_argument("--sha256", metavar="HASH", help="what the last file should have")
    parser.add_argument(
        "--bundle", type=Path, action="append", default=[], metavar="PATH",
        help="a period's bundle, or a folder of them, that should name the files",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="checks as one line of JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
