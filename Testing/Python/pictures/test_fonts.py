"""Text in any script: letters where a font has them, never the box that stands for a character a font lacks."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import SimpleITK as sitk
from command_line_helpers import seed_options, segment, two_volumes, write_two_volumes

from MultiModalSegmentationLib.pictures import fonts
from MultiModalSegmentationLib.pictures.raster import Canvas, text_width

HEIGHT = 14


def drawn(text):
    """The pixels of a text, white on black."""
    canvas = Canvas(text_width(text, HEIGHT) + 2, 3 * HEIGHT, (0, 0, 0))
    canvas.text(text, 1, HEIGHT, (1, 1, 1), height=HEIGHT)
    return canvas.pixels[..., 0]


def box_of(file):
    """What a font draws for a character that it lacks."""
    return bytes(fonts._font(file, 24.0).getmask("\U0010ffff"))


def look(text):
    """What its one piece is drawn as, at the size at which fonts are tried."""
    ((part, font),) = fonts.pieces(text, 24.0)
    assert part == text
    return bytes(font.getmask(text))


@pytest.fixture
def no_system_fonts(monkeypatch):
    """A machine without any font."""
    monkeypatch.setattr(fonts, "SYSTEM", ())
    for cached in (fonts._system_fonts, fonts._shown):
        cached.cache_clear()
    yield
    for cached in (fonts._system_fonts, fonts._shown):
        cached.cache_clear()


@pytest.mark.parametrize("text", ["Größe", "Ωμέγα", "Мозг", "Næse å çşłő", "T1 (mL) 1,234.5°"])
def test_latin_greek_and_cyrillic_are_drawn_on_every_machine(no_system_fonts, text):
    (piece,) = fonts.pieces(text, 24.0)
    assert piece[0] == text and piece[1].path == str(fonts.OWN)
    looks = {character: look(character) for character in set(text) - {" "}}
    assert box_of(str(fonts.OWN)) not in looks.values()
    assert len(set(looks.values())) == len(looks)
    assert drawn(text).max() > 200


def test_every_printable_character_has_its_own_look():
    assert len({look(chr(code)) for code in range(33, 127)}) == 94


def test_a_decomposed_letter_is_drawn_as_the_composed_one():
    """macOS writes file names decomposed."""
    assert np.array_equal(drawn("Gro\u0308\u00dfe"), drawn("Größe"))


@pytest.mark.parametrize(
    ("text", "instead"),
    [("脳 T1", "Nao T1"), ("뇌", "Noe"), ("T1\ue000", "T1U+E000"), ("a\udcff", "aU+DCFF"), ("T1\nT2\t", "T1 T2 ")],
)
def test_what_no_font_has_is_written_in_latin_letters_or_as_its_code_point(no_system_fonts, text, instead):
    assert "".join(part for part, _ in fonts.pieces(text, 24.0)) == instead
    assert np.array_equal(drawn(text), drawn(instead))


def test_a_character_is_drawn_by_the_system_font_that_has_it():
    file = next((file for file in fonts._system_fonts() if fonts.draws(file, "脳")), None)
    if file is None:
        pytest.skip("no font of this system has Chinese characters (Debian: fonts-droid-fallback)")
    (first, font), (rest, own) = fonts.pieces("脳 T1", 24.0)
    assert (first, font.path) == ("脳", file)
    assert (rest, own.path) == (" T1", str(fonts.OWN))
    assert bytes(font.getmask("脳")) not in (box_of(file), b"")
    assert text_width("脳 T1", HEIGHT) > text_width(" T1", HEIGHT) + HEIGHT / 2
    assert not np.array_equal(drawn("脳")[:, :HEIGHT], drawn("肝")[:, :HEIGHT])


def test_a_font_without_a_character_says_so():
    assert fonts.draws(str(fonts.OWN), "ö")
    assert not fonts.draws(str(fonts.OWN), "脳")
    assert not fonts.draws(str(fonts.OWN), "\ue000")


def test_volumes_of_any_name_are_named_in_the_figure(tmp_path):
    """The heads of the columns differ only in the volumes' names."""
    heads = {}
    for names in (("T1", "T2"), ("Größe", "Ωμέγα"), ("脳 T1", "T2")):
        folder = tmp_path / names[0]
        folder.mkdir()
        volumes = [folder / f"{name}.nrrd" for name in names]
        for path, volume in zip(volumes, two_volumes()):
            sitk.WriteImage(volume, str(path))
        outputs = ["--output", folder / "region.nrrd", "--figure", folder / "figure.png"]
        assert segment(volumes, *seed_options((12, 11, 9)), *outputs) == 0
        picture = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "figure.png")))
        heads[names[0]] = picture[:60]
        expected = drawn_title(names[0])
        rows, columns = expected.shape
        found = picture[:60, :500].mean(axis=2)
        assert any(
            ((found[y : y + rows, x : x + columns] > 128) == (expected > 128)).mean() > 0.97
            for y in range(20, 36)
            for x in range(150, 500 - columns)
        )
    assert not np.array_equal(heads["T1"], heads["Größe"])


def drawn_title(text):
    """A column's title as the figure draws it, no more than its letters."""
    canvas = Canvas(text_width(text, 15) + 2, 45, (0, 0, 0))
    canvas.text(text, 1, 15, (1, 1, 1), height=15)
    pixels = canvas.pixels[..., 0].astype(float)
    rows, columns = (np.flatnonzero(pixels.max(axis=axis)) for axis in (1, 0))
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def test_without_pillow_the_figure_is_refused_in_one_sentence(tmp_path, monkeypatch, capsys):
    for name in [
        name for name in sys.modules if name == "PIL" or name.startswith(("PIL.", "MultiModalSegmentationLib.pictures"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "PIL", None)
    volumes = write_two_volumes(tmp_path)
    outputs = ["--output", tmp_path / "region.nrrd", "--figure", tmp_path / "figure.png"]
    assert segment(volumes, *seed_options((12, 11, 9)), *outputs) == 2
    assert "needs the packages Pillow and anyascii" in capsys.readouterr().err
    assert not (tmp_path / "region.nrrd").exists()
