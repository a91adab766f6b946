"""How long a model takes for one product: one way of measuring for all models."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rakuten_core.assets import LATENCY_FILE, ModelAssets
from rakuten_core.data.products import Products
from rakuten_core.errors import ModelError
from rakuten_core.files import write_json
from rakuten_core.language import _

LATENCY_PRODUCTS = 103
_WARM_UP = 3


def measure_latency(
    predict: Callable[[Products], object], products: Sequence[Products]
) -> dict[str, Any]:
    """Measure end to end, from a product as it comes to its probabilities, one at a time.

    Reading and decoding the photo count; loading the model does not. The first three products warm
    up and do not count, where there are more.

    Args:
        predict: the whole model, as it ships.
        products: each a single product.

    Returns:
        `milliseconds` (median), `milliseconds_95` (95th percentile) and `products`.

    Raises:
        ModelError: there is no product.
    """
    if not products:
        raise ModelError(
            _("No test product has what the model reads: its latency is not measured.")
        )
    durations = []
    for product in products:
        start = time.perf_counter()
        predict(product)
        durations.append(1000 * (time.perf_counter() - start))
    counted = durations[_WARM_UP:] or durations
    return {
        "milliseconds": round(float(np.median(counted)), 2),
        "milliseconds_95": round(float(np.percentile(counted, 95)), 2),
        "products": len(counted),
    }


def write_latency(model: ModelAssets, measured: dict[str, Any]) -> None:
    """Write what was measured into a model's folder."""
    write_json(model.folder / LATENCY_FILE, measured)
