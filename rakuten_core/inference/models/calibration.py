"""From scores to calibrated probabilities."""

import numpy as np


def to_probabilities(scores: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return the softmax of scores divided by a temperature.

    Args:
        scores: (products, classes).
        temperature: above 1 makes the model less sure.

    Returns:
        Array of the same shape whose rows sum to 1.
    """
    # As SciPy's `softmax`, whose import takes longer than most answers.
    scaled = scores / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit_temperature(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature that minimises the log loss of held-out scores.

    Temperature scaling: Guo et al., On Calibration of Modern Neural Networks (2017). It changes how
    sure a model is and never its ranking. scikit-learn's `CalibratedClassifierCV`
    does the same, but fails where a type is missing from the held-out products.

    Args:
        scores: (products, classes), from a model that did not see these products.
        labels: (products,) class positions.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    rows = np.arange(len(labels))

    def log_loss(log_temperature: float) -> float:
        return -log_softmax(scores / np.exp(log_temperature), axis=1)[rows, labels].mean()

    return float(np.exp(minimize_scalar(log_loss, bounds=(-4, 4), method="bounded").x))


def per_class(weights: np.ndarray, intercepts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a linear machine's weights with one row per class, also where there are only two.

    scikit-learn keeps one row for two classes: the score of the second against the first.

    Args:
        weights: (classes, features), or (1, features) for two classes.
        intercepts: (classes,), or (1,).
    """
    if len(weights) > 1:
        return weights, intercepts
    return np.vstack([-weights, weights]) / 2, np.array([-intercepts[0], intercepts[0]]) / 2
