"""How much of a catalogue can be sorted without a person, for how many right answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rakuten_core.assets import Assets, probability_matrix
from rakuten_core.evaluation.certainty import automatic_share, certainty_curve
from rakuten_core.evaluation.metrics import BOOTSTRAP_BATCH, BOOTSTRAP_SAMPLES
from rakuten_core.reports.saved_answers import answers
from rakuten_core.taxonomy import CODES, Domain, codes_of

PER = 100_000
"""Products that costs are told for."""
_LIMITS = np.round(np.linspace(0, 1, 101), 2)


def automation_curve(assets: Assets, name: str) -> pd.DataFrame:
    """Return what is sorted automatically when only answers above a limit are taken.

    Args:
        assets: where the models are.
        name: of the model.

    Returns:
        See `certainty_curve`; of the test products.
    """
    found = answers(assets, name)
    return certainty_curve(found.probabilities.max(axis=1), found.predicted == found.codes)


@dataclass(frozen=True)
class ChosenLimit:
    """A limit that was chosen on validation products, and what it does on the test products.

    Attributes:
        limit: the lowest that reaches the precision on validation.
        chosen_on: how many validation products there were.
        share: of the test products at or above it.
        precision: accuracy of their answers.
    """

    limit: float
    chosen_on: int
    share: float
    precision: float


def chosen_limit(assets: Assets, name: str, precision: float) -> ChosenLimit | None:
    """Choose a limit for a precision on the validation products, and measure it on the test split.

    Returns:
        None where the model has no saved validation answers, or no limit reaches the precision.
    """
    table = assets.model(name).validation_probabilities()
    if table is None:
        return None
    probabilities = probability_matrix(table)
    predicted = np.asarray(CODES)[probabilities.argmax(axis=1)]
    curve = certainty_curve(probabilities.max(axis=1), predicted == table["prdtypecode"].to_numpy())
    enough = curve[curve["precision"] >= precision]
    if enough.empty:
        return None
    limit = float(enough["limit"].min())
    found = answers(assets, name)
    taken = found.probabilities.max(axis=1) >= limit
    right = (found.predicted == found.codes)[taken]
    return ChosenLimit(limit, len(table), float(taken.mean()), float(right.mean()))


def coverage_curve(
    assets: Assets, name: str, answered: Collection[int] = (), seed: int = 0
) -> pd.DataFrame:
    """Return what is sorted at each of 101 limits, with a bootstrap band.

    Args:
        assets: where the models are.
        name: of the model.
        answered: only products that get one of these types as an answer; all without. What a
            product truly is nobody knows when the limit is applied.
        seed: of the bootstrap.

    Returns:
        A table of `limit`, `share` of the products at or above it, `precision` of their answers
        (1 where there is none) with the 95 % percentile interval `low` to `high` over test products
        drawn again 1,000 times, and the number of `products` at or above it.
    """
    found = answers(assets, name)
    chosen = (
        np.isin(found.predicted, list(answered)) if answered else np.full(len(found.codes), True)
    )
    sure = found.probabilities.max(axis=1)[chosen]
    right = (found.predicted == found.codes)[chosen]
    order = np.argsort(-sure, kind="stable")
    # How many, the surest first, reach each limit.
    taken = np.searchsorted(-sure[order], -_LIMITS, side="right")
    ones = np.ones(len(sure))
    precision = _precision(ones[None], right[order], taken)[0]
    low, high = _band(right[order], taken, seed)
    return pd.DataFrame(
        {
            "limit": _LIMITS,
            "share": taken / max(len(sure), 1),
            "precision": precision,
            "low": low,
            "high": high,
            "products": taken,
        }
    )


def _precision(weights: np.ndarray, right: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Return the precision of the first products, (samples, limits), 1 where there is none."""
    start = np.zeros((len(weights), 1))
    all_of = np.concatenate([start, np.cumsum(weights, axis=1)], axis=1)[:, taken]
    right_of = np.concatenate([start, np.cumsum(weights * right, axis=1)], axis=1)[:, taken]
    return np.divide(right_of, all_of, out=np.ones_like(all_of), where=all_of > 0)


def _band(right: np.ndarray, taken: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    if len(right) == 0:
        return np.ones(len(taken)), np.ones(len(taken))
    generator = np.random.default_rng(seed)
    even = np.full(len(right), 1 / len(right))
    drawn = [
        _precision(
            generator.multinomial(len(right), even, BOOTSTRAP_BATCH).astype(np.float64),
            right,
            taken,
        )
        for _batch in range(BOOTSTRAP_SAMPLES // BOOTSTRAP_BATCH)
    ]
    low, high = np.percentile(np.concatenate(drawn), [2.5, 97.5], axis=0)
    return low, high


def shares_at(assets: Assets, names: Sequence[str], precisions: Sequence[float]) -> pd.DataFrame:
    """Return the largest share that some models sort at some precisions, one row per model.

    Returns:
        A table of `name`, `products` and a share per precision: `at_0.95`.
    """
    rows = []
    for name in names:
        curve = automation_curve(assets, name)
        shares = {
            f"at_{precision:g}": automatic_share(curve, precision) for precision in precisions
        }
        rows.append({"name": name, "products": int(curve["products"].iloc[-1])} | shares)
    return pd.DataFrame(rows)


def shares_by_answer(assets: Assets, name: str, precision: float) -> pd.DataFrame:
    """Return what is sorted of each domain and type at one precision.

    Returns:
        One row per domain, then one per type: `domain`, `code` (missing for a domain), `products`
        that got such an answer, the `share` of them that is sorted, and the `limit` for it
        (missing where none reaches the precision).
    """
    groups: list[tuple[Domain, int | None, list[int]]] = [
        (domain, None, codes_of(domain)) for domain in Domain
    ]
    groups += [(domain, code, [code]) for domain in Domain for code in codes_of(domain)]
    rows = []
    for domain, code, codes in groups:
        curve = coverage_curve(assets, name, codes)
        enough = curve[(curve["precision"] >= precision) & (curve["products"] > 0)]
        best = enough.loc[enough["share"].idxmax()] if len(enough) else None
        rows.append(
            {
                "domain": domain,
                "code": code,
                "products": int(curve["products"].iloc[0]),
                "share": 0.0 if best is None else float(best["share"]),
                "limit": None if best is None else float(best["limit"]),
            }
        )
    return pd.DataFrame(rows)


def costs(curve: pd.DataFrame, wrong: float, check: float) -> pd.DataFrame:
    """Return what 100,000 products cost at each limit.

    Args:
        curve: of `coverage_curve`.
        wrong: what a wrong type costs.
        check: what it costs that a person looks at a product; they find the right type.

    Returns:
        A table of `limit`, `checks`, `errors` and their sum `total`, in the unit of the arguments.
    """
    checks = PER * check * (1 - curve["share"])
    errors = PER * wrong * curve["share"] * (1 - curve["precision"])
    return pd.DataFrame(
        {"limit": curve["limit"], "checks": checks, "errors": errors, "total": checks + errors}
    )


def cheapest(costs_by_limit: pd.DataFrame) -> pd.Series:
    """Return the row of `costs` that costs least; of equal ones the smallest limit."""
    return costs_by_limit.loc[costs_by_limit["total"].idxmin()]


def limits_by_type(
    assets: Assets, name: str, wrong: float, check: float
) -> tuple[pd.DataFrame, dict[str, float]] | None:
    """Choose a limit for each type on the validation products, and measure on the test products.

    Args:
        assets: where the models are.
        name: of the model.
        wrong: what a wrong type costs.
        check: what a look costs.

    Returns:
        A table of `code`, `limit` and the `products` that it was chosen on; and what 100,000
        products cost on the test split with one limit (`one`, chosen on validation too, `limit`)
        and with these (`by_type`). None where the model has no saved validation answers.
    """
    table = assets.model(name).validation_probabilities()
    if table is None:
        return None
    probabilities = probability_matrix(table)
    sure, codes = probabilities.max(axis=1), table["prdtypecode"].to_numpy()
    predicted = np.asarray(CODES)[probabilities.argmax(axis=1)]
    one = _cheapest_limit(sure, predicted == codes, wrong, check)
    limits = {}
    for code in CODES:
        here = predicted == code
        limits[code] = _cheapest_limit(sure[here], (predicted == codes)[here], wrong, check, one)
    found = answers(assets, name)
    surest = found.probabilities.max(axis=1)
    right = found.predicted == found.codes
    of_each = np.array([limits[code] for code in found.predicted])

    def cost(limit: np.ndarray | float) -> float:
        sorted_ = surest >= limit
        return PER * float((check * ~sorted_ + wrong * (sorted_ & ~right)).mean())

    chosen = pd.DataFrame(
        {
            "code": list(CODES),
            "limit": [limits[code] for code in CODES],
            "products": [int((predicted == code).sum()) for code in CODES],
        }
    )
    return chosen, {"one": cost(one), "by_type": cost(of_each), "limit": one}


_FEW = 30


def _cheapest_limit(
    sure: np.ndarray, right: np.ndarray, wrong: float, check: float, otherwise: float = 1.0
) -> float:
    """Return the limit that costs least; `otherwise` where there are too few products to tell."""
    if len(sure) < _FEW:
        return otherwise
    above = sure[:, None] >= _LIMITS
    cost = (check * ~above + wrong * (above & ~right[:, None])).sum(axis=0)
    return float(_LIMITS[cost.argmin()])
