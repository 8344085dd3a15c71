"""What a step leaves behind: tables in forms, revisions, the map, signatures; the step page and the hub of all records."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from tests.conftest import Inspector
from tests.factories.evidence import a_link
from tests.factories.inquiry import a_need
from tests.factories.lifecycle import a_decision, a_sponsor
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from tests.factories.tools import a_tool
from workbench import clock
from workbench.database import db
from workbench.lifecycle import queries, steps
from workbench.lifecycle.actions import sign_artefact, write_artefact
from workbench.lifecycle.artefacts import Artefact, read, said
from workbench.lifecycle.artefacts.organisation_mode import OrganisationMode
from workbench.lifecycle.artefacts.situation_map import Link, SituationMap, Thing, drawn, merged
from workbench.lifecycle.artefacts.source_of_issue import SourceOfIssue
from workbench.lifecycle.artefacts.specification_note import SpecificationNote
from workbench.lifecycle.artefacts.swot import Swot
from workbench.lifecycle.artefacts.synthesis import Synthesis
from workbench.lifecycle.artefacts.trial_plan import TrialPlan
from workbench.lifecycle.models import ArtefactSignature
from workbench.lifecycle.rules import Outcome
from workbench.people.models import Person
from workbench.people.rules import Hub, Role
from workbench.projects.models import Project
from workbench.tools.actions import connect_tools
from workbench.tools.rules import ConnectionKind
from workbench.trail.queries import history
from workbench.web.refusals import BadValue, Refused
from workbench.web.transactions import commit

PLACE = "/projects/MAP-1/artefacts"
STRATEGY = SourceOfIssue("strategy", "strategic", "Seen.", "No tool would mend it.")
MAP = SituationMap(
    ({"name": "Portal", "kind": "tool"}, {"name": "Invoice run", "kind": "process", "hub": "administration"}),
    ({"source": "Portal", "target": "Invoice run", "passes": "quantities", "how": "hand"},),
)


@pytest.fixture
def project(app: object) -> Project:
    return a_project(key="MAP-1")


def a_writer(project: Project, name: str = "Wanda Writer", hub: Hub = Hub.TECHNICAL) -> Person:
    person = a_person(name=name, password=PASSWORD)
    a_member(project, person, hub=hub)
    return person


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_old_lines_of_a_swot_read_as_rows() -> None:
    old = read(Swot, {"strengths": ["calm", "exact"], "weaknesses": []})
    assert isinstance(old, Swot)
    assert old.quadrants()["strengths"] == ({"statement": "calm"}, {"statement": "exact"})
    assert old.missing() == ("weaknesses", "opportunities", "threats")


def test_fields_of_earlier_revisions_are_read_and_shown_and_not_asked() -> None:
    old = read(SpecificationNote, {"aim": "Bill right.", "criteria": ["cost"], "envelope": "20 days", "gone": "x"})
    assert [each.name for each in said(old, "en")] == [
        "aim", "out_of_scope", "budget", "time", "sponsor", "criteria", "envelope",
    ]
    assert "criteria" not in [each.name for each in said(SpecificationNote(), "en")]


def test_trial_plan_does_not_end_before_it_begins() -> None:
    assert [each.field for each in TrialPlan(begins="2026-03-02", ends_on="2026-03-01").faults()] == ["ends_on"]
    assert [each.field for each in TrialPlan(begins="soon").faults()] == ["begins"]
    assert TrialPlan(ends="In spring.").last_day() is None


@pytest.mark.parametrize(
    ("reliable", "new", "mode"),
    [("yes", "yes", "strategic"), ("yes", "no", "factory"), ("no", "yes", "turnaround"), ("no", "no", "support")],
)
def test_mode_of_the_organisation_follows_from_the_answers(reliable: str, new: str, mode: str) -> None:
    found = OrganisationMode(reliable, reliable, "no", new, "yes" if new == "yes" else "no", "no")
    assert (found.suggested(), found.concluded("en")[0].value) == (mode, mode)
    assert OrganisationMode().suggested() == ""


def test_synthesis_of_a_need_takes_five_lines_at_most(project: Project) -> None:
    writer = a_writer(project)
    long = Synthesis(({"need": "N-2", "text": "\n".join("123456")},))
    with pytest.raises(BadValue, match="N-2: at most 5 lines"):
        write_artefact(project=project, artefact=long, by=writer)
    assert Synthesis(({"need": "N-2", "text": "\n".join("12345")},)).faults() == []


def test_connection_of_the_map_leads_to_what_is_on_it_or_in_scope() -> None:
    loose = SituationMap(MAP.elements, ({"source": "portal", "target": "PSA", "passes": "x", "how": "api"},))
    assert [(each.field, each.row, each.column) for each in loose.faults()] == [("connections", 1, "target")]
    assert loose.faults(["PSA"]) == []
    twice = SituationMap((*MAP.elements, {"name": "portal ", "kind": "tool"}))
    assert [(each.field, each.row, each.column) for each in twice.faults()] == [("elements", 3, "name")]


def test_map_takes_up_tools_in_scope_once() -> None:
    tools = [Thing("portal", "tool", given=True), Thing("PSA", "tool", given=True)]
    links = [Link("portal", "PSA", "charges", "api", given=True), Link("PSA", "Elsewhere", "x", "api", given=True)]
    things, told = merged(MAP, tools, links)
    assert [each.name for each in things] == ["Portal", "Invoice run", "PSA"]
    assert [(each.source, each.target) for each in told] == [("Portal", "Invoice run"), ("Portal", "PSA")]


@pytest.mark.parametrize("number", [0, 1, 7, 40])
def test_drawing_covers_nothing_and_stays_within_its_frame(number: int) -> None:
    kinds = ("tool", "process", "actor", "data")
    things = [Thing(f"Element of the situation {each}", kinds[each % 4]) for each in range(number)]
    links = [Link(things[each].name, things[each * 7 % number].name, "what passes", "api") for each in range(number)]
    drawing = drawn(things, links)
    boxes = [(each.x, each.y, each.x + each.width, each.y + each.height) for each in drawing.boxes]
    over = [(a, b) for a in boxes for b in boxes if a < b and a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]]
    inside = all(x >= 0 and y >= 0 and right <= drawing.width and low <= drawing.height for x, y, right, low in boxes)
    assert (len(boxes), len(drawing.arrows), over, inside) == (number, number, [], True)
    assert drawn(things, links) == drawing
    numbered = drawn(things, links, is_numbered=True)
    assert [each.lines for each in numbered.arrows] == [(str(each + 1),) for each in range(number)]
    assert len({(each.x, each.y) for each in numbered.arrows}) == number


def test_table_is_typed_row_by_row_and_empty_rows_are_dropped(client: Inspector, project: Project) -> None:
    client.sign_in(a_writer(project))
    sent = {"strengths-0-statement": "", "strengths-2-statement": " calm ", "threats-1-statement": "late", "version": "0"}
    assert client.post(f"{PLACE}/swot/edit", sent).status_code == 303
    body = queries.revisions(project.id, "swot")[0].body
    assert (body["strengths"], body["threats"]) == (
        [{"statement": "calm", "evidence": ""}], [{"statement": "late", "evidence": ""}],
    )
    page = client.get(f"{PLACE}/swot").text
    assert ("calm" in page, "Still to be filled in:" in text(page)) == (True, True)
    late = client.post(f"{PLACE}/swot/edit", {"strengths-0-statement": "too late", "version": "0"})
    assert (late.status_code, "too late" in late.text, len(queries.revisions(project.id, "swot"))) == (409, True, 1)


def test_more_rows_keep_what_was_typed_and_save_nothing(client: Inspector, project: Project) -> None:
    client.sign_in(a_writer(project))
    first = client.get(f"{PLACE}/swot/edit").text
    sent = {f"strengths-{number}-statement": "" for number in range(2)}
    more = {"strengths-1-statement": "calm", "submit": "more-strengths", "version": "0"}
    answer = client.post(f"{PLACE}/swot/edit", {**sent, **more})
    rows = [page.count('name="strengths-') // 2 for page in (first, answer.text)]
    assert (answer.status_code, rows, "calm" in answer.text) == (200, [2, 7], True)
    assert queries.revisions(project.id, "swot") == []


def test_wrong_cell_is_said_beside_it_and_nothing_is_lost(client: Inspector, project: Project) -> None:
    client.sign_in(a_writer(project))
    sent = {
        "elements-1-name": "Portal", "elements-1-kind": "tool", "connections-2-source": "Portal",
        "connections-2-target": "Nowhere", "connections-2-passes": "x", "connections-2-how": "api",
    }
    answer = client.post(f"{PLACE}/situation_map/edit", sent)
    assert (answer.status_code, 'id="connections-2-target-error"' in answer.text) == (422, True)
    assert "“Nowhere” is neither an element of this map nor a tool in scope." in answer.text
    assert queries.revisions(project.id, "situation_map") == []


def test_half_filled_row_and_unknown_choice_are_refused(client: Inspector, project: Project) -> None:
    client.sign_in(a_writer(project))
    half = client.post(f"{PLACE}/raci/edit", {"activities-0-activity": "Bill", "activities-0-responsible": "Wanda Writer"})
    assert (half.status_code, 'id="activities-0-accountable-error"' in half.text) == (422, True)
    unknown = client.post(f"{PLACE}/raci/edit", {"activities-0-activity": "Bill", "activities-0-responsible": "Nobody"})
    assert unknown.status_code == 422
    assert queries.revisions(project.id, "raci") == []


def test_evidence_is_named_by_its_code_from_one_shared_list(client: Inspector, project: Project) -> None:
    writer = a_writer(project)
    codes = [a_link(project, by=writer, title=title).code for title in ("Photo", "Export")]
    client.sign_in(writer)
    page = client.get(f"{PLACE}/swot/edit").text
    assert (page.count("<datalist"), page.count('list="offer-evidence"'), page.count("Photo")) == (1, 8, 1)
    typed = {"strengths-0-evidence": f"{codes[0].lower()} Photo", "strengths-1-evidence": codes[1].rpartition("-")[2]}
    sent = {"strengths-0-statement": "calm", "strengths-1-statement": "exact", "version": "0", **typed}
    wrong = client.post(f"{PLACE}/swot/edit", {**sent, "strengths-1-evidence": "E-22"})
    assert (wrong.status_code, 'id="strengths-1-evidence-error"' in wrong.text) == (422, True)
    assert f"“E-22” is not a code of this list. The nearest is {codes[1]}." in wrong.text
    assert client.post(f"{PLACE}/swot/edit", sent).status_code == 303
    assert [row["evidence"] for row in queries.revisions(project.id, "swot")[0].body["strengths"]] == codes


def test_earlier_revision_is_read_at_its_own_address(client: Inspector, project: Project) -> None:
    writer = a_writer(project)
    for word in ("calm", "exact"):
        write_artefact(project=project, artefact=Swot(({"statement": word},)), by=writer)
    client.sign_in(writer)
    old, new = (client.get(f"{PLACE}/swot{asked}").text for asked in ("?revision=1", ""))
    assert [("calm" in page, "exact" in page) for page in (old, new)] == [(True, False), (False, True)]
    assert client.get(f"{PLACE}/swot?revision=3").status_code == 404


def test_map_page_draws_what_was_typed_and_the_tools_in_scope(client: Inspector, project: Project) -> None:
    writer = a_writer(project)
    psa, portal = (a_tool(by=writer, name=name, project=project) for name in ("PSA", "Portal"))
    connect_tools(source=portal, target=psa, kind=ConnectionKind.API, carries="charges", by=writer)
    write_artefact(project=project, artefact=MAP, by=writer)
    client.sign_in(writer)
    page = client.get(f"{PLACE}/situation_map").text
    assert (page.count('class="map-box'), page.count('class="map-line')) == (3, 2)
    assert "3 elements and 2 connections" in page
    for told in ("Portal", "Invoice run", "PSA", "quantities", "charges", "from the tool register", "by hand"):
        assert told in text(page)


def test_each_hub_confirms_the_newest_revision(client: Inspector, project: Project) -> None:
    writer, seller = a_writer(project), a_writer(project, "Stella Sales", Hub.SALES)
    write_artefact(project=project, artefact=MAP, by=writer)
    client.sign_in(seller)
    assert "Not confirmed yet by: administration, technical, sales." in client.get(f"{PLACE}/situation_map").text
    wrong = client.post(f"{PLACE}/situation_map/sign", {"password": "not the right sentence"})
    assert (wrong.status_code, "The password is not right" in wrong.text) == (422, True)
    assert client.post(f"{PLACE}/situation_map/sign", {"password": PASSWORD}).status_code == 303
    page = client.get(f"{PLACE}/situation_map").text
    assert ("Stella Sales" in page, "Not confirmed yet by: administration, technical." in page) == (True, True)
    assert client.post(f"{PLACE}/situation_map/sign", {"password": PASSWORD}).status_code == 409
    signed = queries.signatures_of(project.id, "situation_map")
    assert [(each.signed_name, each.hub, each.meaning) for each in signed] == [
        ("Stella Sales", "sales", "I confirm that this shows how we work.")
    ]
    assert [each.act for each in history("artefact_signature", signed[0].id)] == ["artefact_signed"]
    write_artefact(project=project, artefact=MAP, by=writer)
    assert queries.signatures_of(project.id, "situation_map") == []


def test_signature_never_changes(project: Project) -> None:
    writer = a_writer(project)
    write_artefact(project=project, artefact=MAP, by=writer)
    made = sign_artefact(project=project, kind=SituationMap, by=writer, password=PASSWORD)
    commit()
    with pytest.raises(DBAPIError, match="never change"):
        db.session.connection().exec_driver_sql(f"UPDATE artefact_signature SET hub = 'x' WHERE id = {made.id}")
    db.session.rollback()
    assert [each.hub for each in db.session.query(ArtefactSignature)] == ["technical"]


def test_matter_of_strategy_is_signed_by_the_sponsor(project: Project) -> None:
    writer, sponsor = a_writer(project), a_sponsor(project, name="Sybil Sponsor")
    write_artefact(project=project, artefact=STRATEGY, by=writer)
    with pytest.raises(Refused, match="signed by the sponsor"):
        sign_artefact(project=project, kind=SourceOfIssue, by=writer, password=PASSWORD)
    made = sign_artefact(project=project, kind=SourceOfIssue, by=sponsor, password=PASSWORD)
    assert made.signed_functions == ["sponsor"]


@pytest.mark.parametrize(
    ("kind", "written", "message"),
    [
        (SourceOfIssue, None, "signs what is written"),
        (SourceOfIssue, SourceOfIssue("tool", "operational", "Seen.", "So."), "needs no signature"),
        (SourceOfIssue, SourceOfIssue("strategy"), "still to be filled in"),
        (SituationMap, SituationMap(), "still to be filled in"),
        (Swot, Swot(), "needs no signature"),
    ],
)
def test_signature_is_refused(project: Project, kind: type[Artefact], written: Artefact | None, message: str) -> None:
    sponsor = a_sponsor(project, name="Sybil Sponsor")
    if written is not None:
        write_artefact(project=project, artefact=written, by=sponsor)
    with pytest.raises(Refused, match=message):
        sign_artefact(project=project, kind=kind, by=sponsor, password=PASSWORD)


def test_outsider_who_sees_everything_does_not_sign(client: Inspector, project: Project) -> None:
    write_artefact(project=project, artefact=MAP, by=a_writer(project))
    client.sign_in(a_person(role=Role.QUALITY_LEAD, password=PASSWORD))
    assert client.post(f"{PLACE}/situation_map/sign", {"password": PASSWORD}).status_code == 403
    assert 'action="/projects/MAP-1/artefacts/situation_map/sign"' not in client.get(f"{PLACE}/situation_map").text


def test_every_register_and_board_of_the_steps_has_its_page(client: Inspector, project: Project) -> None:
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    page = client.get("/projects/MAP-1/all-records").text
    told = page.split('class="filters"')[1].split('<section id="gates">')[0]
    found = set(re.findall(r'href="((?:/projects/MAP-1/|/changes/calendar)[^"#]*)"', told))
    number = sum(len(each.artefacts) + len(each.records) + len(each.pages) + 1 for each in steps.STEPS)
    assert (len(found), sorted(path for path in found if client.get(path).status_code != 200)) == (number, [])


def test_records_are_filtered_by_step(client: Inspector, project: Project) -> None:
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    page = client.get("/projects/MAP-1/all-records?step=4").text
    assert (page.count('<section id="step-'), "Trial plan" in page, "Quick reference" in page) == (1, True, False)
    assert client.get("/projects/MAP-1/all-records?step=x").text.count('<section id="step-') == 9


@pytest.mark.parametrize("page", ["all-records", "steps/1"])
def test_counts_take_the_same_queries_whatever_their_number(
    client: Inspector, project: Project, count_queries: object, page: str
) -> None:
    writer = a_person(role=Role.QUALITY_LEAD)
    client.sign_in(writer)
    seen = []
    for more in (1, 9, 90):
        for _each in range(more):
            a_need(project, by=writer)
        commit()
        with count_queries() as sent:  # type: ignore[operator]
            answer = client.get(f"/projects/MAP-1/{page}")
        seen.append(len(sent))
    assert (len(set(seen)), "100 records" in answer.text) == (1, True)


def test_step_page_marks_what_changed_after_the_decision(client: Inspector, project: Project, keys: Path) -> None:
    writer, sponsor = a_writer(project), a_sponsor(project, name="Sybil Sponsor")
    write_artefact(project=project, artefact=MAP, by=writer)
    a_need(project, by=writer)
    decided = a_decision(project, 1, by=sponsor, keys=keys, outcome=Outcome.HOLD)
    client.sign_in(writer)
    before = text(client.get("/projects/MAP-1/steps/1").text)
    clock.fix(decided.decided_at + timedelta(hours=1))
    write_artefact(project=project, artefact=Swot(), by=writer)
    for _each in range(2):
        a_need(project, by=writer)
    client.sign_in(writer)
    after = text(client.get("/projects/MAP-1/steps/1").text)
    told = ("changed after D-1", "2 changed after D-1", "3 records")
    assert [[part in page for part in told] for page in (before, after)] == [[False] * 3, [True] * 3]
