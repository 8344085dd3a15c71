"""Stories 1, 2, 3 and 6, an audit and a pack from beginning to end in Chromium: with scripts in English, without in French."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import quality, serving, stories
from tests.e2e.quality import ISO, MODES
from tests.e2e.stories import WAYS, Way, fill, option
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.browser
NOT_EVALUATED = {"plain": "effectiveness not evaluated", "silent": "efficacité non évaluée"}
ONE_OPEN = {"plain": "1 action open", "silent": "1 action ouverte"}


@pytest.fixture(scope="module")
def quality_home(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder with the projects of these stories."""
    home = tmp_path_factory.mktemp("quality") / "home"
    shutil.copytree(migrated, home)
    quality.prepare(home)
    return home


@pytest.fixture(scope="module")
def quality_server(quality_home: Path) -> Iterator[str]:
    """The address of a server on it."""
    with serving.served(quality_home) as address:
        yield address


@pytest.fixture(params=MODES)
def way(request: pytest.FixtureRequest, browser: Browser, quality_server: str) -> Iterator[Way]:
    """With scripts in English, without them in French."""
    found = Way(browser, quality_server, request.param, [])
    yield found
    for each in found.contexts:
        each.close()


def refused(page: Page, address: str, **typed: str) -> str:
    """What the page says that refuses a form with 409."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        fill(page, address, **typed)
    assert answered.value.status == 409
    return page.locator("main").inner_text()


def act(page: Page, address: str) -> int:
    """Press the button of the form that leads to this address; the status of the answer."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.locator(f'main form[action$="{address}"] button[type=submit]').first.click()
    return answered.value.status


def checklist(page: Page, project: str, number: int = 0, of: str = "main") -> str:
    """The address of a checklist of the project, by its place on the page that lists them."""
    page.goto(f"{project}/checklists/")
    return page.locator(f'{of} h2 a[href*="/checklists/"]').nth(number).get_attribute("href") or ""


def add_action(page: Page, finding: str, kind: str, owner: str) -> None:
    """Say what is to be done about a finding, and by whom."""
    new = f"{finding}/actions/new"
    chosen = option(page, new, "owner_id", owner)
    fill(page, "", kind=kind, what=f"What the {kind} is.", owner_id=chosen, due_on="2099-01-31")


def test_story_3_finding_is_raised_from_the_line_and_does_not_close_early(way: Way) -> None:
    project, manager = way.project(3), way.come("p")
    line = f"{checklist(manager, project)}/items/8.5.6-1"
    proof = option(manager, f"{line}/evidence", "evidence_id", "Run of the trial")
    fill(manager, "", evidence_id=proof)
    manager.goto(line)
    manager.locator('#item-8\\.5\\.6-1 a[href*="/findings/new"]').click()
    expect(manager.locator('[name="requirement"]')).to_have_value(re.compile(r"8\.5\.6"))
    expect(manager.locator('[name="evidence"]')).to_have_value(re.compile(r"Quantities are typed by hand\.[\s\S]*E-1"))
    expect(manager.locator('[name="kind"][value="minor"]')).to_be_checked()
    fill(manager, "", statement="Quantities are re-keyed by hand.", owner_id=option_here(manager, "owner_id", "p-"))
    expect(manager).to_have_url(re.compile(rf"{project}/findings/\d+$"))
    finding = manager.url.partition(way.address)[2]
    manager.goto(line)
    expect(manager.locator(f'#item-8\\.5\\.6-1 a[href="{finding}"]')).to_be_visible()

    add_action(manager, finding, "correction", "p-")
    fill(manager, f"{finding}/actions/1/done", done_on=manager.evaluate("new Date().toISOString().slice(0, 10)"))
    fill(
        manager,
        f"{finding}/cause",
        cause_kind="tool",
        cause_method="five_whys",
        whys="The export has no quantity per client.\nNobody asked for it.",
        cause="The export is not made for billing.",
    )
    add_action(manager, finding, "corrective", "p-")
    quality_lead = way.come("q")
    quality_lead.goto(finding)
    expect(quality_lead.locator("#next li")).to_have_text([NOT_EVALUATED[way.name], ONE_OPEN[way.name]])
    assert act(quality_lead, f"{finding}/close") == 409
    told = quality_lead.locator("main").inner_text()
    assert (NOT_EVALUATED[way.name] in told, ONE_OPEN[way.name] in told) == (True, True)
    fill(manager, f"{finding}/actions/2/done", done_on=manager.evaluate("new Date().toISOString().slice(0, 10)"))
    proof = option(quality_lead, f"{finding}/check", "evidence_id", "Run of the trial")
    judged = {"verdict": "effective", "score": "100", "note": "Looked at March.", "evidence_id": proof}
    assert re.search(r"\d{4}", refused(quality_lead, f"{finding}/check", **judged))
    quality_lead.goto(finding)
    expect(quality_lead.locator("#next li")).to_have_text([NOT_EVALUATED[way.name]])


def test_story_3_another_person_rates_it_after_the_delay_and_it_closes(way: Way) -> None:
    project, owner = way.project(3), way.come("q")
    finding = f"{project}/findings/1"
    proof = option(owner, f"{finding}/check", "evidence_id", "Run of the trial")
    judged = {"verdict": "effective", "score": "100", "note": "Looked at March.", "evidence_id": proof}
    refused(owner, f"{finding}/check", **judged)
    owner.goto(finding)
    expect(owner.locator("#effect td.num")).to_have_count(0)
    other = way.come("t")
    fill(other, f"{finding}/check", **judged)
    other.goto(finding)
    expect(other.locator("#effect td.num")).to_have_text(["100"])
    expect(other.locator("#next")).to_have_count(0)
    expect(other.locator(".lead-text .st-closed")).to_be_visible()


def option_here(page: Page, name: str, words: str) -> str:
    """The value of the option of the page at hand that is shown by these words."""
    found = page.locator(f'[name="{name}"] option').filter(has_text=words).first
    return found.get_attribute("value") or ""


def test_story_2_one_piece_of_evidence_speaks_for_clauses_of_two_standards(way: Way, tmp_path: Path) -> None:
    project, lead = way.project(2), way.come("q")
    matrix = f"{project}/matrix"
    lead.goto(f"{matrix}?pack={ISO}&chapter=8&whole=1")
    expect(lead.locator("thead th")).to_have_count(13)
    bare = lead.locator("tbody tr").filter(has=lead.locator("td.st-fail"))
    expect(bare.locator("th")).to_have_text([re.compile(r"^8\.4\.1")])
    proof = tmp_path / "rfc.csv"
    proof.write_text(f"change,{way.name}\n", encoding="utf-8")
    mine = checklist(lead, project, 1)
    lead.goto(f"{mine}/items/8.5.6-1")
    fill(lead, "", state="conform", note="Every change has its request.")
    fill(lead, f"{mine}/items/8.5.6-1/evidence/file", file=str(proof), title="Requests for change")

    for pack, clause, column in ((ISO, "8.5.6", "own"), ("iso20000_1_2018", "8.5.1", "others")):
        lead.goto(f"{matrix}?pack={pack}&chapter=8&whole=1")
        row = lead.locator("tbody tr").filter(has=lead.locator("th", has_text=re.compile(rf"^{re.escape(clause)} ")))
        expect(row.locator("td").last).to_have_text("1")
        lead.locator(f'tbody a[href*="/{clause}?column={column}"]').click()
        expect(lead.locator("main")).to_contain_text("Requests for change")
        expect(lead.locator('main a[href*="/evidence/"]').filter(has_text="E-1")).to_have_count(1)
    lead.goto(matrix)
    lead.locator("#pack").select_option("iso9001_2026")
    lead.locator("#chapter").select_option("8")
    lead.locator("#show").select_option("covered")
    lead.locator("form.filters button").click()
    expect(lead.locator("tbody th").filter(has_text=re.compile(r"^8\.5\.6 "))).to_have_count(1)
    lead.goto(f"{project}/evidence/")
    expect(lead.locator("main table tbody tr")).to_have_count(1)


@pytest.mark.parametrize("way", ["silent"], indirect=True)
def test_audit_goes_from_its_plan_to_its_end(way: Way) -> None:
    project, lead, auditor = way.project(19), way.come("q"), way.come("t")
    fill(
        lead,
        f"{project}/audits/new",
        title="Invoicing against ISO 9001",
        kind="internal",
        client="Management",
        objectives="Whether invoices follow the usage.",
        scope="Invoicing.",
        packs=ISO,
        method="on_site",
        sampling="Ten invoices a month, at random.",
        planned_from="2026-12-01",
        planned_to="2026-12-02",
    )
    expect(lead).to_have_url(re.compile(rf"{project}/audits/\d+$"))
    audit = lead.url.partition(way.address)[2]
    manager = option(lead, f"{audit}/team", "person_id", f"p-{way.name}")
    said = refused(lead, f"{audit}/team", person_id=manager, role="auditor")
    assert f"p-{way.name}" in said
    expect(lead.locator(".error-missing li")).not_to_have_count(0)
    fill(lead, f"{audit}/team", person_id=option(lead, f"{audit}/team", "person_id", f"t-{way.name}"), role="lead")
    expect(lead.locator("#team tbody tr")).to_have_count(1)
    expect(lead.locator("#next li")).to_have_count(1)  # the agenda
    fill(lead, f"{audit}/agenda/new", day="2026-12-01", starts="09:00", ends="10:30", subject="How usage is read")
    expect(lead.locator("#next a")).to_have_count(0)  # who plans does not sign

    auditor.goto(audit)
    auditor.locator("#next a").click()
    fill(auditor, "", told="Billing lead", told_on="2026-01-05", password=PASSWORD)
    auditor.locator("#next a").click()
    fill(auditor, "", held_at="2026-01-06T09:00", attendees="Billing lead")
    expect(auditor.locator(".lead-text .st-running")).to_be_visible()
    line = f"{auditor.locator('#conduct th a').get_attribute('href')}/items/8.5.6-1"
    lead.goto(line)
    expect(lead.locator('main [name="state"]')).to_have_count(0)  # reserved for those who audit
    auditor.goto(line)
    fill(auditor, "", note="Requests are kept, not linked.", state="opportunity")
    auditor.goto(line)
    auditor.locator('#item-8\\.5\\.6-1 a[href*="/findings/new"]').click()
    expect(auditor.locator('[name="source_ref"]')).to_have_value(re.compile("^A-2026-"))
    fill(auditor, "", statement="Link each request to its change.")
    expect(auditor).to_have_url(re.compile(r"/findings/\d+$"))
    finding = auditor.url.partition(way.address)[2]

    auditor.goto(audit)
    expect(auditor.locator("#next li")).to_have_count(1)  # nobody met
    fill(auditor, f"{audit}/met/new", name="Billing clerk", role="billing")
    auditor.locator("#next a").click()
    fill(
        auditor,
        "",
        held_at="2026-01-07T16:00",
        attendees="Billing lead",
        conclusion="The criteria are met.",
        recommendation="conform_with_findings",
        limits="A sample of thirty.",
        password=PASSWORD,
    )
    expect(auditor.locator("#conclusion .st-pass")).to_be_visible()
    auditor.goto(line)
    expect(auditor.locator('main [name="state"]')).to_have_count(0)  # the checklist is closed
    fill(auditor, f"{audit}/distribution/new", name="Director", role="client")
    assert act(auditor, f"{audit}/report") == 303
    expect(auditor.locator("#next li")).to_contain_text(["F-"])
    assert "F-" in refused(auditor, f"{audit}/close", note="")
    fill(auditor, f"{finding}/decide", disposition="accepted", reason="Taken into the plan of the year.")
    fill(auditor, f"{audit}/close", note="All done.")
    expect(auditor.locator(".lead-text .st-closed")).to_be_visible()
    expect(auditor.locator("#next")).to_have_count(0)


@pytest.mark.parametrize("way", ["plain"], indirect=True)
def test_pack_is_adapted_answered_and_taken_over_in_its_next_version(way: Way) -> None:
    project, lead = way.project(20), way.come("q")
    name = f"our_{way.name}"
    fill(lead, f"/packs/new?from={ISO}", pack_id=name, title_en=f"Rules {way.name}", title_fr=f"Règles {way.name}")
    expect(lead).to_have_url(re.compile(r"/packs/drafts/\d+$"))
    draft = lead.url.partition(way.address)[2]
    lead.goto(f"{draft}/items/4.1-1")
    said = {each: lead.locator(f'[name="question_{each}"]').input_value() for each in ("en", "fr")}
    assert all(said.values())
    fill(lead, f"{draft}/publish", number="1.0")
    expect(lead).to_have_url(re.compile(f"/packs/{name}$"))
    lead.goto(f"{project}/checklists/")
    start = lead.locator("main form").filter(has=lead.locator(f'[name=pack_id][value="{name}"]'))
    start.locator("button[type=submit]").click()
    expect(lead).to_have_url(re.compile(r"/checklists/\d+"))
    old = re.sub(r"[?#].*", "", lead.url.partition(way.address)[2])
    for item in ("4.1-1", "4.1-2"):
        fill(lead, f"{old}/items/{item}", note="Read and kept.", state="partly")

    lead.goto(f"/packs/{name}")
    assert act(lead, f"/packs/{name}/next") == 303
    expect(lead).to_have_url(re.compile(r"/packs/drafts/\d+$"))
    draft = lead.url.partition(way.address)[2]
    fill(lead, f"{draft}/items/4.1-1", question_en="Asked otherwise?", question_fr="Demandé autrement ?")
    lead.goto(f"{draft}/publish")
    expect(lead.locator('[name="number"]')).to_have_value("1.1")
    fill(lead, "", number="1.1")
    expect(lead).to_have_url(re.compile(f"/packs/{name}$"))
    lead.goto(f"{old}/items/4.1-1")
    expect(lead.locator("#item-4\\.1-1")).to_contain_text(said["fr" if way.name == "silent" else "en"])
    lead.locator('main a[href$="/upgrade"]').first.click()
    expect(lead.locator("main tbody tr")).to_have_count(1)
    assert act(lead, "/upgrade") == 303
    expect(lead.locator("h1")).to_be_visible()
    new = re.sub(r"[?#].*", "", lead.url.partition(way.address)[2])
    assert new != old
    for item, answer in (("4.1-1", "not_checked"), ("4.1-2", "partly")):
        lead.goto(f"{new}/items/{item}")
        expect(lead.locator(f'[name="state"][value="{answer}"]')).to_be_checked()
    lead.goto(f"{old}/items/4.1-1")
    expect(lead.locator("#item-4\\.1-1 .st-partly").first).to_be_visible()
    expect(lead.locator('[name="state"]')).to_have_count(0)


def test_story_1_everything_of_the_leaver_is_handed_over_in_one_act(way: Way, quality_home: Path) -> None:
    project, lead = way.project(1), way.come("q")
    leaver = f"c-{way.name}"
    lead.goto(f"/hand-overs?person={option(lead, '/hand-overs', 'person', leaver)}")
    expect(lead).to_have_url(re.compile(r"/people/\d+/hand-over$"))
    page = lead.url.partition(way.address)[2]
    picks = lead.locator('main [name="picks"]')
    ids = sorted(each.get_attribute("value") or "" for each in picks.all())
    assert [each.partition(":")[0] for each in ids] == ["findings", "findings", "risks"]
    expect(lead.locator(".lead-text")).to_contain_text("3")
    receiver = option_here(lead, "to", f"p-{way.name}")
    fill(lead, "", to=receiver, reason="Claire left.", everything="y")
    expect(lead).to_have_url(re.compile(r"/hand-overs/\d+$"))
    expect(lead.locator(".figure strong")).to_have_text(["3", "3", "0"])
    lead.goto(page)
    expect(lead.locator('main [name="picks"]')).to_have_count(0)
    lead.goto(f"{project}/trail")
    entry = lead.locator("main tbody tr").filter(has=lead.locator("code", has_text=re.compile("^items$")))
    expect(entry).to_have_count(1)
    for each in ids:
        expect(entry).to_contain_text(each)
    told = stories.report(quality_home, way.key(1), WAYS[way.name])
    assert ("Claire left." in told, leaver in told) == (True, True)
    receiving = way.come("p")
    receiving.goto("/inherited")
    expect(receiving.locator("main tbody tr")).to_have_count(3)
    receiving.goto(f"{project}/findings?owner={receiver}")
    expect(receiving.locator("main table tbody th")).to_have_count(2)


def counted(page: Page, key: str) -> int:
    """The number that a figure of the review shows; 0 where no rows stand behind it."""
    found = page.locator(f'.figure a[href="#rows-{key}"] strong')
    return int(found.inner_text()) if found.count() else 0


def of_register(page: Page, address: str) -> int:
    """How many rows a register shows."""
    page.goto(address)
    return page.locator("main table tbody th[scope=row]").count()


def test_story_6_review_counts_as_the_registers_do_and_is_frozen_when_held(way: Way) -> None:
    project, lead = way.project(6), way.come("q")
    lead.goto("/reviews/new")
    fill(lead, "", project_ids=ticked(lead, way.key(6)), participants="Director")
    expect(lead).to_have_url(re.compile(r"/reviews/[^/]+$"))
    review = lead.url.partition(way.address)[2]
    wanted = {"findings_open": "state=open", "findings_closed": "state=closed", "findings_overdue": "overdue=1"}
    shown = {key: counted(lead, key) for key in (*wanted, "findings_raised", "gates_passed", "audits_open")}
    found = {key: of_register(lead, f"{project}/findings?{asked}") for key, asked in wanted.items()}
    found["findings_raised"] = of_register(lead, f"{project}/findings")
    lead.goto(project)
    found["gates_passed"] = lead.locator(".rail-step.gate-pass").count()
    found["audits_open"] = of_register(lead, f"{project}/audits")
    assert (shown, shown["findings_open"], shown["findings_closed"]) == (found, 2, 1)

    lead.goto(review)
    assert act(lead, f"{review}/prepare") == 303
    fill(lead, f"{review}/decisions/new", kind="improvement", text="Ask for the export at each renewal.")
    owner = option(lead, f"{review}/actions/new", "owner_id", f"p-{way.name}")
    fill(lead, "", text="Ask the reseller.", owner_id=owner, due_on="2099-01-31")
    fill(lead, f"{review}/hold", participants="Director", password=PASSWORD)
    lead.goto(review)
    expect(lead.locator("#facts code.hash")).to_have_count(1)
    expect(lead.locator("#actions tbody tr")).to_contain_text([f"p-{way.name}"])
    fill(
        lead, f"{project}/findings/new", kind="minor", requirement="Own procedure.", evidence="Seen.", statement="New."
    )
    lead.goto(review)
    assert {key: counted(lead, key) for key in shown} == shown
    owner_of_action = way.come("p")
    owner_of_action.goto("/")
    expect(owner_of_action.locator("main")).to_contain_text("Ask the reseller.")


def ticked(page: Page, words: str) -> str:
    """The value of the box to tick whose label begins with these words."""
    return page.get_by_label(re.compile(f"^{words} ")).first.get_attribute("value") or ""
