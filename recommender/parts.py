"""Which parts are fitted to plays, by name, each with its settings."""

from collections.abc import Callable
from functools import partial

from recommender.fits import Settings, fit_als, fit_ease, fit_neighbours
from recommender.interactions import Matrix
from recommender.kernel_fits import fit_kernel
from recommender.scaled_fits import fit_scaled
from recommender.scorers import Scorer
from recommender.topic_fits import fit_topics


def part_fits(matrix: Matrix, settings: Settings, seed: int) -> dict[str, Callable[[], Scorer]]:
    """What fits each part to preferences `matrix` (n_users, n_items)."""
    fits: dict[str, Callable[[], Scorer]] = {
        **{name: partial(fit_kernel, matrix, kernel) for name, kernel in settings.kernels.items()},
        "ease": partial(fit_ease, matrix, settings.ease),
        "als": partial(fit_als, matrix, settings.als, seed),
        "neighbours": partial(fit_neighbours, matrix, settings.neighbours),
    }
    if settings.als_scaled is not None:
        fits["als_scaled"] = partial(fit_scaled, matrix, settings.als_scaled, seed)
    if settings.topics is not None:
        fits["topics"] = partial(fit_topics, matrix, settings.topics, seed)
    return fits
