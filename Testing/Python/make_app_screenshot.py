#!/usr/bin/env python3
"""The README's picture of the app, taken in a real browser.

python3 Testing/Python/make_app_screenshot.py [FILE.png]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from app_browser import AppPage
from app_helpers import App
from PIL import Image

PICTURE = Path(__file__).parents[2] / "MultiModalSegmentation" / "Resources" / "Screenshots" / "app.png"
CEREBELLUM, SEED = (-2.0, -62.0, -42.0), (37.0, -49.0, 42.0)


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    with tempfile.TemporaryDirectory() as folder:
        app = App(folder=Path(folder))
        page = AppPage(Path(folder), Path(folder), size=(1440, 1000))
        try:
            page.open(app.address)
            page.until("get('facts')?.length && !get('is_growing')")
            page.browser.execute_script("window.trame.state.set('segment_name', 'Gray matter')")
            show(page, CEREBELLUM)
            page.mode("exclude")
            page.click("Red", 0.08, 0.28)
            page.until("get('exclusion_rows').length === 1 && get('exclusion_rows')[0].distance")
            page.escape()
            page.press("#leak")
            page.press("#scatter")
            page.until("get('leak_chart') && get('scatter_chart')")
            show(page, SEED)
            page.browser.execute_script("document.querySelector('#facts').scrollIntoView({block: 'start'})")
            time.sleep(2)  # until the pictures of all views have come in their full quality
            Image.open(page.picture("app")).convert("RGB").quantize(256).save(target, optimize=True)
        finally:
            page.close()
            app.stop()


def show(page: AppPage, position: tuple[float, float, float]) -> None:
    """The slices through a position (RAS, mm)."""
    for name, offset in zip(("Yellow", "Green", "Red"), position):
        page.browser.execute_script("window.trame.state.set(...arguments)", f"offset_{name}", offset)
    page.until(f"Math.abs(get('offset_Red') - {position[2]}) < 1")


if __name__ == "__main__":
    main()
