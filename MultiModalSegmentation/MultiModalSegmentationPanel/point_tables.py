"""The points of a list as a table: label, position, value on each volume, distance; a click goes there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _


class PointTable:
    """Shows rows of ``explanation.point_table``; an odd seed is marked."""

    def __init__(self, widget: qt.QTableWidget) -> None:
        self._widget = widget
        self._node: slicer.vtkMRMLMarkupsNode | None = None
        self._numbers: list[int] = []
        widget.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        widget.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        widget.verticalHeader().setVisible(False)
        widget.connect("cellClicked(int,int)", self._onCellClicked)
        self.show(None, [], [])

    def show(self, node: slicer.vtkMRMLMarkupsNode | None, names: Sequence[str], rows: Sequence[Any]) -> None:
        """Show the list's points; ``rows`` in the order of the list's defined points."""
        from MultiModalSegmentationLib.scene import defined_points

        self._node = node
        self._numbers = defined_points(node) if node else []
        headers = [_("Point"), _("Position (R, A, S in mm)"), *names, _("Distance")]
        self._widget.setColumnCount(len(headers))
        self._widget.setHorizontalHeaderLabels(headers)
        self._widget.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(_texts(row)):
                self._widget.setItem(number, column, _item(text, row))
        self._widget.resizeColumnsToContents()
        self._widget.setVisible(bool(rows))

    def _onCellClicked(self, row: int, _column: int) -> None:
        if self._node is None or self._node.GetScene() is None or row >= len(self._numbers):
            return
        position = [0.0, 0.0, 0.0]
        self._node.GetNthControlPointPositionWorld(self._numbers[row], position)
        slicer.vtkMRMLSliceNode.JumpAllSlices(slicer.mrmlScene, *position)


def _texts(row: Any) -> list[str]:
    position = ", ".join(f"{value:.1f}" for value in row.ras)
    distance = _("{distance:.2f} x multiplier").format(distance=row.distance)
    return [row.label, position, *(f"{value:.4g}" for value in row.values), distance]


def _item(text: str, row: Any) -> qt.QTableWidgetItem:
    item = qt.QTableWidgetItem(text)
    if row.is_odd:
        font = item.font()
        font.setBold(True)
        item.setFont(font)
        item.setToolTip(_("This seed is unlike the others: move it or delete it if it was placed by mistake."))
    return item
