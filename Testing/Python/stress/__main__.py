"""``python -m stress --seed N --actions M``"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from pathlib import Path

from .runner import Failure, Runner


def main() -> int:
    """Run, and tell what was done; the exit status is 1 after a failure."""
    parser = argparse.ArgumentParser(prog="python -m stress", description="Random user actions on the panel.")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--actions", type=int, default=2000)
    parser.add_argument("--report", type=Path, help="where to write counts and memory, as JSON")
    parser.add_argument("--verbose", action="store_true", help="print each action")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    started = time.monotonic()
    try:
        report = Runner(options.seed, verbose=options.verbose).run(options.actions)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"{options.actions} actions in {time.monotonic() - started:.0f} s; {dict(report.counts)}")
    print({number: f"{size / 1e6:.0f} MB" for number, size in report.memory.items()})
    if options.report:
        options.report.write_text(json.dumps({"counts": report.counts, "memory": report.memory}))
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Qt and VTK take each other down in an order of their own.
    os._exit(status)
