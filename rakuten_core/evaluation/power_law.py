"""How an error falls with the number of products to learn from.

Hestness et al., Deep Learning Scaling is Predictable, Empirically (2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rakuten_core.errors import ModelError
from rakuten_core.language import _

# The exponent's range: flatter or steeper is noise that would run away when extrapolated.
_EXPONENTS = (0.05, 2.0)


@dataclass(frozen=True)
class PowerLaw:
    """`error = floor + scale * products ** -exponent`."""

    floor: float
    scale: float
    exponent: float

    def error(self, products: np.ndarray | float) -> np.ndarray:
        """Return the error to expect from so many products."""
        return self.floor + self.scale * np.asarray(products, float) ** -self.exponent


def fit_power_law(products: np.ndarray, errors: np.ndarray) -> PowerLaw:
    """Return the law that fits best (least squares).

    Args:
        products: (runs,) how many were learnt from.
        errors: (runs,) from 0 to 1.

    Raises:
        ModelError: there are fewer than three different numbers of products.
    """
    from scipy.optimize import least_squares

    products, errors = np.asarray(products, float), np.asarray(errors, float)
    if len(np.unique(products)) < 3:
        raise ModelError(_("A power law needs runs of at least three sizes."))
    # In units of the largest run, the three numbers are of one order.
    unit = products.max()

    def residuals(values: np.ndarray) -> np.ndarray:
        floor, scale, exponent = values
        return floor + scale * (products / unit) ** -exponent - errors

    # Of a sample that is learnt without an error, the floor is still a range.
    smallest = max(float(errors.min()), 1e-6)
    found = least_squares(
        residuals,
        x0=[smallest / 2, smallest / 2, 0.3],
        bounds=([0, 0, _EXPONENTS[0]], [smallest, 1, _EXPONENTS[1]]),
    )
    floor, scale, exponent = (float(value) for value in found.x)
    return PowerLaw(floor, scale * unit**exponent, exponent)
