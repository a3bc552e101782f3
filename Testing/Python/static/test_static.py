"""What can be checked without running the module: files that ship, texts, imports, configuration."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
MODULE = REPOSITORY / "MultiModalSegmentation"
PYTHON_FILES = sorted(MODULE.rglob("*.py"))
NUMERICAL = ("geometry", "parameters", "engine", "explaining", "pipeline", "recipes", "phantom")
"""Rooms that know neither Slicer nor VTK."""


def listed_in_cmake(variable):
    text = (MODULE / "CMakeLists.txt").read_text()
    body = re.search(rf"set\({variable}\n(.*?)\)", text, re.DOTALL).group(1)
    return [
        line.strip().replace("${MODULE_NAME}", "MultiModalSegmentation") for line in body.splitlines() if line.strip()
    ]


def test_cmake_lists_every_script_that_ships():
    existing = [str(file.relative_to(MODULE)) for file in PYTHON_FILES]
    assert listed_in_cmake("MODULE_PYTHON_SCRIPTS") == sorted(existing)


def test_cmake_lists_every_resource_that_ships():
    resources = [*(MODULE / "Resources").rglob("*"), *MODULE.rglob("*.html")]
    existing = [str(f.relative_to(MODULE)) for f in resources if f.is_file() and "Screenshots" not in f.parts]
    assert listed_in_cmake("MODULE_PYTHON_RESOURCES") == sorted(existing)


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


@pytest.mark.parametrize("file", PYTHON_FILES, ids=lambda file: file.name)
def test_texts_are_formatted_after_translation(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    formatted_before = [
        call.lineno
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in ("_", "translate")
        and not all(isinstance(argument, ast.Constant) for argument in call.args)
    ]
    assert formatted_before == []


@pytest.mark.parametrize(
    "file", sorted((MODULE / "MultiModalSegmentationLib").rglob("*.py")), ids=lambda file: file.name
)
def test_imports_point_one_way(file):
    """The numerical files never see Slicer, VTK or Qt; the library never sees Qt."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imported |= {
        n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module and not n.level
    }
    assert not imported & {"qt", "ctk", "PySide6", "MultiModalSegmentationPanel", "MultiModalSegmentation"}
    room = file.relative_to(MODULE / "MultiModalSegmentationLib").parts[0]
    if room in NUMERICAL:
        assert not imported & {"slicer", "vtk"}
    if room == "parameters":
        assert imported <= {"__future__", "enum", "math", "dataclasses"}


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


def test_documents_and_code_name_no_machine_path():
    tracked = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout
    named = []
    for name in tracked.splitlines():
        file = REPOSITORY / name
        if file.suffix in (".png", ".svg") or not file.is_file() or file == Path(__file__):
            continue
        if re.search(r"(?<![\w.])/(tmp|work|root|home)/", file.read_text(encoding="utf-8", errors="ignore")):
            named.append(name)
    assert named == []


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_ruff_is_clean(arguments):
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "."], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout
