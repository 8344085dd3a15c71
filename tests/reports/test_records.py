"""The records of the steps in the report: every register and board, nothing guarded, as many questions whatever the number."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from tests.factories.inquiry import a_consultation, an_objective
from tests.factories.people import a_person
from tests.factories.practices import an_instruction
from tests.factories.projects import a_project
from tests.factories.reports import SECRET_PARTY, SECRET_VOICE, a_decision
from tests.factories.risks import a_risk
from tests.factories.walked import SECRET_WORDS, a_walked_project
from tests.reports.conftest import Building, text_of
from workbench import clock
from workbench.changes.actions import draft_request
from workbench.inquiry.registers import CONSULTATIONS
from workbench.lifecycle.queries import timeline
from workbench.lifecycle.rules import Outcome, StepState
from workbench.lifecycle.steps import STEPS
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.projects.rules import Layer
from workbench.reports import document, queries
from workbench.reports.boards import boards
from workbench.reports.judging import _why_open
from workbench.reports.records import chapters, sheet_of, widths
from workbench.reports.rules import Brief, Identity
from workbench.trail.actions import checkpoint

SECRETS = (SECRET_PARTY, SECRET_VOICE, "Verhaeghe", "Quenneville", SECRET_WORDS)


def brief_of(project: Project, home: Path, language: str = "en") -> Brief:
    """What a report on this project is asked for."""
    signed = checkpoint(keys=home / "keys", reason="test")
    return Brief(project, language, Identity("Nordpont"), queries.point_of(signed, home / "keys"))


def test_widths_come_to_a_hundred() -> None:
    columns = [["No.", "N-1"], ["What is needed", "quantities are not typed twice " * 9], ["Priority", "must"]]
    assert widths(columns) == (12, 70, 18)
    assert sum(widths([["x" * 90] for _column in range(12)])) == 100


def test_an_empty_project_names_every_register_and_document_in_one_line(app: Flask, home: Path) -> None:
    with force_locale("en"):
        found = chapters(brief_of(a_project(), home))
        assert [(each.documents, each.sheets, each.map) for each in found] == [((), (), None)] * 9
        assert [each.empty for each in found] == [tuple(str(one.title) for one in step.records) for step in STEPS]
        assert [each.unwritten for each in found] == [tuple(one.TITLE[0] for one in step.artefacts) for step in STEPS]


def test_a_guarded_field_is_told_to_nobody(app: Flask) -> None:
    with force_locale("en"):
        by = a_person()
        project = a_project(by=by)
        a_consultation(project, said_by=SECRET_VOICE, layer=Layer.EDITOR, statement=SECRET_WORDS, has_consent=False, by=by)
        row = sheet_of(CONSULTATIONS, project.id).rows[0]
    assert [each.text for each in row.cells[1:4]] == ["Kept confidential.", "caution", "a person at the editor"]
    assert [each.text for each in (*row.cells, *row.more) if any(one in each.text for one in SECRETS)] == []


def test_fields_without_a_column_stand_below_their_row(app: Flask) -> None:
    with force_locale("en"):
        by = a_person()
        project = a_project(by=by)
        a_risk(project, by=by, likelihood=4, impact=5, measures="Control totals")
        from_register = next(each for step in STEPS for each in step.records if each.key == "risks")
        row = sheet_of(from_register, project.id).rows[0]
    assert [each.text for each in row.more] == ["4 likely", "5 severe", "Control totals"]
    assert [(each.text, each.look) for each in row.cells[5:7]] == [("20 critical", "major"), ("20 critical", "major")]


def test_the_questions_asked_do_not_grow_with_the_records(
    app: Flask, home: Path, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    counted = []
    for number in (1, 10, 100):
        with force_locale("en"):
            by = a_person()
            project = a_project(by=by)
            for _each in range(number):
                a_risk(project, by=by)
                an_objective(project, by=by)
                an_instruction(project, by=by)
                draft_request(project=project, title="Bill from the mapping", by=by)
            brief = brief_of(project, home)
            with count_queries() as seen:
                chapters(brief)
                boards(project.id, ())
            counted.append(len(seen))
    assert counted == [counted[0]] * 3


def test_management_reads_which_gate_is_held_open_again_or_looped_back_to(app: Flask) -> None:
    with force_locale("en"):
        by = a_person(role=Role.QUALITY_LEAD)
        project = a_project(by=by)
        a_decision(project, 1, Outcome.HOLD, by=by, reason="The owner is ill.")
        held = timeline(project.id)
        a_decision(project, 1, Outcome.PASS, by=by)
        a_decision(project, 2, Outcome.BACK, by=by, back_to=1)
        back = timeline(project.id)
        back[8].state = StepState.REOPENED
        assert [text for each in held if (text := _why_open(each))] == [
            "Gate 1 is held since D-1: The owner is ill. (section 6)"
        ]
        assert [text for each in back if (text := _why_open(each))] == [
            "Gate 1 is to be decided again, in pass 2 of its step (section 6)",
            "Gate 9 is open again after a relapse (section 6)",
        ]


def test_the_clock_reads_as_of_a_moment_and_runs_on_after_it() -> None:
    moment = datetime(2024, 2, 3, 4, 5, tzinfo=UTC)
    with clock.as_of(moment):
        assert (clock.now(), clock.today()) == (moment, moment.date())
    assert clock.now() > moment


@pytest.fixture(scope="module")
def english(building: Building) -> str:
    """The text of the English report, spaces made one."""
    return re.sub(r"\s+", " ", text_of(building.english, "-layout"))


SAID = (
    "cause: L-01: no export by client.",
    "followed by O1b",
    "20 critical",
    "Let the portal charge by itself",
    "No count by client leaves the portal.",
    "P1 comes first.",
    "K-1 Quantities by client: ten per cent more or less changes nothing.",
    "no L-01",
    "at most 500",
    "RFC-1 · Bill from the mapping",
    "Ada Administration",
    "went well",
    "Review after the change",
    "S3 counted twice for one client",
    "1 of 1 (100 %)",
    "1 message goes out on more than one channel. That costs 30 minutes a month.",
    "Limit: at most 5 % of the cases the old way. Window: the last 8 weeks, of which 6 must be within the limit.",
    "within 5 % in 8 of the last 8 weeks",
    "within 10 % in 7 of the last 8 weeks",
    "The habit was lost again: within 5 % in 5 of the last 8 weeks",
    "Two offers were compared late.",
    "The gates as they stand",
    "Straight box: tool.",
    "Nothing recorded: Promises.",
)


@pytest.mark.pdf
@pytest.mark.parametrize("sentence", SAID)
def test_the_report_says(english: str, sentence: str) -> None:
    assert sentence in english


@pytest.mark.pdf
@pytest.mark.parametrize("language", ["english", "french"])
def test_every_record_of_the_steps_is_printed(building: Building, language: str) -> None:
    words = set(re.split(r"[\s,;()]+", text_of(getattr(building, language), "-layout")))
    codes = {"B-1", "N-1", "O2", "K-2", "R-1", "S-2", "C-7", "L-03", "P2", "H-1", "M-1", "RFC-2", "AR-2", "RO-2", "U-1", "T-1"}
    codes |= {"SC-1", "CH-3", "OW-1", "WI-2", "AM-2", "BF-1", "LE-1", "RV-1"}
    assert sorted(codes - words) == []


@pytest.mark.pdf
def test_a_confidential_name_is_in_no_file_that_leaves(building: Building) -> None:
    with zipfile.ZipFile(io.BytesIO(building.bundle)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files |= {f"{name}.txt": text_of(getattr(building, name)).encode() for name in ("english", "french")}
    files |= {"english": building.english, "french": building.french, "bundle": building.bundle}
    assert [(name, one) for name, data in files.items() for one in SECRETS if one.encode() in data] == []


def test_a_confidential_name_is_in_no_page_of_the_report_and_no_answer_of_the_interface(
    app: Flask, home: Path, client: FlaskClient
) -> None:
    with force_locale("en"):
        case = a_walked_project(home)
        told = [document.html("audit_report", brief_of(case.project, home, each)) for each in ("en", "fr")]
    client.sign_in(case.lead)  # type: ignore[attr-defined]
    told.append(client.get("/api/v1/projects/INV-1/lifecycle").text)
    assert '"step' in told[-1]
    assert [one for text in told for one in SECRETS if one in text] == []
