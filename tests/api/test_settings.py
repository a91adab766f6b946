from pathlib import Path

import pytest
from pydantic import ValidationError

from rakuten_core.api.settings import Settings

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy.md"


def test_each_setting_stands_in_the_table_of_the_guide():
    table = DEPLOY.read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        variable = field.validation_alias or f"RAKUTEN_{name.upper()}"
        assert f"| `{variable}` |" in table
    assert table.count("| `RAKUTEN_") == len(Settings.model_fields) - 1


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("RAKUTEN_WAITING", "7")
    monkeypatch.setenv("RAKUTEN_CORS_ORIGINS", '["https://a.example"]')
    monkeypatch.setenv("RAKUTEN_API_KEY", "")
    found = Settings()
    assert (found.waiting, found.cors_origins) == (7, ["https://a.example"])
    assert found.api_key is None


@pytest.mark.parametrize(
    ("name", "value"), [("API_KEY", "short"), ("WORKERS", "0"), ("LOG_LEVEL", "LOUD")]
)
def test_wrong_settings_are_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"RAKUTEN_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()
