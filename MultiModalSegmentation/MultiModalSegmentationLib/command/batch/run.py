"""The cases of a cohort on Dask: it schedules, retries and transports; what happens in a case it does not know."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager

import dask
from distributed import Client, Future, KilledWorker, Nanny, Scheduler, SpecCluster, as_completed

from .case import run_case
from .folder import CohortFolder
from .measures import Outcome
from .resources import Crew
from .table import Case

TRIES = 3
"""How often a case may lose its worker on a cluster of this command's own."""

SECONDS_TO_CONNECT = 15

CASES_A_MESSAGE = 1000
"""Under a megabyte: Dask advises against large messages to the scheduler."""

_LOCAL = {
    "distributed.scheduler.allowed-failures": TRIES - 1,
    # No case waits on a worker that another one may take down with it.
    "distributed.scheduler.worker-saturation": 1.0,
    # Without Dask's MALLOC_TRIM_THRESHOLD_, which has every large array's memory given back and fetched again: a case
    # takes a quarter longer with it, and keeps no more memory without it than its largest arrays need.
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
    # There is nothing to spill: only paths and measures are in Dask's hands.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
}


@contextmanager
def local_client(crew: Crew) -> Iterator[Client]:
    """A cluster on this machine, for this process only, that goes when the context does."""
    with dask.config.set(_LOCAL), _local_cluster(crew) as cluster, Client(cluster) as client:
        yield client


def _local_cluster(crew: Crew) -> SpecCluster:
    """As ``LocalCluster`` makes it, but with every port on the loopback interface only."""
    here = {"host": "127.0.0.1", "dashboard": False, "dashboard_address": "127.0.0.1:0"}
    worker = {"nthreads": 1, "memory_limit": crew.memory, "preload": [f"{__package__}.worker"], **here}
    worker["silence_logs"] = logging.CRITICAL
    try:
        return SpecCluster(
            workers={number: {"cls": Nanny, "options": worker} for number in range(crew.workers)},
            scheduler={"cls": Scheduler, "options": here},
            silence_logs=logging.CRITICAL,
        )
    except (OSError, RuntimeError) as error:
        raise ValueError(f"Not all workers ({crew.workers}) did start ({error}): try fewer by --workers.") from error


@contextmanager
def remote_client(address: str) -> Iterator[Client]:
    """A cluster that runs already. Raises ``ValueError`` where no scheduler answers at the address."""
    try:
        client = Client(address, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"No Dask scheduler answers at '{address}': give the address that it shows when it starts, "
            "such as tcp://host:8786."
        ) from error
    # Where the scheduler is lost, one sentence tells it; Dask's own log is a traceback.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    with client:
        yield client


def run_cases(
    client: Client, cases: Sequence[Case], folder: CohortFolder, *, resume: bool, threads: int
) -> Iterator[Outcome]:
    """The outcome of each case, in the order in which they end.

    Raises ``ValueError`` where the scheduler is lost. Cases that wait are cancelled when the iteration is left.
    """
    # Other users of a shared scheduler may have cases of the same names.
    group = f"case-{uuid.uuid4().hex}"
    futures = client.map(
        run_case,
        cases,
        key=[(group, case.name) for case in cases],
        folder=folder,
        resume=resume,
        threads=threads,
        pure=False,
        batch_size=CASES_A_MESSAGE,
    )
    try:
        for future in as_completed(futures):
            yield _outcome(future, future.key[1])
            future.release()
    finally:
        client.cancel(futures, force=True)


def _outcome(future: Future, name: str) -> Outcome:
    try:
        return future.result()
    except KilledWorker as error:
        tries = error.allowed_failures + 1
        reason = f"Its worker was lost {tries} times, as happens where memory is short: use fewer workers on a machine."
        return Outcome(name, error=reason)
    except CancelledError as error:
        raise ValueError("The Dask scheduler was lost: start it again, and this command with --resume.") from error
    except Exception as error:  # such as a worker without this package: its cases fail, others may not
        return Outcome(name, error=" ".join(f"{type(error).__name__}: {error}".split()))
