"""Shared traits of sound in a listener's words: not "width 897 Hz" but "slender".

A word compares with the catalogue: both songs lie on the same side of its mean, or nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from recommender.sound import Floats, SharedTrait, trait_values

NBSP = "\u00a0"
WORDS = {  # below the catalogue's mean, above it
    "tempo": ("slow", "fast"),
    "brightness": ("dark", "bright"),
    "loudness": ("quiet", "loud"),
    "dynamics": ("steady", "full of swells"),
    "density": ("sparse", "busy"),
    "noisiness": ("smooth", "rough"),
    "width": ("slender", "full"),
}


def in_words(traits: Sequence[SharedTrait], mean: Floats | None) -> str:
    """What both songs are: "slow (78 bpm) and dark". Empty where nothing can be said."""
    if mean is None or not traits:
        return ""
    middle = trait_values(mean)
    return " and ".join(
        _word(trait, middle[trait.name]) for trait in traits if _together(trait, middle[trait.name])
    )


def _together(trait: SharedTrait, middle: float) -> bool:
    return (trait.value > middle) == (trait.because_value > middle)


def _word(trait: SharedTrait, middle: float) -> str:
    word = WORDS[trait.name][trait.value > middle]
    return f"{word} ({trait.value:.0f}{NBSP}bpm)" if trait.name == "tempo" else word
