"""A period's bundle of any size: plays drawn by a seed, all else as the rules give it.

For the bench of `royalties.verify` and its property tests. Songs are played by a power law,
listeners hold units from earlier periods, and each song's units, leaf and entitlements are those
its terms give.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from contracts.client import Terms, track_id
from royalties import tree
from royalties.emission import units_in_window
from royalties.money import BPS, UNITS, entitlement, share_between
from royalties.verify import archive, records
from royalties.verify.bundle import schedule, terms_json

OPENS = datetime(2026, 3, 2, tzinfo=UTC)
PLATFORM = "0x" + "f0" * 20
PAYEES = 5  # of a song, each of its own
BEFORE_MICROS = 12_345_678  # a song's revenue before


@dataclass(frozen=True)
class Size:
    plays: int
    tracks: int
    listeners: int
    windows: int = 1440
    reserved: int = 600_000
    micros_per_unit: int = 100
    listener_cap: int = 50_000


def write(path: Path, size: Size, seed: int) -> None:
    """The bundle of one period, the second; the first is not needed to check it alone."""
    facts, members = made(size, seed)
    path.write_bytes(archive.pack(facts, members)[0])


def made(size: Size, seed: int) -> tuple[dict[str, object], dict[str, bytes]]:
    """What `archive.pack` takes."""
    songs = [_Song(slot, size, seed) for slot in range(size.tracks)]
    for song, drawn in zip(songs, _drawn(size, seed), strict=True):
        song.live(drawn)
    plays = [line for song in songs for line in song.plays]
    plays.sort(key=lambda line: (line.window, line.slot, line.counted_at))
    moves = [line for song in songs for line in song.moves]
    moves.sort(key=lambda line: (line.window, line.slot, line.giver, line.taker))
    leaves = [song.leaf() for song in songs]
    built = tree.build(tree.Leaf(one.slot, bytes.fromhex(one.track), one.revenue) for one in leaves)
    terms = [terms_json(song.slot, track_id(song.terms), song.terms) for song in songs]
    members = {
        "terms.json": archive.to_json(terms),
        "windows.csv": records.write(records.Window, list(_windows(size))),
        "opening.csv": records.write(records.Opening, [o for s in songs for o in s.opening]),
        "plays.csv": records.write(records.Play, plays),
        "units.csv": records.write(records.Move, moves),
        "leaves.csv": records.write(records.LeafLine, leaves),
        "entitlements.csv": records.write(
            records.Entitlement, [line for song in songs for line in song.entitlements()]
        ),
    }
    facts = {
        "format": 1,
        "period": 2,
        "opens_at": records.precise_text(OPENS),
        "cutoff_at": records.precise_text(OPENS + timedelta(minutes=size.windows)),
        "longest_window_seconds": 60.0,
        "previous": "00" * 32,
        "root": built.root.hex(),
        "total": built.total,
        "leaves": len(leaves),
        "chain_id": 31337,
        "vault": "0x" + "ab" * 20,
        "prices": [{"hour": 493_000 + n, "sha256": f"{n:064x}"} for n in (1, 2)],
    }
    return facts, members


def _windows(size: Size) -> Iterator[records.Window]:
    for number in range(1, size.windows + 1):
        start = OPENS + timedelta(minutes=number - 1)
        end = start + timedelta(minutes=1)
        yield records.Window(number, records.precise_text(start), records.precise_text(end))


def _drawn(size: Size, seed: int) -> Iterator[list[tuple[int, int, int, int]]]:
    """Each song's plays as (second of the day, listener, price, earns), in order."""
    rng = np.random.default_rng(seed)
    weight = 1 / np.arange(1, size.tracks + 1) ** 0.8
    counts = rng.multinomial(size.plays, weight / weight.sum())
    for count in counts:
        seconds = np.sort(rng.integers(0, 60 * size.windows, count))
        listeners = (size.listeners * rng.random(count) ** 2).astype(int)
        prices = 100 * rng.integers(50, 121, count)
        earns = rng.random(count) < 0.97
        yield list(
            zip(
                seconds.tolist(),
                listeners.tolist(),
                prices.tolist(),
                earns.astype(int).tolist(),
                strict=True,
            )
        )


class _Song:
    """One song's period, lived by the rules of `royalties.emission` and `royalties.money`."""

    def __init__(self, slot: int, size: Size, seed: int) -> None:
        self.slot, self.seed = slot, seed
        self.terms = Terms(
            payees=tuple(f"0x{1 + PAYEES * slot + i:040x}" for i in range(PAYEES)),
            bps=(2000, 1500, 1000, 600, 400),
            platform=PLATFORM,
            platform_bps=500,
            pool_bps=4000,
            issuer=f"0x{1 + PAYEES * slot:040x}",
            reserved=size.reserved,
            micros_per_unit=size.micros_per_unit,
            listener_cap=size.listener_cap,
            salt=self._hash("salt"),
        )
        rng = np.random.default_rng([seed, slot])
        fans = np.unique(rng.integers(0, size.listeners, 12)).tolist()
        self.issuer = self._name("issuer")
        opening = [(self.issuer, UNITS - 500 * len(fans), 0)]
        opening += [(self._name(fan), 500, 500) for fan in fans]
        self.opening = [
            records.Opening(
                slot, BEFORE_MICROS, name, self._hash(f"commitment {name}").hex(), units,
                listened, int(rng.integers(0, BPS * UNITS)),
            )
            for name, units, listened in sorted(opening)
        ]  # fmt: skip
        self.plays: list[records.Play] = []
        self.moves: list[records.Move] = []

    def live(self, drawn: list[tuple[int, int, int, int]]) -> None:
        windows: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
        for play in drawn:
            windows[play[0] // 60 + 1].append(play)
        held = {line.pseudonym: line.units for line in self.opening}
        listened = {line.pseudonym: line.listened for line in self.opening}
        emitted = sum(listened.values())
        self.gained, self.unit_micros = 0, dict.fromkeys(held, 0)
        seen = dict.fromkeys(held, 0)
        for window, plays in windows.items():
            named = [(self._name(who), price, bool(earns)) for _, who, price, earns in plays]
            units = units_in_window(named, emitted, schedule(self.terms), listened)
            self.gained += sum(price for _, price, _ in named)
            earned: dict[str, int] = defaultdict(int)
            for (second, _, price, earns), (name, _, _), given in zip(
                plays, named, units, strict=True
            ):
                at = records.time_text(OPENS + timedelta(seconds=second))
                number = self._hash(f"play {len(self.plays)}").hex()
                self.plays.append(
                    records.Play(number[:32], window, self.slot, name, price, at, earns, given)
                )
                earned[name] += given
            for name, given in earned.items():
                if not given:
                    continue
                self.moves.append(records.Move(window, self.slot, self.issuer, name, given))
                for one, change in ((self.issuer, -given), (name, given)):
                    before = self.unit_micros.get(one, 0)
                    since = self.gained - seen.get(one, self.gained)
                    self.unit_micros[one] = before + held.get(one, 0) * since
                    seen[one], held[one] = self.gained, held.get(one, 0) + change
                listened[name] = listened.get(name, 0) + given
                emitted += given
        for one in held:
            self.unit_micros[one] += held[one] * (self.gained - seen[one])

    def leaf(self) -> records.LeafLine:
        track = track_id(self.terms).hex()
        return records.LeafLine(self.slot, track, BEFORE_MICROS + self.gained, self.gained)

    def entitlements(self) -> list[records.Entitlement]:
        terms, after = self.terms, BEFORE_MICROS + self.gained
        carried = {line.pseudonym: line.carried for line in self.opening}
        parts = [("platform", terms.platform, terms.platform_bps)]
        parts += [("payee", *pair) for pair in zip(terms.payees, terms.bps, strict=True)]
        lines = [
            records.Entitlement(
                self.slot, role, key, share_between(BEFORE_MICROS, after, bps),
                after * bps % BPS * UNITS,
            )
            for role, key, bps in parts
        ]  # fmt: skip
        for name, micros in self.unit_micros.items():
            amounts = entitlement(micros, terms.pool_bps, carried.get(name, 0))
            lines.append(records.Entitlement(self.slot, "holder", name, *amounts))
        return sorted(lines, key=lambda line: (line.slot, line.role, line.key))

    def _name(self, of: object) -> str:
        return self._hash(f"name {of}").hex()[:16]

    def _hash(self, of: str) -> bytes:
        return hashlib.sha256(f"{self.seed} {self.slot} {of}".encode()).digest()
