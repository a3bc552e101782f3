"""Tests that draw Slicer's views, and machines that cannot."""

import os

import pytest

from MultiModalSegmentationLib.pictures.offscreen import OpenGLUnavailableError, require_offscreen_opengl

WITHOUT_OPENGL = {
    "DISPLAY": "",
    "WAYLAND_DISPLAY": "",
    "__EGL_VENDOR_LIBRARY_FILENAMES": "/nowhere.json",
    "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow",
}
"""Environment variables that leave neither an X server nor an EGL driver."""


def need_opengl():
    """Skip the test where nothing can be rendered, or fail it where CI says that it must be possible."""
    try:
        require_offscreen_opengl()
    except OpenGLUnavailableError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
