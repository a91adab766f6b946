"""Weights rounded to few values, so that a network packs into a small file and hardly changes."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers
from scipy.linalg import cholesky
from tqdm.auto import tqdm

from rakuten_core.training.pretrained.clip_vision import VisionLayer

_DAMPING = 0.01
_BLOCK = 128
# Tokens beyond these tell nothing new of a layer's inputs.
_TOKENS = 8192


def round_tower(model: keras.Model, photos: np.ndarray, levels: int) -> None:
    """Round the dense weights of a tower's layers in place, each layer after those before it.

    Args:
        model: with layers of the kind `VisionLayer` that follow each other.
        photos: preprocessed, float32 (photos, size, size, 3); what the layers see of them says
            which errors matter.
        levels: values above zero; 15 for five bits.
    """
    towers = [each for each in model.layers if isinstance(each, VisionLayer)]
    x = keras.Model(model.input, towers[0].input)(photos)
    for layer in tqdm(towers, desc="rounding", unit="layer"):
        normal = layer.layer_norm1(x)
        for dense in (layer.q_proj, layer.k_proj, layer.v_proj):
            _round(dense, normal, levels)
        attended = layer.attended(normal)
        _round(layer.out_proj, attended, levels)
        x = x + layer.out_proj(attended)
        normal = layer.layer_norm2(x)
        _round(layer.fc1, normal, levels)
        active = layer.activated(normal)
        _round(layer.fc2, active, levels)
        x = x + layer.fc2(active)


def _round(dense: layers.Dense, inputs: keras.KerasTensor, levels: int) -> None:
    seen = np.asarray(inputs).reshape(-1, inputs.shape[-1])
    seen = seen[:: max(1, len(seen) // _TOKENS)]
    dense.kernel.assign(rounded(np.asarray(dense.kernel), seen, levels))


def rounded(weights: np.ndarray, inputs: np.ndarray, levels: int) -> np.ndarray:
    """Return weights of which each output has few values, chosen so that its answers change little.

    Frantar et al., GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
    Transformers (2023): inputs are taken one after the other, the ones of largest variance first,
    and those that follow make up for the error of each.

    Args:
        weights: (inputs, outputs).
        inputs: (tokens, inputs), what the layer is given.
        levels: values above zero.

    Returns:
        float32 (inputs, outputs); each output's are multiples of its largest weight over `levels`.
    """
    left = weights.astype(np.float64)
    seen = inputs.astype(np.float64)
    hessian = seen.T @ seen / len(seen)
    order = np.argsort(-np.diag(hessian), kind="stable")
    left, hessian = left[order], hessian[np.ix_(order, order)]
    hessian[np.diag_indices_from(hessian)] += _DAMPING * np.mean(np.diag(hessian)) + 1e-9
    factor = cholesky(np.linalg.inv(hessian))
    step = np.maximum(np.abs(weights).max(axis=0), 1e-9) / levels
    result = np.empty_like(left)
    for start in range(0, len(left), _BLOCK):
        end = min(start + _BLOCK, len(left))
        errors = np.empty((end - start, left.shape[1]))
        for row in range(start, end):
            result[row] = np.clip(np.round(left[row] / step), -levels, levels) * step
            errors[row - start] = (left[row] - result[row]) / factor[row, row]
            left[row + 1 : end] -= np.outer(factor[row, row + 1 : end], errors[row - start])
        left[end:] -= factor[start:end, end:].T @ errors
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return result[back].astype(np.float32)
