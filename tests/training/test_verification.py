"""`assets verify` finds what is not true, whatever was changed."""

import shutil

import numpy as np
import pandas as pd
import pytest

from rakuten_core import registry
from rakuten_core.__main__ import main
from rakuten_core.assets import Assets
from rakuten_core.files import read_json, write_json
from rakuten_core.inference.models.model import load_model, models_key
from rakuten_core.reports.staleness import stale_reason
from rakuten_core.training.context import Context
from rakuten_core.training.label_ranking import check_on_corrupted_labels
from rakuten_core.training.provenance import Run, RunClock, git_state, hardware
from rakuten_core.training.runner import train
from rakuten_core.training.trainers.text_linear import TextLinearTrainer
from rakuten_core.training.verification import verify


@pytest.fixture
def assets(context, tmp_path) -> Assets:
    shutil.copytree(context.assets.root, tmp_path / "assets")
    return Assets(tmp_path / "assets")


def findings_of(assets: Assets, name: str) -> list[tuple[bool, str]]:
    return [(each.damage, each.reason) for each in verify(assets) if each.name == name]


def test_what_was_just_trained_is_true(assets):
    assert not [each for each in verify(assets) if each.name != "labels"]
    assert all(stale_reason(assets, model.name) is None for model in assets.models())


def test_an_edited_manifest_is_damage(assets):
    path = assets.model("text_linear").folder / "manifest.json"
    write_json(path, read_json(path) | {"train_seconds": -1.0})
    assert findings_of(assets, "text_linear") == [(True, "manifest.json was changed after the run")]


def test_metrics_that_the_probabilities_do_not_give_are_damage(assets):
    path = assets.model("text_linear").folder / "metrics.json"
    metrics = read_json(path)
    metrics["all"]["weighted_f1"] += 0.01
    write_json(path, metrics)
    ((damage, reason),) = findings_of(assets, "text_linear")
    assert damage and "/all/weighted_f1" in reason


def test_changed_probabilities_weights_and_missing_files_are_damage(assets):
    path = assets.model("text_linear").folder / "test_probabilities.parquet"
    pd.read_parquet(path).iloc[1:].to_parquet(path)
    # It stops no answer: the weights are whole.
    load_model(assets, "text_linear")
    ((damage, reason),) = findings_of(assets, "text_linear")
    assert damage and "SHA-256" in reason
    (assets.model("text_bayes").folder / "text_bayes.npz").unlink()
    ((damage, reason),) = findings_of(assets, "text_bayes")
    assert damage and "is missing" in reason


def test_weights_that_do_not_ship_may_be_missing(assets):
    assert "image_linear" not in registry.shipped()
    (assets.model("image_linear").folder / "network.tflite").unlink()
    assert findings_of(assets, "image_linear") == []


def test_another_version_of_the_method_makes_all_above_stale(assets, monkeypatch):
    monkeypatch.setattr(TextLinearTrainer, "method_version", 2)
    ((damage, reason),) = findings_of(assets, "text_linear")
    assert not damage and reason == "its method is at version 2, it was trained with 1"


def test_what_is_measured_with_another_method_is_stale(context, assets, monkeypatch):
    fresh = Context(context.catalog, assets, context.work)
    check_on_corrupted_labels(fresh, folds=2)
    assert findings_of(assets, "label check") == []
    monkeypatch.setattr(TextLinearTrainer, "method_version", 2)
    ((damage, reason),) = findings_of(assets, "label check")
    assert not damage and "rakuten_core labels --check --data DIR" in reason


def test_other_hyper_parameters_make_a_model_stale(assets, monkeypatch):
    parameters = TextLinearTrainer.parameters
    monkeypatch.setattr(TextLinearTrainer, "parameters", lambda self: parameters(self) | {"C": 9})
    ((damage, reason),) = findings_of(assets, "text_linear")
    assert not damage and "hyper-parameters" in reason


def test_a_model_on_another_training_of_those_below_is_stale(context, assets, tmp_path):
    again = Context(context.catalog, assets, tmp_path / "work", seed=1, options=context.options)
    train(again, "text_linear")
    ((damage, reason),) = findings_of(assets, "text_stacked")
    assert not damage and reason == "`text_linear`, which it stands on, has been trained again"
    assert "is stale" in findings_of(assets, "text_stacked_transformer")[0][1]


def test_files_that_hold_something_else_are_damage(assets):
    folder = assets.model("text_linear").folder
    write_json(folder / "metrics.json", None)
    assert findings_of(assets, "text_linear")[0][0]
    write_json(folder / "manifest.json", [])
    assert "holds no named values" in findings_of(assets, "text_linear")[0][1]
    manifest = read_json(assets.model("image_linear").folder / "manifest.json")
    del manifest["files"]["test_probabilities.parquet"], manifest["digest"]
    write_json(assets.model("image_linear").folder / "manifest.json", manifest)
    assert "does not list" in findings_of(assets, "image_linear")[0][1]


def test_a_model_that_is_not_in_the_registry_is_damage(assets):
    folder = assets.root / "models" / "left_over"
    shutil.copytree(assets.model("text_linear").folder, folder)
    assert findings_of(assets, "left_over") == [(True, "is not in the registry")]


def test_vectors_of_other_models_than_those_that_answer_are_stale(assets):
    manifest = assets.root / "vectors" / "manifest.json"
    write_json(manifest, {"models": models_key(assets)})
    assert findings_of(assets, "vectors") == []
    write_json(manifest, {"models": "0123456789abcdef"})
    ((damage, reason),) = findings_of(assets, "vectors")
    assert not damage and "rakuten_core vectors --data DIR" in reason


def test_channels_of_a_network_that_was_trained_again_are_stale(assets):
    manifest = assets.root / "statistics" / "manifest.json"
    run = assets.model("image_finetuned_int8").manifest["run"]
    write_json(manifest, {"channels": {"model": "image_finetuned_int8", "run": run}})
    assert findings_of(assets, "channels") == []
    write_json(manifest, {"channels": {"model": "image_finetuned_int8", "run": "0123456789abcdef"}})
    ((damage, reason),) = findings_of(assets, "channels")
    assert not damage and "rakuten_core explore --parts channels --data DIR" in reason


def test_the_command_fails_on_damage_and_names_what_is_stale(assets, capsys):
    arguments = ["assets", "verify", "--assets", str(assets.root)]
    shutil.rmtree(assets.root / "labels", ignore_errors=True)
    assert main(arguments) == 1
    assert "labels" in capsys.readouterr().out
    assert main([*arguments, "--allow-stale"]) == 0
    (assets.model("text_linear").folder / "metrics.json").write_text("{}")
    assert main([*arguments, "--allow-stale"]) == 1
    assert "DAMAGED  text_linear" in capsys.readouterr().out


def test_a_run_is_another_when_anything_of_it_is():
    run = Run("data", 0, {"C": 1}, 1, {"a": "b"})
    others = [
        Run("other", 0, {"C": 1}, 1, {"a": "b"}),
        Run("data", 1, {"C": 1}, 1, {"a": "b"}),
        Run("data", 0, {"C": 2}, 1, {"a": "b"}),
        Run("data", 0, {"C": 1}, 2, {"a": "b"}),
        Run("data", 0, {"C": 1}, 1, {"a": "c"}),
    ]
    assert len({run.key, *(other.key for other in others)}) == 6


def test_the_seconds_of_all_processes_count_also_of_one_that_was_killed(tmp_path):
    write_json(tmp_path / "process-0.json", {"seconds": 100.0, "peak_memory_bytes": 2**40})
    with pytest.raises(KeyboardInterrupt), RunClock(tmp_path):
        raise KeyboardInterrupt
    with RunClock(tmp_path) as clock:
        totals = clock.totals()
    assert totals["processes"] == 3 and 100 <= totals["train_seconds"] < 110
    assert totals["peak_memory_bytes"] == 2**40


def test_machine_and_commit_are_recorded():
    found = hardware()
    assert found["cores"] >= 1 and found["memory_gib"] >= 1 and found["processor"]
    state = git_state()
    assert state is None or (len(state["commit"]) == 40 and isinstance(state["dirty"], bool))


def test_the_candidates_of_a_stack_are_recorded(context):
    manifest = context.assets.model("fusion_clip").manifest
    losses = [each["log_loss"] for each in manifest["candidates"]]
    assert len(losses) == 6 and np.isfinite(losses).all()
    best = manifest["candidates"][int(np.argmin(losses))]
    assert best["l2_penalty"] == manifest["l2_penalty"]
