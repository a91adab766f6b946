"""Batches of cut-outs of photos, mixed by twos, in an order of its own for each epoch."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
from PIL import Image

from rakuten_core.images.augmentation import cut_out

_WAITING = 8


class CutOutBatches:
    """Cut-outs of photos and the shares of their types, drawn while the network learns.

    Args:
        photos: square, uint8 (photos, side, side, 3).
        targets: float32 (photos, types), the shares of each photo's types.
        size: side of the cut-outs in pixels.
        preprocess: the network's own preprocessing.
        batch_size: photos per step; fewer only if there are fewer.
        mixup: how much two cut-outs are mixed, as are their types; 0 for not at all (Zhang et al.,
            mixup, 2018).
        seed: of all that is random.
    """

    def __init__(
        self,
        photos: Sequence[np.ndarray],
        targets: np.ndarray,
        size: int,
        preprocess: Callable[[np.ndarray], np.ndarray],
        batch_size: int,
        mixup: float,
        seed: int,
    ) -> None:
        self._photos, self._targets, self._size = photos, targets, size
        self._preprocess, self._mixup, self._seed = preprocess, mixup, seed
        self.shape: tuple[int | None, ...] = (size, size, 3)
        self._batch_size = min(batch_size, len(targets))
        self.shuffle(0)

    def shuffle(self, epoch: int) -> None:
        """Draw the order of an epoch."""
        self._epoch = epoch
        self._order = np.random.default_rng((self._seed, epoch)).permutation(len(self._targets))

    def __len__(self) -> int:
        # Whole batches only: what is left over comes in other epochs.
        return len(self._targets) // self._batch_size

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        steps = iter(range(len(self)))
        with ThreadPoolExecutor(min(_WAITING, os.cpu_count() or 1)) as pool:
            waiting = deque(
                pool.submit(self._batch, self._epoch, step) for step in islice(steps, _WAITING)
            )
            while waiting:
                batch = waiting.popleft()
                for step in islice(steps, 1):
                    waiting.append(pool.submit(self._batch, self._epoch, step))
                yield batch.result()

    def _batch(self, epoch: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        generator = np.random.default_rng((self._seed, epoch, step))
        rows = self._order[step * self._batch_size : (step + 1) * self._batch_size]
        pixels = np.empty((len(rows), self._size, self._size, 3), np.float32)
        for place, row in enumerate(rows):
            pixels[place] = cut_out(Image.fromarray(self._photos[row]), self._size, generator)
        shares = self._targets[rows]
        if self._mixup:
            share = np.float32(generator.beta(self._mixup, self._mixup))
            other = generator.permutation(len(rows))
            pixels = share * pixels + (1 - share) * pixels[other]
            shares = share * shares + (1 - share) * shares[other]
        return self._preprocess(pixels), shares
