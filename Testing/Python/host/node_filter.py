"""Which nodes of a scene a node selector lists, and how it makes new ones."""

from __future__ import annotations

from dataclasses import dataclass, field

import slicer


@dataclass
class NodeFilter:
    """Nodes of some types; hidden ones, child types and nodes without an attribute may be left out."""

    types: list[str] = field(default_factory=list)
    hidden_child_types: list[str] = field(default_factory=list)
    attributes: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """By node type and attribute name: the value it must have, or None where any value will do."""
    shows_hidden: bool = False
    shows_child_types: bool = True

    def candidates(self, scene: slicer.vtkMRMLScene | None) -> list[slicer.vtkMRMLNode]:
        """The nodes of the types, listed or not."""
        if scene is None:
            return []
        return list({node.GetID(): node for kind in self.types for node in _nodes_of(scene, kind)}.values())

    def accepts(self, node: slicer.vtkMRMLNode) -> bool:
        """Whether a candidate is listed."""
        if node.GetHideFromEditors() and not self.shows_hidden:
            return False
        if not self.shows_child_types and node.GetClassName() not in self.types:
            return False
        if any(node.IsA(kind) for kind in self.hidden_child_types):
            return False
        return all(
            node.GetAttribute(name) is not None and value in (None, node.GetAttribute(name))
            for (kind, name), value in self.attributes.items()
            if node.IsA(kind)
        )


@dataclass
class NodeFactory:
    """Makes nodes whose names begin with a base name that can be chosen by node type."""

    base_names: dict[str, str] = field(default_factory=dict)

    def create(
        self, scene: slicer.vtkMRMLScene, node_type: str, attributes: dict[tuple[str, str], str | None]
    ) -> slicer.vtkMRMLNode:
        """A new node of the scene, with the attributes that make a selector list it."""
        node = scene.CreateNodeByClass(node_type)
        node.UnRegister(None)
        base_name = self.base_names.get(node_type) or node.GetName() or node.GetDefaultNodeNamePrefix()
        node.SetName(scene.GetUniqueNameByString(base_name))
        for (_, name), value in attributes.items():
            node.SetAttribute(name, value or "")
        return scene.AddNode(node)


def _nodes_of(scene: slicer.vtkMRMLScene, class_name: str) -> list[slicer.vtkMRMLNode]:
    found = scene.GetNodesByClass(class_name)
    found.UnRegister(None)
    return [found.GetItemAsObject(index) for index in range(found.GetNumberOfItems())]
