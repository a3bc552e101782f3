"""Who may talk to the app, and what it takes in: each rule is broken once."""

from __future__ import annotations

import asyncio
import io
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from app_helpers import App, socket_headers
from command_line_helpers import write_two_volumes
from opengl_helpers import need_opengl

from MultiModalSegmentationLib.command.app.guard import Guard
from MultiModalSegmentationLib.command.app.uploads import UploadError, safe_name, unpack


@pytest.fixture(scope="module")
def an_app(tmp_path_factory):
    need_opengl()
    app = App(write_two_volumes(tmp_path_factory.mktemp("volumes")), tmp_path_factory.mktemp("temporary"))
    yield app
    app.stop()


def test_the_page_needs_the_key_of_this_session(an_app):
    assert an_app.ask(f"/index.html?secret={an_app.key}").status == 200
    assert an_app.ask(f"/?secret={an_app.key}").status == 200
    for wrong in ("", "?secret=", "?secret=wslink-secret", f"?secret={an_app.key[:-1]}"):
        refused = an_app.ask(f"/index.html{wrong}")
        assert refused.status == 403
        assert an_app.key.encode() not in refused.body


def test_every_session_has_a_key_of_its_own():
    keys = {Guard().key for _ in range(20)}
    assert len(keys) == 20
    assert min(map(len, keys)) == 64
    assert "wslink-secret" not in keys


def test_the_list_of_processes_does_not_show_the_key(an_app):
    shown = subprocess.run(["ps", "-e", "-ww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert "MultiModalSegmentationLib app" in shown
    assert an_app.key not in shown


def test_it_listens_on_the_loopback_alone(an_app):
    listening = Path("/proc/net/tcp").read_text().splitlines() if Path("/proc/net/tcp").exists() else []
    addresses = [row.split()[1].split(":") for row in listening if row.split()[3:4] == ["0A"]]
    here = {address for address, port in addresses if int(port, 16) == an_app.port}
    if not listening:
        pytest.skip("this system has no /proc/net/tcp")
    assert here == {"0100007F"}


def test_a_foreign_host_gets_nothing(an_app):
    for host in ("evil.example", f"evil.example:{an_app.port}", "127.0.0.1", "127.0.0.1:1"):
        for path in (f"/index.html?secret={an_app.key}", "/assets", "/vue.global.js"):
            assert an_app.ask(path, host=host).status == 403


def test_a_foreign_origin_gets_nothing(an_app):
    for origin in ("http://evil.example", "null", f"https://{an_app.host}", "http://127.0.0.1:1"):
        assert an_app.ask("/vue.global.js", Origin=origin).status == 403
        status, _ = an_app.upload([("a.nii", b"x")], Origin=origin)
        assert status == 403
        assert an_app.ask(f"/ws?key={an_app.key}", **socket_headers(origin)).status == 403
    assert an_app.ask(f"/ws?key={an_app.key}", **socket_headers(None)).status == 403
    assert an_app.ask("/vue.global.js", Origin=f"http://{an_app.host}").status == 200


def test_the_connection_needs_the_key_twice(an_app):
    aiohttp = pytest.importorskip("aiohttp")
    msgpack = pytest.importorskip("msgpack")
    for wrong in ("", "wslink-secret", "0" * 64):
        refused = an_app.ask(f"/ws?key={wrong}", **socket_headers(f"http://{an_app.host}"))
        assert refused.status == 403

    async def greet(secret: str) -> dict:
        hello = {"wslink": "1.0", "id": "system:c0:0", "method": "wslink.hello", "args": [{"secret": secret}]}
        from wslink.chunking import UnChunker, generate_chunks

        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(
                f"http://{an_app.host}/ws?key={an_app.key}", headers={"Origin": f"http://{an_app.host}"}
            ) as connection,
        ):
            for chunk in generate_chunks(msgpack.packb(hello | {"kwargs": {}}), 2**20):
                await connection.send_bytes(chunk)
            return UnChunker().process_chunk((await connection.receive(20)).data)

    assert "clientID" in asyncio.run(greet(an_app.key))["result"]
    assert asyncio.run(greet("wslink-secret"))["error"]["message"] == "Authentication failed"


def test_a_second_browser_is_told_so_and_changes_nothing(an_app):
    aiohttp = pytest.importorskip("aiohttp")

    async def twice() -> list[int]:
        address, headers = f"http://{an_app.host}/ws?key={an_app.key}", {"Origin": f"http://{an_app.host}"}
        async with aiohttp.ClientSession() as client, client.ws_connect(address, headers=headers):
            page = await client.get(an_app.address)
            text = await page.text()
            try:
                async with client.ws_connect(address, headers=headers):
                    second = 101
            except aiohttp.WSServerHandshakeError as error:
                second = error.status
            return [page.status, "open in another window" in text, second]

    assert asyncio.run(twice()) == [409, True, 409]
    assert an_app.ask(f"/index.html?secret={an_app.key}").status == 200


@pytest.mark.parametrize(
    "path",
    ["/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/__app/../desk.py", "/__app/%2e%2e/desk.py"],
)
def test_nothing_outside_is_served(an_app, path):
    answer = an_app.ask(path)
    assert answer.status in (400, 403, 404)
    assert b"root:" not in answer.body
    assert b"class Desk" not in answer.body


def test_the_page_may_load_nothing_from_elsewhere(an_app):
    answer = an_app.ask(f"/index.html?secret={an_app.key}")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "http:" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_uploads_lie_in_a_folder_of_this_user_alone(an_app):
    (folder,) = an_app.uploads.glob("uploads-*")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "name", ["../evil.nii", "..", ".hidden.nii", "a/b.nii", "C:\\evil.nii", "", "x" * 300 + ".nii"]
)
def test_names_that_lead_elsewhere_are_refused(an_app, name):
    with pytest.raises(UploadError, match="cannot be used"):
        safe_name(name)
    before = an_app.files_kept()
    status, answer = an_app.upload([(name.replace("\\", "\\\\"), b"x")])
    assert status == 400
    assert answer["error"].endswith(".")
    assert an_app.files_kept() == before
    assert not (an_app.uploads / "evil.nii").exists()


def archive_of(members: dict[str, bytes], link: str = "") -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        if link:
            member = zipfile.ZipInfo(link)
            member.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(member, "/etc/passwd")
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (archive_of({"../../evil.dcm": b"x"}), "leads out of it"),
        (archive_of({"/etc/evil.dcm": b"x"}), "leads out of it"),
        (archive_of({"..\\evil.dcm": b"x"}), "leads out of it"),
        (archive_of({"a.dcm": b"x"}, link="b.dcm"), "leads out of it"),
        (archive_of({}), "is empty"),
        (b"PK\x03\x04 no archive", "is damaged"),
    ],
    ids=["up", "absolute", "backslash", "link", "empty", "damaged"],
)
def test_archives_that_lead_elsewhere_are_refused(an_app, content, sentence):
    before = an_app.files_kept()
    status, answer = an_app.upload([("series.zip", content)])
    assert status == 400
    assert sentence in answer["error"]
    assert str(an_app.uploads) not in answer["error"]
    assert an_app.files_kept() == before


def test_an_archive_that_unpacks_to_far_more_is_stopped_on_the_way(tmp_path):
    bomb = archive_of({"zeros.dcm": bytes(100 * 2**20)})
    assert len(bomb) < 2**20
    path = tmp_path / "bomb.zip"
    path.write_bytes(bomb)
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(UploadError, match="unpacks to far more"):
        unpack(path, folder)
    assert sum(file.stat().st_size for file in folder.rglob("*")) < 25 * 2**20


def test_an_archive_that_lies_about_its_sizes_is_counted_as_it_comes(tmp_path):
    content = bytearray(archive_of({"zeros.dcm": bytes(4 * 2**20)}))
    size = (4 * 2**20).to_bytes(4, "little")
    while size in content:
        content[content.index(size) :][:4] = content
        place = content.index(size)
        content[place : place + 4] = (10).to_bytes(4, "little")
    path = tmp_path / "liar.zip"
    path.write_bytes(content)
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(UploadError):
        unpack(path, folder, limit=2**20)


def test_more_than_the_limit_is_refused_before_it_is_sent(an_app):
    status, answer = an_app.upload([("a.nii", b"x")], Content_Length=str(2**40))
    assert status == 400
    assert "More than 4 GB" in answer["error"]


def test_what_is_no_image_is_told_without_the_folder_and_kept_nowhere(an_app):
    before = an_app.files_kept()
    status, answer = an_app.upload([("broken.nii", b"no image at all" * 30)])
    assert status == 400
    assert "broken.nii" in answer["error"]
    assert str(an_app.uploads) not in answer["error"]
    assert an_app.files_kept() == before


def test_an_upload_is_loaded(an_app, tmp_path):
    path = tmp_path / "third.nrrd"
    sitk.WriteImage(sitk.GetImageFromArray(np.arange(8 * 7 * 6, dtype=np.int16).reshape(6, 7, 8)), str(path))
    status, answer = an_app.upload([("third.nrrd", path.read_bytes())])
    assert (status, answer) == (200, {"answer": "third.nrrd loaded."})


@pytest.mark.parametrize("command", ["segment", "batch", "demo"])
def test_other_commands_load_nothing_of_trame(command):
    work = {"segment": "run", "batch": "run", "demo": "story"}[command]
    script = (
        "import sys, importlib\n"
        f"importlib.import_module('MultiModalSegmentationLib.command.{command}.command')\n"
        f"importlib.import_module('MultiModalSegmentationLib.command.{command}.{work}')\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('trame', 'trame_rca', 'wslink', 'aiohttp')])"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3] / "MultiModalSegmentation")}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"
