"""Stand-in for ``qMRMLNodeComboBox``: the scene's nodes of some types, with None and the actions of its menu."""

from __future__ import annotations

from collections.abc import Callable

import slicer
import vtk
from PySide6 import QtWidgets
from PySide6.QtCore import Qt, Signal

from .node_filter import NodeFactory, NodeFilter
from .ui_classes import Observations, changing_property, ui_class

_ID_ROLE = Qt.ItemDataRole.UserRole
_SCENE_EVENTS = (
    slicer.vtkMRMLScene.NodeAddedEvent,
    slicer.vtkMRMLScene.NodeRemovedEvent,
    slicer.vtkMRMLScene.EndImportEvent,
    slicer.vtkMRMLScene.EndRestoreEvent,
    slicer.vtkMRMLScene.EndCloseEvent,
    slicer.vtkMRMLScene.EndBatchProcessEvent,
)


def _refilling_setter(attribute: str) -> Callable:
    def set_value(self: qMRMLNodeComboBox, value: bool | str) -> None:
        setattr(self, attribute, value)
        self._fill_combo_box()

    return set_value


@ui_class
class qMRMLNodeComboBox(QtWidgets.QWidget):
    """Disabled until it has a scene; without None, a removed current node gives way to the last one of the list."""

    currentNodeChanged = Signal(object)
    currentNodeValidityChanged = Signal(bool)
    currentNodeIDChanged = Signal(str)
    currentNodeRenamed = Signal(str)
    nodeActivated = Signal(object)
    nodeAdded = Signal(object)
    nodeAddedByUser = Signal(object)
    nodeAddedByUserAction = Signal(object)
    nodeAboutToBeRemoved = Signal(object)
    nodeAboutToBeEdited = Signal(object)
    signal_names = {  # noqa: RUF012 - a constant table
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged",
        "currentNodeChanged(bool)": "currentNodeValidityChanged",
        "currentNodeIDChanged(QString)": "currentNodeIDChanged",
        "currentNodeRenamed(QString)": "currentNodeRenamed",
        "nodeActivated(vtkMRMLNode*)": "nodeActivated",
        "nodeAdded(vtkMRMLNode*)": "nodeAdded",
        "nodeAddedByUser(vtkMRMLNode*)": "nodeAddedByUser",
        "nodeAddedByUserAction(vtkMRMLNode*)": "nodeAddedByUserAction",
        "nodeAboutToBeRemoved(vtkMRMLNode*)": "nodeAboutToBeRemoved",
        "nodeAboutToBeEdited(vtkMRMLNode*)": "nodeAboutToBeEdited",
    }

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: slicer.vtkMRMLScene | None = None
        self._requested_id = ""
        self._current_id = ""
        self._listed: list[str] = []
        self._candidates: list[slicer.vtkMRMLNode] = []
        self._filter = NodeFilter()
        self._factory = NodeFactory()
        self._labels: dict[str, str] = {}
        self._none_display = "None"
        self._none_enabled = False
        self._select_new = True
        self._add_enabled = self._remove_enabled = True
        self._edit_enabled = self._rename_enabled = False
        self._scene_observations = Observations(self)
        self._node_observations = Observations(self)
        self._combo_box = QtWidgets.QComboBox()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo_box)
        self._combo_box.activated.connect(self._on_activated)
        self.setEnabled(False)

    # The scene and the list

    def mrmlScene(self) -> slicer.vtkMRMLScene | None:
        return self._scene

    def setMRMLScene(self, scene: slicer.vtkMRMLScene | None) -> None:
        if scene is self._scene:
            return
        before = self._current_id or self._requested_id
        self._scene = scene
        self._scene_observations.clear()
        if scene is not None:
            for event in _SCENE_EVENTS:
                self._scene_observations.add(scene, event, self._update_list)
        self._current_id = ""
        self._read_scene()
        self._select(before if before in self._listed else self._first_choice())
        self._requested_id = ""
        self.setEnabled(scene is not None)

    def nodes(self) -> list[slicer.vtkMRMLNode]:
        return [self._scene.GetNodeByID(each) for each in self._listed]

    def nodeCount(self) -> int:
        return len(self._listed)

    def nodeFromIndex(self, index: int) -> slicer.vtkMRMLNode | None:
        return self.nodes()[index] if 0 <= index < len(self._listed) else None

    def _read_scene(self) -> None:
        self._candidates = self._filter.candidates(self._scene)
        self._node_observations.clear()
        for node in self._candidates:
            self._node_observations.add(node, vtk.vtkCommand.ModifiedEvent, self._on_node_modified)
        self._listed = [node.GetID() for node in self._candidates if self._filter.accepts(node)]
        self._fill_combo_box()

    def _first_choice(self) -> str:
        return self._listed[0] if self._listed and not self._none_enabled else ""

    def _update_list(self) -> None:
        before = self._listed
        self._read_scene()
        for node in self.nodes():
            if node.GetID() not in before:
                self.nodeAdded.emit(node)
        if self._current_id and self._current_id not in self._listed:
            self._select(self._listed[-1] if self._listed and not self._none_enabled else "")
        elif not self._current_id and not before and not self._menu_actions():
            self._select(self._first_choice())

    def _on_node_modified(self) -> None:
        """A node became hidden or shown, or got a new name; as in Slicer, renaming the current one signals it anew."""
        if [node.GetID() for node in self._candidates if self._filter.accepts(node)] != self._listed:
            self._update_list()
            return
        name = self._combo_box.currentText
        if any(node.GetName() != self._combo_box.itemText(self._row(node.GetID())) for node in self.nodes()):
            self._fill_combo_box()
            if self.currentNode() is not None and self._combo_box.currentText != name:
                self._signal_current()

    def _fill_combo_box(self) -> None:
        box = self._combo_box
        box.clear()
        if self._none_enabled:
            box.addItem(self._none_display, "")
        for node in self.nodes():
            box.addItem(node.GetName(), node.GetID())
        for text, action in self._menu_actions():
            box.addItem(text, action)
        self._show_current()

    def _show_current(self) -> None:
        self._combo_box.setCurrentIndex(self._row(self._current_id) if self._current_id or self._none_enabled else -1)

    def _row(self, node_id: str) -> int:
        return self._combo_box.findData(node_id, _ID_ROLE)

    # The current node

    def currentNode(self) -> slicer.vtkMRMLNode | None:
        return self._scene.GetNodeByID(self._current_id) if self._scene is not None and self._current_id else None

    def setCurrentNode(self, node: slicer.vtkMRMLNode | None) -> None:
        if node is not None and not isinstance(node, slicer.vtkMRMLNode):
            raise TypeError(f"setCurrentNode takes a MRML node, not {node!r}")
        self.setCurrentNodeID(node.GetID() or "" if node is not None else "")

    def setCurrentNodeID(self, node_id: str) -> None:
        if self._scene is None:
            self._requested_id = node_id
        self._select(node_id if node_id in self._listed else "")

    def setCurrentNodeIndex(self, index: int) -> None:
        self._select(self._listed[index] if 0 <= index < len(self._listed) else "")

    def _select(self, node_id: str) -> None:
        changed = node_id != self._current_id
        self._current_id = node_id
        self._show_current()
        if changed:
            self._signal_current()

    def _signal_current(self) -> None:
        node = self.currentNode()
        self.currentNodeChanged.emit(node)
        self.currentNodeValidityChanged.emit(node is not None)
        self.currentNodeIDChanged.emit(node.GetID() if node is not None else "")

    # What a user does

    def _menu_actions(self) -> list[tuple[str, str]]:
        if self._scene is None:
            return []
        label = self.nodeTypeLabel(self._filter.types[0]) if len(self._filter.types) == 1 else "node"
        actions = [(f"Rename current {label}", "RENAME")] if self._rename_enabled else []
        if self._edit_enabled:
            actions.append((f"Edit current {label}", "EDIT"))
        if self._add_enabled:
            actions += [(f"Create new {self.nodeTypeLabel(kind)}", f"CREATE/{kind}") for kind in self._filter.types]
        if self._remove_enabled:
            actions.append((f"Delete current {label}", "DELETE"))
        return actions

    def _on_activated(self, row: int) -> None:
        data = self._combo_box.itemData(row, _ID_ROLE)
        self._show_current()
        if data.startswith("CREATE/"):
            node = self.addNode(data.removeprefix("CREATE/"))
            self.setCurrentNode(node)
            self.nodeAddedByUserAction.emit(node)
        elif data == "DELETE":
            self.removeCurrentNode()
        elif data == "EDIT":
            self.nodeAboutToBeEdited.emit(self.currentNode())
        elif data == "RENAME":
            self.renameCurrentNode()
        else:
            self.setCurrentNodeID(data)
            self.nodeActivated.emit(self.currentNode())

    def addNode(self, node_type: str | None = None) -> slicer.vtkMRMLNode | None:
        node_type = node_type or next(iter(self._filter.types), None)
        if node_type is None or node_type not in self._filter.types or self._scene is None:
            return None
        node = self._factory.create(self._scene, node_type, self._filter.attributes)
        if self._select_new:
            self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        return node

    def removeCurrentNode(self) -> None:
        if self.currentNode() is not None:
            self.nodeAboutToBeRemoved.emit(self.currentNode())
            self._scene.RemoveNode(self.currentNode())

    def renameCurrentNode(self) -> None:
        node = self.currentNode()
        name, accepted = QtWidgets.QInputDialog.getText(self, "Rename", "New name:", text=node.GetName())
        if accepted and name:
            node.SetName(name)
            self.currentNodeRenamed.emit(name)

    # Properties

    def addAttribute(self, node_type: str, name: str, value: str | None = None) -> None:
        self._filter.attributes[node_type, name] = value
        self._update_list()

    def removeAttribute(self, node_type: str, name: str) -> None:
        self._filter.attributes.pop((node_type, name), None)
        self._update_list()

    def nodeTypeLabel(self, node_type: str) -> str:
        if node_type in self._labels:
            return self._labels[node_type]
        return (self._scene.GetTypeDisplayNameByClassName(node_type) if self._scene is not None else "") or "node"

    def setNodeTypeLabel(self, label: str, node_type: str) -> None:
        self._labels[node_type] = label
        self._fill_combo_box()

    def setNodeTypes(self, node_types: list[str]) -> None:
        self._filter.types = [each for each in node_types if each]
        self._update_list()

    def setBaseName(self, base_name: str, node_type: str = "") -> None:
        for kind in [node_type] if node_type else self._filter.types:
            self._factory.base_names[kind] = base_name

    def setShowHidden(self, shown: bool) -> None:
        self._filter.shows_hidden = shown
        self._update_list()

    def setShowChildNodeTypes(self, shown: bool) -> None:
        self._filter.shows_child_types = shown
        self._update_list()

    def setHideChildNodeTypes(self, node_types: list[str]) -> None:
        self._filter.hidden_child_types = list(node_types)
        self._update_list()

    def setSelectNodeUponCreation(self, selected: bool) -> None:
        self._select_new = selected

    setNoneEnabled = _refilling_setter("_none_enabled")
    setNoneDisplay = _refilling_setter("_none_display")
    setAddEnabled = _refilling_setter("_add_enabled")
    setRemoveEnabled = _refilling_setter("_remove_enabled")
    setEditEnabled = _refilling_setter("_edit_enabled")
    setRenameEnabled = _refilling_setter("_rename_enabled")

    @property
    def _base_name(self) -> str:
        return self._factory.base_names.get(self._filter.types[0], "") if self._filter.types else ""

    currentNodeID = changing_property(str, "_current_id", "setCurrentNodeID")
    nodeTypes = changing_property("QStringList", "_filter.types", "setNodeTypes")
    hideChildNodeTypes = changing_property("QStringList", "_filter.hidden_child_types", "setHideChildNodeTypes")
    baseName = changing_property(str, "_base_name", "setBaseName")
    noneEnabled = changing_property(bool, "_none_enabled", "setNoneEnabled")
    noneDisplay = changing_property(str, "_none_display", "setNoneDisplay")
    showHidden = changing_property(bool, "_filter.shows_hidden", "setShowHidden")
    showChildNodeTypes = changing_property(bool, "_filter.shows_child_types", "setShowChildNodeTypes")
    selectNodeUponCreation = changing_property(bool, "_select_new", "setSelectNodeUponCreation")
    addEnabled = changing_property(bool, "_add_enabled", "setAddEnabled")
    removeEnabled = changing_property(bool, "_remove_enabled", "setRemoveEnabled")
    editEnabled = changing_property(bool, "_edit_enabled", "setEditEnabled")
    renameEnabled = changing_property(bool, "_rename_enabled", "setRenameEnabled")
