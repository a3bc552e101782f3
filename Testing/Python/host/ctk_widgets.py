"""Stand-ins for CTK's buttons and groups, and the module ``ctk`` (see ``ctk_values.py`` for numbers and colors)."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Property, QEvent, Qt, Signal

from .ui_classes import changing_property, ui_class


class _HidesChildren:
    """Collapsing hides the direct children, and expanding shows those again that were not hidden on purpose."""

    def _show_children(self, visible: bool) -> None:
        for child in QtCore.QObject.children(self):
            if isinstance(child, QtWidgets.QWidget):
                self._show_child(child, visible)

    def _show_child(self, child: QtWidgets.QWidget, visible: bool) -> None:
        if not visible and not child.isHidden():
            child.setProperty("_hiddenByGroup", True)
            child.setVisible(False)
        elif visible and child.property("_hiddenByGroup"):
            child.setProperty("_hiddenByGroup", None)
            child.setVisible(True)


@ui_class
class ctkCollapsibleButton(_HidesChildren, QtWidgets.QAbstractButton):
    """A titled header over contents that it shows and hides; ``checked`` is the opposite of ``collapsed``."""

    contentsCollapsed = Signal(bool)

    def __init__(self, *arguments: object) -> None:
        parents = [each for each in arguments if isinstance(each, QtWidgets.QWidget)]
        QtWidgets.QAbstractButton.__init__(self, *parents)
        self._collapsed = False
        self.setCheckable(True)
        self.setChecked(True)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Minimum)
        self.setContentsMargins(0, self._header_height(), 0, 0)
        self.toggled.connect(lambda checked: self.setCollapsed(not checked))
        for text in arguments:
            if isinstance(text, str):
                self.setText(text)

    def _header_height(self) -> int:
        return self.fontMetrics().height() + 8

    def setCollapsed(self, collapsed: bool) -> None:
        if collapsed == self._collapsed:
            return
        self._collapsed = collapsed
        self.setChecked(not collapsed)
        self._show_children(not collapsed)
        self.setMaximumHeight(self._header_height() if collapsed else 16777215)
        self.updateGeometry()
        self.contentsCollapsed.emit(collapsed)

    collapsed = changing_property(bool, "_collapsed", "setCollapsed")

    def childEvent(self, event: QtCore.QChildEvent) -> None:
        child = event.child()
        if event.type() == QEvent.Type.ChildPolished and self._collapsed and isinstance(child, QtWidgets.QWidget):
            self._show_child(child, False)

    def sizeHint(self) -> QtCore.QSize:
        header = QtCore.QSize(self.fontMetrics().horizontalAdvance(self.text) + 30, self._header_height())
        layout = self.layout()
        return header if layout is None or self._collapsed else layout.totalSizeHint().expandedTo(header)

    def minimumSizeHint(self) -> QtCore.QSize:
        header = QtCore.QSize(self.fontMetrics().horizontalAdvance(self.text) + 30, self._header_height())
        layout = self.layout()
        return header if layout is None or self._collapsed else layout.totalMinimumSize().expandedTo(header)

    def hitButton(self, position: QtCore.QPoint) -> bool:
        return position.y() < self._header_height()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtWidgets.QStylePainter(self)
        header = QtCore.QRect(0, 0, self.width, self._header_height())
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = header
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_PushButtonBevel, option)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(6, header.height() // 2 - 5, 10, 10)
        primitive = QtWidgets.QStyle.PrimitiveElement
        painter.drawPrimitive(
            primitive.PE_IndicatorArrowRight if self._collapsed else primitive.PE_IndicatorArrowDown, arrow
        )
        painter.drawItemText(
            header.adjusted(22, 0, -4, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextShowMnemonic,
            self.palette,
            self.isEnabled(),
            self.text,
        )


@ui_class
class ctkCollapsibleGroupBox(_HidesChildren, QtWidgets.QGroupBox):
    """A group box whose check mark is an arrow: unchecked is collapsed."""

    def __init__(self, *arguments: object) -> None:
        QtWidgets.QGroupBox.__init__(self, *arguments)
        self.setCheckable(True)
        self.setChecked(True)
        self.toggled.connect(self._expand)

    def _expand(self, expanded: bool) -> None:
        self._show_children(expanded)
        for child in QtCore.QObject.children(self):
            if isinstance(child, QtWidgets.QWidget):
                child.setEnabled(True)
        self.setMaximumHeight(16777215 if expanded else self.fontMetrics().height() + 8)

    def setCollapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    collapsed = Property(bool, lambda self: not self.isChecked(), lambda self, value: self.setCollapsed(value))


@ui_class
class ctkComboBox(QtWidgets.QComboBox):
    """A combo box that shows a default text while nothing is selected."""

    def setDefaultText(self, text: str) -> None:
        self.setPlaceholderText(text)

    defaultText = Property(str, QtWidgets.QComboBox.placeholderText, setDefaultText)


@ui_class
class ctkCheckBox(QtWidgets.QCheckBox):
    """A check box."""


@ui_class
class ctkPushButton(QtWidgets.QPushButton):
    """A push button."""
