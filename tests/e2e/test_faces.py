"""Every main page: accessible in both languages and themes, whole on a phone, light, quiet under the policy, readable printed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import brotli
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, expect

from tests.e2e import quality, serving
from tests.e2e.conftest import Open
from tests.e2e.pages import SignIn, sideways
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.browser
HTML, STATIC = 60_000, 120_000  # bytes; static files compressed as browsers take them (Brotli; fonts are so already)
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
PAGES = {
    "my work": "/",
    "projects": "/projects/",
    "open a project": "/projects/new",
    "project": "/projects/INV-1/",
    "step": "/projects/INV-1/steps/5",
    "passed step": "/projects/INV-1/steps/4",
    "gate": "/projects/INV-1/steps/5/gate",
    "decided gate": "/projects/INV-1/steps/1/gate",
    "decision": "/projects/INV-1/decisions/1",
    "artefact": "/projects/INV-1/artefacts/swot",
    "write an artefact": "/projects/INV-1/artefacts/swot/edit",
    "team": "/projects/INV-1/team",
    "tools of a project": "/projects/INV-1/tools",
    "all records": "/projects/INV-1/all-records",
    "needs": "/projects/INV-1/records/needs",
    "add a need": "/projects/INV-1/records/needs/new",
    "consultations": "/projects/INV-1/records/consultations",
    "who was heard": "/projects/INV-1/records/coverage",
    "guest links": "/projects/INV-1/records/guest-links",
    "limitations": "/projects/INV-1/records/limitations",
    "risks": "/projects/INV-1/records/risks",
    "risk matrix": "/projects/INV-1/risk-matrix",
    "capability matrix": "/projects/INV-1/capabilities",
    "paths": "/projects/INV-1/paths",
    "decision matrix": "/projects/INV-1/paths/matrix",
    "meetings": "/projects/INV-1/paths/meetings",
    "changes": "/projects/INV-1/changes",
    "request for change": "/projects/INV-1/changes/new",
    "change calendar": "/changes/calendar",
    "practices": "/projects/INV-1/practices",
    "familiarisation": "/projects/INV-1/practices/familiarisation",
    "who has read what": "/projects/INV-1/practices/reading",
    "channel plan": "/projects/INV-1/practices/channel-plan",
    "questions and answers": "/projects/INV-1/practices/faq",
    "adoption": "/projects/INV-1/adoption",
    "ladder": "/projects/INV-1/adoption/ladder",
    "surveys": "/projects/INV-1/adoption/surveys",
    "thresholds": "/projects/INV-1/thresholds",
    "checklists": "/projects/INV-1/checklists/",
    "gates checklist": "/projects/INV-1/checklists/{gates}?step=5",
    "standard checklist": "/projects/INV-1/checklists/{standard}",
    "clause matrix": "/projects/INV-1/checklists/{standard}/matrix",
    "applicability": "/projects/INV-1/checklists/{standard}/applicability",
    "answers elsewhere": "/projects/INV-1/checklists/{standard}/proposals",
    "asked of me": "/projects/INV-1/checklists/{standard}/mine",
    "asked of others": "/projects/INV-1/checklists/{standard}/asked",
    "answers from a spreadsheet": "/projects/INV-1/checklists/{standard}/import",
    "recurring checklists": "/projects/INV-1/checklists/runs",
    "matrix of a project": "/projects/INV-1/matrix",
    "cell of the matrix": "/projects/INV-1/matrix/iso9001_2015/8.5.6",
    "self-audit of a project": "/projects/INV-1/self-audit",
    "hand-overs of a project": "/projects/INV-1/hand-overs",
    "audits of a project": "/projects/INV-1/audits",
    "plan an audit": "/projects/INV-1/audits/new",
    "evidence": "/projects/INV-1/evidence/",
    "piece of evidence": "/projects/INV-1/evidence/{piece}",
    "add evidence": "/projects/INV-1/evidence/new",
    "sandbox": "/projects/INV-1/sandbox/",
    "new run": "/projects/INV-1/sandbox/new",
    "reconciliation": "/projects/INV-1/sandbox/2",
    "mirror": "/projects/INV-1/sandbox/mirror",
    "add a source": "/projects/INV-1/sandbox/mirror/new",
    "add a source of text files": "/projects/INV-1/sandbox/mirror/new/csv",
    "source of the mirror": "/projects/INV-1/sandbox/mirror/psa",
    "contracts and masks": "/projects/INV-1/sandbox/mirror/psa/treatment",
    "reading": "/projects/INV-1/sandbox/mirror/psa/readings/1",
    "snapshot": "/projects/INV-1/sandbox/mirror/snapshots/{snapshot}",
    "add a fake record": "/projects/INV-1/sandbox/mirror/snapshots/{snapshot}/fake",
    "edit a mirrored row": "/projects/INV-1/sandbox/mirror/snapshots/{snapshot}/rows/3/edit",
    "on top of the mirror": "/projects/INV-1/sandbox/mirror/overlay",
    "mappings of a project": "/projects/INV-1/sandbox/mappings",
    "new mapping": "/projects/INV-1/sandbox/mappings/new",
    "mapping of a project": "/projects/INV-1/sandbox/mappings/{mapping}",
    "difference of two versions": "/projects/INV-1/sandbox/mappings/{mapping}/difference?before=1&after=2",
    "edit a mapping": "/projects/INV-1/sandbox/mappings/{mapping}/edit",
    "mapping as text": "/projects/INV-1/sandbox/mappings/{mapping}/edit/text",
    "step of a mapping": "/projects/INV-1/sandbox/mappings/{mapping}/edit/map/1",
    "split of a mapping": "/projects/INV-1/sandbox/mappings/{mapping}/edit/reconcile/7",
    "names": "/projects/INV-1/sandbox/names",
    "names of clients": "/projects/INV-1/sandbox/names/{names}?show=all",
    "runs of mappings": "/projects/INV-1/sandbox/runs",
    "run a mapping": "/projects/INV-1/sandbox/runs/new?again=3",
    "run of a mapping": "/projects/INV-1/sandbox/runs/3",
    "every count as a line": "/projects/INV-1/sandbox/runs/1",
    "refused rows of a run": "/projects/INV-1/sandbox/runs/3/refused",
    "two runs compared": "/projects/INV-1/sandbox/runs/2/compare?with=1",
    "plans": "/projects/INV-1/sandbox/plans",
    "choose the rows of a plan": "/projects/INV-1/sandbox/plans/new?run=3",
    "plan": "/projects/INV-1/sandbox/plans/1",
    "stale plan": "/projects/INV-1/sandbox/plans/2",
    "check a plan": "/projects/INV-1/sandbox/plans/1/check",
    "conflicts of a plan": "/projects/INV-1/sandbox/plans/2/resolve",
    "request with a plan": "/projects/INV-1/changes/{change}",
    "files of a plan": "/projects/INV-1/changes/{change}/apply",
    "what tools can do": "/projects/INV-1/sandbox/knowledge",
    "learn what a tool can do": "/projects/INV-1/sandbox/knowledge/learn",
    "drift": "/projects/INV-1/sandbox/2/drift",
    "margins": "/projects/INV-1/sandbox/2/margins",
    "figures by hand": "/projects/INV-1/sandbox/new/by-hand",
    "findings": "/projects/INV-1/findings",
    "finding": "/projects/INV-1/findings/1",
    "raise a finding": "/projects/INV-1/findings/new",
    "cause of a finding": "/projects/INV-1/findings/1/cause",
    "reports": "/projects/INV-1/reports/",
    "project trail": "/projects/INV-1/trail",
    "registers": "/registers/",
    "limitations of all projects": "/registers/limitations",
    "risks of all projects": "/registers/risks",
    "findings of all projects": "/findings",
    "grades of findings": "/findings/grades",
    "matrix of all projects": "/matrix",
    "matrix of audits": "/matrix?by=audits",
    "self-audit": "/self-audit",
    "audit programme": "/audits",
    "audits of all projects": "/registers/audits",
    "reviews": "/reviews",
    "hand-overs": "/hand-overs",
    "what I inherited": "/inherited",
    "packs": "/packs/",
    "pack": "/packs/iso9001_2015",
    "clause of a pack": "/packs/iso9001_2015/clauses/8.5.6",
    "new pack": "/packs/new",
    "import of a pack": "/packs/import",
    "mappings": "/packs/mappings",
    "tools": "/tools/",
    "people": "/people",
    "trail": "/trail",
    "not there": "/projects/NOT-1/",
}
# What the demo has none of, on a project of its own: a row stands on each.
FILLED = {
    "audit": "/projects/SHOW-1/audits/1",
    "matrix by step": "/projects/SHOW-1/matrix",
    "heat map": "/projects/SHOW-1/checklists/recurrences/1/heat-map",
    "runs": "/projects/SHOW-1/checklists/runs",
    "treated finding": "/projects/SHOW-1/findings/1",
    "judge a finding": "/projects/SHOW-1/findings/1/check",
    "self-audit with faults": "/projects/SHOW-1/self-audit",
    "review": "/reviews/{review}",
    "review action": "/reviews/{review}/actions/1",
    "hand over": "/people/{leaver}/hand-over",
    "hand-over": "/hand-overs/1",
    "inherited": "/inherited",
    "draft of a pack": "/packs/drafts/1",
    "clauses of a draft": "/packs/drafts/1/clauses",
    "question of a draft": "/packs/drafts/1/items/new",
    "mapping": "/packs/mappings/1",
}
AXE = Axe()
COMPLAINTS = """axe.run({resultTypes: ["violations"], preload: false}).then(found =>
    found.violations.map(each => [each.id, each.nodes.slice(0, 3).map(node => node.target)]))"""
# Contrast takes four fifths of a look. It follows from the text's own style and what lies behind it, so that each such kind
# of text is judged where this tab shows it first; the rest of axe judges every element of every page.
JUDGED_BEFORE = """() => {
    const seen = new Set(JSON.parse(sessionStorage.getItem("judged") || "[]")), known = new Map([[null, ""]]);
    const behind = each => {
        if (!known.has(each)) {
            const {backgroundColor, backgroundImage, opacity, position, filter} = getComputedStyle(each);
            const own = [backgroundColor, backgroundImage, opacity, position, filter].join("|");
            known.set(each, behind(each.parentElement) + (own === "rgba(0, 0, 0, 0)|none|1|static|none" ? "" : `/${own}`));
        }
        return known.get(each);
    };
    for (const each of document.body.querySelectorAll("*")) {
        const says = [...each.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim().length > 1);
        if (!says || !each.checkVisibility({opacityProperty: true, visibilityProperty: true}) || each.offsetWidth < 3) continue;
        const {color, fontSize, fontWeight, textShadow} = getComputedStyle(each), off = each.matches(":disabled, [aria-disabled]");
        const kind = [each.tagName, each.className, color, fontSize, fontWeight, textShadow, off, behind(each)].join("|");
        if (seen.has(kind)) each.dataset.judged = "";
        seen.add(kind);
    }
    sessionStorage.setItem("judged", JSON.stringify([...seen]));
    axe.configure({rules: [{id: "color-contrast", selector: ":not([data-judged])"}]});
}"""
READER = "simon"  # the quality lead sees every page with its controls
FRENCH = {name: path.replace("INV-1", "FAC-1") for name, path in PAGES.items()}


@pytest.fixture(scope="session")
def places(browser: Browser, server: str, sessions: Callable[[str], Any]) -> Callable[[str], dict[str, int]]:
    """The numbers that stand in the addresses of a project: checklists, a piece of evidence, parts of the sandbox."""

    @cache
    def found(key: str) -> dict[str, int]:
        context = browser.new_context(base_url=server, storage_state=sessions(READER))
        page = context.new_page()
        page.goto(f"/projects/{key}/checklists/")
        checklists = _numbers(page, f"/projects/{key}/checklists/")
        parts = {"piece": "evidence", "mapping": "sandbox/mappings", "names": "sandbox/names"}
        numbers = {name: _on(page, f"/projects/{key}/{path}/")[0] for name, path in parts.items()}
        page.goto(f"/projects/{key}/sandbox/mirror/psa")
        snapshots = _numbers(page, f"/projects/{key}/sandbox/mirror/snapshots/")
        changes = _on(page, f"/projects/{key}/changes/")
        context.close()
        found = {"gates": checklists[0], "standard": checklists[1], "snapshot": snapshots[0], "change": changes[-1]}
        return {**numbers, **found}

    return found


def _on(page: Page, address: str) -> list[int]:
    """The numbers that the page at this address leads to, below it."""
    page.goto(address if address.endswith("evidence/") else address.rstrip("/"))
    return _numbers(page, address)


def _numbers(page: Page, address: str) -> list[int]:
    """What stands after this address in the links of the page."""
    links = [each.get_attribute("href") or "" for each in page.locator("main a").all()]
    return sorted({int(found.group(1)) for link in links if (found := re.match(re.escape(address) + r"(\d+)", link))})


def _share(pages: dict[str, str], language: str) -> list[tuple[str, str]]:
    """Every other page in each language, so that each is looked at once in a run; all of them in both in a heavy run."""
    found = list(pages.items())
    return found if os.environ.get("NINEFOLD_HEAVY") == "1" else found[("en", "fr").index(language) :: 2]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_main_pages_have_no_fault(visit: Open, places: Callable[[str], dict[str, int]], language: str) -> None:
    """One look at each page, English in light and French in dark: axe, no sideways scroll at 360 px, the size of its HTML."""
    pages = PAGES if language == "en" else FRENCH
    numbers = places("INV-1" if language == "en" else "FAC-1")
    page, faults = visit(READER, "/", refused=(404,), viewport=DESK), []
    if page.locator("html").get_attribute("lang") != language:
        page.locator(f'button[name=language][value="{language}"]').click()
        page.locator(f'html[lang="{language}"]').wait_for(state="attached")  # or the next address would overtake the form
    for name, path in _share(pages, language):
        answer = page.goto(path.format(**numbers))
        assert answer is not None
        faults += [f"{name}: {fault}" for fault in _faults(page, answer, name, language)]
    assert "\n".join(faults) == ""


@pytest.fixture(scope="module")
def filled_server(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with something on each page of FILLED."""
    home = tmp_path_factory.mktemp("filled") / "home"
    shutil.copytree(migrated, home)
    quality.show(home)
    with serving.served(home) as address:
        yield address


def test_pages_of_audits_reviews_and_packs_have_no_fault(browser: Browser, filled_server: str) -> None:
    """The same look at the pages of FILLED, in both languages."""
    context = browser.new_context(base_url=filled_server, viewport=DESK, locale="en-GB", reduced_motion="reduce")
    page, faults = context.new_page(), []
    SignIn(page).sign_in("q-plain@example.test", PASSWORD)
    page.goto("/reviews")
    review = (page.locator("main tbody th a").get_attribute("href") or "").rpartition("/")[2]
    page.goto("/hand-overs")
    leaver = page.locator("#person option").filter(has_text="c-plain").get_attribute("value")
    for language in ("en", "fr"):
        page.goto("/")
        if page.locator("html").get_attribute("lang") != language:
            page.locator(f'button[name=language][value="{language}"]').click()
            page.locator(f'html[lang="{language}"]').wait_for(state="attached")
        for name, path in _share(FILLED, language):
            answer = page.goto(path.format(review=review, leaver=leaver))
            assert answer is not None
            faults += [f"{name}: {fault}" for fault in _faults(page, answer, name, language)]
    context.close()
    assert "\n".join(faults) == ""


def _faults(page: Page, answer: Response, name: str, language: str) -> list[str]:
    found = []
    if answer.status != (404 if name == "not there" else 200):
        return [f"status {answer.status}"]
    if page.locator("html").get_attribute("lang") != language:
        found.append("the wrong language")
    if len(answer.body()) > HTML:
        found.append(f"{len(answer.body()):,} bytes of HTML")
    if language == "fr":
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
    found += _axe(page)
    page.set_viewport_size(PHONE)
    if over := sideways(page):
        found.append(f"{over} px wider than a phone")
    page.set_viewport_size(DESK)
    return found


def _axe(page: Page) -> list[str]:
    """What axe complains of. The browser hands over the complaints alone: the whole answer takes as long as the look."""
    page.evaluate(f"{AXE.axe_script};0")
    if os.environ.get("NINEFOLD_HEAVY") != "1":
        page.evaluate(JUDGED_BEFORE)
    return [f"{rule} {targets}" for rule, targets in page.evaluate(COMPLAINTS)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_before_sign_in_have_no_fault(browser: Browser, server: str, empty_server: str, theme: str) -> None:
    for path, address in {"/sign-in": server, "/set-up": empty_server}.items():
        for language in ("en", "fr"):
            context = browser.new_context(base_url=address, locale=language, color_scheme=theme, viewport=DESK)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("lang", language)
            faults = _axe(page)
            page.set_viewport_size(PHONE)
            assert (path, language, faults, sideways(page)) == (path, language, [], 0)
            context.close()


def test_dark_is_chosen_in_the_menu_and_kept(visit: Open) -> None:
    page = visit("marc", "/projects/")
    page.locator("details[data-menu] summary").click()
    page.locator('button[name=theme][value="dark"]').click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/tools/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in ground.removeprefix("rgb(").removesuffix(")").split(",")) < 80


def _weight(answer: Response) -> int:
    """The bytes of a static file on the way: fonts as they are, the rest compressed."""
    body = answer.body()
    return len(body) if answer.url.split("?")[0].endswith(".woff2") else len(brotli.compress(body))


@pytest.mark.parametrize("name", ["project", "standard checklist"])
def test_static_files_of_a_page_are_light(visit: Open, places: Callable[[str], dict[str, int]], name: str) -> None:
    page, answers = visit(READER), []
    page.on("response", lambda answer: answers.append(answer))  # the library marks the handler, so it is one of ours
    page.goto(PAGES[name].format(**places("INV-1")), wait_until="networkidle")
    sizes = {each.url: _weight(each) for each in answers if "/static/" in each.url}
    assert len(sizes) > 3
    assert sum(sizes.values()) <= STATIC, sizes


def test_printed_page_shows_the_record_without_its_frame(visit: Open) -> None:
    page = visit(READER, PAGES["decided gate"])
    page.emulate_media(media="print")
    expect(page.locator(".topbar")).not_to_be_visible()
    expect(page.locator(".sidenav")).not_to_be_visible()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("#criteria tbody tr").first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in (
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    )
    assert page.pdf()[:5] == b"%PDF-"


def test_page_does_not_move_while_it_loads(visit: Open) -> None:
    page = visit(READER, PAGES["project"])
    page.wait_for_load_state("networkidle")
    moved = page.evaluate(
        "new Promise(done => { let sum = 0; new PerformanceObserver(list => list.getEntries().forEach(each => sum += each.value))"
        ".observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 300); })"
    )
    assert moved < 0.02
