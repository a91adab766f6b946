"""A network so large that there is one copy of it, which all cores work on together."""

from __future__ import annotations

from pathlib import Path

from rakuten_core.inference.models.image_network import ImageNetwork
from rakuten_core.inference.models.lite_network import CORES, LiteNetwork


class TowerNetwork(ImageNetwork):
    """An image network as `ImageNetwork`, loaded when the first photo comes."""

    @classmethod
    def load_network(cls, path: Path) -> LiteNetwork:
        """Return the network: the tower is large, so all cores share one copy and one photo."""
        return LiteNetwork(path, copies=1, threads=CORES, lazily=True)
