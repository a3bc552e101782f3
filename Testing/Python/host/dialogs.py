"""What a user would be told or asked in dialogs, recorded instead of shown; scene files."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import slicer


@dataclass
class Messages:
    """Texts of the message boxes since the test began, and the answer that the "user" gives to questions."""

    shown: list[tuple[int, str]] = field(default_factory=list)
    accept: bool = True

    @property
    def errors(self) -> list[str]:
        return [text for level, text in self.shown if level >= logging.ERROR]

    def display(self, level: int, text: str, *_: Any, **options: Any) -> Any:
        """Stands for ``slicer.util._messageDisplay``: every message box goes through it."""
        self.shown.append((level, str(text)))
        buttons = options.get("standardButtons")
        if buttons is None:
            return None
        chosen = [each for each in type(buttons) if each & buttons and each.name not in ("NoButton", "ButtonMask")]
        accepting = [each for each in chosen if each.name in ("Ok", "Yes", "Retry")]
        refusing = [each for each in chosen if each not in accepting]
        return next(iter(accepting if self.accept else refusing), buttons)


def save_scene(path: Any, properties: dict | None = None) -> bool:
    """Stands for ``slicer.util.saveScene``: ``.mrb`` with the data, ``.mrml`` without."""
    path = str(path)
    if path.endswith(".mrb"):
        return bool(slicer.mrmlScene.WriteToMRB(path))
    slicer.mrmlScene.SetURL(path)
    return bool(slicer.mrmlScene.Commit(path))


def load_scene(path: Any, properties: dict | None = None) -> None:
    """Stands for ``slicer.util.loadScene``: adds to the scene, unless ``properties`` say ``{"clear": True}``."""
    path = str(path)
    clear = bool((properties or {}).get("clear"))
    if path.endswith(".mrb"):
        loaded = slicer.mrmlScene.ReadFromMRB(path, clear)
    else:
        slicer.mrmlScene.SetURL(path)
        loaded = slicer.mrmlScene.Connect() if clear else slicer.mrmlScene.Import()
    if not loaded:
        raise RuntimeError(f"Failed to load scene from file: {path}")
