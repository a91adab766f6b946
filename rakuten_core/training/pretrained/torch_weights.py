"""Reading the tensors of a PyTorch `.pth` file without PyTorch and without running its code.

The file is the format that PyTorch wrote before 1.6: a magic number, a protocol number and system
facts, then the pickled state dictionary whose tensors name their storages, then the list of storage
keys, then the storages' raw values. The layout is documented in PyTorch's `torch/serialization.py`.
"""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

from rakuten_core.errors import AssetError
from rakuten_core.language import _

_MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
_STORAGE_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Storage:
    def __init__(self, dtype: np.dtype, size: int) -> None:
        self.values = np.zeros(size, dtype)


class _Tensor:
    """A view of a storage; its values are there once the storages have been read."""

    def __init__(self, storage: _Storage, offset: int, shape: tuple, strides: tuple) -> None:
        self._storage, self._offset = storage, offset
        self._shape, self._strides = shape, strides

    def array(self) -> np.ndarray:
        values = self._storage.values[self._offset :]
        strides = [stride * values.itemsize for stride in self._strides]
        needed = 1 + sum(
            (length - 1) * stride for length, stride in zip(self._shape, self._strides, strict=True)
        )
        if 0 not in self._shape and needed > len(values):
            raise ValueError(_("a tensor reaches beyond its storage"))
        return np.lib.stride_tricks.as_strided(values, self._shape, strides).copy()


class _RestrictedUnpickler(pickle.Unpickler):
    """Builds dictionaries and tensor descriptions; every other class or function is refused."""

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: _Tensor(
                storage, offset, shape, strides
            )
        if module == "torch" and name in _STORAGE_TYPES:
            return _STORAGE_TYPES[name]
        raise pickle.UnpicklingError(
            _("{module}.{name} is not allowed in a weights file").format(module=module, name=name)
        )

    def persistent_load(self, pid: tuple) -> _Storage:
        _, dtype, key, _, size, *_ = pid
        return self.storages.setdefault(key, _Storage(dtype, size))


def read_torch_weights(path: Path) -> dict[str, np.ndarray]:
    """Return the tensors of a `.pth` state dictionary by name.

    Raises:
        AssetError: the file is missing, of another format, incomplete, or names code to run.
    """
    try:
        with path.open("rb") as file:
            if _RestrictedUnpickler(file).load() != _MAGIC_NUMBER:
                raise ValueError(_("not a PyTorch state dictionary of the format before 1.6"))
            _RestrictedUnpickler(file).load()
            _RestrictedUnpickler(file).load()
            unpickler = _RestrictedUnpickler(file)
            tensors = unpickler.load()
            for key in _RestrictedUnpickler(file).load():
                storage = unpickler.storages[key]
                size = int(np.frombuffer(file.read(8), "<i8")[0])
                if size != len(storage.values):
                    raise ValueError(
                        _("storage {key} has another size than announced").format(key=key)
                    )
                dtype = storage.values.dtype
                storage.values = np.frombuffer(file.read(size * dtype.itemsize), dtype, size)
        return {name: tensor.array() for name, tensor in tensors.items()}
    except FileNotFoundError:
        raise AssetError(_("The weights file {path} is missing.").format(path=path)) from None
    except (pickle.UnpicklingError, ValueError, KeyError, EOFError, IndexError) as error:
        raise AssetError(
            _("The weights file {path} cannot be read: {error}.").format(path=path, error=error)
        ) from error
