"""`python -m recommender`: features out of audio, rankings out of plays. See `--help`.

Exit codes: 0 fine, 1 a check failed (a line each on stdout), 2 bad input (one sentence on stderr).
The last line on stdout is JSON.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from recommender.commands import federate_options
from recommender.errors import RecommenderError

ENGINES = ("implicit", "spark")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage."""

    def error(self, message: str) -> NoReturn:
        raise RecommenderError(f"{message[:1].upper()}{message[1:]}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        options = _parser().parse_args(arguments)
        module = importlib.import_module(f"recommender.commands.{options.command}")
        code: int = module.run(options)
    except RecommenderError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m recommender", description="Features of audio, rankings for listeners."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _add_features(commands.add_parser("features", help="describe audio files as vectors"))
    _add_rank(commands.add_parser("rank", help="rank tracks for listeners"))
    federate = commands.add_parser("federate", help="train one model at several nodes")
    federate_options.add_to(federate)
    return parser


def _add_features(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="audio files or folders of them"
    )
    parser.add_argument(
        "--out", required=True, type=Path, help="the .npz to write: ids (n,), x (n, d) float32"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes (default 1)")


def _add_rank(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--train", required=True, type=Path, help="user<TAB>item<TAB>play count")
    add("--users", required=True, type=Path, help="one user a line")
    add("--top", required=True, type=int, help="tracks for each user")
    add("--out", required=True, type=Path, help="user<TAB>item<TAB>rank<TAB>score<TAB>reason")
    add("--fold-in", type=Path, help="further plays, for ranking only")
    add("--features", type=Path, help=".npz as written by `features`")
    add("--items", type=Path, help="the only candidates, one item a line")
    add("--artists", type=Path, help="item<TAB>artist")
    add("--model", type=Path, help="a folder to store the model in as well, as it is served")
    add(
        "--engine",
        default="implicit",
        help=f"{' or '.join(ENGINES)}; spark, for plays past one machine, needs PySpark and Java",
    )
    add("--seed", type=int, default=0, help="seed of everything random (default 0)")


if __name__ == "__main__":
    sys.exit(main())
