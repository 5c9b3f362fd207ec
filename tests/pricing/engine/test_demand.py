"""The curve against plain numerical maximisation."""

import numpy as np
import pytest

from marketplace.pricing.engine.demand import GOODWILL, acceptance, log_optimum


@pytest.mark.parametrize("kappa", [0.7, 1.0, 2.0, 3.5])
def test_the_optimum_maximises_revenue_times_return(kappa: float) -> None:
    price = np.linspace(0.05, 5.0, 100_001)
    revenue = price ** (1.0 - GOODWILL) * np.exp(-((price / 1.3) ** kappa))
    found = log_optimum(np.log([1.3]), np.zeros(1), np.array([kappa]))[0]
    assert np.exp(found) == pytest.approx(price[np.argmax(revenue)], abs=1e-3)


@pytest.mark.parametrize("kappa", [0.7, 1.0, 2.0, 3.5])
def test_doubt_shifts_the_price_as_expected_revenue_asks(kappa: float) -> None:
    theta = np.exp(np.random.default_rng(0).normal(0.0, 0.2, 20_000))
    price = np.linspace(0.4, 1.8, 281)
    revenue = [(p ** (1.0 - GOODWILL) * np.exp(-((p / theta) ** kappa))).mean() for p in price]
    found = np.exp(log_optimum(np.zeros(1), np.array([0.04]), np.array([kappa])))[0]
    assert found == pytest.approx(price[int(np.argmax(revenue))], abs=0.02)


def test_score_and_information_are_the_derivatives_of_the_likelihood() -> None:
    eta, step = np.array([-1.0, 0.2]), 1e-5
    share = np.array([0.4, 0.4])

    def likelihood(at: np.ndarray) -> np.ndarray:
        a = acceptance(at).share
        return np.asarray(share * np.log(a) + (1 - share) * np.log(1 - a))

    here = acceptance(eta)
    slope = (likelihood(eta + step) - likelihood(eta - step)) / (2 * step)
    assert -(share - here.share) * here.gain == pytest.approx(slope, abs=1e-6)
    spread = here.share * (1 - here.share) * here.gain**2
    assert here.information == pytest.approx(spread)
