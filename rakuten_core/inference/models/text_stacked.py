"""Text models, stacked two by two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rakuten_core.assets import Assets
from rakuten_core.inference.models.convolutional import TextConvolutional
from rakuten_core.inference.models.linear import TextLinear
from rakuten_core.inference.models.stacking import Stacked
from rakuten_core.inference.models.transformer import TextTransformer

_SINGLE = {
    "text_linear": TextLinear,
    "text_convolutional": TextConvolutional,
    "text_transformer": TextTransformer,
}


class TextStacked:
    """Two text models and what weighs them against each other.

    Args:
        first: the linear model, whose words can be explained exactly, or a stack that has it first.
        second: another one.
        stacked: weighs their probabilities.
    """

    def __init__(
        self,
        first: TextLinear | TextStacked,
        second: TextConvolutional | TextTransformer,
        stacked: Stacked,
    ) -> None:
        self.first = first
        self.second = second
        self.stacked = stacked

    @property
    def linear(self) -> TextLinear:
        """The linear model at the bottom."""
        return self.first.linear if isinstance(self.first, TextStacked) else self.first

    def predict_proba(self, titles: Sequence[str], descriptions: Sequence[str]) -> np.ndarray:
        """Return calibrated probabilities, (products, 27) in the order of `taxonomy.CODES`."""
        return self.stacked.predict_proba(
            self.first.predict_proba(titles, descriptions),
            self.second.predict_proba(titles, descriptions),
        )

    @classmethod
    def load(cls, assets: Assets, name: str) -> TextStacked:
        """Read a trained stacked text model and those below it.

        Raises:
            AssetError: one of them has not been trained, or a file is missing or damaged.
        """
        model = assets.model(name)
        model.verify()

        def below(name: str) -> TextLinear | TextConvolutional | TextTransformer | TextStacked:
            if name not in _SINGLE:
                return cls.load(assets, name)
            single = assets.model(name)
            single.verify()
            return _SINGLE[name].load(single.folder)

        return cls(
            below(model.manifest["first_model"]),
            below(model.manifest["second_model"]),
            Stacked.load(model.folder),
        )
