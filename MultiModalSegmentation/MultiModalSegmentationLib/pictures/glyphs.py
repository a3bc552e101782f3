"""A small font of this project's own: letters as dots on a 5 x 9 grid, drawn as round strokes of any size.

Each glyph is a string with one character per row, top to bottom; the seventh row stands on the base line. A row's five
dots are the bits of its base 32 digit (0-9, A-V), the leftmost dot first. Dots that touch are joined by strokes, which
makes the letters smooth at any size.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

ROWS = 9
CAP_HEIGHT = 6
"""From the top row to the base line, in cells."""

_SUPERSAMPLING = 4
_GAP = 1.7
_SPACE = 3.2

_GLYPHS = {
    "A": "EHHVHHH", "B": "UHHUHHU", "C": "EHGGGHE", "D": "UHHHHHU", "E": "VGGUGGV", "F": "VGGUGGG", "G": "EHGNHHF",
    "H": "HHHVHHH", "I": "E44444E", "J": "72222IC", "K": "HIKOKIH", "L": "GGGGGGV", "M": "HRLLHHH", "N": "HHPLJHH",
    "O": "EHHHHHE", "P": "UHHUGGG", "Q": "EHHHLID", "R": "UHHUKIH", "S": "FGGE11U", "T": "V444444", "U": "HHHHHHE",
    "V": "HHHAAA4", "W": "HHHLLLA", "X": "HHA4AHH", "Y": "HHHA444", "Z": "V1248GV",
    "a": "00E1FHF", "b": "GGMPHHU", "c": "00EGGHE", "d": "11DJHHF", "e": "00EHVGE", "f": "698S888", "g": "00FHHHF1E",
    "h": "GGMPHHH", "i": "40C444E", "j": "2062222IC", "k": "GGIKOKI", "l": "C44444E", "m": "00QLLLL", "n": "00MPHHH",
    "o": "00EHHHE", "p": "00UHHHUGG", "q": "00FHHHF11", "r": "00MPGGG", "s": "00FGE1U", "t": "88S8896", "u": "00HHHJD",
    "v": "00HHAA4", "w": "00HHLLA", "x": "00HA4AH", "y": "00HHHHF1E", "z": "00V248V",
    "0": "EHHHHHE", "1": "4C4444E", "2": "EH1248V", "3": "V2421HE", "4": "26AIV22", "5": "VGU11HE", "6": "68GUHHE",
    "7": "V124888", "8": "EHHEHHE", "9": "EHHF12C",
    ".": "00000CC", ",": "00000048", ":": "0040004", ";": "00400048", "!": "4444404", "?": "EH12404", "'": "44",
    "+": "044V44", "-": "000E", "=": "00V0V", "_": "0000000V", "*": "04LEL4", "/": "01248G", "\\": "0G8421", '"': "AA",
    "(": "2488842", ")": "8422248", "[": "E88888E", "]": "E22222E", "{": "6448446", "}": "C44244C", "|": "4444444",
    "<": "248G842", ">": "8421248", "%": "OP248J3", "#": "0AVAVA", "&": "CIK8LID", "@": "EHNLNGE", "^": "4AH",
    "~": "0008L2", "$": "4FKE5U4", "`": "84", "°": "CIIC", "²": "C24E",
}  # fmt: skip
_UNKNOWN = "VHHHHHV"


def text_mask(text: str, height: float) -> np.ndarray:
    """The text as coverage 0..1, float32 (rows, columns); ``height`` is that of a capital letter, in pixels.

    The base line is ``height`` pixels and one margin below the first row; descenders follow below it.
    """
    cell = height / CAP_HEIGHT
    columns = [_glyph(character, cell) for character in text] or [_glyph(" ", cell)]
    return np.concatenate(columns, axis=1)


def margin(height: float) -> int:
    """Rows of pixels above a capital letter in ``text_mask``."""
    return int(np.ceil(0.5 * height / CAP_HEIGHT)) + 1


@lru_cache(maxsize=512)
def _glyph(character: str, cell: float) -> np.ndarray:
    above = margin(cell * CAP_HEIGHT)
    rows = int(np.ceil(cell * (ROWS - 1))) + 2 * above
    if character == " ":
        return np.zeros((rows, round(cell * _SPACE)), np.float32)
    dots = _dots(_GLYPHS.get(character, _UNKNOWN))
    left, right = min(x for x, _ in dots), max(x for x, _ in dots)
    columns = round(cell * (right - left + _GAP))
    y, x = np.mgrid[0 : rows * _SUPERSAMPLING, 0 : columns * _SUPERSAMPLING].astype(np.float32)
    x = ((x + 0.5) / _SUPERSAMPLING) / cell - _GAP / 2 + left
    y = ((y + 0.5) / _SUPERSAMPLING - above) / cell
    nearest = np.min([_distance(x, y, *stroke) for stroke in _strokes(dots)], axis=0)
    inside = nearest <= max(0.45, 0.75 / cell)
    return inside.reshape(rows, _SUPERSAMPLING, columns, _SUPERSAMPLING).mean(axis=(1, 3), dtype=np.float32)


def _dots(rows: str) -> set[tuple[int, int]]:
    return {(x, y) for y, row in enumerate(rows) for x in range(5) if int(row, 32) >> (4 - x) & 1}


def _strokes(dots: set[tuple[int, int]]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Lines between dots side by side, and between diagonal ones that no other dot joins; single dots as they are."""
    strokes = [(dot, dot) for dot in dots]
    for x, y in dots:
        strokes += [((x, y), other) for other in ((x + 1, y), (x, y + 1)) if other in dots]
        for step in (-1, 1):
            if (x + step, y + 1) in dots and (x + step, y) not in dots and (x, y + 1) not in dots:
                strokes.append(((x, y), (x + step, y + 1)))
    return strokes


def _distance(x: np.ndarray, y: np.ndarray, start: tuple[int, int], end: tuple[int, int]) -> np.ndarray:
    """Distance of points from a line segment."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max(dx * dx + dy * dy, 1)
    along = np.clip(((x - start[0]) * dx + (y - start[1]) * dy) / length, 0, 1)
    return np.hypot(x - start[0] - along * dx, y - start[1] - along * dy)
