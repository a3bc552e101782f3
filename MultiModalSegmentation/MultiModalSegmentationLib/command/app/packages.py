"""Whether the packages of the extra ``[app]`` are there."""

from __future__ import annotations

import importlib

from ...scene.packages import require_mrml


def require_app() -> None:
    """Import Slicer's classes and trame. Raises ``ValueError`` saying what to install where that fails."""
    require_mrml("The app")
    try:
        for name in ("trame.app", "trame_rca", "trame_vuetify"):
            importlib.import_module(name)
    except ImportError as error:
        raise ValueError(
            f"The app needs the packages trame, trame-rca and trame-vuetify ({error}): "
            "install them by pip install 'multimodal-segmentation[app]'."
        ) from error
