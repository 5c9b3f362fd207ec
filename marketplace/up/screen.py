"""What the person at the terminal sees: a line a step, a line a problem, a block at the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TextIO

NAME_WIDTH = 34
NOTE_WIDTH = 44


class Screen:
    """Lines for a person on a stream."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.name = stream, ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show a step's name at its start and its seconds at its end."""
        started, self.name = monotonic(), name
        self.stream.write(f"  {name:<{NAME_WIDTH}}")
        self.stream.flush()
        try:
            yield
        except BaseException:
            self.stream.write("\n")
            raise
        self.note("")
        self.stream.write(f"{monotonic() - started:6.1f} s\n")
        self.stream.flush()

    def note(self, words: str) -> None:
        """Show how far the step is, where a terminal can write over it."""
        if self.stream.isatty():
            clear_line = "\r\x1b[K"
            self.stream.write(f"{clear_line}  {self.name:<{NAME_WIDTH}}{words[:NOTE_WIDTH]}")
            self.stream.flush()

    def say(self, line: str) -> None:
        self.stream.write(f"  {line}\n")
        self.stream.flush()

    def fail(self, sentence: str) -> None:
        self.say(
            f"Refrain did not start: {sentence}" if not sentence.startswith("Refrain") else sentence
        )

    def block(self, lines: Sequence[str]) -> None:
        """Lines between two rules."""
        rule = "-" * max(map(len, lines))
        self.say("\n  ".join(["", rule, *lines, rule, ""]))
