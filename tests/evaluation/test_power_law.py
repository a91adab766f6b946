import numpy as np
import pytest

from rakuten_core.errors import ModelError
from rakuten_core.evaluation.power_law import PowerLaw, fit_power_law

SIZES = np.array([1000, 2000, 4000, 8000, 16000, 32000])


def test_a_law_is_found_again():
    law = PowerLaw(floor=0.1, scale=5.0, exponent=0.4)
    found = fit_power_law(SIZES, law.error(SIZES))
    assert found.floor == pytest.approx(0.1, abs=0.01)
    assert found.exponent == pytest.approx(0.4, abs=0.03)
    assert float(found.error(72_000)) == pytest.approx(float(law.error(72_000)), abs=0.001)


def test_errors_never_fall_below_nothing():
    found = fit_power_law(SIZES, np.zeros(len(SIZES)))
    assert 0 <= float(found.error(1e9)) < 1e-3


def test_two_sizes_are_no_curve():
    with pytest.raises(ModelError, match="three sizes"):
        fit_power_law(np.array([10, 10, 20]), np.array([0.5, 0.4, 0.3]))
