"""How a parameter's value is kept in a ``vtkMRMLScriptedModuleNode``: as text, or as a node reference."""

from __future__ import annotations

import enum
import pathlib
from collections.abc import Callable
from typing import Any

import slicer

from .annotations import IsInstance, NotNone, Validator


class Serializer:
    """Text in a parameter of the node; ``cached`` says that the value cannot change behind the node's back."""

    cached = True

    def __init__(
        self,
        default: Callable[[], Any],
        to_text: Callable[[Any], str],
        from_text: Callable[[str], Any],
        validators: list[Validator],
    ) -> None:
        self.default = default
        self.validators = validators
        self._to_text = to_text
        self._from_text = from_text

    def is_in(self, node: slicer.vtkMRMLScriptedModuleNode, name: str) -> bool:
        return node.HasParameter(name)

    def read(self, node: slicer.vtkMRMLScriptedModuleNode, name: str) -> Any:
        return self._from_text(node.GetParameter(name))

    def write(self, node: slicer.vtkMRMLScriptedModuleNode, name: str, value: Any) -> None:
        for validator in self.validators:
            validator.validate(value)
        self._write(node, name, value)

    def _write(self, node: slicer.vtkMRMLScriptedModuleNode, name: str, value: Any) -> None:
        node.SetParameter(name, self._to_text(value))


class NodeSerializer(Serializer):
    """A node reference; an empty parameter of the same name says that None was written."""

    def __init__(self, node_class: type) -> None:
        super().__init__(lambda: None, str, str, [IsInstance(node_class)])

    def read(self, node: slicer.vtkMRMLScriptedModuleNode, name: str) -> Any:
        return node.GetNodeReference(name)

    def _write(self, node: slicer.vtkMRMLScriptedModuleNode, name: str, value: Any) -> None:
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)


def serializer_of(kind: Any) -> Serializer:
    """The serializer of a bare type; an exception for a type that a parameter cannot have here.

    Slicer can keep lists, dictionaries, unions and packs of values as well; the module under test needs none.
    """
    if kind in (int, float):
        accepted = (int, float) if kind is float else int
        return Serializer(lambda: 0, str, kind, [NotNone(), IsInstance(accepted)])
    if kind is bool:
        return Serializer(
            lambda: False, lambda value: "True" if value else "False", lambda text: text == "True", _of(bool)
        )
    if kind is str:
        return Serializer(str, str, str, _of(str))
    if kind in (pathlib.Path, pathlib.PurePath):
        return Serializer(kind, str, kind, _of(kind))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _enum_serializer(kind)
    if isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode):
        return NodeSerializer(kind)
    raise Exception(f"Unable to create serializer for type: {kind}")


def _of(kind: type) -> list[Validator]:
    return [NotNone(), IsInstance(kind)]


def _enum_serializer(kind: type[enum.Enum]) -> Serializer:
    if len(kind) == 0:
        raise ValueError("Cannot serialize empty Enum.")

    def from_text(text: str) -> enum.Enum:
        if text not in kind.__members__:
            raise ValueError(f"Found {text!r} in parameter node but it is not a name in {kind!r}")
        return kind[text]

    return Serializer(lambda: next(iter(kind)), lambda value: value.name, from_text, [IsInstance(kind)])
