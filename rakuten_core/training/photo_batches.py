"""Photos as `tf.data` batches: read, decoded and resized in parallel, never all in memory."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from rakuten_core.data.products import Picture
from rakuten_core.images.decoding import decode_image
from rakuten_core.images.geometry import to_square


def photo_batches(
    photos: Sequence[Picture | None],
    size: int,
    preprocess: Callable[[tf.Tensor], tf.Tensor],
    labels: np.ndarray | None = None,
    crop: float = 0.0,
    batch_size: int = 32,
    shuffle_seed: int | None = None,
) -> tf.data.Dataset:
    """Return batches of preprocessed photos, in their order unless shuffled.

    Args:
        photos: one per product, read when its turn comes.
        size: side of the pictures in pixels.
        preprocess: the backbone's own preprocessing, from levels 0..255.
        labels: one label per photo, returned beside it when given.
        crop: fraction to cut from the borders first, in [0, 1).
        batch_size: photos per batch; the last batch may be smaller.
        shuffle_seed: shuffles anew at each pass, the same way for the same seed.

    Returns:
        float32 batches of shape (batch, size, size, 3), or pairs of them and their labels.

    Raises:
        ImageError: while iterating, for a photo that cannot be decoded (inside TensorFlow's own
            error, whose message holds it).
    """

    def load(row: np.int64) -> np.ndarray:
        return to_square(decode_image(photos[int(row)]), size, crop)

    def picture(row: tf.Tensor) -> tf.Tensor:
        pixels = tf.numpy_function(load, [row], tf.uint8, stateful=False)
        pixels.set_shape((size, size, 3))
        return preprocess(tf.cast(pixels, tf.float32))

    rows = np.arange(len(photos))
    dataset = tf.data.Dataset.from_tensor_slices(rows if labels is None else (rows, labels))
    if shuffle_seed is not None:
        dataset = dataset.shuffle(len(rows), seed=shuffle_seed)

    def element(row: tf.Tensor, *label: tf.Tensor) -> tuple | tf.Tensor:
        return (picture(row), *label) if label else picture(row)

    dataset = dataset.map(element, num_parallel_calls=tf.data.AUTOTUNE)
    return dataset.batch(batch_size).prefetch(tf.data.AUTOTUNE)
