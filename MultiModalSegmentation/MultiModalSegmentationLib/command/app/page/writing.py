"""Segments: written, taken back, taken home."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ....geometry.errors import Cancelled
from ....workflow.request import SceneSegmentation
from ..session.downloads import as_text, download
from ..session.growing import drained_kindly
from ..session.session import Session
from .facts import segment_facts


class Writing:
    """Apply with progress and a way to stop, undo and redo, restore, downloads.

    ``stop`` ends the live region's run, ``on_written`` gets each region written, ``on_changed`` hears of segments that
    came or went, ``refresh`` tells the page.
    """

    def __init__(
        self,
        server: Any,
        session: Session,
        stop: Callable[[], Awaitable[None]],
        on_written: Callable[[SceneSegmentation], None],
        on_changed: Callable[[], None],
        refresh: Callable[[], None],
    ) -> None:
        self._server = server
        self._state = server.state
        self._session = session
        self._stop = stop
        self._on_written = on_written
        self._on_changed = on_changed
        self._refresh = refresh
        self._is_cancelled = False
        self.is_running = False

    async def apply(self) -> None:
        """Write the region as a segment."""
        session, state = self._session, self._state
        if self.is_running or session.missing():
            return
        self.is_running, self._is_cancelled = True, False
        try:
            await self._stop()
            self._refresh()
            steps = session.apply_steps()
            written = await drained_kindly(steps, self._on_progress, lambda: self._is_cancelled)
        except Cancelled:
            state.message = "Cancelled; nothing was changed."
        except ValueError as error:
            state.error, state.message = str(error), ""
        else:
            name = session.segment_name.strip()
            state.error, state.segment = "", name
            state.message = f"{name}: {segment_facts(written.segmentation)}"
            self._on_written(written.segmentation)
        finally:
            self.is_running = False
            state.progress = 0
            self._refresh()

    def cancel(self) -> None:
        """Stop what is being applied."""
        self._is_cancelled = True

    def undo(self) -> None:
        """Take back the last segment."""
        if not self.is_running and self._session.undo():
            self._state.message = "Taken back."
            self._on_changed()

    def redo(self) -> None:
        """Apply again what was taken back."""
        if not self.is_running and self._session.redo():
            self._state.message = "Applied again."
            self._on_changed()

    def restore(self) -> bool:
        """Take over what the chosen segment was made with; whether that could be done."""
        try:
            self._session.restore(self._state.segment or "")
        except ValueError as error:
            self._state.error, self._state.message = str(error), ""
            return False
        self._state.message = "Volumes, points and parameters of the segment are back."
        return True

    def download(self, word: str) -> dict[str, Any] | None:
        """A file for the page to save; ``None`` where that cannot be made, which is told beside the buttons."""
        try:
            made = download(self._session, word, self._state.segment or "")
        except ValueError as error:
            self._state.download_error = str(error)
            return None
        self._state.download_error = ""
        self._refresh()
        return {"name": made.name, "content": self._server.protocol.addAttachment(made.content)}

    def text(self, kind: str) -> str | None:
        """What repeats the chosen segment: "command" or "python"; ``None`` where it cannot be said so."""
        try:
            made = as_text(self._session, self._state.segment or "", kind)
        except ValueError as error:
            self._state.download_error = str(error)
            return None
        self._state.download_error = ""
        return made

    def _on_progress(self, fraction: float) -> None:
        with self._state:
            self._state.progress = round(100 * fraction)
