"""The command ``app``: the tool in a browser."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from .packages import require_app

LOOPBACK_ONLY = ("127.0.0.1", "localhost", "::1")


def run(options: argparse.Namespace) -> int:
    """Serve the page on ``options.host`` and ``options.port`` until interrupted; the exit status.

    Without ``options.volumes`` it opens on the sample data. Raises ``ValueError`` naming the file that cannot be read
    or the package that is missing.
    """
    require_app()
    from ...pictures.offscreen import OpenGLUnavailableError, require_offscreen_opengl
    from .server import AppServer, open_browser

    try:
        require_offscreen_opengl()
    except OpenGLUnavailableError as error:
        raise ValueError(str(error)) from error
    session = _session(options)
    if options.host not in LOOPBACK_ONLY:
        print(
            f"Everyone who can reach {options.host} and learns the address below sees these images: it is not "
            "encrypted; use it in a trusted network only.",
            file=sys.stderr,
        )
    with tempfile.TemporaryDirectory(prefix="open-") as folder:

        def on_ready(address: str) -> None:
            print(
                f"Open {address}\nCtrl+C ends the program; segments that were not downloaded are lost then.", flush=True
            )
            if not options.no_browser:
                open_browser(address, Path(folder))

        AppServer(session, options.host, options.port, on_ready).run()
    return 0


def _session(options: argparse.Namespace) -> object:
    from .session.loading import load_sample, load_seeds, load_volume
    from .session.session import Session

    if options.seeds and not options.volumes:
        raise ValueError(f"The seeds '{options.seeds}' need their volumes: give these as well.")
    session = Session()
    for path in options.volumes:
        load_volume(session, path)
    if not options.volumes:
        load_sample(session)
    if options.seeds:
        load_seeds(session, options.seeds)
    return session
