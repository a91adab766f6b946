"""The linear text model and the fine-tuned sentence encoder, stacked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rakuten_core.assets import Assets
from rakuten_core.models.stacked import Stacked
from rakuten_core.models.text_linear import TextLinear
from rakuten_core.models.text_transformer import TextTransformer


class TextStacked:
    """Two text models and what weighs them against each other.

    Args:
        linear: the one whose words can be explained exactly.
        transformer: the other.
        stacked: weighs their probabilities.
    """

    def __init__(self, linear: TextLinear, transformer: TextTransformer, stacked: Stacked) -> None:
        self.linear = linear
        self.transformer = transformer
        self.stacked = stacked

    def predict_proba(self, titles: Sequence[str], descriptions: Sequence[str]) -> np.ndarray:
        """Return calibrated probabilities, (products, 27) in the order of `taxonomy.CODES`."""
        return self.stacked.predict_proba(
            self.linear.predict_proba(titles, descriptions),
            self.transformer.predict_proba(titles, descriptions),
        )

    @classmethod
    def load(cls, assets: Assets, name: str) -> TextStacked:
        """Read the three models that a trained stacked text model consists of.

        Raises:
            AssetError: one of them has not been trained, or a file is missing or damaged.
        """
        model = assets.model(name)
        linear, transformer = (
            assets.model(model.manifest[place]) for place in ("first_model", "second_model")
        )
        for each in (model, linear, transformer):
            each.verify()
        return cls(
            TextLinear.load(linear.folder),
            TextTransformer.load(transformer.folder),
            Stacked.load(model.folder),
        )
