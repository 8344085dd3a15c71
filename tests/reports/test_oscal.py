"""Answers as OSCAL assessment results: what the format asks for, what refers to what, what a level withholds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from flask import Flask

from tests.conftest import Inspector
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_file, a_link
from tests.factories.findings import a_finding
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from tests.reports import nist
from workbench.checklists.actions import attach_evidence
from workbench.checklists.library import pack
from workbench.checklists.queries import checklists_of_project
from workbench.checklists.rules import AnswerState
from workbench.config import Settings
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.projects.rules import Confidentiality
from workbench.reports.commands import oscal as command
from workbench.reports.formats import oscal
from workbench.reports.rules import Options
from workbench.standards.formats import oscal_own
from workbench.web.transactions import commit

SCHEMA = json.loads((Path(__file__).parent / "data" / "oscal_assessment_results.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(name="Ada Martin", role=Role.QUALITY_LEAD)


@pytest.fixture
def project(app: Flask, lead: Person) -> Project:
    made = a_project(by=lead, key="INV-1")
    a_member(made, lead)
    gates, quality = a_checklist(made, by=lead), a_checklist(made, by=lead, pack="iso9001_2015")
    an_answer(made, gates, "G1-01", by=lead)
    items = [each.key for each in pack("iso9001_2015").items[:4]]
    file = a_file(made, by=lead, home=app.extensions["ninefold"].home, title="Prices of Ada Martin")
    link = a_link(made, by=lead)
    an_answer(made, quality, items[0], by=lead)
    for piece in (file, link):
        attach_evidence(project=made, checklist=quality, item_key=items[0], evidence=piece, by=lead)
    an_answer(made, quality, items[1], by=lead, state=AnswerState.PARTLY, note="Half of it.\nAsk Ada Martin: 12.00 EUR")
    an_answer(made, quality, items[2], by=lead, state=AnswerState.MAJOR, note="None.")
    a_finding(made, by=lead, checklist_id=quality.id, item_key=items[2])
    an_answer(made, quality, items[3], by=lead, state=AnswerState.NOT_APPLICABLE, note="We sell none.")
    return made


def written(project: Project, level: str = "confidential", language: str = "en") -> tuple[bytes, dict[str, Any]]:
    data = oscal.results(
        project=project, checklists=checklists_of_project(project.id), language=language, organisation="Nordpont",
        options=Options(confidentiality=Confidentiality(level)),
    )
    told = json.loads(data)
    jsonschema.Draft202012Validator(SCHEMA).validate(told)
    assert nist.faults(told) == []
    return data, told["assessment-results"]


def test_answered_lines_are_observations_and_nonconformities_findings(project: Project) -> None:
    _data, told = written(project)
    gates, quality = told["results"]
    assert [each["title"] for each in gates["observations"]] == ["G1-01"]
    assert "findings" not in gates
    states = {prop["value"] for each in quality["observations"] for prop in each["props"] if prop["name"] == "answer"}
    assert states == {"conform", "partly", "major", "not_applicable"}
    assert [each["title"].partition(":")[0] for each in quality["findings"]] == [pack("iso9001_2015").items[1].key, "F-1"]
    statements = oscal_own.identifiers(pack("iso9001_2015"))
    wanted = [statements[each.key][1] for each in pack("iso9001_2015").items[1:3]]
    assert [each["target"]["target-id"] for each in quality["findings"]] == wanted
    seen = {each["uuid"] for each in quality["observations"]}
    assert {one["observation-uuid"] for each in quality["findings"] for one in each["related-observations"]} <= seen
    (selection,) = quality["reviewed-controls"]["control-selections"]
    taken = {one for each in selection["include-controls"] for one in each["statement-ids"]}
    assert taken == {statements[each.key][1] for each in pack("iso9001_2015").items[:4]}


def test_every_reference_leads_somewhere_and_files_have_their_hash(app: Flask, project: Project) -> None:
    _data, told = written(project)
    text = json.dumps(told)
    resources = {each["uuid"]: each for each in told["back-matter"]["resources"]}
    assert {told["import-ap"]["href"][1:]} <= set(resources)
    evidence = [each["href"][1:] for each in told["results"][1]["observations"][0]["relevant-evidence"]]
    file, link = (resources[each]["rlinks"][0] for each in evidence)
    assert file["href"].startswith(f"evidence/{file['hashes'][0]['value']}.")
    assert (link, text.count(told["uuid"])) == ({"href": "https://wiki.example.test/page"}, 1)
    parties = {each["uuid"] for each in told["metadata"]["parties"]}
    actors = {one["actor-uuid"] for each in told["results"][1]["observations"] for one in each["origins"][0]["actors"]}
    assert actors <= parties
    again = {each["uuid"] for result in told["results"] for each in (*result["observations"], *result.get("findings", ()))}
    assert len(again) == sum(len(each["observations"]) + len(each.get("findings", ())) for each in told["results"])


def test_the_same_data_give_the_same_bytes_and_a_level_withholds(project: Project) -> None:
    assert written(project)[0] == written(project)[0]
    data, _told = written(project, "public", "fr")
    text = data.decode()
    assert [word in text for word in ("Ada", "Martin", "12.00", "wiki.example.test", "Prices")] == [False] * 5
    inside = written(project, "internal")[0].decode()
    assert [word in inside for word in ("Ada Martin", "12.00")] == [True, False]


def test_another_content_is_another_document(app: Flask, project: Project, lead: Person) -> None:
    gates, quality = checklists_of_project(project.id)
    at = gates.checklist.started_at
    gates.checklist.closed_at = quality.checklist.closed_at = at
    wish = {"project": project, "language": "en", "organisation": "Nordpont"}
    names = {json.loads(oscal.results(checklists=[each], **wish))["assessment-results"]["uuid"] for each in (gates, quality)}
    names.add(json.loads(oscal.results(checklists=[quality], **(wish | {"organisation": "Süd"})))["assessment-results"]["uuid"])
    assert len(names) == 3


def test_a_checklist_without_an_answer_is_a_result_too(app: Flask, lead: Person) -> None:
    made = a_project(by=lead, key="INV-2")
    a_checklist(made, by=lead)
    (result,) = written(made)[1]["results"]
    assert (sorted(result), result["reviewed-controls"]["control-selections"]) == (
        ["description", "props", "reviewed-controls", "start", "title", "uuid"], [{"description": "No question is answered yet."}],
    )


def test_page_and_command_give_the_file(app: Flask, client: Inspector, project: Project, lead: Person, tmp_path: Path) -> None:
    commit()
    client.sign_in(lead)
    number = checklists_of_project(project.id)[1].checklist.id
    answer = client.get(f"/projects/INV-1/reports/checklists/{number}/oscal.json")
    assert (answer.status_code, answer.mimetype) == (200, oscal.MEDIA_TYPE)
    assert [each["title"] for each in answer.get_json(force=True)["assessment-results"]["results"]] == ["ISO 9001:2015"]
    assert client.get(f"/projects/INV-1/reports/checklists/{number}/oscal.json?level=all").status_code == 404
    assert client.get("/projects/INV-1/reports/checklists/99/oscal.json").status_code == 404
    assert "oscal.json" in client.get(f"/projects/INV-1/checklists/{number}").get_data(as_text=True)
    settings: Settings = app.extensions["ninefold"]
    file = tmp_path / "r.json"
    done = CliRunner().invoke(command, ["inv-1", "--checklist", "iso9001_2015", "-o", str(file)], obj=settings)
    assert (done.exit_code, len(json.loads(file.read_bytes())["assessment-results"]["results"])) == (0, 1)
    wrong = CliRunner().invoke(command, ["INV-1", "--checklist", "iso9001_2105", "-o", str(file)], obj=settings)
    assert (wrong.exit_code, "The nearest is iso9001_2015." in wrong.output) == (2, True)
