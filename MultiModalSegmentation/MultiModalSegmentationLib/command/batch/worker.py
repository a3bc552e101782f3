"""Loaded by each worker process of a cluster on this machine when it starts."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Worker


def dask_setup(worker: Worker) -> None:
    """Leave Ctrl+C, which a terminal sends to every process, to the command: it stops its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
