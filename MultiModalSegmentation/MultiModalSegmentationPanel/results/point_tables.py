"""The points of a list as a table: label, position, value on each volume, distance; a click goes there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from MultiModalSegmentationLib.geometry.numbers import significant
from MultiModalSegmentationLib.scene.volumes import defined_points

MOST_ROWS = 5
"""Rows shown at once."""
WIDEST_LABEL, NARROWEST_VALUE = 12, 7
"""Characters."""
LABEL_COLUMN, POSITION_COLUMN = 0, 1
COLUMNS_THAT_FIT = 5
"""More of them scroll sideways, which needs room."""


class PointTable:
    """Shows rows of ``explanation.point_table``; an odd seed is marked."""

    def __init__(self, widget: qt.QTableWidget) -> None:
        self._widget = widget
        self._node: slicer.vtkMRMLMarkupsNode | None = None
        self._numbers: list[int] = []
        widget.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        widget.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        widget.setVerticalScrollMode(qt.QAbstractItemView.ScrollPerPixel)
        widget.setHorizontalScrollMode(qt.QAbstractItemView.ScrollPerPixel)
        widget.setWordWrap(False)
        widget.verticalHeader().setVisible(False)
        widget.verticalHeader().setDefaultSectionSize(round(1.5 * widget.fontMetrics().height()))
        widget.horizontalHeader().setMinimumSectionSize(widget.fontMetrics().averageCharWidth() * NARROWEST_VALUE)
        widget.horizontalHeader().setTextElideMode(qt.Qt.ElideMiddle)
        widget.connect("cellClicked(int,int)", self._onCellClicked)
        self.show(None, [], [])

    def show(self, node: slicer.vtkMRMLMarkupsNode | None, names: Sequence[str], rows: Sequence[Any]) -> None:
        """Show the list's points; ``rows`` in the order of the list's defined points."""
        self._node = node
        self._numbers = defined_points(node) if node else []
        self._showHeaders([_("Point"), _("R, A, S (mm)"), *names, _("Distance")])
        self._widget.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(_texts(row)):
                item = _item(text, row)
                if column > POSITION_COLUMN:
                    item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
                self._widget.setItem(number, column, item)
        self._fitLabels()
        self._fitHeight(len(rows))
        self._widget.setVisible(bool(rows))

    def _showHeaders(self, headers: Sequence[str]) -> None:
        self._widget.setColumnCount(len(headers))
        for column, text in enumerate(headers):
            item = qt.QTableWidgetItem(text)
            item.setToolTip(text)
            self._widget.setHorizontalHeaderItem(column, item)
        self._widget.horizontalHeaderItem(len(headers) - 1).setToolTip(
            _("Distance from the region's statistics, in multipliers: over 1 lies outside.")
        )
        self._setResizing(range(len(headers)))

    def _setResizing(self, columns: range) -> None:
        """The volumes' columns share what the others leave; their names are cut where that is too little."""
        header = self._widget.horizontalHeader()
        for column in columns:
            isVolume = POSITION_COLUMN < column < columns[-1]
            header.setSectionResizeMode(column, qt.QHeaderView.Stretch if isVolume else qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(LABEL_COLUMN, qt.QHeaderView.Interactive)

    def _fitLabels(self) -> None:
        """Wide enough for the labels, up to some; the tool tip has all of a longer one."""
        self._widget.resizeColumnToContents(LABEL_COLUMN)
        widest = self._widget.fontMetrics().averageCharWidth() * WIDEST_LABEL
        self._widget.setColumnWidth(LABEL_COLUMN, min(self._widget.columnWidth(LABEL_COLUMN), widest))

    def _fitHeight(self, rows: int) -> None:
        """As high as the header and the rows, up to some; more of them scroll."""
        line = self._widget.verticalHeader().defaultSectionSize
        self._widget.horizontalHeader().setFixedHeight(line)
        bar = line if self._widget.columnCount > COLUMNS_THAT_FIT else 0
        self._widget.setFixedHeight((1 + min(rows, MOST_ROWS)) * line + 2 * self._widget.frameWidth + bar)

    def _onCellClicked(self, row: int, _column: int) -> None:
        if self._node is None or self._node.GetScene() is None or row >= len(self._numbers):
            return
        position = [0.0, 0.0, 0.0]
        self._node.GetNthControlPointPositionWorld(self._numbers[row], position)
        slicer.vtkMRMLSliceNode.JumpAllSlices(slicer.mrmlScene, *position)


def _texts(row: Any) -> list[str]:
    position = ", ".join(f"{value:.1f}" for value in row.ras)
    distance = _("{distance} x").format(distance=significant(row.distance))
    return [row.label, position, *(f"{value:#.4g}".rstrip(".") for value in row.values), distance]


def _item(text: str, row: Any) -> qt.QTableWidgetItem:
    item = qt.QTableWidgetItem(text)
    item.setToolTip(text)
    if row.is_odd:
        font = item.font()
        font.setBold(True)
        item.setFont(font)
        item.setToolTip(_("This seed is unlike the others: move it or delete it if it was placed by mistake."))
    return item
