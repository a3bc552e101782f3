"""Draws ``.github/rooms.svg``, the rooms and which of them import from which: ``python Testing/draw_rooms.py``.

An arrow that follows from others (a imports b, b imports c, and a imports c as well) is left out, and so is the
package of the library itself, whose names lead into its rooms. With ``--check`` nothing is written; the exit status
is 1 where the picture is not what the imports give.

Rows and their order follow Sugiyama, Tagawa and Toda, Methods for Visual Understanding of Hierarchical System
Structures (1981): a room stands above all that it imports from, and long arrows have a place of their own in each row.
"""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from rooms import LIBRARY, MODULE_FILE, ORDER, PANEL, Code
from static_checks import MODULE, REPOSITORY

PICTURE = REPOSITORY / ".github" / "rooms.svg"

BOX, LANE, HEIGHT, GAP, ROW = 216, 6, 54, 16, 88
SWEEPS = 12
STYLE = (
    "text { font-family: 'DejaVu Sans', 'Segoe UI', Helvetica, Arial, sans-serif; text-anchor: middle; fill: #1b2733 } "
    ".name { font-size: 13px; font-weight: bold } .about { font-size: 9.5px } "
    "rect { stroke: #5b7083; rx: 6px } path { fill: none; stroke: #5b7083; stroke-width: 1.2px }"
)

Place = str | tuple[str, str, int]
"""A room, or where an arrow from one room to another crosses a row."""


def main(arguments: list[str]) -> int:
    """Write the picture, or only compare it."""
    drawn = picture(Code.of(MODULE))
    if "--check" in arguments:
        is_current = PICTURE.is_file() and PICTURE.read_text(encoding="utf-8") == drawn
        print("the picture is current" if is_current else "out of date: run python Testing/draw_rooms.py")
        return int(not is_current)
    PICTURE.write_text(drawn, encoding="utf-8", newline="\n")
    print(PICTURE.relative_to(REPOSITORY))
    return 0


def picture(code: Code) -> str:
    """The picture as SVG, the same for the same imports."""
    arrows = shown_arrows(code)
    rows, lines = rows_and_lines(arrows)
    arrange(rows, lines)
    width = max(_width(row) for row in rows) + 2 * GAP
    height = (len(rows) - 1) * ROW + HEIGHT + 2 * GAP
    places = {}
    for level, row in enumerate(rows):
        x = (width - _width(row)) / 2
        for place in row:
            size = BOX if isinstance(place, str) else LANE
            places[place] = (x + size / 2, GAP + (len(rows) - 1 - level) * ROW)
            x += size + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<style>{STYLE}</style>",
        '<marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0,0 L8,4 L0,8"/></marker>',
        f'<rect width="{width}" height="{height}" fill="white" style="stroke: none"/>',
        *(_line([places[place] for place in line]) for line in lines),
        *(_box(room, _about(code, room), *places[room]) for room in arrows),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def shown_arrows(code: Code, order: Sequence[str] = ORDER) -> dict[str, set[str]]:
    """Which rooms each room imports from, without what others of these lead to."""
    imported = code.arrows()
    rooms = [room for room in order if room in imported and room != LIBRARY]
    arrows = {room: {there for there in rooms[:number] if there in imported[room]} for number, room in enumerate(rooms)}
    beyond: dict[str, set[str]] = {}
    for room in rooms:
        beyond[room] = set().union(*({there} | beyond[there] for there in arrows[room]))
    return {
        room: {there for there in targets if not any(there in beyond[other] for other in targets)}
        for room, targets in arrows.items()
    }


def rows_and_lines(arrows: dict[str, set[str]]) -> tuple[list[list[Place]], list[list[Place]]]:
    """The rows from the bottom, and each arrow as the places that it leads through."""
    levels: dict[str, int] = {}
    for room, targets in arrows.items():
        levels[room] = 1 + max((levels[there] for there in targets), default=-1)
    rows: list[list[Place]] = [[] for _ in range(max(levels.values()) + 1)]
    lines = []
    for room, level in levels.items():
        rows[level].append(room)
        for there in sorted(arrows[room]):
            between = [(room, there, crossed) for crossed in range(level - 1, levels[there], -1)]
            for place in between:
                rows[place[2]].append(place)
            lines.append([room, *between, there])
    return rows, lines


def arrange(rows: list[list[Place]], lines: list[list[Place]]) -> None:
    """Order each row so that few arrows cross: by the mean position of the neighbors above, then below, in turn."""
    neighbors: dict[Place, list[Place]] = {}
    for line in lines:
        for upper, lower in pairwise(line):
            neighbors.setdefault(upper, []).append(lower)
            neighbors.setdefault(lower, []).append(upper)
    position: dict[Place, float] = {place: n / len(row) for row in rows for n, place in enumerate(row)}
    for sweep in range(SWEEPS):
        for level in range(len(rows)) if sweep % 2 else reversed(range(len(rows))):
            beside = level - 1 if sweep % 2 else level + 1
            settled = set(rows[beside]) if 0 <= beside < len(rows) else set()

            def wanted(place: Place, settled: set[Place] = settled) -> float:
                found = [position[each] for each in neighbors.get(place, ()) if each in settled]
                return sum(found) / len(found) if found else position[place]

            rows[level].sort(key=wanted)
            position.update((place, (n + 0.5) / len(rows[level])) for n, place in enumerate(rows[level]))


def _about(code: Code, room: str) -> str:
    """The first sentence of what a room says about itself."""
    text = ast.get_docstring(ast.parse(code.files[room].read_text(encoding="utf-8"))) or "what Slicer loads"
    return text.split("\n")[0].partition(". ")[0].rstrip(".").replace("``", "")


def _width(row: list[Place]) -> int:
    return sum(BOX if isinstance(place, str) else LANE for place in row) + GAP * (len(row) - 1)


def _box(room: str, text: str, x: float, y: float) -> str:
    names = {MODULE_FILE: f"{MODULE_FILE}.py", PANEL: "panel"}
    name = names.get(room, room.removeprefix(f"{LIBRARY}.").replace(PANEL, "panel"))
    color = "#fbe9d3" if room in names or room.startswith(PANEL) else "#dfeaf5"
    lines = textwrap.wrap(text, 36, max_lines=2, placeholder=" …")
    return (
        f'<rect x="{x - BOX / 2:g}" y="{y:g}" width="{BOX}" height="{HEIGHT}" fill="{color}"/>'
        f'<text class="name" x="{x:g}" y="{y + 18:g}">{escape(name)}</text>'
        + "".join(
            f'<text class="about" x="{x:g}" y="{y + 33 + 12 * n:g}">{escape(line)}</text>'
            for n, line in enumerate(lines)
        )
    )


def _line(points: list[tuple[float, float]]) -> str:
    """From the first place's lower edge to the last one's upper edge, straight through the rows between."""
    x, y = points[0]
    path = f"M{x:g},{y + HEIGHT:g}"
    y += HEIGHT
    for number, (to_x, to_y) in enumerate(points[1:], 2):
        bend = (to_y - y) / 2
        path += f" C{x:g},{y + bend:g} {to_x:g},{to_y - bend:g} {to_x:g},{to_y:g}"
        x, y = to_x, to_y
        if number < len(points):
            y += HEIGHT
            path += f" V{y:g}"
    return f'<path marker-end="url(#tip)" d="{path}"/>'


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
