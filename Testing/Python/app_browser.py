"""A person in front of the app: a headless Chromium, driven by mouse and keys."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
SECONDS = 60

_GET = "const get = (name) => window.trame?.state?.get(name);"
_PIXELS = """
const image = document.querySelector(`[data-view="${arguments[0]}"] .area img`);
const canvas = document.createElement("canvas");
canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
canvas.getContext("2d").drawImage(image, 0, 0);
return canvas.toDataURL("image/png").split(",")[1];
"""


class AppPage:
    """The page of the app; places in a view are shares of its half width and half height from its center."""

    def __init__(self, pictures: Path, downloads: Path, size: tuple[int, int] = (1500, 1000)) -> None:
        from selenium.webdriver import Chrome, ChromeOptions
        from selenium.webdriver.chrome.service import Service

        self.pictures, self.downloads = pictures, downloads
        self._steps = 0
        options = ChromeOptions()
        options.binary_location = BROWSER
        # No name has an address, so whatever the page would fetch from elsewhere fails.
        arguments = [
            "--headless=new",
            f"--window-size={size[0]},{size[1]}",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--disable-dev-shm-usage",
        ]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        for argument in arguments:
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.set_capability("unhandledPromptBehavior", "accept")
        self.browser = Chrome(options=options, service=Service(DRIVER))
        self.browser.set_page_load_timeout(SECONDS)
        self.browser.set_script_timeout(SECONDS)

    def open(self, address: str) -> None:
        self.browser.get(address)
        self.ready()

    def ready(self) -> None:
        """Wait until the page stands and every view has drawn."""
        self.until("get('volumes') && document.querySelector('#apply')")
        self.until(
            "[...document.querySelectorAll('.view .area')].every((one) => one.querySelector('img')?.naturalWidth > 50)"
        )
        time.sleep(0.5)

    def close(self) -> None:
        self.browser.quit()

    def get(self, name: str) -> Any:
        return self.browser.execute_script(_GET + "return get(arguments[0]);", name)

    def until(self, script: str) -> Any:
        """The value of an expression as soon as it is true."""
        from selenium.webdriver.support.wait import WebDriverWait

        wait = WebDriverWait(self.browser, SECONDS, poll_frequency=0.05)
        return wait.until(lambda one: one.execute_script(_GET + f"return {script};"), script)

    def until_pixels(self, view: str, holds: Callable[[np.ndarray], bool]) -> np.ndarray:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            pixels = self.pixels(view)
            if holds(pixels):
                return pixels
            time.sleep(0.05)
        raise TimeoutError(f"the pixels of {view} did not become what they should")

    def pixels(self, view: str) -> np.ndarray:
        """What a view shows, uint8 (height, width, 3)."""
        data = base64.b64decode(self.browser.execute_script(_PIXELS, view))
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

    def find(self, selector: str) -> Any:
        return self.browser.find_element("css selector", selector)

    def press(self, selector: str) -> None:
        self.scroll_to(selector)
        self.find(selector).click()

    def scroll_to(self, selector: str) -> None:
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", self.find(selector))

    def mode(self, word: str) -> None:
        self.find(f'[data-mode="{word}"]').click()
        self.until(f"get('mouse') === '{word}'")
        time.sleep(0.2)

    def click(self, view: str, x: float = 0.0, y: float = 0.0) -> None:
        self._mouse().move_to_element_with_offset(*self._place(view, x, y)).pause(0.15).click().perform()

    def click_on(self, selector: str, x: float = 0.0, y: float = 0.0) -> None:
        """Click an element at a place, as shares of its half width and height from its center."""
        self.scroll_to(selector)
        element = self.find(selector)
        offset = round(x * element.size["width"] / 2), round(y * element.size["height"] / 2)
        self._mouse().move_to_element_with_offset(element, *offset).pause(0.1).click().perform()

    def drag(self, view: str, start: tuple[float, float], end: tuple[float, float], steps: int = 6) -> None:
        mouse = self._mouse().move_to_element_with_offset(*self._place(view, *start)).pause(0.2).click_and_hold()
        for step in range(1, steps + 1):
            place = [a + (b - a) * step / steps for a, b in zip(start, end)]
            mouse = mouse.pause(0.05).move_to_element_with_offset(*self._place(view, *place))
        mouse.pause(0.2).release().perform()

    def wheel(self, view: str, amount: int) -> None:
        from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

        element, x, y = self._place(view, 0.6, 0.6)
        self._mouse().move_to_element_with_offset(element, x, y).pause(0.1).perform()
        self._mouse().scroll_from_origin(ScrollOrigin.from_element(element, x, y), 0, amount).perform()

    def key(self, text: str) -> None:
        self.browser.execute_script("document.activeElement?.blur()")
        self._mouse().send_keys(text).perform()

    def escape(self) -> None:
        from selenium.webdriver.common.keys import Keys

        self.key(Keys.ESCAPE)

    def write(self, field: str, text: str) -> None:
        """Another text into a field, as typed."""
        from selenium.webdriver.common.keys import Keys

        self.scroll_to(f'[data-field="{field}"]')
        element = self.browser.execute_script(
            "const one = document.querySelector(arguments[0]);"
            "return one.matches('input') ? one : one.querySelector('input');",
            f'[data-field="{field}"]',
        )
        element.send_keys(Keys.CONTROL, "a")
        element.send_keys(text)

    def choose(self, place: int, title: str) -> None:
        """Choose the volume of a place."""
        field = self.browser.find_elements("css selector", ".v-select")[place]
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", field)
        field.find_element("css selector", ".v-field").click()
        self.until("document.querySelector('.v-overlay--active .v-list-item')")
        time.sleep(0.4)
        items = self.browser.find_elements("css selector", ".v-overlay--active .v-list-item")
        next(item for item in items if item.text.strip() == title).click()
        time.sleep(0.4)

    def upload(self, *paths: Path) -> None:
        self.find("#files").send_keys("\n".join(map(str, paths)))

    def download(self, word: str, name: str) -> Path:
        path = self.downloads / name
        self.press(f'[data-download="{word}"]')
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if path.exists() and path.stat().st_size:
                return path
            time.sleep(0.1)
        raise TimeoutError(f"{name} did not come: {self.get('download_error')}")

    def picture(self, name: str) -> Path:
        self._steps += 1
        path = self.pictures / f"{self._steps:02d} {name}.png"
        self.browser.save_screenshot(str(path))
        return path

    def foreign_requests(self) -> list[str]:
        """Addresses that are not this machine's, of all that the page has asked for."""
        messages = [json.loads(one["message"])["message"] for one in self.browser.get_log("performance")]
        addresses = [
            one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"
        ]
        own = ("http://127.0.0.1:", "blob:", "data:", "chrome")
        return [address for address in addresses if not address.startswith(own)]

    def script_errors(self) -> list[str]:
        """What the page's scripts have complained about; requests that were refused on purpose are not errors."""
        logged = self.browser.get_log("browser")
        return [
            one["message"]
            for one in logged
            if one["level"] == "SEVERE" and "Failed to load resource" not in one["message"]
        ]

    def _mouse(self) -> Any:
        from selenium.webdriver import ActionChains

        return ActionChains(self.browser, duration=30)

    def _place(self, view: str, x: float, y: float) -> tuple[Any, int, int]:
        area = self.find(f'[data-view="{view}"] .area')
        size = area.size
        return area, round(x * size["width"] / 2), round(y * size["height"] / 2)
