"""Gas of each operation on a local chain, and the time to build a period's tree, as JSON.

Every figure is the `gasUsed` of a mined transaction; of those over a hundred tracks it is the
part of one track.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from eth_utils.crypto import keccak

from contracts import calls, node
from contracts.chain import Founders, deploy
from contracts.client import Call, Chain, Fees, Leaf, ProofStep, Terms, derive_key, sign
from contracts.errors import ChainError

SEED = b"refrain bench".ljust(64, b"\0")
KEYS = [derive_key(SEED, index) for index in range(8)]
FEES = Fees(10**11, 10**9)
DELAY_SECONDS = 1
GAS = 29_000_000
BATCH = 100  # tracks of one artist that are synced, and claimed, in one transaction
TREE_SIZES = {"1e3": 1_000, "1e5": 100_000, "1e6": 1_000_000}
# Timed in a process of its own: the tree belongs to royalties, which lies above this package.
TREE_PROGRAM = """
import sys, time
from royalties.tree import Leaf, build
leaves = [Leaf(i, i.to_bytes(32, "big"), i * 1_000 + 1) for i in range(int(sys.argv[1]))]
start = time.perf_counter()
build(leaves)
print(round(time.perf_counter() - start, 3))
"""


@dataclass(frozen=True)
class Stand:
    """A new vault to measure on; the first key deploys, the second publishes."""

    chain: Chain
    vault: str
    token: str

    def gas(self, call: Call, who: int = 2) -> int:
        """Gas used by the call, mined."""
        key, sender = KEYS[who]
        nonce = self.chain.nonce(sender)
        signed = sign(call, key, nonce, self.chain.chain_id(), FEES, GAS)
        receipt = self.chain.wait(self.chain.send_raw(signed.raw))
        if not receipt.ok:
            raise ChainError(f"refused while measured: {call.data[:4].hex()}")
        return receipt.gas_used

    def publish(self, top: ProofStep) -> int:
        """Gas of a publication whose root is active afterwards."""
        used = self.gas(calls.publish(self.vault, top.hash, top.sum, keccak(b"bundle")), who=1)
        node.advance(self.chain, DELAY_SECONDS + 1)
        return used


def main() -> int:
    """0, or 2 with one sentence on stderr where there is no chain to measure on."""
    try:
        figures = _figures()
    except ChainError as error:
        print(error, file=sys.stderr)
        return 2
    figures["tree_seconds"] = {name: _tree_seconds(size) for name, size in TREE_SIZES.items()}
    print(json.dumps(figures))
    return 0


def _figures() -> dict[str, object]:
    with node.running_anvil() as url:
        stand = _stand(url)
        return {**_single(stand), **_batched(stand), "erc20_transfer": _erc20_transfer(stand)}


def _stand(url: str) -> Stand:
    chain = Chain(url, timeout_seconds=60)
    for _, address in KEYS:
        node.fund(chain, address)
    founders = Founders(KEYS[0][0], KEYS[1][0], KEYS[0][1], KEYS[3][1], KEYS[4][1])
    deployment = deploy(url, founders, DELAY_SECONDS, 10**15)
    return Stand(chain, deployment.vault, deployment.token)


def _single(stand: Stand) -> dict[str, object]:
    """A track of three payees in trees of growing size, each a step on from the last."""
    terms = _terms(0)
    figures: dict[str, object] = {"register_3": stand.gas(calls.register(stand.vault, terms))}
    track, artist = calls.track_id(terms), terms.payees[0]
    stand.publish(_top(_path(track, 0, 10**6, depth=10)))
    for turn, (name, size) in enumerate(TREE_SIZES.items(), 2):
        leaf = _path(track, 0, turn * 10**6, depth=(size - 1).bit_length())
        figures["publish"] = stand.publish(_top(leaf))
        if turn == 2:
            # The first sync of a track writes its slot; what is measured is any later one.
            stand.gas(calls.sync(stand.vault, leaf))
            leaf = _path(track, 0, turn * 10**6 + 1, depth=len(leaf.proof))
            stand.publish(_top(leaf))
        figures[f"sync_{name}"] = stand.gas(calls.sync(stand.vault, leaf))
        claimed = stand.gas(calls.claim(stand.vault, track, artist))
        figures["claim_first" if turn == 2 else "claim_later"] = claimed
    for name in ("transfer_new", "transfer_existing"):
        call = calls.transfer_units(stand.vault, KEYS[7][1], track, 123_456)
        figures[name] = stand.gas(call, who=4)
    return figures


def _batched(stand: Stand) -> dict[str, object]:
    """A hundred tracks of one artist, side by side in a tree of 2^17 leaves, or far apart."""
    side_by_side = _batch(stand, range(1, BATCH + 1), range(BATCH), depth=17)
    apart = range(0, 2**20, 2**20 // BATCH)[:BATCH]
    scattered = _batch(stand, range(1_001, BATCH + 1_001), apart, depth=20)
    return side_by_side | {"sync_many_100_apart": scattered["sync_many_100"]}


def _batch(stand: Stand, salts: range, slots: range, depth: int) -> dict[str, object]:
    """A track's part of their second sync and claim."""
    terms = [_terms(salt) for salt in salts]
    for item in terms:
        stand.gas(calls.register(stand.vault, item))
    tracks = [calls.track_id(item) for item in terms]
    figures: dict[str, object] = {}
    for turn in (1, 2):
        leaves = _forest(tracks, slots, depth * turn * 10**7, depth)
        stand.publish(_top(leaves[0]))
        used = stand.gas(calls.sync_many(stand.vault, leaves))
        figures["sync_many_100"] = used // len(tracks)
        call = calls.claim_many(stand.vault, tracks, terms[0].payees[0])
        figures["claim_many_100"] = stand.gas(call) // len(tracks)
    return figures


def _erc20_transfer(stand: Stand) -> int:
    call = calls.transfer(stand.token, KEYS[5][1], 1_000)
    stand.gas(call, who=1)
    return stand.gas(call, who=1)


def _terms(salt: int) -> Terms:
    payees = tuple(derive_key(SEED, index)[1] for index in (10, 11, 12))
    return Terms(
        payees=payees,
        bps=(5_000, 2_000, 1_000),
        platform=KEYS[6][1],
        platform_bps=500,
        pool_bps=1_500,
        issuer=payees[0],
        reserved=300_000,
        micros_per_unit=50,
        listener_cap=1_000,
        salt=salt.to_bytes(32, "big"),
    )


def _path(track: bytes, slot: int, revenue: int, depth: int) -> Leaf:
    """A leaf with made-up neighbours: its cost is that of any tree of this depth."""
    steps = tuple(ProofStep(keccak(text=f"{level}"), 1_000 << level) for level in range(depth))
    return Leaf(track, slot, revenue, steps)


def _forest(tracks: Sequence[bytes], slots: range, revenue: int, depth: int) -> list[Leaf]:
    """Leaves of one tree; what lies beside their paths is made up."""
    nodes = {slot: _bottom(track, slot, revenue) for slot, track in zip(slots, tracks, strict=True)}
    levels = []
    for level in range(depth):
        made_up = ProofStep(keccak(text=f"{level}"), 10**7 << level)
        nodes = {place ^ 1: made_up for place in nodes} | nodes
        levels.append(nodes)
        nodes = {
            place >> 1: _node(nodes[place], nodes[place + 1]) for place in nodes if not place % 2
        }
    leaves = [Leaf(track, slot, revenue, ()) for slot, track in zip(slots, tracks, strict=True)]
    return [replace(leaf, proof=_beside(levels, leaf.slot)) for leaf in leaves]


def _beside(levels: Sequence[dict[int, ProofStep]], slot: int) -> tuple[ProofStep, ...]:
    return tuple(nodes[(slot >> level) ^ 1] for level, nodes in enumerate(levels))


def _top(leaf: Leaf) -> ProofStep:
    found = _bottom(leaf.track, leaf.slot, leaf.revenue)
    for level, step in enumerate(leaf.proof):
        found = _node(step, found) if (leaf.slot >> level) & 1 else _node(found, step)
    return found


def _bottom(track: bytes, slot: int, revenue: int) -> ProofStep:
    return ProofStep(keccak(b"\0" + _word(slot) + track + _word(revenue)), revenue)


def _node(left: ProofStep, right: ProofStep) -> ProofStep:
    packed = left.hash + _word(left.sum) + right.hash + _word(right.sum)
    return ProofStep(keccak(b"\1" + packed), left.sum + right.sum)


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _tree_seconds(leaves: int) -> float:
    command = [sys.executable, "-c", TREE_PROGRAM, str(leaves)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
