"""Colors and the terminology entry that segments and points begin with."""

from __future__ import annotations

TISSUE_COLOR = (128 / 255, 174 / 255, 128 / 255)


UNIMODAL_COLORS = ((0.90, 0.62, 0.0), (0.34, 0.71, 0.91), (0.80, 0.47, 0.65), (0.94, 0.89, 0.26))
"""One a volume, told apart by color-blind eyes too (Okabe and Ito's palette)."""


TISSUE_COLORS = (
    TISSUE_COLOR,
    (0.34, 0.71, 0.91),
    (0.90, 0.62, 0.00),
    (0.80, 0.47, 0.65),
    (0.94, 0.89, 0.26),
    (0.00, 0.45, 0.70),
    (0.84, 0.37, 0.00),
    (0.00, 0.62, 0.45),
    (0.75, 0.75, 0.75),
)
"""One a tissue, the first one's as where it is the only one; the others are of the same palette, and gray."""


SEED_COLOR = (0.2, 0.9, 0.3)


EXCLUSION_SEED_COLOR = (1.0, 0.25, 0.2)


TISSUE_TERMINOLOGY = (
    "Segmentation category and type - 3D Slicer General Anatomy list"
    "~SCT^85756007^Tissue~SCT^85756007^Tissue~^^~Anatomic codes - DICOM master list~^^~^^"
)


def color_to_hex(color: tuple[float, float, float]) -> str:
    """Red, green, blue (0 to 1) as ``#rrggbb``."""
    return "#" + "".join(f"{round(255 * value):02x}" for value in color)


def color_from_hex(text: str) -> tuple[float, float, float]:
    """``#rrggbb`` as red, green, blue (0 to 1)."""
    red, green, blue = (int(text[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def tissue_color(number: int) -> tuple[float, float, float]:
    """The color that the ``number``-th tissue, from 0, begins with."""
    return TISSUE_COLORS[number % len(TISSUE_COLORS)]
