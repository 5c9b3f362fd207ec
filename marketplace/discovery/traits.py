"""Shared traits of sound in a listener's words: not "centroid 897 Hz" but "dark".

A word compares with the catalogue: both songs lie on the same side of its mean, or nothing is said.
A tempo is only compared with the other: what is measured may be half or double of what one counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from recommender.model import Model
from recommender.sound import FEATURE_COUNT, Floats, SharedTrait, trait_values

WORDS = {  # below the catalogue's mean, above it
    "brightness": ("dark", "bright"),
    "loudness": ("quiet", "loud"),
    "dynamics": ("steady", "full of swells"),
    "density": ("sparse", "full of notes"),
    "noisiness": ("clear in tone", "noisy"),
    "width": ("narrow", "spacious"),
}
TEMPO_WITHIN = 1.06  # nearer tempos pass for the same


def in_words(traits: Sequence[SharedTrait], mean: Floats | None) -> str:
    """What both songs are: "dark and alike in tempo". Empty where nothing can be said."""
    if mean is None or not traits:
        return ""
    middle = trait_values(mean)
    return " and ".join(
        _word(trait, middle[trait.name]) for trait in traits if _together(trait, middle[trait.name])
    )


def apart(model: Model, position: int, most: int = 2) -> str:
    """What sets one song apart from the catalogue: "dark and sparse"; tempo can't say it."""
    features, mean, scale = model.features, model.feature_mean, model.feature_scale
    if features is None or mean is None or scale is None or features.shape[1] != FEATURE_COUNT:
        return ""
    away, middle = trait_values((features[position] - mean) / scale), trait_values(mean)
    values = trait_values(features[position])
    named = sorted(WORDS, key=lambda name: -abs(away[name]))
    return " and ".join(WORDS[name][values[name] > middle[name]] for name in named[:most])


def _together(trait: SharedTrait, middle: float) -> bool:
    if trait.name == "tempo":
        slow, fast = sorted((trait.value, trait.because_value))
        return fast <= TEMPO_WITHIN * slow
    return (trait.value > middle) == (trait.because_value > middle)


def _word(trait: SharedTrait, middle: float) -> str:
    if trait.name == "tempo":
        return "alike in tempo"
    return WORDS[trait.name][trait.value > middle]
