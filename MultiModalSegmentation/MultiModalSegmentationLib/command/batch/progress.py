"""What is shown while cases run: a bar with the time left on a terminal, a line a case anywhere else."""

from __future__ import annotations

import sys
import time

from ...geometry.numbers import significant
from ..common.progress import Progress
from .measures import Outcome

BAR = 30


class BatchProgress:
    """Counts outcomes. Failed cases get a line on a terminal, too."""

    def __init__(self, total: int, line: Progress, is_terminal: bool) -> None:
        self._total = total
        self._line = line
        self._is_terminal = is_terminal
        self._started = time.monotonic()
        self.done = self.kept = self.failed = 0
        self._show_bar()

    @property
    def ended(self) -> int:
        return self.done + self.kept + self.failed

    def add(self, outcome: Outcome) -> None:
        """Count a case that ended, and show it."""
        if outcome.error:
            self.failed += 1
        elif outcome.is_kept:
            self.kept += 1
        else:
            self.done += 1
        if outcome.error or not self._is_terminal:
            self._line.show("")
            print(f"[{self.ended}/{self._total}] {_described(outcome)}", file=sys.stdout, flush=True)
        self._show_bar()

    def summary(self) -> str:
        """How many cases ended in which way."""
        return f"{self._total} cases: {self.done} done, {self.kept} kept, {self.failed} failed."

    def interrupted(self) -> str:
        """What to tell whoever stopped it."""
        return (
            f"Interrupted when {self.ended} of {self._total} cases had ended: "
            "the same command with --resume runs the others."
        )

    def _show_bar(self) -> None:
        filled = BAR * self.ended // self._total
        failed = f", {self.failed} failed" if self.failed else ""
        self._line.show(
            f"[{'#' * filled}{'.' * (BAR - filled)}] {self.ended} of {self._total} cases{failed}, {self._time_left()}"
        )

    def _time_left(self) -> str:
        """From the cases that really ran: those kept from an earlier run cost next to nothing."""
        ran = self.done + self.failed
        if not ran:
            return "starting"
        seconds = round((time.monotonic() - self._started) / ran * (self._total - self.ended))
        hours, minutes = divmod(seconds // 60, 60)
        return f"{hours}:{minutes:02d}:{seconds % 60:02d} left"


def _described(outcome: Outcome) -> str:
    if outcome.error:
        return f"{outcome.name}: failed: {outcome.error}"
    if outcome.is_kept:
        return f"{outcome.name}: kept"
    volumes = ", ".join(f"{one.tissue} {significant(one.measures['volumeMl'])} mL".strip() for one in outcome.each())
    return f"{outcome.name}: {volumes} in {outcome.measures['seconds']:.1f} s"
