"""The app as a program of its own, and what its tests send to it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

SECONDS = 90
MODULE = Path(__file__).parents[2] / "MultiModalSegmentation"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class App:
    """The program, started and stopped; ``key`` and ``port`` are those that it printed."""

    def __init__(self, arguments: Sequence[str | Path] = (), folder: Path | None = None) -> None:
        self.uploads = Path(tempfile.mkdtemp(dir=folder))
        environment = os.environ | {"PYTHONPATH": str(MODULE), "TMPDIR": str(self.uploads)}
        command = [sys.executable, "-m", "MultiModalSegmentationLib", "app", "--no-browser", *map(str, arguments)]
        self.log = (self.uploads / "log.txt").open("w+")
        started = time.monotonic()
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=self.log, text=True, start_new_session=True
        )
        self.address = ""
        for line in self.process.stdout:
            if found := re.search(r"Open (http\S+)", line):
                self.address = found[1]
                break
        self.seconds_to_start = time.monotonic() - started
        if not self.address:
            raise RuntimeError(self.errors())
        parts = urlsplit(self.address)
        self.port, self.key = parts.port, parse_qs(parts.query)["secret"][0]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def errors(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def ask(self, path: str, *, method: str = "GET", body: bytes = b"", host: str | None = None, **headers) -> Answer:
        """One request, sent byte by byte as it is given: no client library cleans the path."""
        lines = {"Host": host or self.host, "Connection": "close"}
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "POST":
            lines.setdefault("Content-Length", str(len(body)))
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        with socket.create_connection(("127.0.0.1", self.port), SECONDS) as connection:
            connection.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
            answer = b""
            while chunk := connection.recv(1 << 16):
                answer += chunk
                top, ended, rest = answer.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", top)
                if ended and (b" 101 " in top[:20] or (length and len(rest) >= int(length[1]))):
                    break
        top, _, rest = answer.partition(b"\r\n\r\n")
        first, *others = top.decode("latin-1").split("\r\n")
        return Answer(int(first.split()[1]), dict(line.split(": ", 1) for line in others if ": " in line), rest)

    def upload(self, files: Sequence[tuple[str, bytes]], **headers) -> tuple[int, dict]:
        """Status and answer of an upload of names and bytes."""
        mark = "boundary-of-the-test"
        body = b"".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
            + content
            + b"\r\n"
            for name, content in files
        )
        headers = {"X_Key": self.key, "Origin": f"http://{self.host}"} | headers
        kind = f"multipart/form-data; boundary={mark}"
        answer = self.ask(
            "/upload", method="POST", body=body + f"--{mark}--\r\n".encode(), Content_Type=kind, **headers
        )
        try:
            return answer.status, json.loads(answer.body)
        except ValueError:
            return answer.status, {"text": answer.body.decode()}

    def files_kept(self) -> list[str]:
        """What uploads have left behind."""
        return sorted(
            path.name for folder in self.uploads.glob("uploads-*") for path in folder.rglob("*") if path.is_file()
        )


SOCKET = {
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def socket_headers(origin: str | None) -> dict[str, str]:
    return {**SOCKET, "Connection": "Upgrade"} | ({"Origin": origin} if origin else {})
