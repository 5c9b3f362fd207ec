"""Which line of a file was changed, read off checksums that only that line takes part in.

A file's traces are the XOR of the CRC-32 of all its lines, and for each bit of a line's number the
XOR over the lines whose number has that bit. One changed line changes the traces of its own bits,
all by the same amount, so they spell its number. Traces point; that nothing was changed is shown
by SHA-256.
"""

import re
from zlib import crc32

import numpy as np

BLOCK_BYTES = 1 << 20  # of a file whose lines lie apart in memory


def traces(content: bytes | memoryview) -> list[str]:
    """The checksums of a file, the one of all lines first; as many as the last line's number has
    bits, and one."""
    tracer = Tracer()
    for start in range(0, len(content), BLOCK_BYTES):
        tracer.add(bytes(content[start : start + BLOCK_BYTES]))
    return tracer.traces()


class Tracer:
    """The traces of a file that comes in pieces."""

    def __init__(self) -> None:
        self._rest = b""  # of a line whose end has not come yet
        self._lines = 0
        self._sums = [0]  # of all lines, then by bit

    def add(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        self._count(lines)

    def traces(self) -> list[str]:
        """Of all pieces together; nothing can be added after it."""
        self._count([self._rest])
        return [f"{one:08x}" for one in self._sums]

    def _count(self, lines: list[bytes]) -> None:
        sums = np.array([crc32(line) for line in lines], np.uint32)
        numbers = np.arange(self._lines + 1, self._lines + 1 + len(lines))
        self._lines += len(lines)
        bits = self._lines.bit_length()
        self._sums += [0] * (1 + bits - len(self._sums))
        parts = [sums, *(sums[numbers >> bit & 1 == 1] for bit in range(bits))]
        for place, part in enumerate(parts):
            self._sums[place] ^= int(np.bitwise_xor.reduce(part))


def changed(content: bytes | memoryview, expected: object) -> str:
    """Words to follow "FILE was changed": in which line, where one alone was.

    Args:
        content: the file as it is now.
        expected: what `traces` gave for the file as it was.
    """
    lines = bytes(content).decode("ascii", errors="replace").split("\n")
    number = _spelt(traces(content), expected) or _broken(lines)
    if not 1 <= number <= len(lines):
        return " in more than one line"
    return f" in line {number}{_about(lines, number)}"


def _spelt(found: list[str], expected: object) -> int:
    """The number of the one line that accounts for the differences; 0: none does."""
    if not isinstance(expected, list) or len(expected) != len(found):
        return 0
    try:
        whole, *bits = (int(a, 16) ^ int(b, 16) for a, b in zip(found, expected, strict=True))
    except (TypeError, ValueError):
        return 0
    if not whole or any(bit not in (0, whole) for bit in bits):
        return 0
    return sum(1 << place for place, bit in enumerate(bits) if bit)


def _broken(lines: list[str]) -> int:
    """The first line with other than a cell a column, as a moved line break leaves it."""
    cells = lines[0].count(",")
    return next((i for i, line in enumerate(lines[:-1], 1) if line.count(",") != cells), 0)


def _about(lines: list[str], number: int) -> str:
    """Whose line it is: its cells by their columns, or the track among whose terms it stands."""
    if "," in lines[0] and number > 1:
        named = zip(lines[0].split(","), lines[number - 1].split(","), strict=False)
        return " (" + ", ".join(f"{name} {cell}" for name, cell in named) + ")"
    for line in reversed(lines[:number]):
        slot = re.match(r' *"slot": (\d+)', line)
        if slot:
            return f" (track {slot[1]})"
    return ""
