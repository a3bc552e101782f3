"""Which widget can show which type of parameter, and how: the pairs that Slicer documents and a panel may need."""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable
from typing import Any

import slicer

from .annotations import Choice, Decimals, Maximum, Minimum, SingleStep, WithinRange, first, split_annotated

SlicerParameterNamePropertyName = "SlicerParameterName"


class Connector:
    """One widget bound to one parameter: its signal, and how to read and write its value."""

    def __init__(self, widget: Any, signal: str, read: Callable[[], Any], write: Callable[[Any], None]) -> None:
        self._signal = getattr(widget, signal) if signal else None
        self._callback: Callable[[], None] | None = None
        self._writing = write
        self.read = read

    def write(self, value: Any) -> None:
        self._writing(value)

    def connect(self, callback: Callable[[], None]) -> None:
        self._callback = callback
        if self._signal is not None:
            self._signal.connect(self._on_changed)

    def disconnect(self) -> None:
        self._callback = None
        if self._signal is not None:
            self._signal.disconnect(self._on_changed)

    def _on_changed(self, *_: Any) -> None:
        if self._callback is not None:
            self._callback()


def createGuiConnector(widget: Any, datatype: Any) -> Connector:
    """The connector for exactly this class of widget; a ``RuntimeError`` if it cannot show the type."""
    kind, annotations = split_annotated(datatype)
    for fits, make in _CONNECTORS:
        if fits(type(widget), kind):
            return make(widget, kind, annotations)
    raise RuntimeError(f"Unable to create GUI connector from datatype '{datatype}' to widget type '{type(widget)}'.")


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, enum.Enum)


def _is_node(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode)


def _attribute(widget: Any, signal: str, name: str) -> Connector:
    return Connector(widget, signal, lambda: getattr(widget, name), lambda value: setattr(widget, name, value))


def _check_box(widget: Any, kind: Any, annotations: tuple[Any, ...]) -> Connector:
    return _attribute(widget, "stateChanged", "checked")


def _push_button(widget: Any, kind: Any, annotations: tuple[Any, ...]) -> Connector:
    if not widget.checkable:
        logging.warning(f"Making push button checkable for conversion to bool: button {widget}")
        widget.checkable = True
    return _attribute(widget, "toggled", "checked")


def _line_edit(widget: Any, kind: Any, annotations: tuple[Any, ...]) -> Connector:
    def write(value: str) -> None:
        if value != widget.text:  # setting the text moves the cursor
            widget.text = value

    return Connector(widget, "textChanged", lambda: widget.text, write)


def _label(widget: Any, kind: Any, annotations: tuple[Any, ...]) -> Connector:
    return _attribute(widget, "", "text")


def _text_edit(widget: Any, kind: Any, annotations: tuple[Any, ...]) -> Connector:
    return Connector(widget, "textChanged", widget.toPlainText, widget.setPlainText)


def _whole_number(widget: Any, kind: Any, annotations: tuple[Any, ...]) -> Connector:
    low, high = _bounds(annotations)
    if type(widget).__name__ == "QSlider" and None in (low, high):
        raise RuntimeError("Cannot have a connection to QSlider where the int type is unbounded.")
    widget.setRange(-(2**31) if low is None else low, 2**31 - 1 if high is None else high)
    _set_hints(widget, annotations)
    return _attribute(widget, "valueChanged", "value")


def _number(widget: Any, kind: Any, annotations: tuple[Any, ...]) -> Connector:
    low, high = _bounds(annotations)
    if type(widget).__name__ in ("ctkSliderWidget", "qMRMLSliderWidget") and None in (low, high):
        raise RuntimeError("Cannot have a connection to ctkSliderWidget where the float types is unbounded.")
    _set_hints(widget, annotations)
    if kind is int:
        widget.decimals = 0
    widget.minimum = float("-inf") if low is None else low
    widget.maximum = float("inf") if high is None else high
    return Connector(
        widget, "valueChanged", lambda: kind(widget.value), lambda value: setattr(widget, "value", kind(value))
    )


def _bounds(annotations: tuple[Any, ...]) -> tuple[float | None, float | None]:
    within = first(annotations, WithinRange)
    if within is not None:
        return within.minimum, within.maximum
    low, high = first(annotations, Minimum), first(annotations, Maximum)
    return low.minimum if low else None, high.maximum if high else None


def _set_hints(widget: Any, annotations: tuple[Any, ...]) -> None:
    decimals, step = first(annotations, Decimals), first(annotations, SingleStep)
    if decimals is not None:
        widget.decimals = decimals.value
    if step is not None:
        widget.singleStep = step.value


def _choice(widget: Any, kind: Any, annotations: tuple[Any, ...]) -> Connector:
    choice = first(annotations, Choice)
    if choice is None:
        raise RuntimeError("ComboBoxToStringableConnector requires the Choice annotation to be used.")
    values = list(choice.choices)
    widget.clear()
    for value in values:
        widget.addItem(str(value))
    return _by_index(widget, values)


def _enum_choice(widget: Any, kind: type[enum.Enum], annotations: tuple[Any, ...]) -> Connector:
    """The items are the members' names, or what the enumeration's own ``label`` says; the selected row stays."""
    label = getattr(kind, "label", lambda member: member.name)
    members = list(kind)
    selected = members[widget.currentIndex]
    widget.clear()
    for member in members:
        widget.addItem(label(member))
    widget.currentIndex = members.index(selected)
    return _by_index(widget, members)


def _by_index(widget: Any, values: list[Any]) -> Connector:
    def write(value: Any) -> None:
        if value not in values:
            raise ValueError(f"Unable to find value {value} in choices {values}")
        widget.currentIndex = values.index(value)

    return Connector(widget, "currentIndexChanged", lambda: values[widget.currentIndex], write)


def _node(widget: Any, kind: type, annotations: tuple[Any, ...]) -> Connector:
    widget.nodeTypes = [kind().GetClassName()]
    return Connector(widget, "currentNodeChanged", widget.currentNode, widget.setCurrentNode)


def _names(*names: str) -> Callable[[type], bool]:
    return lambda widget_class: widget_class.__name__ in names


def _pair(widgets: Callable[[type], bool], kinds: Callable[[Any], bool]) -> Callable[[type, Any], bool]:
    return lambda widget_class, kind: widgets(widget_class) and kinds(kind)


_COMBO_BOXES = _names("QComboBox", "ctkComboBox")
_NUMBER_WIDGETS = _names("QDoubleSpinBox", "ctkSliderWidget", "qMRMLSliderWidget", "ctkDoubleSpinBox", "qMRMLSpinBox")
_CONNECTORS: list[tuple[Callable[[type, Any], bool], Callable[..., Connector]]] = [
    (_pair(_names("QCheckBox", "ctkCheckBox"), lambda kind: kind is bool), _check_box),
    (_pair(_names("QPushButton"), lambda kind: kind is bool), _push_button),
    (_pair(_names("QSlider", "QSpinBox"), lambda kind: kind is int), _whole_number),
    (_pair(_NUMBER_WIDGETS, lambda kind: kind in (int, float)), _number),
    (_pair(_COMBO_BOXES, lambda kind: kind in (int, float, str, bool)), _choice),
    (_pair(_COMBO_BOXES, _is_enum), _enum_choice),
    (_pair(_names("QLineEdit"), lambda kind: kind is str), _line_edit),
    (_pair(_names("QLabel"), lambda kind: kind is str), _label),
    (_pair(_names("QTextEdit"), lambda kind: kind is str), _text_edit),
    (_pair(_names("qMRMLNodeComboBox"), _is_node), _node),
]
