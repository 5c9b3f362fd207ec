"""Kernel ridge regression from a listener's plays to every item, over the training listeners.

Two listeners are alike by the neural tangent kernel of a wide ReLU network (Jacot, Gabriel and
Hongler 2018), which is what an infinitely wide autoencoder learns (Sachdeva et al. 2022); without
hidden layers it is the plain inner product. numpy only: this runs in web processes.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.scorers import Floats, Ints

PI = np.float32(np.pi)
SMALLEST_SINE = np.float32(1e-3)  # at 0 the kernel's slope would be infinite
KEPT_FLOATS = 4_000_000  # of what reasons need for items often recommended: 16 MB


def relative_to(weights: Floats, mean: Floats | np.float32) -> Floats:
    """Weights (k,) of plays by how far they are above the listener's `mean`: nearly nothing far
    below it, the difference far above (softplus).
    """
    return np.asarray(np.logaddexp(weights - mean, np.float32(0)), dtype=np.float32)


def tangent_kernel(cosine: Floats, layers: int) -> Floats:
    """The kernel of a network with `layers` hidden layers at the cosine of two listeners."""
    return _kernel_and_slope(cosine, layers)[0]


def _kernel_and_slope(cosine: Floats, layers: int) -> tuple[Floats, Floats]:
    """Kernel and its derivative by the cosine, same shapes (Cho and Saul 2009, arc-cosine)."""
    kernel: Floats = np.clip(cosine, -1.0, 1.0)
    slope: Floats = np.ones_like(kernel)
    previous, previous_slope = kernel, slope
    for _ in range(layers):
        sine: Floats = np.maximum(np.sqrt(1 - previous * previous), SMALLEST_SINE)
        # the share of units that both listeners switch on
        active: Floats = np.asarray(1 - np.arccos(previous) / PI, dtype=np.float32)
        slope = slope * active
        slope += (kernel / (PI * sine) + active) * previous_slope
        previous = np.minimum(active * previous + sine / PI, np.float32(1))
        previous_slope = active * previous_slope
        kernel = kernel * active + previous
    return kernel, slope


@dataclass(frozen=True)
class KernelScorer:
    """`solution` (m, m) of the ridge regression over `m` training listeners.

    Their rows, of length 1, stand item by item: item j was played by `listeners`
    [starts[j]:starts[j+1]] with `values` there. An own weight times `item_scale` (n,) is in the
    units of those rows, a score is in those of plays again by division. Where `relative`, weights
    are first taken relative to their mean. Scores grow in proportion to the weights then had, so by
    Euler's theorem they are the sum over own items of weight times derivative: those are the
    `parts`.
    """

    starts: Ints
    listeners: NDArray[np.int32]
    values: Floats
    item_scale: Floats
    solution: Floats
    layers: int
    relative: bool = False

    def scores(self, items: Ints, weights: Floats) -> Floats:
        if not items.size:
            return np.zeros(self.item_scale.size, dtype=np.float32)
        own = self._scaled(items, weights)
        length = np.linalg.norm(own)
        kernel = tangent_kernel(self._dots(items, own) / length, self.layers)
        voices = (length * kernel) @ self.solution
        scores = np.zeros(self.item_scale.size, dtype=np.float32)
        played, starts = self._played
        scores[played] = np.add.reduceat(self.values * np.take(voices, self.listeners), starts)
        return scores / self.item_scale

    def parts(self, items: Ints, weights: Floats, targets: Ints) -> Floats:
        if not items.size:
            return np.zeros((targets.size, 0), dtype=np.float32)
        own = self._scaled(items, weights)
        length = np.linalg.norm(own)
        cosine = self._dots(items, own) / length
        kernel, slope = _kernel_and_slope(cosine, self.layers)
        voices = self._voices(targets)  # (m, t)
        shared = self._columns(items).T @ (slope[:, None] * voices)  # (k, t)
        length_alone = (kernel - slope * cosine) @ voices  # (t,)
        parts = own[:, None] * shared + (own**2 / length)[:, None] * length_alone
        return np.asarray(parts.T, dtype=np.float32)

    def _scaled(self, items: Ints, weights: Floats) -> Floats:
        """Own weights in the units of the training rows."""
        if self.relative:
            weights = relative_to(weights, weights.mean())
        return weights * self.item_scale[items]

    def _dots(self, items: Ints, own: Floats) -> Floats:
        """Inner products (m,) of the own row with each training listener's."""
        rows = [self._row(item) for item in items.tolist()]
        listeners = np.concatenate([self.listeners[row] for row in rows])
        values = np.concatenate([self.values[row] for row in rows])
        values *= np.repeat(own, [row.stop - row.start for row in rows])
        return np.bincount(listeners, values, len(self.solution)).astype(np.float32)

    def _voices(self, targets: Ints) -> Floats:
        """What each training listener's likeness adds to the scores of `targets`, (m, t).

        To go through the whole solution for each list would take most of a list's time, and
        lists share their items: those asked for last are kept.
        """
        kept = self._kept
        asked = targets.tolist()
        # by get alone: another thread may empty it meanwhile
        voices = {item: voice for item in asked if (voice := kept.get(item)) is not None}
        missing = np.array([item for item in asked if item not in voices], np.int64)
        if missing.size:
            found = self.solution @ self._columns(missing) / self.item_scale[missing]
            new = dict(zip(missing.tolist(), np.ascontiguousarray(found.T), strict=True))
            most = KEPT_FLOATS // len(self.solution)
            if len(kept) + len(new) > most:
                kept.clear()
            if len(new) <= most:
                kept.update(new)
            voices |= new
        return np.stack([voices[item] for item in asked], axis=1)

    @cached_property
    def _kept(self) -> dict[int, Floats]:
        return {}

    @cached_property
    def _played(self) -> tuple[Ints, Ints]:
        """The items anybody played, and where each begins: the others' rows would be empty."""
        played = np.flatnonzero(np.diff(self.starts))
        return played, self.starts[played]

    def _columns(self, items: Ints) -> Floats:
        """The training rows' columns `items`, dense (m, k)."""
        columns = np.zeros((len(self.solution), items.size), dtype=np.float32)
        for k, item in enumerate(items.tolist()):
            row = self._row(item)
            columns[self.listeners[row], k] = self.values[row]
        return columns

    def _row(self, item: int) -> slice:
        return slice(int(self.starts[item]), int(self.starts[item + 1]))
