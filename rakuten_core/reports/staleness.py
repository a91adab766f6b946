"""Which trained models are not what training would make today, as far as their files tell."""

from __future__ import annotations

from rakuten_core import registry
from rakuten_core.assets import Assets, is_untouched
from rakuten_core.language import _


def stale_reason(assets: Assets, name: str) -> str | None:
    """Return why a trained model is stale, or None; `assets verify` looks deeper.

    Raises:
        AssetError: it has not been trained.
    """
    manifest = assets.model(name).manifest
    if "method_version" not in manifest:
        return _("its run was recorded before runs were described in full")
    if not is_untouched(manifest):
        return _("its manifest was changed after the run")
    trained = {model.name: model for model in assets.models()}
    for needed in registry.entry(name).needs:
        if needed not in trained:
            return _("`{needed}`, which it stands on, is not there").format(needed=needed)
        if trained[needed].manifest["run"] != manifest["below"].get(needed):
            return _("`{needed}`, which it stands on, has been trained again").format(needed=needed)
        if stale_reason(assets, needed) is not None:
            return _("`{needed}`, which it stands on, is stale").format(needed=needed)
    return None
