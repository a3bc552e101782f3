"""Text files as people's programs write them: with or without a byte order mark, in UTF-8, or UTF-16 with a mark."""

from __future__ import annotations

import codecs
from pathlib import Path

_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path) -> str:
    """A file's text. Raises ``ValueError`` naming a file that cannot be opened or is in another encoding."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"The file '{path}' cannot be read ({error.strerror}): check its name.") from error
    try:
        return content.decode("utf-16" if content.startswith(_UTF_16_MARKS) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(
            f"The file '{path}' has letters in line {line} that are not in UTF-8: save it as UTF-8."
        ) from error
