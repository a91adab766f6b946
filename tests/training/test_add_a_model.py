"""The page that tells how to add a model is run as it stands."""

import re
import sys
from pathlib import Path

from rakuten_core import registry
from rakuten_core.assets import Assets
from rakuten_core.language import N_
from rakuten_core.registry import ModelEntry
from rakuten_core.reports.model_card import model_card
from rakuten_core.training.context import Context
from rakuten_core.training.runner import load_trainable, train

PAGE = Path(__file__).parents[2] / "docs" / "add_a_model.md"


def test_the_example_trains_and_answers(context, tmp_path, monkeypatch):
    code, line = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "text_multinomial.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    line = line.replace("rakuten_core.training.trainers.text_multinomial", "text_multinomial")
    entry = eval(line, {"ModelEntry": ModelEntry, "N_": N_})
    monkeypatch.setattr(registry, "REGISTRY", (*registry.REGISTRY, entry))
    fresh = Context(context.catalog, Assets(tmp_path / "assets"), tmp_path / "work")
    assert train(fresh, "text_multinomial") == ["text_multinomial"]
    trained = fresh.assets.model("text_multinomial")
    assert trained.metrics["all"]["weighted_f1"] > 0.3
    assert trained.manifest["parameters"] == {"alpha": 0.1}
    model = load_trainable(fresh.assets, "text_multinomial")
    test = context.readable("text").query("split == 'test'")
    assert model.predict_proba(context.answerable(test)).shape == (len(test), 27)
    assert "## Evaluation" in model_card(fresh.assets, "text_multinomial")
    del sys.modules["text_multinomial"]
