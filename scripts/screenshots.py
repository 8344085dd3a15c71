"""Takes the screenshots of docs/screenshots anew: `.venv/bin/python -m scripts.screenshots` (needs Chromium; about a minute).

The demo is prepared in a temporary folder and served on a free port; every page is taken in light, dark and on a phone.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e import serving
from tests.e2e.pages import SignIn

TARGET = serving.ROOT / "docs" / "screenshots"
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
LOOKS: dict[str, dict[str, Any]] = {
    "": {**DESK, "color_scheme": "light"},
    "-dark": {**DESK, "color_scheme": "dark"},
    "-phone": {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "color_scheme": "light"},
}
PAGES = {
    "project": "/projects/INV-1/",
    "step": "/projects/INV-1/steps/5",
    "gate": "/projects/INV-1/steps/5/gate",
    "checklist": "ISO 9001:2015",  # its number is found on the list of checklists
    "reconciliation": "/projects/INV-1/sandbox/2?client=Bakery+No%C3%A9",
}


def main() -> None:
    """Prepare, serve, take every picture."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ninefold-screenshots-") as folder:
        demo, empty = Path(folder, "demo"), Path(folder, "empty")
        serving.prepare(demo)
        serving.workbench(empty, "db", "upgrade")
        with serving.served(demo) as address, serving.served(empty) as nobody, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=serving.chromium(), args=serving.ARGUMENTS)
            session = _session(browser, address, serving.demo_password(demo))
            for look, options in LOOKS.items():
                context = browser.new_context(base_url=address, locale="en-GB", **options)
                _take(context.new_page(), "/sign-in", f"sign-in{look}")
                _take(context.new_page(), f"{nobody}/set-up", f"set-up{look}")
                context.close()
                context = browser.new_context(base_url=address, storage_state=session, **options)
                for name, path in PAGES.items():
                    _take(context.new_page(), path, f"{name}{look}")
                context.close()
            browser.close()
    print(f"{len(LOOKS) * (len(PAGES) + 2)} screenshots in {TARGET.relative_to(serving.ROOT)}")


def _session(browser: Browser, address: str, password: str) -> Any:
    """The signed-in state of the project manager, in English."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    SignIn(page).sign_in("ada@example.test", password)
    page.locator('button[name=language][value="en"]').click()
    page.locator('html[lang="en"]').wait_for()
    state = context.storage_state()
    context.close()
    return state


def _take(page: Page, path: str, name: str) -> None:
    """What a window shows of the page, with its fonts there; the checklist's page is found by its title."""
    if path.startswith(("/", "http")):
        page.goto(path)
    else:
        page.goto("/projects/INV-1/checklists/")
        page.get_by_role("link", name=re.compile(re.escape(path))).first.click()
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=str(TARGET / f"{name}.png"), animations="disabled")
    page.close()


if __name__ == "__main__":
    main()
