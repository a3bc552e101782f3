"""The class decorator ``parameterNodeWrapper``."""

from __future__ import annotations

import logging
import typing
import weakref
from typing import Any

import slicer
import vtk

from .annotations import Default, Validator, first, split_annotated
from .gui import Connector, SlicerParameterNamePropertyName, createGuiConnector
from .serializers import Serializer, serializer_of


class _Field:
    """One typed field of the wrapped class."""

    def __init__(self, owner: type, name: str, annotated: Any) -> None:
        self.name = name
        self.annotated = annotated
        bare, annotations = split_annotated(annotated)
        try:
            self.serializer: Serializer = serializer_of(bare)
        except Exception as error:
            raise Exception(f"Unable to create serializer for {owner} member {name}") from error
        self.serializer.validators += [each for each in annotations if isinstance(each, Validator)]
        unused = [each for each in annotations if not isinstance(each, (Validator, Default))]
        if unused:
            logging.warning(f"Unused annotations: {unused}")
        if hasattr(owner, name):
            self.default = Default(getattr(owner, name))
        else:
            self.default = first(annotations, Default) or Default(generator=self.serializer.default)

    def read(self, node: slicer.vtkMRMLScriptedModuleNode) -> Any:
        if not self.serializer.is_in(node, self.name):
            self.write(node, self.default.value)
        return self.serializer.read(node, self.name)

    def write(self, node: slicer.vtkMRMLScriptedModuleNode, value: Any) -> None:
        self.serializer.write(node, self.name, value)


class _Cache:
    """The values read last; the node's every change reads them again, as Slicer's cached parameters do."""

    def __init__(self, node: slicer.vtkMRMLScriptedModuleNode, fields: dict[str, _Field]) -> None:
        self._node = node
        self._fields = fields
        self._writing: set[str] = set()
        self.values = {name: field.read(node) for name, field in fields.items()}
        reference = weakref.ref(self)
        self._tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: reference()._read_again())

    def __del__(self) -> None:
        self._node.RemoveObserver(self._tag)

    def _read_again(self) -> None:
        for name, field in self._fields.items():
            if name not in self._writing:
                self.values[name] = field.read(self._node)

    def write(self, name: str, value: Any) -> None:
        self._writing.add(name)
        try:
            with slicer.util.NodeModify(self._node):
                self._fields[name].write(self._node, value)
                self.values[name] = self._fields[name].read(self._node)
        finally:
            self._writing.discard(name)


class _Methods:
    """What the decorator adds to a class."""

    allParameters: typing.ClassVar[dict[str, _Field]]

    def __init__(self, parameterNode: slicer.vtkMRMLScriptedModuleNode, prefix: str | None = None) -> None:
        if parameterNode is None:
            raise AssertionError("A parameter node is needed.")
        if prefix is not None:
            raise NotImplementedError("The test host has no prefixes of parameter names.")
        self.parameterNode = parameterNode
        for field in self.allParameters.values():
            field.read(parameterNode)
        self._cache = _Cache(parameterNode, self.allParameters)
        self._connectors: dict[int, dict[str, Connector]] = {}
        self._observer_tags: dict[int, int] = {}
        self._next_tag = 0
        self._updating_gui = False

    def default(self, name: str) -> Default:
        return _field(type(self), name).default

    def isCached(self, name: str) -> bool:
        return _field(type(self), name).serializer.cached

    @classmethod
    def dataType(cls, name: str) -> Any:
        return _field(cls, name).annotated

    def getValue(self, name: str) -> Any:
        _field(type(self), name)
        return self._cache.values[name]

    def setValue(self, name: str, value: Any) -> None:
        _field(type(self), name)
        self._cache.write(name, value)

    def connectGui(self, gui: Any) -> int:
        """Bind the widgets that have a ``SlicerParameterName``: children of a widget, or attributes of an object."""
        import qt  # only here: the wrapper itself needs no Qt

        is_widget = getattr(gui, "isWidgetType", lambda: False)()
        widgets = gui.findChildren(qt.QWidget) if is_widget else gui.__dict__.values()
        named = {widget.property(SlicerParameterNamePropertyName): widget for widget in widgets}
        return self.connectParametersToGui({name: widget for name, widget in named.items() if name})

    def connectParametersToGui(self, mapping: dict[str, Any]) -> int:
        for name in mapping:
            _field(type(self), name)
        connectors = {name: createGuiConnector(widget, self.dataType(name)) for name, widget in mapping.items()}
        tag = self._next_tag
        self._next_tag += 1
        self._connectors[tag] = connectors
        for name, connector in connectors.items():
            connector.write(self.getValue(name))
            connector.connect(self._widget_callback(name, connector))
        self._observer_tags[tag] = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._update_gui())
        return tag

    def disconnectGui(self, tag: int) -> None:
        for connector in self._connectors.pop(tag, {}).values():
            connector.disconnect()
        if tag in self._observer_tags:
            self.RemoveObserver(self._observer_tags.pop(tag))

    def _widget_callback(self, name: str, connector: Connector) -> Any:
        def write_parameter() -> None:
            with slicer.util.NodeModify(self):
                if not self._updating_gui:
                    self.setValue(name, connector.read())

        return write_parameter

    def _update_gui(self) -> None:
        if self._updating_gui:
            return
        self._updating_gui = True
        try:
            with slicer.util.NodeModify(self):
                for connectors in self._connectors.values():
                    for name, connector in connectors.items():
                        connector.write(self.getValue(name))
        finally:
            self._updating_gui = False

    def StartModify(self) -> Any:
        return self.parameterNode.StartModify()

    def EndModify(self, wasModified: Any) -> Any:
        return self.parameterNode.EndModify(wasModified)

    def AddObserver(self, event: Any, callback: Any, priority: float = 0.0) -> int:
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def Modified(self) -> None:
        self.parameterNode.Modified()


_ADDED = [name for name in vars(_Methods) if not (name.startswith("__") and name != "__init__")]


def _field(cls: type, name: str) -> _Field:
    if name not in cls.allParameters:
        raise ValueError(f"Cannot find a param with the given name: {name}. Found: {', '.join(cls.allParameters)}")
    return cls.allParameters[name]


def parameterNodeWrapper(classtype: type | None = None) -> Any:
    """Class decorator, with or without parentheses: the annotated fields become parameters of a MRML node."""
    return _wrap if classtype is None else _wrap(classtype)


def _wrap(cls: type) -> type:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = {name: _Field(cls, name, annotated) for name, annotated in hints.items()}
    for name in fields:
        setattr(cls, name, _property(name))
    for name in ("allParameters", *_ADDED):
        if name != "__init__" and hasattr(cls, name):
            raise ValueError(f"Cannot use reserved name '{name}' in a parameterNodeWrapper")
    for name in _ADDED:
        setattr(cls, name, vars(_Methods)[name])
    cls.allParameters = fields
    cls._is_parameter_node_wrapper = True
    return cls


def _property(name: str) -> property:
    return property(lambda self: self.getValue(name), lambda self, value: self.setValue(name, value))


def isParameterNodeWrapper(classOrObj: Any) -> bool:
    """Whether the class, or the object's class, was decorated."""
    return getattr(classOrObj, "_is_parameter_node_wrapper", False)


def findChildWidgetForParameter(widget: Any, parameter: str) -> Any:
    """The child that is named for the parameter, or None."""
    import qt  # only here: the wrapper itself needs no Qt

    children = widget.findChildren(qt.QWidget)
    return next((each for each in children if each.property(SlicerParameterNamePropertyName) == parameter), None)
