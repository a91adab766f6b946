"""What every trainer gets: the products, the folders, the seed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from rakuten_core.assets import Assets, ModelAssets, probability_matrix
from rakuten_core.data.catalog import SPLITS, Catalog
from rakuten_core.data.products import Products
from rakuten_core.errors import ModelError, RakutenError
from rakuten_core.files import key_of
from rakuten_core.images.decoding import decode_image
from rakuten_core.language import _
from rakuten_core.text.markup import has_text
from rakuten_core.training.checkpoints import Checkpoints


@dataclass(frozen=True)
class Context:
    """What every trainer gets.

    Attributes:
        catalog: the products.
        assets: where trained models are.
        work: a folder for checkpoints and caches.
        seed: of everything random.
        options: hyper-parameters other than the default; a trainer takes those that it has.
    """

    catalog: Catalog
    assets: Assets
    work: Path
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def products(self) -> pd.DataFrame:
        """The catalogue's products with `has_text`, by the one rule of `text.markup`."""
        products = self.catalog.products
        texts = zip(products["designation"], products["description"], strict=True)
        return products.assign(has_text=[has_text(*pair) for pair in texts])

    @cached_property
    def products_with_photo(self) -> pd.DataFrame:
        """The products whose photo can be decoded; each photo is decoded once to find out."""
        products = self.products[self.products["photo"].notna()]

        def decodable(name: str) -> bool:
            try:
                decode_image(self.catalog.photos.read(name))
            except RakutenError as error:
                warnings.warn(f"{name} is left out: {error}", stacklevel=2)
                return False
            return True

        def check() -> dict[str, np.ndarray]:
            with ThreadPoolExecutor() as pool:
                answers = pool.map(decodable, products["photo"])
                bar = tqdm(
                    answers, _("Checking photos"), len(products), unit="photo", mininterval=1
                )
                return {"decodable": np.array(list(bar), bool)}

        checked = self.checkpoints("photos").arrays("decodable", check)
        return products[checked["decodable"]]

    def readable(self, modality: str) -> pd.DataFrame:
        """Return the products that a model of a modality can read: fusion needs both.

        Raises:
            ModelError: there is none.
        """
        products = self.products if modality == "text" else self.products_with_photo
        if modality != "image":
            products = products[products["has_text"]]
        if products.empty:
            missing = {"text": "text", "image": "photo", "fusion": _("text and photo")}[modality]
            raise ModelError(
                _(
                    "{directory} has no product with a {missing}: {modality} models cannot be "
                    "trained. Photos are expected in images/image_train/ or images.zip."
                ).format(directory=self.catalog.directory, missing=missing, modality=modality)
            )
        return products

    def answerable(self, table: pd.DataFrame) -> Products:
        """Return rows of `products` as a model is asked about them."""
        return Products.of_table(table, self.catalog.photos)

    def trained(self, name: str) -> ModelAssets:
        """Return a model that has been trained on these data.

        Raises:
            AssetError: it has not been trained.
            ModelError: it was trained on other data.
        """
        model = self.assets.model(name)
        if model.manifest["data"]["fingerprint"] != self.catalog.fingerprint:
            raise ModelError(
                _(
                    "{name} was trained on other data. Train it first: python -m rakuten_core "
                    "train --data {directory} --models {name}"
                ).format(name=name, directory=self.catalog.directory)
            )
        return model

    def test_probabilities(self, name: str, test: pd.DataFrame) -> np.ndarray:
        """Return a trained model's saved answers to test products, (products, 27).

        A row is NaN where the model had nothing to read.
        """
        table = self.assets.model(name).test_probabilities().set_index("productid")
        return probability_matrix(table.reindex(test["productid"]))

    def checkpoints(self, name: str, *facts: Any) -> Checkpoints:
        """Return the checkpoints of a model for these data, this seed and these facts."""
        key = key_of(self.catalog.fingerprint, self.seed, *facts)
        return Checkpoints(self.work / "checkpoints" / f"{name}-{key}")


def rows_of(products: pd.DataFrame) -> dict[str, int]:
    """Return how many products each split has."""
    counts = products["split"].value_counts()
    return {split: int(counts.get(split, 0)) for split in SPLITS}
