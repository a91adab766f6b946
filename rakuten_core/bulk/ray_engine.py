"""The same answers on many machines, with Ray Data: Parquet shards in, Parquet shards out.

`read_parquet`, then a pool of actors that each hold the models, then `write_parquet`; paths may be
of any file system that pyarrow knows. See https://docs.ray.io/en/latest/data/batch_inference.html.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from rakuten_core.bulk.answer_table import answer_rows
from rakuten_core.data.column_names import columns_by_name
from rakuten_core.data.photo_sources import PhotoSource
from rakuten_core.data.product_columns import fields_of
from rakuten_core.data.tables import Row
from rakuten_core.errors import CatalogError
from rakuten_core.inference.classifier import Classifier
from rakuten_core.language import _

_BATCH_ROWS = 256
_SHARD = "shard"
# Readers of Parquet folders pass over what starts with an underscore.
_FACTS = "_facts.json"


class Answerer:
    """An actor: the models, loaded once, and the answers to batches.

    Args:
        assets: the folder of the models on each machine, None for those of the package.
        images: a folder or ZIP file of photos on each machine; without, a row's `photo` holds the
            picture, or names it by path or address.
    """

    def __init__(self, assets: str | None, images: str | None) -> None:
        self._classifier = Classifier.load(assets)
        self._photos = PhotoSource(Path(images) if images else None, trusted=True)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Return the answers to a batch, with the name of the shard that each row is of."""
        names = [name for name in batch.column_names if name != "path"]
        columns = columns_by_name(names)
        rows = [fields_of(Row(record), columns) for record in batch.select(names).to_pylist()]
        answers = answer_rows(self._classifier, rows, self._photos)
        shards = [_shard_name(path) for path in batch["path"].to_pylist()]
        return answers.append_column(_SHARD, pa.array(shards, pa.string()))


def classify_with_ray(
    source: str,
    output: str,
    images: str | None = None,
    workers: int = 2,
    assets: str | None = None,
    address: str | None = None,
) -> int:
    """Classify a folder of Parquet files.

    Rows keep their id, not their order: those of one file lie in the folder `shard=NAME` of the
    output. The same call after an interruption answers the files again that were not complete.

    Args:
        source: a folder of Parquet files, or its address.
        output: a folder, or its address; another one than `source`.
        images: see `Answerer`.
        workers: actors; each takes one processor.
        assets: see `Answerer`.
        address: of a Ray cluster that runs already; without, one is started on this machine.

    Returns:
        The number of rows in the output.

    Raises:
        CatalogError: Ray is missing, the folder has no Parquet file or is the output too, or the
            output is of other models.
    """
    if importlib.util.find_spec("ray") is None:
        raise CatalogError(_("Install what Ray needs first: pip install -r requirements-ray.txt"))
    shards = _rows_of_shards(source)
    if not shards:
        raise CatalogError(_("{source} holds no Parquet file.").format(source=source))
    if _file_system(source)[1] == _file_system(output)[1]:
        raise CatalogError(
            _("{output} is the file to read. Name another one to write: --output.").format(
                output=output
            )
        )
    _check_facts(output, Classifier.load(assets).fingerprint)
    missing = _unfinished(shards, output)
    if missing:
        _answer_shards(missing, output, (assets, images), workers, address)
    return sum(shards.values())


def _answer_shards(
    shards: list[str],
    output: str,
    models_and_images: tuple[str | None, str | None],
    workers: int,
    address: str | None,
) -> None:
    import ray
    from ray.data import ActorPoolStrategy

    if not ray.is_initialized():
        started: dict[str, Any] = {} if address else {"num_cpus": workers + 1}
        ray.init(address=address, include_dashboard=False, log_to_driver=False, **started)
    answers = ray.data.read_parquet(shards, include_paths=True).map_batches(
        Answerer,
        fn_constructor_args=models_and_images,
        compute=ActorPoolStrategy(size=workers),
        batch_size=_BATCH_ROWS,
        batch_format="pyarrow",
        num_cpus=1,
    )
    answers.write_parquet(output, partition_cols=[_SHARD])


def _file_system(address: str) -> tuple[fs.FileSystem, str]:
    """Return the file system of a path or an address, and the path in it."""
    if "://" not in address:
        address = str(Path(address).resolve())
    return fs.FileSystem.from_uri(address)


def _shard_name(path: str) -> str:
    return path.rsplit("/", 1)[-1].removesuffix(".parquet")


def _files(system: fs.FileSystem, folder: str) -> Iterable[str]:
    selector = fs.FileSelector(folder, recursive=True, allow_not_found=True)
    return sorted(
        found.path for found in system.get_file_info(selector) if found.path.endswith(".parquet")
    )


def _rows_of_shards(source: str) -> dict[str, int]:
    """Return the rows of each file of a folder, by its address."""
    system, folder = _file_system(source)
    prefix = source.split("://")[0] + "://" if "://" in source else ""
    try:
        return {
            prefix + path: pq.read_metadata(path, filesystem=system).num_rows
            for path in _files(system, folder)
        }
    except (pa.ArrowException, OSError) as error:
        raise CatalogError(_("This is not a Parquet file: {error}.").format(error=error)) from error


def _check_facts(output: str, fingerprint: str) -> None:
    """Write which models answer, or check that the output is of the same.

    Raises:
        CatalogError: it is not.
    """
    system, folder = _file_system(output)
    path = f"{folder}/{_FACTS}"
    if system.get_file_info(path).type == fs.FileType.File:
        with system.open_input_stream(path) as file:
            if json.loads(file.read())["models"] != fingerprint:
                raise CatalogError(
                    _("{output} holds answers of other models. Name another folder.").format(
                        output=output
                    )
                )
        return
    system.create_dir(folder)
    with system.open_output_stream(path) as file:
        file.write(json.dumps({"models": fingerprint}).encode())


def _unfinished(shards: dict[str, int], output: str) -> list[str]:
    """Return the files whose answers are not complete, with what there was of them deleted."""
    system, folder = _file_system(output)
    missing = []
    for path, rows in shards.items():
        part = f"{folder}/{_SHARD}={_shard_name(path)}"
        try:
            found = sum(
                pq.read_metadata(each, filesystem=system).num_rows for each in _files(system, part)
            )
        except (pa.ArrowException, OSError):
            # Half written when the process was killed.
            found = -1
        if found == rows:
            continue
        if system.get_file_info(part).type == fs.FileType.Directory:
            system.delete_dir(part)
        missing.append(path)
    return missing
