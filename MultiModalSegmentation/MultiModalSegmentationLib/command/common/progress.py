"""One line of progress on a terminal, and nothing anywhere else."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TextIO


class Progress:
    """Shows what is being done on one line that each step replaces; leaves the line empty at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._shown = ""

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.show("")

    def show(self, text: str) -> None:
        """Replace the line."""
        if not self._is_terminal or text == self._shown:
            return
        erased = " " * len(self._shown)
        self._stream.write(f"\r{erased}\r{text}")
        self._stream.flush()
        self._shown = text

    def stage(self, title: str) -> Callable[[float], None]:
        """A function that shows the title with the share done, 0 to 1."""
        return lambda fraction: self.show(f"{title}: {100 * fraction:.0f} %")
