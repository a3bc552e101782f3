"""How much memory is free, on each system: of others than this one by what their interfaces answer."""

import ctypes
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from MultiModalSegmentationLib.pipeline import memory


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's /proc")
def test_linux_tells_what_is_available():
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    assert memory.memory_available() == pytest.approx(kilobytes["MemAvailable"] * 1024, rel=0.2)


def a_windows(answer, available):
    """``kernel32`` as Windows documents it: fills a MEMORYSTATUSEX whose length it is told, and says whether it did."""

    def fill(pointer):
        status = pointer._obj
        assert status.length == ctypes.sizeof(status)
        status.total, status.available = 10 * available, available
        return answer

    return SimpleNamespace(kernel32=SimpleNamespace(GlobalMemoryStatusEx=fill))


def test_windows_tells_what_is_available(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "windll", a_windows(1, 7 * 10**9), raising=False)
    assert memory.memory_available() == 7 * 10**9


def test_windows_that_does_not_tell(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "windll", a_windows(0, 7 * 10**9), raising=False)
    assert memory.memory_available() is None


def test_macos_tells_the_total_of_which_half_counts(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 2**20, "SC_PAGE_SIZE": 16384}.__getitem__, raising=False)
    assert memory.memory_available() == 2**20 * 16384 // 2


def test_a_system_that_tells_nothing(monkeypatch):
    monkeypatch.setattr(sys, "platform", "plan9")
    monkeypatch.delattr(os, "sysconf", raising=False)
    assert memory.memory_available() is None
