"""Stories 5, 7, 8, 9, 13, 14 and 15 in Chromium, by the role that owns each: with scripts, without, and in French."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e import serving, stories
from tests.e2e.pages import SignIn
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.browser
VOICE = "Ondine Quenneville"


@pytest.fixture(scope="module")
def story_server(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an installation with the projects of the stories."""
    home = tmp_path_factory.mktemp("stories") / "home"
    shutil.copytree(migrated, home)
    stories.prepare(home)
    with serving.served(home) as address:
        yield address


@dataclass
class Way:
    """One way of looking at the pages, and the people who do."""

    browser: Browser
    address: str
    name: str
    contexts: list[BrowserContext]

    def come(self, letter: str) -> Page:
        """The quality lead (q), the project manager (p) or the adoption reviewer (a), signed in."""
        context = self.browser.new_context(base_url=self.address, java_script_enabled=self.name != "bare", locale="en-GB")
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        SignIn(page).sign_in(f"{letter}-{self.name}@example.test", PASSWORD)
        expect(page.locator("html")).to_have_attribute("lang", stories.WAYS[self.name])
        return page

    def project(self, number: int) -> str:
        """The address of the project of a story."""
        return f"/projects/{self.name.upper()}-{number}"


@pytest.fixture(params=list(stories.WAYS))
def way(request: pytest.FixtureRequest, browser: Browser, story_server: str) -> Iterator[Way]:
    """With scripts, without, in French."""
    found = Way(browser, story_server, request.param, [])
    yield found
    for each in found.contexts:
        each.close()


def fill(page: Page, path: str, **typed: Any) -> None:
    """Open a page, fill the fields of its form and send it."""
    if path:
        page.goto(path)
    form = page.locator("main form").filter(has=page.locator(f'[name="{next(iter(typed))}"]')).first
    for name, value in typed.items():
        field = form.locator(f'[name="{name}"]')
        kind = _kind(field.first)
        if kind == "select":
            field.select_option(value)
        elif kind in ("radio", "checkbox"):
            form.locator(f'[name="{name}"][value="{value}"]').check(force=True)
        else:
            field.fill(value)
    form.locator("button[type=submit]:not([name=submit])").last.click()


def _kind(field: Any) -> str:
    if field.locator("option").count():
        return "select"
    return field.get_attribute("type") or "text"


def named(page: Page) -> list[str]:
    """Where the links of a refusal lead, without their mark."""
    links = page.get_by_role("alert").locator("li a").all()
    return [(each.get_attribute("href") or "").removeprefix("#c-") for each in links]


def try_to_pass(page: Page, project: str, step: int) -> None:
    """Sign a pass on a gate's page."""
    page.goto(f"{project}/steps/{step}/gate")
    bar = page.locator("#decision")
    bar.locator('input[value="pass"]').check(force=True)
    bar.locator("textarea[name=reason]").fill("It looks fine from here.")
    bar.locator("input[name=password]").fill(PASSWORD)
    bar.locator("button[type=submit]").click()


def test_story_5_decision_shows_what_it_was_taken_on_and_what_changed_since(way: Way) -> None:
    project, quality = way.project(5), way.come("q")
    quality.goto(f"{project}/decisions/1")
    expect(quality.locator("main")).to_contain_text(re.compile("[0-9a-f]{64}"))
    expect(quality.locator(".decided")).to_contain_text("q-")
    expect(quality.locator("#needs-re-approval")).to_have_count(0)
    manager = way.come("p")
    manager.goto(f"{project}/steps/1/gate")
    manager.locator("#criteria tbody th a[href*='item-G1-01']").click()
    item = re.sub(r"\?.*", "/items/G1-01", manager.url)
    fill(manager, item, note="Seen again: not so.", state="minor")
    quality.reload()
    expect(quality.locator("#needs-re-approval")).to_be_visible()
    expect(quality.locator("#after")).to_contain_text("G1-01")
    quality.goto(f"{project}/steps/1/gate")
    expect(quality.locator("#decision")).to_have_count(0)


def test_story_7_gate_lists_each_empty_quadrant_with_its_link(way: Way) -> None:
    project, manager = way.project(7), way.come("p")
    swot = f"{project}/artefacts/swot/edit"
    proof = _option(manager, swot, "strengths-0-evidence", "Observation")
    fill(manager, swot, **{"strengths-0-statement": "The team knows the tool", "strengths-0-evidence": proof})
    manager.goto(f"{project}/steps/1/gate")
    missing = manager.locator('#criteria tr[id^="c-swot_filled"]').filter(has=manager.locator(".st-fail"))
    expect(missing).to_have_count(3)
    expect(missing.locator(f'th a[href="{swot}"]')).to_have_count(3)
    quality = way.come("q")
    try_to_pass(quality, project, 1)
    quadrants = [f"swot_filled-{each}" for each in ("weaknesses", "opportunities", "threats")]
    expect(quality.get_by_role("alert")).to_be_visible()
    assert [each for each in named(quality) if each.startswith("swot")] == quadrants
    quality.get_by_role("alert").locator('a[href="#c-swot_filled-threats"]').click()
    expect(quality.locator("#c-swot_filled-threats")).to_be_in_viewport()


def test_story_8_gate_waits_for_the_caution_and_confidence_is_kept(way: Way) -> None:
    project, manager = way.project(8), way.come("p")
    fill(
        manager, f"{project}/records/consultations/new", statement="The portal changes without notice", kind="caution",
        said_by=VOICE, layer="reseller", held_on="2026-01-05", has_consent="y", is_confidential="y",
    )
    expect(manager.locator("main table")).to_contain_text(VOICE)
    manager.goto(f"{project}/steps/3/gate")
    expect(manager.locator("#c-cautions_answered .st-fail")).to_have_count(1)
    expect(manager.locator('tr[id^="c-hub_heard"] .st-fail')).to_have_count(3)
    code = manager.locator("#c-cautions_answered").inner_text()
    manager.goto(f"{project}/records/consultations")
    manager.locator("main table tbody th a").first.click()
    assert manager.locator("h1").inner_text().split()[0].rstrip(":") in code
    fill(manager, f"{manager.url}/dispose", disposition="Watched as R-1.", disposition_kind="risk")
    manager.goto(f"{project}/steps/3/gate")
    expect(manager.locator("#c-cautions_answered .st-pass")).to_have_count(1)
    assert VOICE not in manager.request.get(f"{way.address}{project}/records/consultations.csv").text()


def test_story_9_killed_path_takes_a_waiver(way: Way) -> None:
    project, manager = way.project(9), way.come("p")
    manager.goto(f"{project}/paths")
    kill = manager.locator('a[href$="/kill"]').first.get_attribute("href") or ""
    choose = kill.replace("/kill", "/choose")
    manager.goto(kill)
    manager.locator("[name=limitation_id]").select_option(index=0)
    fill(manager, "", reason="There is no export per customer.")
    expect(manager.locator("main")).to_contain_text("There is no export per customer.")
    fill(manager, choose, reason="It would be best.")
    expect(manager.locator("main")).to_contain_text("L-01")
    quality = way.come("q")
    fill(quality, choose, reason="Best.", in_spite_of="The editor opens it in May.", waiver="W-1")
    expect(quality.locator("main")).to_contain_text("The editor opens it in May.")
    expect(quality.locator("main .st-chosen").first).to_be_visible()


def test_story_13_missed_objective_keeps_its_words_and_gets_a_follower(way: Way) -> None:
    project, manager = way.project(13), way.come("p")
    manager.goto(f"{project}/records/objectives")
    manager.locator("main table tbody th a").first.click()
    address = manager.url
    manager.goto(f"{address}/judge")
    for code in ("L-01", "L-02"):
        manager.locator(f'[name=limitation_codes][value="{code}"]').check(force=True)
    fill(manager, "", state="not_met", state_reason="No interface allows it.", cause="L-01 and L-02")
    fill(
        manager, f"{address}/revise", statement="Semi-automation with a file", measure="Counts typed", baseline="140",
        target="10", decided_by_id=_option(manager, f"{address}/revise", "decided_by_id", "q-"), savings="Six hours a month",
    )
    manager.goto(address)
    facts = manager.locator("dl.facts")
    for words in ("Full automation of the invoices", "L-01", "L-02", "O-1b"):
        expect(facts).to_contain_text(re.compile(words.replace("-", "-?")))
    expect(manager.locator(f'main a[href$="{address.partition(way.address)[2]}/edit"]')).to_have_count(0)


def _option(page: Page, path: str, name: str, words: str) -> str:
    """The value of the option that is shown by these words."""
    page.goto(path)
    found = page.locator(f'[name="{name}"] option').filter(has_text=words).first
    return found.get_attribute("value") or ""


def test_story_14_new_edition_takes_the_old_readings_back(way: Way) -> None:
    project, reviewer = way.project(14), way.come("a")
    reviewer.goto(f"{project}/practices/reading")
    expect(reviewer.locator("main")).to_contain_text(re.compile(r"100\s%"))
    manager = way.come("p")
    manager.goto(f"{project}/practices")
    edit = manager.locator('main a[href$="/edit"]').first.get_attribute("href") or ""
    fill(manager, edit, body="Fetch the export.\nRun the mapping.\nLook at the totals.", what_changed="A look at the totals")
    quality = way.come("q")
    fill(quality, edit.replace("/edit", "/sign"), password=PASSWORD)
    reviewer.reload()
    expect(reviewer.locator("main")).to_contain_text(re.compile(r"0\s%"))
    reviewer.locator("#mine a").first.click()
    expect(reviewer.locator("main")).to_contain_text("A look at the totals")
    reviewer.locator("main form button[type=submit]").last.click()
    expect(reviewer.locator("main")).to_contain_text(re.compile(r"100\s%"))


def test_story_15_one_week_turns_the_verdict(way: Way) -> None:
    project, reviewer = way.project(15), way.come("a")
    reviewer.goto(f"{project}/adoption")
    expect(reviewer.locator("main p > .st-pass")).to_have_count(1)
    expect(reviewer.locator("main")).to_contain_text(re.compile(r"6 \D+ 8"))
    newest = reviewer.locator('main a[href*="/readings/"][href$="/edit"]').first.get_attribute("href") or ""
    fill(reviewer, newest, old_way="40")
    expect(reviewer.locator("main p > .st-open")).to_have_count(1)
    reviewer.goto(f"{project}/steps/9/gate")
    expect(reviewer.locator("#c-habit_reached .st-fail")).to_have_count(1)
    fill(reviewer, newest, old_way="0")
    expect(reviewer.locator("main p > .st-pass")).to_have_count(1)


