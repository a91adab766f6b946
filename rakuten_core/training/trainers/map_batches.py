"""Batches of the maps of photos, mixed by twos, in an order of its own for each epoch.

And what a trained network answers to maps that are not mixed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import keras
import numpy as np
from tqdm.auto import tqdm

from rakuten_core.training.feature_cache import StoredFeatures


class MapBatches:
    """Maps of photos, one of several views of each, and the shares of their types.

    Args:
        views: maps of the same photos, as each view shows them.
        rows: of the photos to learn from.
        targets: float32 (photos, types), the shares of each photo's types.
        batch_size: photos per step.
        mixup: how much two photos' maps are mixed, as are their types; 0 for not at all (Zhang et
            al., mixup, 2018; on maps: Verma et al., Manifold mixup, 2019).
        seed: of all that is random.
        kept_tokens: where the maps are tokens, (tokens, channels): how many of each photo are
            shown, the first always, the others drawn for each batch; all without (Liu et al.,
            PatchDropout, 2023).
    """

    def __init__(
        self,
        views: Sequence[StoredFeatures],
        rows: np.ndarray,
        targets: np.ndarray,
        batch_size: int,
        mixup: float,
        seed: int,
        kept_tokens: int | None = None,
    ) -> None:
        self._views, self._rows, self._targets = views, rows, targets
        self._batch_size, self._mixup, self._seed = batch_size, mixup, seed
        self._one = views[0].rows(rows[:1])[0]
        self._kept_tokens = None if kept_tokens is None else min(kept_tokens, len(self._one))
        self.shape: tuple[int | None, ...] = self._one.shape
        if self._kept_tokens is not None:
            self.shape = (self._kept_tokens, *self._one.shape[1:])
        self.shuffle(0)

    def shuffle(self, epoch: int) -> None:
        """Draw the order, the views and the mixtures of an epoch."""
        self._generator = np.random.default_rng((self._seed, epoch))
        self._order = self._generator.permutation(self._rows)

    def __len__(self) -> int:
        return -(-len(self._rows) // self._batch_size)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        generator = self._generator
        for step in range(len(self)):
            batch = self._order[step * self._batch_size : (step + 1) * self._batch_size]
            shown = generator.integers(0, len(self._views), len(batch))
            maps = np.empty((len(batch), *self._one.shape), np.float32)
            for view in np.unique(shown):
                maps[shown == view] = self._views[view].rows(batch[shown == view])
            if self._kept_tokens is not None:
                others = 1 + generator.permutation(maps.shape[1] - 1)[: self._kept_tokens - 1]
                maps = maps[:, np.append(0, np.sort(others))]
            truth = self._targets[batch]
            if self._mixup:
                share = np.float32(generator.beta(self._mixup, self._mixup))
                other = generator.permutation(len(batch))
                maps = share * maps + (1 - share) * maps[other]
                truth = share * truth + (1 - share) * truth[other]
            yield maps, truth


def answers(network: keras.Model, maps: StoredFeatures, rows: np.ndarray) -> np.ndarray:
    """Return what a network makes of the maps of photos, float32 (rows, values)."""
    parts = np.array_split(rows, max(1, len(rows) // 128))
    return np.concatenate(
        [
            np.asarray(network(maps.rows(part), training=False), np.float32)
            for part in tqdm(parts, desc="photos", unit="batch", mininterval=5, leave=False)
        ]
    )
