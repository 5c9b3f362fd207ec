"""Names that nobody can tell apart on a page: by letters of other alphabets, or by none to see.

Invariant: a name and itself in other capitals are alike; names that differ in a letter or accent
one can see are not. The letters are some of Unicode's confusables (UTS 39), those that stand for
most Latin names; digits and l count as the letters they are taken for.
"""

from __future__ import annotations

import re
import unicodedata

# marks without a width, and letters that show nothing
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
ALIKE = str.maketrans(
    # Cyrillic, Greek and others, in small letters, of which the capitals are alike, too
    "авекмнорстухіїјѕԁһӏԛԝαβεζηικμνορτυχıɡ01|l‐‑‒–—−’‘ʼ`",
    "abekmhopctyxiïjsdhiqwabezhikmnoptyxigoiii------''''",
)


def likeness(name: str) -> str:
    """The same text for names that look alike.

    >>> likeness("Odd\u200b Hаrbour") == likeness("ODD HARBOUR")
    True
    >>> likeness("Zoë") == likeness("Zoe")
    False
    """
    plain = unicodedata.normalize("NFKC", UNSEEN.sub("", name)).casefold()
    return " ".join(unicodedata.normalize("NFC", plain.translate(ALIKE)).split())
