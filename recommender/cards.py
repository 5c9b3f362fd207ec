"""A model card (Mitchell et al. 2019), written by the training from what it has just done.

`card` is plain data, `markdown` the same in words; neither takes a word from anywhere else.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from recommender.model import Model

if TYPE_CHECKING:  # pages read cards, and load no training
    from recommender.evaluation import HeldOut

CARD_VERSION = 1
PARTS = {
    "tangent": "kernel regression over listeners (neural tangent kernel)",
    "linear": "kernel regression over listeners (inner product)",
    "relative": "the same on plays beside the listener's own mean",
    "ease": "EASE, a linear model of tracks by tracks",
    "als": "ALS, factors of listeners and tracks",
    "als_scaled": "ALS whose penalty grows with what is played",
    "neighbours": "cosine of tracks over their listeners",
    "topics": "topics that listeners share in part",
    "popularity": "how many listeners play a track",
    "artist": "own plays by the same artist",
    "sound": "likeness by ear to own tracks",
}
NOT_TOLD = (
    "prices, and which were accepted",
    "what a play paid, to whom, and what the platform keeps",
    "who owns part of which song",
    "names, addresses, countries or any other trait of a listener",
    "what is said of a song by anyone: titles, words, reviews, covers",
)


def card(
    model: Model,
    version: str,
    trained_at: str,
    seed: int,
    seconds: float,
    listeners: int,
    plays: int,
    held_out: HeldOut | None,
) -> dict[str, Any]:
    """What the model is. `version` ends with the hash of its manifest, which names each array's;
    `plays` are all counted ones of the `listeners`.
    """
    return {
        "card_version": CARD_VERSION,
        "version": version,
        "trained_at": trained_at,
        "seed": seed,
        "seconds": round(seconds, 2),
        "data": {
            "tracks": len(model.item_ids),
            "played": model.warm,
            "new": len(model.item_ids) - model.warm,
            "listeners": listeners,
            "plays": plays,
            "heard": 0 if model.sound is None else int(model.sound.unit.any(axis=1).sum()),
        },
        "parts": _parts(dict(model.weights)),
        "stranger_parts": _parts(dict(model.stranger_weights or {})),
        "forest_trees": 0 if model.forest is None else len(model.forest.values),
        "held_out": None if held_out is None else asdict(held_out),
        "not_told": list(NOT_TOLD),
    }


def _parts(weights: dict[str, float]) -> list[dict[str, Any]]:
    """Those in use, the weightiest first."""
    used = sorted(weights.items(), key=lambda one: (-one[1], one[0]))
    return [
        {"name": name, "is": PARTS.get(name, name), "weight": round(weight, 4)}
        for name, weight in used
        if weight > 0
    ]


def markdown(told: dict[str, Any]) -> str:
    """The card as a document."""
    data, held = told["data"], told["held_out"]
    lines = [
        f"# {told['version']}",
        "",
        f"Trained {told['trained_at']} in {told['seconds']:g} s, seed {told['seed']}. "
        "Written by the training itself.",
        "",
        "## Data",
        "",
        f"- {data['tracks']:,} tracks: {data['played']:,} played, {data['new']:,} by nobody yet;"
        f" the sound of {data['heard']:,} is known",
        f"- {data['listeners']:,} listeners, {data['plays']:,} counted plays",
        "",
        "## Parts",
        "",
        "| part | what it is | weight |",
        "|---|---|---|",
        *[f"| {one['name']} | {one['is']} | {one['weight']:g} |" for one in told["parts"]],
        "",
        _forest(told["forest_trees"]),
        "",
        "## Held out",
        "",
        *_held(held),
        "",
        "## What it is not told",
        "",
        *[f"- {line}" for line in told["not_told"]],
        "",
    ]
    return "\n".join(lines)


def _forest(trees: int) -> str:
    if not trees:
        return "No forest orders the best: too few listeners, or it did not surely help."
    return f"A forest of {trees} trees orders the hundred best of the weighted sum."


def _held(held: dict[str, Any] | None) -> list[str]:
    if held is None:
        return ["Nothing was held out: too few listeners have five tracks."]
    rows = [
        f"| {row['name']} | {row['ndcg_10']:.4f} ± {row['ndcg_10_error']:.4f} |"
        f" {row['recall_20']:.4f} ± {row['recall_20_error']:.4f} |"
        f" {row['coverage_10']:.3f} | {row['gini_10']:.3f} |"
        for row in held["rows"]
    ]
    return [
        f"{held['hidden']:,} plays of {held['listeners']:,} listeners were hidden from a fit of"
        f" its own (seed {held['seed']}). Means ± standard error; settings were chosen on other"
        " draws of the same plays, so this flatters a little.",
        "",
        "| ranking | NDCG@10 | recall@20 | coverage@10 | Gini@10 |",
        "|---|---|---|---|---|",
        *rows,
    ]
