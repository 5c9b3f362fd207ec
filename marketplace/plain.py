"""Text of strangers where it stands among our own words: names, titles, what artists say."""

import re
import unicodedata

# turn the direction of what comes after them: embeddings, overrides, isolates
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# letters or signs by their class, and yet nothing to see
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def one_line(text: str) -> str:
    """The text on one line, which changes nothing around it: no control characters, no turns."""
    shown = (" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    return " ".join(TURNS.sub("", "".join(shown)).split())


def lines(text: str) -> str:
    """The same line by line, no more than one of them empty between two others."""
    kept = "\n".join(one_line(line) for line in text.splitlines())
    return re.sub("\n{3,}", "\n\n", kept).strip()


def is_seen(text: str) -> bool:
    """Whether there is anything to see of it."""
    return any(char not in BLANKS and unicodedata.category(char)[0] not in "CZM" for char in text)
