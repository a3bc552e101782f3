"""The page of ``batch`` in a real browser, from disk and without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from MultiModalSegmentationLib.command.batch.cohort import reasons_to_look
from MultiModalSegmentationLib.command.batch.folder import OVERVIEW, RECIPE, THUMBNAIL
from MultiModalSegmentationLib.command.batch.measures import Outcome
from MultiModalSegmentationLib.command.batch.page import write_page

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
SECONDS = 20

needs_browser = pytest.mark.skipif(not (BROWSER and DRIVER), reason="chromium or chromedriver is not installed")

PAGE = """
const all = (root, selector) => [...root.querySelectorAll("*")].flatMap((one) =>
  [...(one.matches(selector) ? [one] : []), ...(one.shadowRoot ? all(one.shadowRoot, selector) : [])]);
const find = (root, selector) => all(root, selector)[0];
const top = (one) => one.getBoundingClientRect().top;
const rows = () => all(document, ".slick-row").sort((a, b) => top(a) - top(b));
const left = (one) => one.getBoundingClientRect().left;
const cells = (row) => [...row.querySelectorAll(".slick-cell")].sort((a, b) => left(a) - left(b));
const images = () => all(document, ".slick-row img");
const heading = (text) => all(document, ".slick-header-column").find((one) => one.innerText.trim() === text);
const button = (text) => all(document, "button, .bk-btn").find((one) => one.innerText.trim() === text);
"""
"""What the scripts below use: table and widgets live in shadow trees."""


def outcomes() -> list[Outcome]:
    """Thirty usual cases, one of each suspicious kind, one that failed; names that HTML and addresses must escape."""
    made = []
    for number in range(30):
        made.append((f"P{number:02d}", 100.0 + number % 7, {}))
    made += [("large & <b>odd #1", 300.0, {"touchesBorder": True}), ("odd 50%", 103.0, {"oddSeeds": ["F-2"]})]
    common = {"touchesBorder": False, "oddSeeds": [], "stoppedBy": None, "coverage": 0.99, "effectiveMultiplier": 3.5}
    common |= {
        "voxels": 1000,
        "channels": [{"name": "t1", "mean": 300.0, "spread": 12.0}],
        "seconds": 1.5,
        "warnings": [],
    }
    return [
        *(
            Outcome(name, {**common, "volumeMl": volume, "dice": 0.9, "surfaceDistanceMm": 0.5, **changes})
            for name, volume, changes in made
        ),
        Outcome("broken", error="The volume 'x.nii' cannot be read <as an image>."),
    ]


@pytest.fixture(scope="module")
def a_page(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    cohort = outcomes()
    picture = sitk.GetImageFromArray(np.full((40, 60, 3), 90, np.uint8), isVector=True)
    for outcome in cohort:
        if outcome.measures:
            case = folder / "cases" / outcome.name
            case.mkdir(parents=True)
            for name in (OVERVIEW, THUMBNAIL):
                sitk.WriteImage(picture, str(case / name))
            (case / RECIPE).write_text(json.dumps({"schemaVersion": 1, "case": outcome.name}))
    write_page(cohort, reasons_to_look(cohort), folder / "index.html")
    return folder / "index.html"


@pytest.fixture
def a_browser() -> Iterator:
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = BROWSER
    # No name has an address, so whatever the page would fetch fails.
    arguments = ["--headless=new", "--window-size=1400,1000", "--host-resolver-rules=MAP * ~NOTFOUND"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    for argument in arguments:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "WARNING"})
    browser = Chrome(options=options, service=Service(DRIVER))
    browser.set_page_load_timeout(SECONDS)
    browser.set_script_timeout(SECONDS)
    yield browser
    browser.quit()


@pytest.fixture
def an_opened_page(a_browser, a_page):
    a_browser.get(a_page.as_uri())
    until(a_browser, "return rows().length > 0")
    return a_browser


def until(browser, script: str):
    """The value of a script as soon as it is true."""
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, SECONDS).until(lambda one: one.execute_script(PAGE + script))


def text_of_rows(browser) -> list[list[str]]:
    return browser.execute_script(PAGE + "return rows().map((row) => cells(row).map((cell) => cell.innerText.trim()))")


def test_page_refers_to_nothing_on_a_network(a_page):
    text = a_page.read_text(encoding="utf-8")
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*?(?:src|href)\s*=\s*[\"']?https?:", text) == []
    assert len(text) < 4_000_000


@needs_browser
def test_suspicious_cases_come_first_with_pictures(an_opened_page):
    rows = text_of_rows(an_opened_page)
    assert [row[1] for row in rows[:4]] == ["broken", "large & <b>odd #1", "odd 50%", "P00"]
    assert rows[0][2].splitlines() == ["failed", "The volume 'x.nii' cannot be read <as an image>."]
    assert rows[1][2].splitlines() == ["touches the border", "volume far over the cohort's"]
    assert rows[1][3:6] == ["300.00", "0.900", "0.500"]
    loaded = until(
        an_opened_page, "return images().every((one) => one.complete) && images().map((one) => one.naturalWidth)"
    )
    assert len(loaded) > 3
    assert set(loaded) == {60}
    facts = [fact.text for fact in an_opened_page.find_elements("class name", "fact")]
    assert facts[:3] == ["33 cases", "2 to look at", "1 failed"]
    assert an_opened_page.get_log("browser") == []


@needs_browser
def test_heading_sorts_text_and_buttons_filter(an_opened_page):
    browser = an_opened_page
    browser.execute_script(PAGE + "heading('Volume (mL)').click()")
    until(
        browser,
        "return cells(rows()[0])[3].innerText.trim() === '100.00' || cells(rows()[1])[3].innerText.trim() === '100.00'",
    )
    browser.execute_script(PAGE + "heading('Volume (mL)').click()")
    until(browser, "return rows().slice(0, 2).some((row) => cells(row)[3].innerText.trim() === '300.00')")
    field = until(browser, "return find(document, 'input[type=text]')")
    field.send_keys("odd seed")
    until(browser, "return rows().length === 1")
    assert text_of_rows(browser)[0][1] == "odd 50%"
    field.clear()
    field.send_keys(" ")
    until(browser, "return rows().length > 4")
    for label, count in (("Failed", 1), ("To look at", 3)):
        browser.execute_script(PAGE + f"button({label!r}).click()")
        until(browser, f"return rows().length === {count}")


@needs_browser
def test_click_on_a_bar_shows_its_cases(an_opened_page):
    from selenium.webdriver import ActionChains

    browser = an_opened_page
    canvas = until(browser, "return find(document, '.bk-Canvas')")
    place = browser.execute_script(
        PAGE + "const plot = Bokeh.index.find_one_by_id(Bokeh.documents[0].get_model_by_name('histogram').id);"
        "const frame = plot.frame, x = frame.x_scale.compute(298), y = frame.y_scale.compute(0.5);"
        "return [x, y, plot.el.clientWidth, plot.el.clientHeight]"
    )
    x, y, width, height = place
    ActionChains(browser).move_to_element_with_offset(canvas, x - width / 2, y - height / 2).click().perform()
    until(browser, "return rows().length === 1")
    assert text_of_rows(browser)[0][1] == "large & <b>odd #1"


@needs_browser
def test_click_on_a_row_opens_picture_and_recipe(an_opened_page):
    browser = an_opened_page
    until(browser, "return cells(rows()[1])[1]").click()
    until(browser, "return document.getElementById('dialog').open")
    assert browser.find_element("id", "name").text == "large & <b>odd #1"
    assert until(browser, "return document.getElementById('overview').naturalWidth") == 60
    browser.switch_to.frame("recipe")
    recipe = json.loads(browser.find_element("tag name", "pre").text)
    browser.switch_to.default_content()
    assert recipe["case"] == "large & <b>odd #1"
    assert "300.00 mL" in browser.find_element("id", "numbers").text
    browser.find_element("id", "next").click()
    assert browser.find_element("id", "name").text == "odd 50%"
    browser.find_element("id", "previous").click()
    browser.find_element("id", "previous").click()
    assert browser.find_element("id", "name").text == "broken"
    assert browser.find_element("id", "notes").text == "The volume 'x.nii' cannot be read <as an image>."
    browser.find_element("id", "close").click()
    assert not browser.execute_script("return document.getElementById('dialog').open")
    used = browser.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)")
    assert all(address.startswith("file:") for address in used)


@needs_browser
def test_address_of_a_case_opens_it(a_browser, a_page):
    a_browser.get(a_page.as_uri() + "#P07")
    until(a_browser, "return document.getElementById('dialog').open")
    assert a_browser.find_element("id", "name").text == "P07"


@needs_browser
def test_page_of_a_cohort_that_failed_altogether(a_browser, tmp_path):
    cohort = [Outcome("P1", error="It failed.")]
    write_page(cohort, reasons_to_look(cohort), tmp_path / "index.html")
    a_browser.get((tmp_path / "index.html").as_uri())
    until(a_browser, "return rows().length === 1")
    assert text_of_rows(a_browser)[0][1] == "P1"
    assert a_browser.get_log("browser") == []


@pytest.fixture
def a_page_of_tissues(tmp_path) -> Path:
    common = {"touchesBorder": False, "oddSeeds": [], "stoppedBy": None, "coverage": 0.99, "effectiveMultiplier": 3.5}
    common |= {"voxels": 1000, "channels": [], "warnings": []}
    cohort = []
    for n in range(3):
        tissues = [{"tissue": t, "volumeMl": v + n, **common} for t, v in (("Core <b>", 10.0), ("Edema", 40.0))]
        cohort += Outcome(f"P{n}", {"tissues": tissues, "seconds": 1.0}).each()
    write_page(cohort, reasons_to_look(cohort), tmp_path / "index.html")
    return tmp_path / "index.html"


@needs_browser
def test_tissues_have_a_row_each_and_a_filter(a_browser, a_page_of_tissues):
    a_browser.get(a_page_of_tissues.as_uri())
    until(a_browser, "return rows().length === 6")
    assert [row[2] for row in text_of_rows(a_browser)] == ["Core <b>", "Edema"] * 3
    assert a_browser.execute_script(PAGE + "return heading('Tissue') !== undefined")
    choose = "Bokeh.documents[0].get_model_by_name('tissue').value = {}"
    a_browser.execute_script(choose.format("'Edema'"))
    until(a_browser, "return rows().length === 3")
    assert [row[2] for row in text_of_rows(a_browser)] == ["Edema"] * 3
    a_browser.execute_script(choose.format("'All tissues'"))
    until(a_browser, "return rows().length === 6")


@needs_browser
def test_without_tissues_there_is_no_filter(an_opened_page):
    assert an_opened_page.execute_script(PAGE + "return heading('Tissue') === undefined")
    assert not an_opened_page.execute_script("return Bokeh.documents[0].get_model_by_name('tissue').visible")
