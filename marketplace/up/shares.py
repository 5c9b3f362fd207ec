"""How many connections each web process holds, in memory that they share (see `web`)."""

from __future__ import annotations

import mmap
import os
import struct

NOBODY = -1
NUMBER = struct.Struct("i")


class Shares:
    """Each process writes its own number and reads the others'."""

    def __init__(self, memory: int, number: int) -> None:
        self.held = memoryview(mmap.mmap(memory, 0)).cast("i")
        self.number = number

    @staticmethod
    def among(processes: int) -> int:
        """A descriptor of such memory, to be handed to each of them."""
        memory = os.memfd_create("shares")
        os.write(memory, NUMBER.pack(NOBODY) * processes)
        return memory

    def say(self, connections: int) -> None:
        self.held[self.number] = connections

    def somebody_holds_fewer(self) -> bool:
        return any(NOBODY < other < self.held[self.number] for other in self.held)
