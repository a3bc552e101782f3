"""Who may talk to the server: the one browser that was given the key, from this server's own page.

Every request must come to an address of this server (a foreign ``Host`` means that a name was bent to this machine),
and whatever carries an ``Origin`` must come from its own page. The page itself needs the key in its address.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from aiohttp import web

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
KEY_HEADER = "X-Key"
SOCKET, PAGE, UPLOAD = "/ws", "/index.html", "/upload"
PATIENCE_SECONDS = 2.0
"""How long a page that is loaded anew waits for its old connection to end."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' {sockets} data: blob:; "
        "frame-ancestors 'none'; base-uri 'self'; form-action 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
"""Vue compiles the page's templates in the browser, which needs 'unsafe-eval'; nothing comes from elsewhere."""

_NO_KEY = """<!doctype html><meta charset="utf-8"><title>Multi-modal segmentation</title>
<style>body { font: 18px/1.5 system-ui, sans-serif; margin: 15vh auto; max-width: 34em; padding: 0 1em; }</style>
<p id="text">This address lacks its key: open the whole address that the program printed when it started.</p>
<script>
const key = sessionStorage.getItem("key");
if (key && !location.search.includes("secret=")) {
  document.getElementById("text").textContent = "Loading\u2026";
  location.replace("index.html?secret=" + encodeURIComponent(key));
}
</script>"""

_TAKEN = """<!doctype html><meta charset="utf-8"><title>Multi-modal segmentation</title>
<style>body { font: 18px/1.5 system-ui, sans-serif; margin: 15vh auto; max-width: 34em; padding: 0 1em; }</style>
<p id="text">This session is open in another window: go on there, or close it and load this page again. One program
is for one user; start another one for a second.</p>"""

_KEEP_KEY = """<script>
{
  const url = new URL(location), key = url.searchParams.get("secret");
  sessionStorage.setItem("key", key);
  url.searchParams.set("sessionURL", `ws://${location.host}/ws?key=${encodeURIComponent(key)}`);
  history.replaceState({}, "", url);
}
</script>"""


class Guard:
    """Middleware that every request passes. ``names`` are the host names under which the server may be reached."""

    def __init__(self, names: Iterable[str] = LOOPBACK) -> None:
        self.key = secrets.token_hex(32)
        self._names = tuple(name.lower() for name in names)
        self._port = 0
        self._page = ""
        self._connections = 0

    @property
    def is_connected(self) -> bool:
        """Whether a browser is at work."""
        return self._connections > 0

    def protect(self, application: web.Application, content: str) -> None:
        """Put every request of an application through here; ``content`` is the folder of the page."""
        html = (Path(content) / "index.html").read_text(encoding="utf-8")
        self._page = html.replace("<head>", f"<head>{_KEEP_KEY}", 1)
        application.middlewares.append(self._middleware)
        for path in ("/", PAGE):
            application.router.add_get(path, self._serve_page)

    def bind(self, port: int) -> None:
        """The port that the server has got."""
        self._port = port

    def knows(self, key: str | None) -> bool:
        """Whether a key is the right one, in constant time."""
        return hmac.compare_digest((key or "").encode(), self.key.encode())

    def refusal(self, request: web.Request) -> str | None:
        """Why a request is not answered, or ``None``."""
        if request.host.lower() not in self._hosts():
            return "This is not an address of this server."
        origin = request.headers.get("Origin")
        if origin is None and request.path == SOCKET:
            return "Only this server's own page may connect."
        if origin is not None and origin.lower() != f"http://{request.host.lower()}":
            return "Only this server's own page may connect."
        keys = {UPLOAD: request.headers.get(KEY_HEADER), SOCKET: request.query.get("key")}
        if request.path in keys and not self.knows(keys[request.path]):
            return "The key is wrong."
        return None

    def _hosts(self) -> set[str]:
        return {f"{name}:{self._port}" for name in self._names}

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = self.refusal(request)
        if refusal:
            return web.Response(status=403, text=refusal, headers=_headers(request))
        if request.path == SOCKET:
            return await self._connect(request, handler)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(_headers(request))
            raise
        response.headers.update(_headers(request))
        return response

    async def _connect(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not await self._becomes_free():
            return web.Response(status=409, text="This session is open in another window.", headers=_headers(request))
        self._connections += 1
        try:
            return await handler(request)
        finally:
            self._connections -= 1

    async def _serve_page(self, request: web.Request) -> web.Response:
        if not self.knows(request.query.get("secret")):
            return web.Response(status=403, text=_NO_KEY, content_type="text/html")
        if not await self._becomes_free():
            return web.Response(status=409, text=_TAKEN, content_type="text/html")
        return web.Response(text=self._page, content_type="text/html")

    async def _becomes_free(self) -> bool:
        """Whether nobody is connected, at once or soon: a page loaded anew comes before its old connection ends."""
        for _ in range(round(PATIENCE_SECONDS / 0.1)):
            if not self._connections:
                return True
            await asyncio.sleep(0.1)
        return not self._connections


def _headers(request: web.Request) -> dict[str, str]:
    # Browsers do not take a numeric IPv6 address in a policy; 'self' stands for it.
    sockets = "" if request.host.startswith("[") else f"ws://{request.host}"
    policy = HEADERS["Content-Security-Policy"].format(sockets=sockets)
    return HEADERS | {"Content-Security-Policy": policy}
