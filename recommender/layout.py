"""A map of a catalogue by sound: songs that sound alike lie near each other in the plane.

t-SNE (van der Maaten and Hinton 2008) from a start by principal components (Kobak and Berens 2019)
up to `MOST_PLACED` songs; of more it places so many, and the rest lie beside those they sound like.
A map starts from the one before and is turned onto it (Procrustes: Schönemann 1966), so that songs
stay where listeners found them. The same songs and the same map before give the same map.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from recommender.placing import Map, beside, region_of
from recommender.scorers import Floats, Ints

MOST_PLACED = 3_000  # songs that t-SNE places
FEWEST = 5  # fewer have no neighbourhoods to keep
PERPLEXITY = 30.0
START_SPREAD = 1e-4  # the start tells directions, and is small enough to be left
USUAL_SPREAD = 0.75  # of what t-SNE gives, in roots of songs: a map before starts as it ended
ROUNDS_AGAIN = 500
SPREAD = 0.7  # of the rest about the songs that were placed, in distances of these
SPACED = 1_500  # songs up to which none is laid over another
LEAST_GAP = 0.75  # between two songs, in shares of the side each would have alone
PUSHES = 80
REGIONS_A_ROOT = 0.9  # 5 regions of 30 songs, 14 of 250
FEWEST_REGIONS, MOST_REGIONS = 2, 24


def lay_out(
    unit: Floats,
    before: Floats | None = None,
    axes: NDArray[np.float64] | None = None,
    seed: int = 0,
) -> Map:
    """The map of songs with sound vectors `unit` (n, d), of length one, or zero where not heard.

    `before` (n, 2) are their places on the map before, NaN where they had none. `axes` (n, 2) say
    which way a first map is turned: what is high in the first lies to the right, in the second up.
    """
    heard = np.flatnonzero(unit.any(axis=1))
    places = np.full((len(unit), 2), np.nan, dtype=np.float32)
    regions = np.full(len(unit), -1)
    if not heard.size:
        return Map(places, regions, np.zeros((0, 2), np.float32))
    old = None if before is None else before[heard]
    known = np.zeros(heard.size, dtype=np.bool_)
    if old is not None:
        known |= np.isfinite(old).all(axis=1)
    with threadpool_limits(1):  # sums of several threads come out in any order
        drawn = _drawn(unit[heard], old if known.sum() >= FEWEST else None, known, seed)
        drawn = _apart(_sized(drawn))
        if old is not None and known.sum() >= FEWEST:
            drawn = turned(drawn, old, known)
        elif axes is not None:
            ends = axes[heard] - axes[heard].mean(axis=0)
            drawn = turned(drawn, ends, np.ones(heard.size, bool))
        places[heard] = drawn
        centres = _centres(drawn, seed)
    regions[heard] = region_of(drawn, centres)
    return Map(places, regions, centres)


def turned(places: Floats, onto: NDArray[np.floating], known: NDArray[np.bool_]) -> Floats:
    """`places` (n, 2) turned and mirrored, not stretched, as near as may be to `onto` (n, 2) where
    that is `known` (n,), and with the same centre there.
    """
    own, wanted = places[known].astype(np.float64), onto[known].astype(np.float64)
    middle = own.mean(axis=0)
    left, _, right = np.linalg.svd((own - middle).T @ (wanted - wanted.mean(axis=0)))
    return np.asarray((places - middle) @ (left @ right) + wanted.mean(axis=0), dtype=np.float32)


def _drawn(unit: Floats, old: Floats | None, known: NDArray[np.bool_], seed: int) -> Floats:
    """Places (n, 2) in any size and direction."""
    start = _components(unit)
    if old is not None:
        start[known] = old[known]
        start[~known] = beside(unit[~known], unit[known], old[known])
    if len(unit) < FEWEST:
        return start
    chosen = np.arange(len(unit))
    if len(unit) > MOST_PLACED:
        chosen = np.sort(np.random.default_rng(seed).permutation(len(unit))[:MOST_PLACED])
    first = start[chosen]
    spread = START_SPREAD if old is None else USUAL_SPREAD * len(chosen) ** 0.5
    again = {} if old is None else {"early_exaggeration": 1.0, "max_iter": ROUNDS_AGAIN}
    fit = TSNE(
        perplexity=min(PERPLEXITY, (len(chosen) - 1) / 3),
        init=(first / max(float(first.std()), 1e-9) * spread).astype(np.float32),
        random_state=seed,
        n_jobs=1,
        **again,
    )
    placed = np.asarray(fit.fit_transform(unit[chosen]), dtype=np.float32)
    if len(chosen) == len(unit):
        return placed
    found = _around(unit, chosen, placed, seed)
    found[chosen] = placed
    return found


def _around(unit: Floats, chosen: Ints, placed: Floats, seed: int) -> Floats:
    """Places (n, 2) beside the `chosen` songs, which lie at `placed`: not all in their middle, but
    spread as far as these lie from each other, by what two directions of sound have over it.
    """
    rng = np.random.default_rng(seed)
    ways = unit @ np.linalg.qr(rng.normal(size=(unit.shape[1], 2)))[0].astype(np.float32)
    gap = NearestNeighbors(n_neighbors=2).fit(placed).kneighbors(placed)[0][:, 1:]
    known = np.concatenate([placed, ways[chosen], gap], axis=1).astype(np.float32)
    middle = beside(unit, unit[chosen], known)
    own = ways - middle[:, 2:4]
    own /= np.maximum(own.std(axis=0), 1e-9)
    return np.asarray(middle[:, :2] + SPREAD * middle[:, 4:] * np.clip(own, -2, 2), np.float32)


def _components(unit: Floats) -> Floats:
    """The two principal components (n, 2), each mirrored so that its longest way is positive."""
    centred = unit.astype(np.float64) - unit.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    found = centred @ vectors[:, np.argsort(-values, kind="stable")[:2]]
    if found.shape[1] < 2:
        found = np.pad(found, ((0, 0), (0, 2 - found.shape[1])))
    farthest = found[np.abs(found).argmax(axis=0), range(2)]
    return np.asarray(found * np.where(farthest < 0, -1, 1), dtype=np.float32)


def _sized(places: Floats) -> Floats:
    """About 0, with a root mean square distance of 1."""
    centred = places - places.mean(axis=0)
    size = float(np.sqrt((centred.astype(np.float64) ** 2).sum(axis=1).mean()))
    return np.asarray(centred / max(size, 1e-9), dtype=np.float32)


def _apart(places: Floats) -> Floats:
    """A small catalogue's songs pushed off each other, as little as may be."""
    n = len(places)
    if not 1 < n <= SPACED:
        return places
    found = places.astype(np.float64)
    gap = LEAST_GAP * np.sqrt(np.pi / n)
    for _ in range(PUSHES):
        way = found[:, None, :] - found[None]
        far = np.sqrt((way**2).sum(axis=2))
        np.fill_diagonal(far, np.inf)
        short = np.clip(gap - far, 0.0, None)
        if not short.any():
            break
        push = np.where(far[..., None] > 1e-9, way / np.maximum(far, 1e-9)[..., None], _golden(n))
        found += (0.25 * short[..., None] * push).sum(axis=1)
    return _sized(found.astype(np.float32))


def _golden(n: int) -> NDArray[np.float64]:
    """A direction (n, n, 2) for each two songs in the same place, opposite for either."""
    rows, columns = np.indices((n, n))
    angle = 2.399963 * (np.minimum(rows, columns) + n * np.maximum(rows, columns))
    side = np.where(rows < columns, 1.0, -1.0)
    return np.stack([side * np.cos(angle), side * np.sin(angle)], axis=2)


def _centres(places: Floats, seed: int) -> Floats:
    """Centres (k, 2) of the map's regions, from the top left on, as one reads."""
    n = len(places)
    count = int(np.clip(round(REGIONS_A_ROOT * n**0.5), FEWEST_REGIONS, MOST_REGIONS))
    fit = KMeans(min(count, n), n_init=4, random_state=seed).fit(places.astype(np.float64))
    centres = np.asarray(fit.cluster_centers_, dtype=np.float32)
    return centres[np.lexsort((centres[:, 0], -np.round(centres[:, 1])))]
