"""What can be checked without running the module, what its imports load, and the checks themselves."""

import shutil
import subprocess
import sys
from pathlib import Path

import draw_rooms
import pytest
import static_checks
from rooms import Code, circles

REPOSITORY = Path(__file__).parents[3]
MODULE = REPOSITORY / "MultiModalSegmentation"


@pytest.mark.parametrize("check", static_checks.CHECKS, ids=lambda check: check.__name__)
def test_nothing_is_found(check):
    assert check() == []


def code_of(folder, files):
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return Code.of(folder)


HOUSE = {
    "lib/__init__.py": "",
    "lib/low/__init__.py": "from .first import A\n",
    "lib/low/first.py": "A = 1\n",
    "lib/high/__init__.py": "",
    "lib/high/second.py": "from ..low import A\nfrom . import third\n",
    "lib/high/third.py": "",
}
ROOMS = ("lib.low", "lib.high", "lib")


def test_imports_are_read_as_python_runs_them(tmp_path):
    code = code_of(tmp_path, HOUSE)
    assert code.imports["lib.high.second"] == {"lib.low", "lib.high.third"}
    assert code.imports["lib.low"] == {"lib.low.first"}
    assert code.arrows()["lib.high"] == {"lib.low": [("lib.high.second", "lib.low")]}
    assert static_checks.no_circles(code) == static_checks.rooms_in_order(code, ROOMS) == []


@pytest.mark.parametrize(
    "upward",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..high.second import B\n",
        "def late():\n    import lib.high.second\n",
        "import importlib\nimportlib.import_module('..high.second', __package__)\n",
        "from importlib import import_module\nNAME = 'lib.high.second'\nimport_module(NAME)\n",
    ],
    ids=["type", "late", "by name", "by absolute name"],
)
def test_an_import_against_the_order_is_found(tmp_path, upward):
    code = code_of(tmp_path, HOUSE | {"lib/low/first.py": upward})
    assert static_checks.rooms_in_order(code, ROOMS)[0].startswith("lib.low.first imports lib.high")
    assert any(each == "circle of rooms: lib.high, lib.low" for each in static_checks.no_circles(code))


def test_a_circle_by_way_of_a_package_is_found(tmp_path):
    """A file imports a name from its own package, whose __init__.py imports the file."""
    code = code_of(tmp_path, HOUSE | {"lib/low/first.py": "from . import B\n"})
    assert static_checks.no_circles(code) == ["circle of files: lib.low, lib.low.first"]
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}) == [["a", "b", "c"]]


def test_a_room_without_a_place_is_found(tmp_path):
    code = code_of(tmp_path, HOUSE | {"lib/new/file.py": ""})
    assert static_checks.rooms_in_order(code, ROOMS) == [
        "the room lib.new has no place in the order of Testing/rooms.py"
    ]


@pytest.mark.skipif(not shutil.which("cmake"), reason="cmake is not installed")
def test_cmake_configures_the_extension(tmp_path):
    """Against a minimal stand-in for Slicer's package file that records what the extension asks of Slicer."""
    package = tmp_path / "slicer"
    package.mkdir()
    (package / "SlicerConfig.cmake").write_text(
        f'set(Slicer_USE_FILE "{package}/UseSlicer.cmake")\n'
        f'set(Slicer_EXTENSION_GENERATE_CONFIG "{package}/empty.cmake")\n'
        f'set(Slicer_EXTENSION_CPACK "{package}/empty.cmake")\n'
    )
    (package / "empty.cmake").write_text("")
    (package / "UseSlicer.cmake").write_text(
        "set(BUILD_TESTING ON)\n"
        "macro(slicerMacroBuildScriptedModule)\n"
        '  cmake_parse_arguments(MODULE "WITH_GENERIC_TESTS" "NAME" "SCRIPTS;RESOURCES" ${ARGN})\n'
        "  foreach(file ${MODULE_SCRIPTS} ${MODULE_RESOURCES})\n"
        "    if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${file})\n"
        '      message(FATAL_ERROR "missing ${file}")\n'
        "    endif()\n"
        "  endforeach()\n"
        '  message(STATUS "module ${MODULE_NAME} ${MODULE_WITH_GENERIC_TESTS}")\n'
        "endmacro()\n"
        'function(slicer_add_python_unittest)\n  message(STATUS "unittest ${ARGN}")\nendfunction()\n'
    )
    run = subprocess.run(
        ["cmake", "-S", REPOSITORY, "-B", tmp_path / "build", f"-DSlicer_DIR={package}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "module MultiModalSegmentation TRUE" in run.stdout
    assert "unittest SCRIPT;MultiModalSegmentation.py" in run.stdout


def test_the_picture_shows_every_room_and_no_arrow_that_follows_from_others(tmp_path):
    files = {"lib/low/a.py": "", "lib/mid/b.py": "from lib.low import a\n", "lib/top/c.py": "from lib.low import a\n"}
    code = code_of(tmp_path, files | {"lib/top/d.py": "from lib.mid import b\n"})
    arrows = draw_rooms.shown_arrows(code, ("lib.low", "lib.mid", "lib.top"))
    assert arrows == {"lib.low": set(), "lib.mid": {"lib.low"}, "lib.top": {"lib.mid"}}
    assert draw_rooms.rows_and_lines(arrows)[0] == [["lib.low"], ["lib.mid"], ["lib.top"]]

    code = Code.of(MODULE)
    drawn = draw_rooms.picture(code)
    shown = draw_rooms.shown_arrows(code)
    assert drawn.count('class="name"') == len(shown) == len(code.arrows()) - 1
    assert drawn.count("marker-end") == sum(map(len, shown.values()))
    assert drawn == draw_rooms.picture(Code.of(MODULE))


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_the_package_loads_nothing_heavy():
    heavy = "[m for m in ('numpy', 'scipy', 'SimpleITK', 'slicer', 'vtk', 'dask') if m in sys.modules]"
    code = f"import sys, MultiModalSegmentationLib as m; m.GrowingParameters(); print({heavy})"
    assert run_python(code) == "[]"


def test_library_works_without_slicer_and_vtk():
    code = (
        "import sys; sys.modules['slicer'] = sys.modules['vtk'] = None\n"
        "import numpy, SimpleITK as sitk, MultiModalSegmentationLib as m\n"
        "image = numpy.random.default_rng(0).normal(size=(2, 9, 9, 9)).astype('float32')\n"
        "result = m.grow([sitk.GetImageFromArray(a) for a in image], [(4, 4, 4)])\n"
        "print(result.voxel_count > 0)"
    )
    assert run_python(code) == "True"


def test_importing_the_module_file_loads_neither_numpy_nor_simpleitk():
    """With Slicer's classes at hand: what counts is what the module file itself adds."""
    pytest.importorskip("slicer", reason="needs the extra [mrml]")
    code = f"""
import sys
sys.path[:0] = [{str(Path(__file__).parents[1])!r}, {str(MODULE)!r}]
import host
started = host.start()
heavy = ("numpy", "scipy", "SimpleITK")
hidden = {{name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] in heavy}}
import MultiModalSegmentation
print([name for name in heavy if name in sys.modules])
sys.stdout.flush()
import os
os._exit(0)
"""
    assert run_python(code) == "[]"
