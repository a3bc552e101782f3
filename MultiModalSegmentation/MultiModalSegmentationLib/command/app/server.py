"""The server: one scene, one user, one key."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from .guard import LOOPBACK, UPLOAD, Guard
from .packages import require_app
from .session.session import Session
from .uploads import Uploads


class AppServer:
    """Serves a session to one browser until it is stopped.

    ``port`` 0 lets the system choose one; ``on_ready`` is told the address, with its key.
    """

    def __init__(self, session: Session, host: str, port: int, on_ready: Callable[[str], None]) -> None:
        require_app()
        self._session = session
        self._host, self._port = host, port
        self._on_ready = on_ready
        self.guard = Guard((*LOOPBACK, *names_of(host)))
        self.uploads = Uploads(self._take_files)
        self.desk: Any = None
        self._server = self._make_server()

    def run(self) -> None:
        """Serve until somebody interrupts the program. Raises ``ValueError`` where the address cannot be used."""
        os.environ["WSLINK_WS_COMPRESS"] = "0"  # Pictures are compressed as they are.
        try:
            asyncio.run(self._serve())
        except web.GracefulExit:
            return  # What aiohttp makes of Ctrl+C, and of the end of a session on a server.
        except OSError as error:
            raise ValueError(
                f"The address {self._host}:{self._port} cannot be used ({error.strerror or error}): "
                "choose another --host or --port."
            ) from error

    async def _serve(self) -> None:
        try:
            await self._server.start(
                exec_mode="coroutine",
                host=self._host,
                port=self._port,
                timeout=0,
                open_browser=False,
                show_connection_info=False,
                disable_logging=True,
                backend="aiohttp",
            )
        finally:
            if self.desk is not None:
                await self.desk.views.close()

    def _make_server(self) -> Any:
        from trame.app import get_server

        from .page import module
        from .page.layout import build

        server = get_server(f"app-{id(self)}", client_type="vue3")
        # What trame reads from the command line is not meant for it; the key must not be seen in the list of processes.
        server.cli.set_defaults(authKey=self.guard.key, host=self._host)
        os.environ["TRAME_ARGS"] = ""
        server.enable_module(module)
        build(server)
        server.controller.on_server_bind.add(self._on_bind)
        server.controller.on_server_ready.add(self._on_server_ready)
        return server

    def _on_bind(self, web_server: Any) -> None:
        application = web_server.app
        self.guard.protect(application, self._server.server_options.content)
        application.router.add_post(UPLOAD, self.uploads.handle)

    def _on_server_ready(self, **_: Any) -> None:
        from .page.desk import Desk
        from .page.triggers import connect

        self.guard.bind(self._server.port)
        self.desk = Desk(self._server, self._session)
        connect(self._server, self.desk)
        self._on_ready(self.address)

    @property
    def address(self) -> str:
        """Where the page is, with the key; once the server runs."""
        host = LOOPBACK[0] if self._host in ("0.0.0.0", "::", "localhost") else self._host
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self._server.port}/?secret={self.guard.key}"

    def _take_files(self, paths: list[Path]) -> str:
        return self.desk.take_files(paths)


def names_of(host: str) -> list[str]:
    """The names under which a server on this host is reached, beside those of the loopback."""
    if host in LOOPBACK:
        return []
    if host not in ("0.0.0.0", "::"):
        return [f"[{host}]" if ":" in host else host]
    name = socket.gethostname()
    try:
        numbers = {info[4][0] for info in socket.getaddrinfo(name, None)}
    except OSError:
        numbers = set()
    return [name, socket.getfqdn(), *(f"[{n}]" if ":" in n else n for n in sorted(numbers))]


def open_browser(address: str, folder: Path) -> None:
    """Open the address through a private file, so that the list of processes does not show the key."""
    page = folder / "open.html"
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as file:
        file.write(f'<!doctype html><meta http-equiv="refresh" content="0; url={address}">')
    Path(file.name).rename(page)
    webbrowser.open(page.as_uri())
