"""Files that the browser sends: into a private folder, checked before anything reads them."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from aiohttp import BodyPartReader, web

LARGEST_UPLOAD = 4 * 2**30
"""Bytes of all files sent at once, and of what an archive holds."""

MOST_FILES = 20000
"""In an archive: far more than the slices of a scan."""

MOST_PACKED = 200
"""Times that an archive may grow when it is unpacked, over all; pictures of zeros pack better, scans do not."""

_CHUNK = 2**20
_RESERVED = set('<>:"/\\|?*') | {chr(code) for code in range(32)}


class UploadError(ValueError):
    """A file that is not taken."""


class Uploads:
    """Takes files of one request together, and hands them on; ``on_files`` is told the paths and answers in words.

    ``limit`` is the number of bytes that one request, and one archive unpacked, may have.
    """

    def __init__(self, on_files: Callable[[list[Path]], str], limit: int = LARGEST_UPLOAD) -> None:
        self._on_files = on_files
        self._limit = limit
        self._folder = tempfile.TemporaryDirectory(prefix="uploads-")
        self.folder = Path(self._folder.name)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a POST of files: 200, or 400 with the sentence that says what is wrong. Nothing of a refused request
        stays."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        try:
            paths = await self._receive(request, folder)
            paths = await asyncio.get_running_loop().run_in_executor(None, self._unpacked, paths)
            answer = self._on_files(paths)
        except ValueError as error:
            shutil.rmtree(folder, ignore_errors=True)
            return web.json_response({"error": _without_folder(str(error), folder)}, status=400)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            text = f"The file cannot be kept ({error.strerror or error}): free disk space."
            return web.json_response({"error": text}, status=400)
        return web.json_response({"answer": answer})

    async def _receive(self, request: web.Request, folder: Path) -> list[Path]:
        if (request.content_length or 0) > self._limit:
            raise _too_large(self._limit)
        if not request.content_type.startswith("multipart/"):
            raise UploadError("No files came: choose files and try again.")
        paths: list[Path] = []
        left = self._limit
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise UploadError("The files came in a form that is not understood: choose them again.")
            path = folder / safe_name(part.filename or "")
            if path.exists():
                raise UploadError(f"Two files are called '{path.name}': give them different names.")
            with path.open("xb") as file:
                while chunk := await part.read_chunk(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise _too_large(self._limit)
                    file.write(chunk)
            paths.append(path)
        if not paths:
            raise UploadError("No files came: choose files and try again.")
        return paths

    def _unpacked(self, paths: list[Path]) -> list[Path]:
        """Folders of what was in archives, and all other files as they are."""
        found: list[Path] = []
        for path in paths:
            if path.suffix.lower() != ".zip":
                found.append(path)
                continue
            folder = path.with_suffix("")
            folder.mkdir()
            unpack(path, folder, self._limit)
            path.unlink()
            found += folders_with_files(folder)
        return found


def safe_name(name: str) -> str:
    """A file name as it was sent. Raises ``UploadError`` for one that leads out of a folder or that no system takes."""
    if not name or name in (".", "..") or name.startswith(".") or _RESERVED & set(name) or len(name.encode()) > 240:
        raise UploadError(f"The file name '{name[:80]}' cannot be used: rename the file and try again.")
    return name


def unpack(path: Path, folder: Path, limit: int = LARGEST_UPLOAD) -> None:
    """Unpack an archive into an empty folder.

    Raises ``UploadError`` where a member leads out of the folder, is a link or is encrypted, and where the members are
    too many or too large: they are counted as they come, whatever the archive says of itself.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if not members:
                raise UploadError(f"The archive '{path.name}' is empty: choose another one.")
            if len(members) > MOST_FILES:
                raise UploadError(f"The archive '{path.name}' has more than {MOST_FILES:,} files: divide it.")
            allowed = min(limit, max(path.stat().st_size * MOST_PACKED, 2**20))
            for member in members:
                target = folder / _safe_member(path, member)
                target.parent.mkdir(parents=True, exist_ok=True)
                allowed = _extract(archive, member, target, allowed)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, OverflowError) as error:
        raise UploadError(f"The archive '{path.name}' is damaged: pack it again.") from error


def folders_with_files(folder: Path) -> list[Path]:
    """Each folder that holds files, the outer ones first."""
    walked = [Path(here) for here, _, files in os.walk(folder) if files]
    return sorted(walked)


def _safe_member(path: Path, member: zipfile.ZipInfo) -> Path:
    name = member.filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    if is_link or name.startswith(("/", "\\")) or not parts or any(part == ".." or ":" in part for part in parts):
        raise UploadError(f"The archive '{path.name}' holds '{name[:80]}', which leads out of it: pack it again.")
    if member.flag_bits & 1:
        raise UploadError(f"The archive '{path.name}' is encrypted: pack it without a password.")
    return Path(*parts)


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, allowed: int) -> int:
    """Write one member; how many bytes are still allowed after it."""
    with archive.open(member) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            allowed -= len(chunk)
            if allowed < 0:
                raise UploadError(
                    f"The archive '{Path(archive.filename or 'archive').name}' unpacks to far more than it should: "
                    "give the files themselves."
                )
            file.write(chunk)
    return allowed


def _too_large(limit: int) -> UploadError:
    return UploadError(f"More than {limit / 2**30:.3g} GB came at once: crop the volumes, or give them one by one.")


def _without_folder(sentence: str, folder: Path) -> str:
    """The sentence without where on this machine the file was kept."""
    return sentence.replace(f"{folder}{os.sep}", "")
