"""A browser, the demo behind a live server, and a session for each person of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e import serving
from tests.e2e.pages import SignIn

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def demo_home(prepared_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo and its trials, for this worker's server."""
    home = tmp_path_factory.mktemp("e2e") / "home"
    shutil.copytree(prepared_demo, home)
    return home


@pytest.fixture(scope="session")
def server(demo_home: Path) -> Iterator[str]:
    """The address of the product with the demo."""
    with serving.served(demo_home) as address:
        yield address


@pytest.fixture(scope="session")
def empty_server(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an installation that nobody has set up yet."""
    home = tmp_path_factory.mktemp("empty") / "home"
    shutil.copytree(migrated, home)
    with serving.served(home) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as the system package installs it."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=serving.chromium(), args=serving.ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def sessions(browser: Browser, server: str, demo_home: Path) -> Callable[[str], Any]:
    """The signed-in state of a person, got once with the real form; whatever their own language, this browser's is English."""
    kept: dict[str, Any] = {}

    def state_of(person: str) -> Any:
        if person not in kept:
            context = browser.new_context(base_url=server)
            page = context.new_page()
            SignIn(page).sign_in(f"{person}@example.test", serving.demo_password(demo_home))
            page.locator('button[name=language][value="en"]').click()
            expect(page.locator("html")).to_have_attribute("lang", "en")
            kept[person] = context.storage_state()
            context.close()
        return kept[person]

    return state_of


@pytest.fixture
def visit(browser: Browser, server: str, sessions: Callable[[str], Any], demo_home: Path) -> Iterator[Open]:
    """`visit("ada", "/projects/")` opens a page as that person; complaints of the browser fail the test at its end.

    `refused=(409,)` names the status codes that this walk means to provoke.
    """
    contexts, complaints = [], []

    def open_page(person: str, path: str = "", refused: tuple[int, ...] = (), **options: Any) -> Page:
        state = sessions(person) if person else None
        usual = {"locale": "en-GB", "reduced_motion": "reduce"}  # a colour half way through its change has no contrast to judge
        context = browser.new_context(base_url=server, storage_state=state, **{**usual, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        expected = tuple(f"the server responded with a status of {code}" for code in refused)
        page.on("console", lambda message: _note(complaints, message.type, message.text, expected))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if path:
            page.goto(path)
        return page

    yield open_page
    for each in contexts:
        each.close()
    log = (demo_home / "server.log").read_text(encoding="utf-8")
    assert complaints == [], log[-3000:]


def _note(complaints: list[str], kind: str, text: str, expected: tuple[str, ...]) -> None:
    if kind in ("error", "warning") and not any(each in text for each in expected):
        complaints.append(text)
