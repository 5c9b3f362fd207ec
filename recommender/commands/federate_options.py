"""What can be asked of `federate`."""

import argparse
import threading
from pathlib import Path


def add_to(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    key = actions.add_parser("key", help="make a node's key; prints the public one")
    key.add_argument("--out", required=True, type=Path, help="the file for the secret key")
    _add_coordinate(actions.add_parser("coordinate", help="ask the nodes for sums, make the model"))
    _add_node(actions.add_parser("node", help="answer a coordinator from this node's plays"))
    _add_local(actions.add_parser("local", help="coordinator and nodes on this machine, to try"))
    verify = actions.add_parser("verify", help="check a run's log, sums and model")
    _add_common(verify)
    verify.add_argument("--log", required=True, type=Path, help="the folder of the run")
    verify.add_argument("--head", help="the hash that was published of it")


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--federation", required=True, type=Path, help="JSON all nodes agreed on")
    parser.add_argument("--items", required=True, type=Path, help="the catalogue, one item a line")


def _add_coordinate(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument("--out", required=True, type=Path, help="new folder for log and model")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="0 (default): one that is free")
    _add_patience(parser)


def _add_node(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument("--name", required=True, help="this node's name in the federation")
    parser.add_argument("--key", required=True, type=Path, help="the secret key of `federate key`")
    parser.add_argument("--plays", required=True, type=Path, help="user<TAB>item<TAB>play count")
    parser.add_argument("--coordinator", required=True, help="http://HOST:PORT")
    parser.add_argument("--ledger", type=Path, help="what was released (default: beside the key)")


def _add_local(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--plays", required=True, type=Path, action="append", help="a node's plays; once a node")
    add("--items", required=True, type=Path, help="the catalogue, one item a line")
    add("--out", required=True, type=Path, help="new folder for keys, log and model")
    add("--epsilon", type=float, default=8.0, help="a listener's privacy (default 8)")
    add("--delta", type=float, default=1e-6, help="(default 1e-6)")
    _add_patience(parser)


def seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= threading.TIMEOUT_MAX:  # NaN too
        raise ValueError(text)
    return value


def _add_patience(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--patience", type=seconds, default=60.0, help="seconds to wait for the slowest node"
    )
