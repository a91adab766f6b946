"""Write `docs/openapi.json`: python -m rakuten_core.api.openapi."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rakuten_core.api.application import PREFIX, create_api
from rakuten_core.api.settings import Settings
from rakuten_core.files import replacing

DESCRIPTION = Path(__file__).parents[2] / "docs" / "openapi.json"


def description() -> dict[str, Any]:
    """Return the OpenAPI description of the interface, as `/api/openapi.json` gives it."""
    return create_api(Settings()).openapi() | {"servers": [{"url": PREFIX}]}


def main() -> None:
    """Write the file."""
    with replacing(DESCRIPTION) as temporary:
        content = json.dumps(description(), indent=2, ensure_ascii=False)
        temporary.write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
