"""Stand-ins for CTK's widgets that hold a number or a color."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Property, Qt, Signal

from .ui_classes import changing_property, ui_class

_SLIDER_POSITIONS = 10000


def _of_spin_box(kind: type, name: str) -> Property:
    return Property(
        kind, lambda self: getattr(self._spin_box, name), lambda self, value: setattr(self._spin_box, name, value)
    )


@ui_class
class ctkDoubleSpinBox(QtWidgets.QDoubleSpinBox):
    """A spin box for real numbers."""


@ui_class
class ctkSliderWidget(QtWidgets.QWidget):
    """A slider and a spin box that show one real number; the value is the spin box's, to ``decimals`` digits."""

    valueChanged = Signal(float)
    valueIsChanging = Signal(float)
    rangeChanged = Signal(float, float)
    signal_names = {  # noqa: RUF012 - a constant table
        "valueChanged(double)": "valueChanged",
        "valueIsChanging(double)": "valueIsChanging",
        "rangeChanged(double,double)": "rangeChanged",
    }

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, _SLIDER_POSITIONS)
        self._spin_box = QtWidgets.QDoubleSpinBox()
        self._tracking = True
        self._changing_from: float | None = None
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider)
        layout.addWidget(self._spin_box)
        self._slider.valueChanged.connect(self._on_slider)
        self._slider.sliderReleased.connect(self._on_slider_released)
        self._spin_box.valueChanged.connect(self._on_spin_box)

    def slider(self) -> QtWidgets.QSlider:
        return self._slider

    def spinBox(self) -> QtWidgets.QDoubleSpinBox:
        return self._spin_box

    def setValue(self, value: float) -> None:
        self._spin_box.setValue(value)

    def setMinimum(self, minimum: float) -> None:
        self.setRange(minimum, max(minimum, self.maximum))

    def setMaximum(self, maximum: float) -> None:
        self.setRange(min(maximum, self.minimum), maximum)

    def setRange(self, minimum: float, maximum: float) -> None:
        before = (self.minimum, self.maximum)
        self._spin_box.setRange(minimum, maximum)
        self._move_slider()
        if before != (self.minimum, self.maximum):
            self.rangeChanged.emit(self.minimum, self.maximum)

    def setTracking(self, tracking: bool) -> None:
        self._tracking = tracking

    def reset(self) -> None:
        self.setValue(0.0)

    def _on_slider(self, position: int) -> None:
        if self._changing_from is None and self._slider.isSliderDown():
            self._changing_from = self._spin_box.value
        share = position / _SLIDER_POSITIONS
        step = self._spin_box.singleStep
        value = self.minimum + round(share * (self.maximum - self.minimum) / step) * step
        self._spin_box.setValue(value)

    def _on_slider_released(self) -> None:
        before, self._changing_from = self._changing_from, None
        if not self._tracking and before is not None and before != self.value:
            self.valueChanged.emit(self.value)

    def _on_spin_box(self, value: float) -> None:
        self._move_slider()
        if self._slider.isSliderDown():
            self.valueIsChanging.emit(value)
        if self._tracking or not self._slider.isSliderDown():
            self.valueChanged.emit(value)

    def _move_slider(self) -> None:
        if not self._slider.isSliderDown():
            width = self.maximum - self.minimum
            self._slider.blockSignals(True)
            self._slider.setValue(
                round((self._spin_box.value - self.minimum) / width * _SLIDER_POSITIONS) if width else 0
            )
            self._slider.blockSignals(False)

    value = Property(float, lambda self: self._spin_box.value, setValue)
    minimum = Property(float, lambda self: self._spin_box.minimum, setMinimum)
    maximum = Property(float, lambda self: self._spin_box.maximum, setMaximum)
    tracking = changing_property(bool, "_tracking", "setTracking")
    decimals = _of_spin_box(int, "decimals")
    singleStep = _of_spin_box(float, "singleStep")
    prefix = _of_spin_box(str, "prefix")
    suffix = _of_spin_box(str, "suffix")
    pageStep = Property(
        float, lambda self: float(self._slider.pageStep), lambda self, value: self._slider.setPageStep(int(value))
    )
    spinBoxVisible = Property(
        bool, lambda self: not self._spin_box.isHidden(), lambda self, visible: self._spin_box.setVisible(visible)
    )


@ui_class
class ctkColorPickerButton(QtWidgets.QPushButton):
    """A button that shows a color and opens a color dialog."""

    colorChanged = Signal(QtGui.QColor)
    signal_names = {"colorChanged(QColor)": "colorChanged"}  # noqa: RUF012 - a constant table

    def __init__(self, *arguments: object) -> None:
        super().__init__(*[each for each in arguments if isinstance(each, QtWidgets.QWidget)])
        self._color = QtGui.QColor(0, 0, 0)
        self._shows_name = True
        self.clicked.connect(lambda *_: self.changeColor())
        self._show()

    def setColor(self, color: QtGui.QColor) -> None:
        if color == self._color:
            return
        self._color = QtGui.QColor(color)
        self._show()
        self.colorChanged.emit(self._color)

    def setDisplayColorName(self, shown: bool) -> None:
        self._shows_name = shown
        self._show()

    def changeColor(self) -> None:
        color = QtWidgets.QColorDialog.getColor(self._color, self)
        if color.isValid():
            self.setColor(color)

    def _show(self) -> None:
        swatch = QtGui.QPixmap(QtCore.QSize(16, 16))
        swatch.fill(self._color)
        self.setIcon(QtGui.QIcon(swatch))
        self.setText(self._color.name() if self._shows_name else "")

    color = changing_property(QtGui.QColor, "_color", "setColor")
    displayColorName = changing_property(bool, "_shows_name", "setDisplayColorName")
