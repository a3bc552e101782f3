"""The choices of the combo boxes in the user's language."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from MultiModalSegmentationLib import Edge, OverwriteMode, SeedStatistics


def translateChoices(ui: Any) -> None:
    """Name the choices, in the order of their enumerations."""
    texts = {
        ui.seedStatisticsComboBox: {
            SeedStatistics.POOLED: _("Pooled"),
            SeedStatistics.ITK: _("ITK"),
        },
        ui.edgeComboBox: {
            Edge.HALF_WAY: _("Half way to the surroundings"),
            Edge.THRESHOLD: _("At the multiplier"),
        },
        ui.overwriteModeComboBox: {
            OverwriteMode.ALLOW_OVERLAP: _("Allow overlap"),
            OverwriteMode.OVERWRITE_ALL: _("Overwrite all"),
            OverwriteMode.OVERWRITE_VISIBLE: _("Overwrite visible"),
        },
    }
    for comboBox, names in texts.items():
        for index, choice in enumerate(type(next(iter(names)))):
            comboBox.setItemText(index, names[choice])
