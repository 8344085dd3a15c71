"""Reports in the other language: frozen criteria, a company without a name; and what a piece of evidence proves, once."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask
from flask_babel import force_locale

from tests.factories.evidence import a_file
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.reports.briefs import brief_of
from workbench import clock
from workbench.checklists.actions import attach_evidence, start_checklist
from workbench.config import Settings
from workbench.lifecycle.gates import gates_of, snapshot
from workbench.people.rules import Role
from workbench.reports import document, queries, words


def test_frozen_criteria_are_worded_in_the_language_of_the_report(app: Flask) -> None:
    with app.test_request_context():
        project = a_project(by=a_person(role=Role.QUALITY_LEAD))
        with force_locale("en"):
            english = gates_of(project_id=project.id, key=project.key, on=clock.today(), language="en")[1]
            frozen = snapshot(project, english[7], 1)
        with force_locale("fr"):
            french = gates_of(project_id=project.id, key=project.key, on=clock.today(), language="fr")[1]
        labels = {each.key: each.label for each in french[7].conditions}
        for each in frozen["conditions"]:
            if each["key"] == "instructions_read":  # signed where another share was asked for
                each["label"] = re.sub("[0-9]+", "61", each["label"])
            if each["key"] == "old_way_ends":
                each["key"] = "asked_once"
        told = {each["key"]: (each["label"], each["reason"]) for each in words.measured(frozen, french)}
    assert told["steps_before_passed"] == (labels["steps_before_passed"], "Not passed yet: steps 1, 2, 3, 4, 5, 6.")
    assert labels["steps_before_passed"] == "Les étapes précédentes sont franchies"
    assert told["instructions_read"][0] == "At least 61 % of the users have read the instructions in force"
    assert told["asked_once"][0] == "The day on which the old way stops is set and told"


def test_what_a_piece_proves_is_listed_once_whatever_the_number_of_checklists(app: Flask, home: Path) -> None:
    with force_locale("en"):
        by = a_person(role=Role.QUALITY_LEAD)
        project = a_project(by=by)
        piece = a_file(project, by=by, home=home)
        for occasion in ("", "A-2026-01"):
            checklist = start_checklist(project=project, pack_id="iso9001_2015", by=by, occasion=occasion)
            attach_evidence(project=project, checklist=checklist, item_key="8.5.6-1", evidence=piece, by=by)
        pages = [document.html(key, brief_of(project, home)) for key in ("audit_report", "evidence_index")]
    assert [page.count("8.5.6-1, 8.5.6-1") for page in pages] == [0, 0]
    assert "<td>8.5.6-1</td>" in pages[0]


def test_a_company_without_a_name_is_called_in_the_language_of_the_report(app: Flask, home: Path) -> None:
    with app.test_request_context(), force_locale("en"):
        named = [queries.identity(home, Settings.organisation, language).organisation for language in ("", "en", "fr")]
        assert queries.identity(home, "Example & Sons", "fr").organisation == "Example & Sons"
    assert named == ["Our organisation", "Our organisation", "Notre organisation"]
