"""PythonQt's manners on PySide6: what Slicer's Python scripts see of a Qt object.

PythonQt shows Qt properties, static and dynamic, and named children as attributes, reads ``name`` as ``objectName``,
connects with ``widget.connect("clicked(bool)", slot)``, keeps a slot alive as long as the connection, and refuses to
put a new attribute on a C++ object. The hooks are set on PySide6's own classes, so ``type(widget) is qt.QCheckBox``
holds for a widget from a ``.ui`` file as well.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QObject

_plain_get = QObject.__getattribute__
_is_property: dict[tuple[type, str], bool] = {}
_kept_slots: dict[int, list[tuple[str, Callable]]] = {}
_stand_ins: set[type] = set()

_VIRTUAL_PROPERTIES = ("sizeHint", "minimumSizeHint")
"""Qt itself asks the Python object for these methods to learn whether a script overrides them."""


def stand_in(widget_class: type) -> type:
    """Decorator: to scripts this class, written in Python, is one of Slicer's C++ classes."""
    _stand_ins.add(widget_class)
    return widget_class


def install() -> None:
    """Give every PySide6 class PythonQt's manners; done once per process."""
    if QObject.__getattribute__ is _get:
        return
    QObject.__getattribute__ = _get
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            qt_class = getattr(module, name)
            if isinstance(qt_class, type) and issubclass(qt_class, QObject):
                qt_class.__setattr__ = _set


def _cpp_class(cls: type) -> type:
    """The first class that is C++ to a script: Qt's own, or a stand-in."""
    return next(base for base in cls.__mro__ if base in _stand_ins or base.__module__.startswith("PySide6"))


def _names_property(self: QObject, name: str) -> bool:
    if name in _VIRTUAL_PROPERTIES:
        return False
    cls = type(self)
    known = _is_property.get((cls, name))
    if known is None:
        scripted = cls.__mro__[: cls.__mro__.index(_cpp_class(cls))]
        known = not any(name in base.__dict__ for base in scripted) and (
            _plain_get(self, "metaObject")().indexOfProperty(name) >= 0
        )
        _is_property[cls, name] = known
    return known


def _get(self: QObject, name: str) -> Any:
    if name.startswith("_"):
        return _plain_get(self, name)
    if name == "name" and not _names_property(self, name):
        name = "objectName"
    if _names_property(self, name):
        value = _plain_get(self, "property")(name)
        return tuple(value) if isinstance(value, list) else value
    extra = _METHODS.get(name)
    if extra is not None:
        return types.MethodType(extra, self)
    try:
        return _plain_get(self, name)
    except AttributeError:
        return _dynamic_property_or_child(self, name)


def _dynamic_property_or_child(self: QObject, name: str) -> Any:
    if name in [bytes(each.data()).decode() for each in _plain_get(self, "dynamicPropertyNames")()]:
        return _plain_get(self, "property")(name)
    for child in _plain_get(self, "children")():
        if _plain_get(child, "objectName")() == name:
            return child
    raise AttributeError(f"{_class_name(self)} has no attribute named '{name}'")


def _set(self: QObject, name: str, value: Any) -> None:
    if isinstance(value, QtCore.SignalInstance):  # PySide6 itself keeps bound signals so
        _set_in_python(self, name, value)
        return
    if name == "name" and not _names_property(self, name):
        name = "objectName"
    if _names_property(self, name):
        _set_property(self, name, value)
    elif name.startswith("_") or type(self) is not _cpp_class(type(self)):
        _set_in_python(self, name, value)
    elif name in [bytes(each.data()).decode() for each in _plain_get(self, "dynamicPropertyNames")()]:
        _plain_get(self, "setProperty")(name, value)
    elif isinstance(value, QObject) and value.objectName == name:
        pass  # PySide6's QUiLoader offers each child as an attribute of the top widget, Slicer's does not
    elif hasattr(type(self), name):
        raise AttributeError(f"Slot '{name}' can not be overwritten on {_class_name(self)} object")
    else:
        raise AttributeError(
            f"'{name}' does not exist on {_class_name(self)} and creating new attributes on C++ objects is not allowed"
        )


def _set_in_python(self: QObject, name: str, value: Any) -> None:
    descriptor = inspect.getattr_static(type(self), name, None)
    if hasattr(type(descriptor), "__set__"):
        descriptor.__set__(self, value)
    else:
        self.__dict__[name] = value


def _set_property(self: QObject, name: str, value: Any) -> None:
    meta_object = _plain_get(self, "metaObject")()
    meta_property = meta_object.property(meta_object.indexOfProperty(name))
    if not meta_property.isWritable():
        raise AttributeError(f"Property '{name}' of {_class_name(self)} object is not writable")
    if meta_property.typeName() == "QString" and not isinstance(value, str):
        value = str(value)
    if not _plain_get(self, "setProperty")(name, list(value) if isinstance(value, tuple) else value):
        raise AttributeError(
            f"Property '{name}' of type '{meta_property.typeName()}' does not accept an object of type "
            f"{type(value).__name__} ({value})"
        )


def _class_name(self: QObject) -> str:
    return _plain_get(self, "metaObject")().className()


def _signal(self: QObject, signature: str) -> Any:
    """The bound signal of a C++ signature such as ``clicked(bool)``; an unknown one is an error.

    PythonQt itself only answers False then; a test should not overlook it.
    """
    signature = signature.replace(" ", "")
    for base in type(self).__mro__:
        attribute = getattr(base, "signal_names", {}).get(signature)
        if attribute is not None:
            return _plain_get(self, attribute)
    meta_object = _plain_get(self, "metaObject")()
    if meta_object.indexOfSignal(signature) < 0:
        raise ValueError(f"{_class_name(self)} has no signal '{signature}'")
    name, arguments = signature[:-1].split("(")
    bound = _plain_get(self, name)
    overloads = [
        meta_object.method(i).methodSignature().data().decode()
        for i in range(meta_object.methodCount())
        if meta_object.method(i).methodType() == QtCore.QMetaMethod.MethodType.Signal
        and meta_object.method(i).name().data().decode() == name
    ]
    return bound[arguments] if len(overloads) > 1 and arguments else bound


def _connect(self: QObject, signature: str, slot: Callable) -> bool:
    if not callable(slot):
        raise TypeError(f"{slot!r} is not callable")
    _signal(self, signature).connect(slot)
    _keep(self, signature.replace(" ", ""), slot)
    return True


def _disconnect(self: QObject, signature: str, slot: Callable) -> bool:
    kept = _kept_slots.get(_address(self), [])
    entry = (signature.replace(" ", ""), slot)
    if entry not in kept:
        return False
    kept.remove(entry)
    _signal(self, signature).disconnect(slot)
    return True


def _keep(self: QObject, signature: str, slot: Callable) -> None:
    address = _address(self)
    if address not in _kept_slots:
        _kept_slots[address] = []
        _plain_get(self, "destroyed").connect(lambda *_: _kept_slots.pop(address, None))
    _kept_slots[address].append((signature, slot))


def _address(self: QObject) -> int:
    return shiboken6.getCppPointer(self)[0]


def _find_children(self: QObject, kind: type | str = QObject, name: str = "") -> list[QObject]:
    everything = _qt_find_children(self, QObject)
    if isinstance(kind, str):
        return [child for child in everything if _plain_get(child, "inherits")(kind) and name in ("", child.objectName)]
    return [child for child in everything if isinstance(child, kind) and name in ("", child.objectName)]


def _find_child(self: QObject, kind: type | str = QObject, name: str = "") -> QObject | None:
    return next(iter(_find_children(self, kind, name)), None)


def _delete(self: QObject) -> None:
    shiboken6.delete(self)


def _exec(self: QObject) -> Any:
    return _plain_get(self, "exec")()


_qt_find_children = QObject.findChildren
_METHODS: dict[str, Callable] = {
    "className": _class_name,
    "connect": _connect,
    "delete": _delete,
    "disconnect": _disconnect,
    "exec_": _exec,
    "findChild": _find_child,
    "findChildren": _find_children,
}
