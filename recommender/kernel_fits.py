"""Fitting the kernel scorer: one Cholesky inverse over the training listeners.

Time grows with the cube of their number and memory with its square, whatever the number of items,
so it suits catalogues with few listeners; `MAX_LISTENERS` is where it ends. Below
`MIN_LISTENERS` it is not worth its time.
"""

import logging
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy import sparse

from recommender.fits import KernelSettings, inverse_of, relative_rows
from recommender.interactions import Matrix
from recommender.kernels import KernelScorer, tangent_kernel
from recommender.panel import Panel, climb
from recommender.scorers import Floats, Ints

log = logging.getLogger(__name__)

MIN_LISTENERS, MAX_LISTENERS = 100, 3_000
STARTS = {
    "tangent": KernelSettings(2, 0.1, 1.5),
    "linear": KernelSettings(0, 0.2, 1.0),
    "relative": KernelSettings(0, 0.2, 1.0, relative=True),
}


@dataclass(frozen=True, slots=True)
class KernelProblem:
    """The kernel (m, m) between training listeners, whose `rows` (m, n) have length 1.

    A listener's targets are the own plays scaled to length 1: `rows` times `row_gain` (m,) over
    `item_scale` (n,).
    """

    rows: Matrix
    kernel: Floats
    row_gain: Floats
    item_scale: Floats
    layers: int

    def solution(self, penalty: float) -> Floats:
        """(kernel + penalty)^-1, its columns times `row_gain`."""
        system = self.kernel.copy()
        system[np.diag_indices_from(system)] += np.float32(penalty)
        return np.asarray(inverse_of(system) * self.row_gain, dtype=np.float32)

    def judge(self, panel: Panel, penalty: float) -> float:
        """Quality of the scores of the panel's listeners, rows of the training matrix."""
        solution = self.solution(penalty)

        def score(users: Ints) -> Floats:
            voices = self.kernel[users] @ solution
            return np.asarray((self.rows.T @ voices.T).T / self.item_scale, dtype=np.float32)

        return panel.judge_scores(score)


def kernel_problem(matrix: Matrix, item_power: float, layers: int) -> KernelProblem:
    """The kernel of `matrix` (m, n), columns divided by listeners^item_power."""
    listeners = np.maximum(np.asarray((matrix > 0).sum(axis=0)).ravel(), 1)
    item_scale = (listeners**-item_power).astype(np.float32)
    scaled = matrix @ sparse.diags(item_scale)
    length, unscaled = (np.maximum(sparse.linalg.norm(m, axis=1), 1e-9) for m in (scaled, matrix))
    rows = (sparse.diags(1.0 / length) @ scaled).tocsr().astype(np.float32)
    kernel = tangent_kernel((rows @ rows.T).toarray(), layers)
    return KernelProblem(rows, kernel, (length / unscaled).astype(np.float32), item_scale, layers)


def fit_kernel(matrix: Matrix, settings: KernelSettings) -> KernelScorer:
    """The scorer of all items (n,) for the preferences `matrix` (m, n)."""
    if settings.relative:
        matrix = relative_rows(matrix)
    problem = kernel_problem(matrix, settings.item_power, settings.layers)
    columns = problem.rows.tocsc()
    return KernelScorer(
        columns.indptr.astype(np.int64),
        columns.indices.astype(np.int32),
        columns.data.astype(np.float32),
        problem.item_scale,
        problem.solution(settings.penalty),
        settings.layers,
        settings.relative,
    )


def select_kernels(panel: Panel, matrix: Matrix) -> dict[str, KernelSettings]:
    """The best settings of each kernel by name; none for too few listeners or too many."""
    if not MIN_LISTENERS <= matrix.shape[0] <= MAX_LISTENERS:
        return {}
    alike = np.ptp(matrix.data) == 0  # then no play is above another
    return {
        name: _select(panel, relative_rows(matrix) if start.relative else matrix, start)
        for name, start in STARTS.items()
        if not (start.relative and alike)
    }


def _select(panel: Panel, matrix: Matrix, start: KernelSettings) -> KernelSettings:
    """The penalty, then the power, then the penalty again more finely."""

    def problem(power: float) -> KernelProblem:
        return kernel_problem(matrix, power, start.layers)

    first = problem(start.item_power)
    penalty, _ = climb(partial(first.judge, panel), start.penalty, 2.0)
    power, _ = climb(lambda p: problem(p).judge(panel, penalty), start.item_power, 2.0)
    last = problem(power)
    penalty, value = climb(partial(last.judge, panel), penalty, 1.4)
    chosen = replace(start, item_power=power, penalty=penalty)
    log.info("%s: %.4f", chosen, value)
    return chosen
