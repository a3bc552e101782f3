"""The rooms of the shipped code and their imports, read from the files without running them.

A room is a folder, named by its dotted path. Every import counts: inside functions, under ``TYPE_CHECKING``, by
``importlib.import_module`` with a literal text, and that of a package's ``__init__.py`` by whoever imports from it.
Its ``__version__`` alone does not count.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LIBRARY, PANEL, MODULE_FILE = "MultiModalSegmentationLib", "MultiModalSegmentationPanel", "MultiModalSegmentation"

ORDER = (
    *(
        f"{LIBRARY}.{room}"
        for room in (
            "parameters",
            "geometry",
            "engine.work",
            "engine.model",
            "engine.bricks",
            "engine.shaping",
            "engine",
            "registration",
            "phantom",
            "explaining",
            "pipeline",
            "recipes",
            "files.formats",
            "files",
            "scene",
            "workflow",
            "pictures",
            "controls",
            "command.common",
            "command.segment",
            "command.batch",
            "command.demo",
            "command.app.session",
            "command.app.views",
            "command.app.page",
            "command.app",
            "command",
        )
    ),
    LIBRARY,
    *(f"{PANEL}.{room}" for room in ("choices", "inputs", "running", "results")),
    PANEL,
    MODULE_FILE,
)
"""Each room imports only from those before it. The module's own file counts as a room."""


@dataclass(frozen=True)
class Code:
    """Python files by their dotted names; a package's ``__init__.py`` has the package's name."""

    files: Mapping[str, Path]
    imports: Mapping[str, frozenset[str]]
    """Which of the files each file imports."""

    @classmethod
    def of(cls, folder: Path) -> Code:
        """All the Python files below a folder that is on Python's path."""
        files = {}
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        return cls(files, {name: frozenset(_imported(name, path, files)) for name, path in files.items()})

    def room(self, name: str) -> str:
        """The room that a file lies in; a file outside of every package is a room of its own."""
        return name if self.files[name].name == "__init__.py" else name.rpartition(".")[0] or name

    def arrows(self) -> dict[str, dict[str, list[tuple[str, str]]]]:
        """Which room imports from which other, with the files that do and what they import."""
        found: dict[str, dict[str, list[tuple[str, str]]]] = {self.room(name): {} for name in self.files}
        for name, targets in self.imports.items():
            for target in sorted(targets):
                here, there = self.room(name), self.room(target)
                if here != there:
                    found[here].setdefault(there, []).append((name, target))
        return found


def circles(graph: Mapping[str, frozenset[str] | set[str]]) -> list[list[str]]:
    """Groups of nodes that reach each other (Tarjan's strongly connected components of more than one node)."""
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        numbers[node] = lowest[node] = len(numbers)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in numbers:
                visit(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in stack:
                lowest[node] = min(lowest[node], numbers[other])
        if lowest[node] == numbers[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in numbers:
            visit(node)
    return found


def _imported(name: str, path: Path, files: Mapping[str, Path]) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    own = _with_parents(name)
    for target in _targets(ast.parse(path.read_text(encoding="utf-8")), package, files):
        if target in files and target != name:
            yield target
        # Python runs the __init__.py of all the packages on the way to a file.
        yield from (each for each in _with_parents(target) if each in files and each not in own)


def _targets(tree: ast.Module, package: str, files: Mapping[str, Path]) -> Iterator[str]:
    """The dotted names that a file imports, and other names that are no file's."""
    by_text = any(
        isinstance(node, ast.Attribute | ast.Name) and _named(node) == "import_module" for node in ast.walk(tree)
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            stem = _absolute("." * node.level + (node.module or ""), package)
            names = [alias.name for alias in node.names if alias.name != "__version__"]
            yield from (f"{stem}.{each}" if f"{stem}.{each}" in files else stem for each in names)
        elif by_text and isinstance(node, ast.Constant) and isinstance(node.value, str):
            relative = _absolute("." + node.value.lstrip("."), package)
            yield from (each for each in (node.value, _absolute(node.value, package), relative) if each in files)


def _named(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def _absolute(name: str, package: str) -> str:
    """A dotted name with leading dots as seen from a package."""
    level = len(name) - len(name.lstrip("."))
    if not level:
        return name
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], *([name[level:]] if name[level:] else [])])


def _with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]
