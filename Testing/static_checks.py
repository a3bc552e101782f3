"""What can be checked without running the module; ``python Testing/static_checks.py`` prints what is wrong.

The test suite, the pre-commit hook and continuous integration run the same checks.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from rooms import LIBRARY, MODULE_FILE, ORDER, Code, circles

REPOSITORY = Path(__file__).resolve().parents[1]
MODULE = REPOSITORY / "MultiModalSegmentation"

MOST_FILES, MOST_LINES = 12, 300
WITHOUT_SLICER = ("geometry", "parameters", "engine", "explaining", "pipeline", "recipes", "phantom", "registration")
"""Rooms that know neither Slicer nor VTK."""
START_UP = frozenset({"__future__", "enum", "math", "dataclasses"})
"""All that parameters may import: Slicer loads them when it starts."""


def scripts_in_cmake() -> list[str]:
    """CMakeLists.txt lists every script that ships, in order."""
    return _differences("MODULE_PYTHON_SCRIPTS", MODULE.rglob("*.py"))


def resources_in_cmake() -> list[str]:
    """CMakeLists.txt lists every resource that ships, in order; the README's pictures stay behind."""
    shipped = [file for file in (MODULE / "Resources").rglob("*") if "Screenshots" not in file.parts]
    parts = [file for ending in ("html", "js", "css") for file in MODULE.rglob(f"*.{ending}")]
    return _differences("MODULE_PYTHON_RESOURCES", [*shipped, *parts])


def texts_formatted_after_translation() -> list[str]:
    """``_()`` is given literals only: what lupdate reads is what is looked up."""
    return [
        f"{file.relative_to(REPOSITORY)}:{call.lineno}: format after translating, not before"
        for file in sorted(MODULE.rglob("*.py"))
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in ("_", "translate")
        and not all(isinstance(argument, ast.Constant) for argument in call.args)
    ]


def libraries_of_rooms() -> list[str]:
    """The numerical rooms never see Slicer or VTK, the library never sees Qt."""
    problems = []
    for file in sorted((MODULE / LIBRARY).rglob("*.py")):
        room = file.relative_to(MODULE / LIBRARY).parts[0]
        imported = _top_level_imports(file)
        barred = imported & {"qt", "ctk", "PySide6"}
        barred |= imported & {"slicer", "vtk"} if room in WITHOUT_SLICER else set()
        barred |= imported - START_UP if room == "parameters" else set()
        problems += [f"{file.relative_to(REPOSITORY)} imports {name}" for name in sorted(barred)]
    return problems


def rooms_in_order(code: Code | None = None, order: tuple[str, ...] = ORDER) -> list[str]:
    """Imports between rooms run one way, and every room has its place in the order."""
    problems = []
    for here, arrows in (code or Code.of(MODULE)).arrows().items():
        if here not in order:
            problems.append(f"the room {here} has no place in the order of Testing/rooms.py")
            continue
        for there, causes in arrows.items():
            if there in order and order.index(there) > order.index(here):
                problems += [f"{name} imports {target}, against the order of the rooms" for name, target in causes]
    return problems


def no_circles(code: Code | None = None) -> list[str]:
    """Neither files nor rooms import each other in a circle, types included."""
    code = code or Code.of(MODULE)
    rooms = {room: set(arrows) for room, arrows in code.arrows().items()}
    return [
        f"circle of {kind}: {', '.join(group)}"
        for kind, graph in (("files", code.imports), ("rooms", rooms))
        for group in circles(graph)
    ]


def sizes_of_rooms() -> list[str]:
    """No crowded room, no long file."""
    files: dict[Path, list[Path]] = {}
    for file in MODULE.rglob("*.py"):
        files.setdefault(file.parent, []).append(file)
    crowded = [
        f"{folder.relative_to(REPOSITORY)} holds {count} files, more than {MOST_FILES}"
        for folder, inside in sorted(files.items())
        if (count := sum(file.name != "__init__.py" for file in inside)) > MOST_FILES
    ]
    return crowded + [
        f"{file.relative_to(REPOSITORY)} has {lines} lines, more than {MOST_LINES}"
        for file in sorted(MODULE.rglob("*.py"))
        if file.stem != MODULE_FILE and (lines := len(file.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    ]


def no_path_of_a_machine() -> list[str]:
    """Neither documents nor code name a folder of somebody's machine."""
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout
    files = [REPOSITORY / name for name in listed.splitlines()]
    return [
        f"{file.relative_to(REPOSITORY)} names a folder of a machine: {found[0]}"
        for file in files
        if file.is_file() and file.suffix not in (".png", ".svg") and file != Path(__file__)
        if (found := re.search(r"(?<![\w.])/(tmp|work|root|home)/.*", file.read_text("utf-8", errors="ignore")))
    ]


CHECKS: tuple[Callable[[], list[str]], ...] = (
    scripts_in_cmake,
    resources_in_cmake,
    texts_formatted_after_translation,
    libraries_of_rooms,
    rooms_in_order,
    no_circles,
    sizes_of_rooms,
    no_path_of_a_machine,
)


def main() -> int:
    """Print the problems; the exit status is 1 where there are any."""
    problems = [problem for check in CHECKS for problem in check()]
    print("\n".join(problems) if problems else f"{len(CHECKS)} static checks: nothing found")
    return int(bool(problems))


def _differences(variable: str, files: object) -> list[str]:
    text = (MODULE / "CMakeLists.txt").read_text(encoding="utf-8")
    body = re.search(rf"set\({variable}\n(.*?)\)", text, re.DOTALL)[1]
    listed = [line.strip().replace("${MODULE_NAME}", MODULE_FILE) for line in body.splitlines() if line.strip()]
    existing = sorted(file.relative_to(MODULE).as_posix() for file in files if file.is_file())
    problems = [f"CMakeLists.txt does not list {name} in {variable}" for name in existing if name not in listed]
    problems += [f"CMakeLists.txt lists {name}, which is not there" for name in listed if name not in existing]
    return problems or ([] if listed == existing else [f"CMakeLists.txt lists {variable} out of order"])


def _top_level_imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


if __name__ == "__main__":
    sys.exit(main())
