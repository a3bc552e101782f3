"""Letters of any script: this package's own font (Latin, Greek, Cyrillic and more), then the system's fonts.

What none of them holds is written in Latin letters, as ``Nao`` for 脳, or as its code point. ``DejaVuSans.ttf`` is
version 2.37 of the DejaVu fonts, unchanged; its license lies beside it.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from anyascii import anyascii
from PIL import ImageFont

OWN = Path(__file__).with_name("DejaVuSans.ttf")
CAPITAL_SHARE = 0.729
"""A capital letter's height in the own font, as a share of the font's size."""

SYSTEM = (
    "NotoSansCJK-Regular.ttc",  # Linux
    "DroidSansFallbackFull.ttf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "NanumGothic.ttf",
    "ipag.ttf",
    "FreeSans.ttf",
    "msyh.ttc",  # Windows
    "malgun.ttf",
    "msgothic.ttc",
    "Nirmala.ttc",
    "Nirmala.ttf",
    "tahoma.ttf",
    "Arial Unicode.ttf",  # macOS
    "Hiragino Sans GB.ttc",
    "AppleSDGothicNeo.ttc",
)
"""What Pillow looks for in the system's folders of fonts, those that hold most first."""

_WITHOUT_A_SHAPE = ("Cf", "Me", "Mn", "Mc", "Zl", "Zp", "Zs")
_NEVER_A_CHARACTER = "\U0010ffff"
_TRIAL_SIZE = 24.0


def pieces(text: str, size: float) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    """The text in parts, each with the font that draws it; ``size`` is the font's, in pixels."""
    characters = [shown for each in unicodedata.normalize("NFC", text) for shown in _shown(each)]
    return [
        ("".join(character for character, _ in part), _font(file, size))
        for file, part in groupby(characters, key=lambda shown: shown[1])
    ]


@lru_cache(maxsize=4096)
def _shown(character: str) -> list[tuple[str, str]]:
    """What is drawn for a character, each part with the file of its font."""
    if unicodedata.category(character) == "Cc":
        return [(" ", str(OWN))]
    for file in (str(OWN), *_system_fonts()) if character > "\x7f" else (str(OWN),):
        if draws(file, character):
            return [(character, file)]
    return [(letter, str(OWN)) for letter in anyascii(character) or f"U+{ord(character):04X}"]


def draws(file: str, character: str) -> bool:
    """Whether a font has a character: what it draws is not what it draws for those it lacks."""
    category = unicodedata.category(character)
    if category == "Cs":
        # It stands for a byte of a file's name that is no text.
        return False
    if category in _WITHOUT_A_SHAPE:
        return True
    masks = [_font(file, _TRIAL_SIZE).getmask(each) for each in (character, _NEVER_A_CHARACTER)]
    return (masks[0].size, bytes(masks[0])) != (masks[1].size, bytes(masks[1]))


@lru_cache(maxsize=1)
def _system_fonts() -> tuple[str, ...]:
    found = []
    for name in SYSTEM:
        try:
            found.append(ImageFont.truetype(name, _TRIAL_SIZE).path)
        except OSError:
            continue
    return tuple(found)


@lru_cache(maxsize=64)
def _font(file: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size)
