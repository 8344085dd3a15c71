"""Stories 5, 7, 8, 9, 13, 14 and 15 in Chromium, by the role that owns each: with scripts, without, and in French."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import serving, stories
from tests.e2e.stories import WAYS, Way, fill, named, option, try_to_pass
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.browser
VOICE = "Ondine Quenneville"
MISSED = "Full automation of the invoices"
NOT_MET = {"plain": "not met", "silent": "non atteint"}


@pytest.fixture(scope="module")
def story_home(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder with the projects of the stories."""
    home = tmp_path_factory.mktemp("stories") / "home"
    shutil.copytree(migrated, home)
    stories.prepare(home)
    return home


@pytest.fixture(scope="module")
def story_server(story_home: Path) -> Iterator[str]:
    """The address of a server on it."""
    with serving.served(story_home) as address:
        yield address


@pytest.fixture(params=stories.MODES)
def way(request: pytest.FixtureRequest, browser: Browser, story_server: str) -> Iterator[Way]:
    """With scripts, without, in French."""
    found = Way(browser, story_server, request.param, [])
    yield found
    for each in found.contexts:
        each.close()


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
    again = way.post(
        quality, f"{project}/steps/1/decide", outcome="hold", reason="On second thoughts.", password=PASSWORD
    )
    assert (again.status, "D-1" in again.text()) == (409, True)
    quality.goto(f"{project}/decisions/1")
    expect(quality.locator("main")).not_to_contain_text("On second thoughts.")
    assert quality.goto(f"{project}/decisions/2").status == 404  # type: ignore[union-attr]


def test_story_5_decision_edited_in_the_file_is_named(way: Way, story_home: Path, tmp_path: Path) -> None:
    stories.tampered(story_home, tmp_path, way.key(5))
    words = [str(serving.WORKBENCH), "trail", "verify"]
    said = subprocess.run(
        words, env=serving.environment(tmp_path), capture_output=True, text=True, timeout=120, check=False
    )
    broken = [line for line in said.stdout.splitlines() if line.startswith("broken")]
    assert (said.returncode, len(broken)) == (1, 1)
    assert re.fullmatch(r"broken: gate_decision:\d+ was changed after entry \d+, which recorded it", broken[0])


def test_story_7_gate_lists_each_empty_quadrant_with_its_link(way: Way) -> None:
    project, manager = way.project(7), way.come("p")
    swot = f"{project}/artefacts/swot/edit"
    proof = option(manager, swot, "strengths-0-evidence", "Observation")
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
        manager,
        f"{project}/records/consultations/new",
        statement="The portal changes without notice",
        kind="caution",
        said_by=VOICE,
        layer="reseller",
        held_on="2026-01-05",
        has_consent="y",
        is_confidential="y",
    )
    expect(manager.locator("main table")).to_contain_text(VOICE)
    manager.goto(f"{project}/steps/3/gate")
    expect(manager.locator("#c-cautions_answered .st-fail")).to_have_count(1)
    expect(manager.locator('tr[id^="c-hub_heard"] .st-fail')).to_have_count(3)
    code = manager.locator("#c-cautions_answered").inner_text()
    try_to_pass(quality := way.come("q"), project, 3)
    assert "cautions_answered" in named(quality)
    fill(manager, f"{project}/records/risks/new", statement="The portal changes and the count stops", source="C-1")
    expect(manager.locator("main table")).to_contain_text("R-1")
    manager.goto(f"{project}/records/consultations")
    manager.locator("main table tbody th a").first.click()
    assert manager.locator("h1").inner_text().split()[0].rstrip(":") in code
    address = manager.url
    fill(manager, f"{address}/dispose", disposition="Watched as R-1.", disposition_kind="risk")
    manager.goto(address)
    expect(manager.locator("dl.facts").first).to_contain_text("Watched as R-1.")
    manager.goto(f"{project}/steps/3/gate")
    expect(manager.locator("#c-cautions_answered .st-pass")).to_have_count(1)
    exported = manager.request.get(f"{way.address}{project}/records/consultations.csv").text()
    assert (VOICE in exported, "Watched as R-1." in exported) == (False, True)


def test_story_8_words_of_the_editor_become_a_promise_and_a_missing_layer_is_waived(way: Way) -> None:
    project, manager = way.project(8), way.come("p")
    words = "Counts by client come in a few months"
    fill(
        manager,
        f"{project}/records/consultations/new",
        statement=words,
        kind="opinion",
        said_by="Editor E",
        layer="editor",
        held_on="2026-01-06",
    )
    new = f"{project}/records/limitations/new"
    tool = option(manager, new, "tool_id", "editor")
    fill(
        manager,
        new,
        statement="No count by client",
        tool_id=tool,
        layer="editor",
        first_reported_on="2026-01-06",
        promise=words,
        promised_on="2026-06-30",
    )
    expect(manager.locator("main table")).to_contain_text("L-01")
    new = f"{project}/records/promises/new"
    limitation = option(manager, new, "limitation_id", "L-01")
    fill(manager, "", feature="Counts by client", tool_id=tool, layer="editor", limitation_id=limitation)
    gate = f"{project}/steps/3/gate"
    manager.goto(gate)
    expect(manager.locator("#c-promises_chased .st-fail")).to_have_count(1)
    expect(manager.locator("#c-promises_chased")).to_contain_text("V-1")
    manager.goto(f"{project}/records/promises")
    manager.locator("main table tbody th a").first.click()
    edit = f"{manager.url}/edit"
    fill(manager, edit, due_on="2026-06-30", owner_id=option(manager, edit, "owner_id", "p-"))
    manager.goto(gate)
    expect(manager.locator("#c-promises_chased .st-pass")).to_have_count(1)
    expect(manager.locator("#c-layer_heard-editor .st-pass")).to_have_count(1)
    supplier = manager.locator("#c-layer_heard-supplier")
    expect(supplier.locator(".st-fail")).to_have_count(1)
    fill(
        way.come("q"),
        f"{project}/steps/3/waive/layer_heard:supplier",
        reason="The supplier sells to nobody here.",
        risk_accepted="A wish of theirs is missed.",
        ends_on="2099-01-05",
        password=PASSWORD,
    )
    manager.goto(gate)
    expect(supplier.locator(".st-waived")).to_have_count(1)
    expect(supplier).to_contain_text("The supplier sells to nobody here.")


SCORES = {"P0": ("1", "2"), "P1": ("5", "5"), "P2": ("4", "3"), "P3": ("2", "3")}


def test_story_9_killed_path_takes_a_waiver(way: Way) -> None:
    project, manager = way.project(9), way.come("p")
    manager.goto(f"{project}/paths")
    kill = manager.locator('#P1 a[href$="/kill"]').get_attribute("href") or ""
    choose = kill.replace("/kill", "/choose")
    manager.goto(kill)
    manager.locator("[name=limitation_id]").select_option(index=0)
    fill(manager, "", reason="There is no export per customer.")
    struck = manager.locator("#P1")
    expect(struck.locator(".st-killed, .st-fail").first).to_be_visible()
    expect(struck).to_contain_text("There is no export per customer.")
    expect(manager.locator("main table").first).to_contain_text("L-01")
    with manager.expect_response(lambda answer: answer.request.method == "POST") as answered:
        fill(manager, choose, reason="It would be best.")
    assert answered.value.status == 409
    expect(manager.locator("main")).to_contain_text("L-01")
    manager.goto(f"{project}/paths")
    expect(manager.locator("main .st-chosen")).to_have_count(0)
    quality = way.come("q")
    fill(quality, choose, reason="Best.", in_spite_of="The editor opens it in May.", waiver="W-1")
    expect(quality.locator("#P1")).to_contain_text("The editor opens it in May.")
    expect(quality.locator("#P1 .st-chosen").first).to_be_visible()


def test_story_9_weights_decide_the_totals(way: Way) -> None:
    project, manager = way.project(9), way.come("p")
    matrix = f"{project}/paths/matrix"
    manager.goto(matrix)
    rows = manager.locator("main table tbody tr")
    typed = {}
    for row in (0, 1):
        for place, scores in enumerate(SCORES.values()):
            name = rows.nth(row).locator("select").nth(place).get_attribute("name") or ""
            typed[name] = scores[row]
    fill(manager, "", **typed)
    sums = rows.nth(2).locator("strong")
    expect(sums).to_have_text(["140", "500", "360", "240"])
    manager.goto(f"{project}/records/criteria")
    manager.locator("main table tbody th a").first.click()
    fill(manager, f"{manager.url}/edit", weight="20")
    manager.goto(matrix)
    expect(sums).to_have_text(["100", "300", "200", "160"])


def test_story_13_missed_objective_keeps_its_words_and_gets_a_follower(way: Way, story_home: Path) -> None:
    project, manager = way.project(13), way.come("p")
    manager.goto(f"{project}/records/objectives")
    manager.locator("main table tbody th a").first.click()
    address = manager.url
    manager.goto(f"{address}/judge")
    expect(manager.locator('main [name="statement"]')).to_have_count(0)
    for code in ("L-01", "L-02"):
        manager.locator(f'[name=limitation_codes][value="{code}"]').check(force=True)
    fill(manager, "", state="not_met", state_reason="No interface allows it.", cause="L-01 and L-02")
    fill(
        manager,
        f"{address}/revise",
        statement="Semi-automation with a file",
        measure="Counts typed",
        baseline="140",
        target="10",
        decided_by_id=option(manager, f"{address}/revise", "decided_by_id", "q-"),
        savings="Six hours a month",
    )
    manager.goto(address)
    facts = manager.locator("dl.facts")
    for words in (MISSED, "L-01", "L-02", "O1b"):
        expect(facts).to_contain_text(words)
    path = address.partition(way.address)[2]
    expect(manager.locator(f'main a[href$="{path}/edit"]')).to_have_count(0)
    sent = way.post(
        manager, f"{path}/edit", statement="Semi-automation", measure="Counts typed", target="10", version="2"
    )
    assert sent.status == 409
    manager.reload()
    expect(facts).to_contain_text(MISSED)
    told = stories.report(story_home, way.key(13), WAYS[way.name])
    found = (
        MISSED in told,
        bool(re.search(r"\bO1\b", told)),
        bool(re.search(r"\bO1b\b", told)),
        NOT_MET[way.name] in told,
    )
    assert found == (True, True, True, True)


def test_story_14_new_edition_takes_the_old_readings_back(way: Way) -> None:
    project, reviewer = way.project(14), way.come("a")
    reviewer.goto(f"{project}/practices/reading")
    shown, late = reviewer.locator("#WI-1"), reviewer.locator("#WI-1 li")
    expect(shown).to_contain_text(re.compile(r"9 \D+ 11 \(81\s%\)"))
    expect(late).to_have_text([re.compile("Clerk 10$"), re.compile("Clerk 11$")])
    manager = way.come("p")
    manager.goto(f"{project}/practices")
    edit = manager.locator('main a[href$="/edit"]').first.get_attribute("href") or ""
    fill(
        manager,
        edit,
        body="Fetch the export.\nRun the mapping.\nLook at the totals.",
        what_changed="A look at the totals",
    )
    reviewer.reload()
    expect(shown).to_contain_text(re.compile(r"9 \D+ 11 \(81\s%\)"))
    fill(way.come("q"), edit.replace("/edit", "/sign"), password=PASSWORD)
    reviewer.reload()
    expect(shown).to_contain_text(re.compile(r"0 \D+ 11 \(0\s%\)"))
    expect(late).to_have_count(11)
    reviewer.locator("#mine a").first.click()
    expect(reviewer.locator("#changed li")).to_have_text([re.compile("3.*A look at the totals$")])
    reviewer.locator("main form button[type=submit]").last.click()
    expect(shown).to_contain_text(re.compile(r"1 \D+ 11 \(9\s%\)"))


def test_story_14_ladder_counts_each_role(way: Way) -> None:
    project, manager = way.project(14), way.come("p")
    manager.goto(f"{project}/adoption/ladder")
    roles = manager.locator("#roles tbody tr")
    clerks = roles.nth(0).locator("td.num")
    of_eleven = ["11 X 11", "0 X 11", "0 X 11", "0 X 11", "0 X 11", "11"]
    expect(clerks).to_have_text([re.compile(each.replace("X", r"\D+")) for each in of_eleven])
    for row in (1, 2):
        expect(roles.nth(row).locator("td.num")).to_have_text([re.compile(r"^0 \D+ 2$")] * 5 + [re.compile("^2$")])
    seen = manager.locator("#U-2 a").last.get_attribute("href") or ""
    fill(manager, seen, level="using", seen_on="2026-01-05", note="One invoice run, watched.")
    manager.goto(f"{project}/adoption/ladder")
    expect(clerks.nth(3)).to_have_text(re.compile(r"1 \D+ 11"))


def test_story_15_one_week_turns_the_verdict(way: Way) -> None:
    project, reviewer, quality = way.project(15), way.come("a"), way.come("q")
    reviewer.goto(f"{project}/adoption")
    habit, lost = reviewer.locator("main p > .st-pass"), reviewer.locator("main p > .st-open")
    expect(habit).to_have_count(1)
    expect(reviewer.locator("main")).to_contain_text(re.compile(r"5\s% \D+ 6 \D+ 8"))
    weeks = [
        each.get_attribute("href") or "" for each in reviewer.locator('main a[href*="/readings/"][href$="/edit"]').all()
    ]
    fill(reviewer, weeks[0], old_way="40")
    expect(lost).to_have_count(1)
    try_to_pass(quality, project, 9)
    assert "habit_reached" in named(quality)
    fill(reviewer, weeks[0], old_way="0")
    expect(habit).to_have_count(1)
    try_to_pass(quality, project, 9)
    expect(quality.locator("main")).to_contain_text("D-9")
    quality.goto("/projects/?state=closed")
    expect(quality.locator("main table")).to_contain_text(way.key(15))

    fill(reviewer, weeks[1], old_way="40")
    expect(lost).to_have_count(1)
    quality.goto(project)
    expect(quality.locator(".rail-step").nth(8)).to_have_class(re.compile("gate-reopened"))
    quality.goto("/projects/?state=watch")
    expect(quality.locator("main table")).to_contain_text(way.key(15))
    reviewer.locator('main a[href*="/relapses/"]').click()
    for name in ("requirement", "evidence", "statement"):
        expect(reviewer.locator(f'[name="{name}"]')).not_to_have_value("")
    expect(reviewer.locator('[name="evidence"]')).to_have_value(re.compile(r"5\s% \D+ 5 \D+ 8"))
    fill(reviewer, "", kind="minor")
    expect(reviewer).to_have_url(re.compile(r"/findings/\d+$"))
    fill(reviewer, weeks[1], old_way="0")
    expect(habit).to_have_count(1)
    try_to_pass(quality, project, 9)
    expect(quality.locator("main")).to_contain_text("D-10")
    quality.goto("/projects/?state=closed")
    expect(quality.locator("main table")).to_contain_text(way.key(15))
