"""How much is tried to choose settings: more where plays are few and trials cheap."""

from dataclasses import dataclass

from recommender.fits import AlsSettings, ScaledSettings, TopicSettings
from recommender.interactions import Matrix

MANY_PLAYS = 250_000  # beyond, trials are fewer, coarser and on fewer listeners
HOLD_OUTS = 5  # each after the first shows how a fifth of the listeners is served as strangers


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried for how many plays."""

    listeners: int
    ease_items: int
    als_starts: tuple[AlsSettings, ...]
    als_rounds: int
    als_members: int  # of both kinds
    scaled_starts: tuple[ScaledSettings, ...]
    topics: TopicSettings | None
    steps: int
    hold_outs: int
    forest_hears_all: bool  # or only the parts that have a weight, since others cost time to serve


THOROUGH = Effort(
    listeners=10_000,
    ease_items=2_500,
    als_starts=(AlsSettings(32, 3.0, 1.0), AlsSettings(32, 20.0, 4.0), AlsSettings(32, 8.0, 1.0)),
    als_rounds=10,
    als_members=4,
    scaled_starts=(ScaledSettings(32, 0.01, 4.0), ScaledSettings(32, 0.03, 20.0)),
    topics=TopicSettings(),
    steps=30,
    hold_outs=HOLD_OUTS,
    forest_hears_all=True,
)
BRISK = Effort(
    listeners=600,
    ease_items=1_500,
    als_starts=(AlsSettings(64, 8.0, 1.0), AlsSettings(64, 20.0, 4.0)),
    als_rounds=6,
    als_members=1,
    scaled_starts=(),
    topics=None,
    steps=2,
    hold_outs=1,
    forest_hears_all=False,
)


def effort_for(counts: Matrix) -> Effort:
    """What is tried for `counts` (n_users, n_items)."""
    return BRISK if counts.nnz > MANY_PLAYS else THOROUGH
