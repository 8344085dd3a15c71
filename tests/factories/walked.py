"""A project with something in every chapter of the records of the steps, for the reports."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from tests.factories.adoption import a_measure, a_relapse
from tests.factories.changes import an_acceptance_run, an_exception
from tests.factories.gates import MEASURED
from tests.factories.inquiry import a_consultation, a_criterion
from tests.factories.practices import a_practice_record, a_role, an_instruction
from tests.factories.reports import SECRET_PARTY, Audited, an_audited_project
from tests.factories.risks import a_risk
from workbench.adoption.actions import note_reading
from workbench.adoption.registers import LESSONS
from workbench.changes import actions as changes
from workbench.changes.forms import QUESTIONS
from workbench.changes.queries import requests_for_change
from workbench.inquiry.queries import criteria
from workbench.inquiry.rules import ContributionKind
from workbench.lifecycle.actions import write_artefact
from workbench.lifecycle.artefacts.raci import Raci
from workbench.lifecycle.artefacts.situation_map import SituationMap
from workbench.paths import actions as paths
from workbench.paths.queries import chosen
from workbench.paths.queries import paths as paths_of
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.queries import participants
from workbench.projects.rules import Layer
from workbench.registers.actions import add_record
from workbench.tools.actions import set_capability
from workbench.tools.queries import limitations_of_project, tools_of_project
from workbench.tools.rules import Able, CapabilityKind

SECRET_WORDS = "the portal sells its counts to a rival"
MONDAY = date(2025, 1, 6)


def a_walked_project(home: Path, *, key: str = "INV-1") -> Audited:
    """The audited project, and each of the nine steps with its records."""
    case = an_audited_project(home, key=key)
    project, by = case.project, case.lead
    _observed(project, by, case.sponsor)
    for step, measured in MEASURED.items():
        measured(project, by=by, home=home)
        if step == 4:
            _compared(project, by)
    _heard(project, by)
    _changed(project, by)
    _informed(project, by)
    _adopted(project, by)
    return case


def _observed(project: Project, by: Person, sponsor: Person) -> None:
    elements = (
        {"name": "Count the licences", "kind": "process", "hub": "technical", "holds": "Once a month, by hand"},
        {"name": "Type the contract", "kind": "process", "hub": "administration"},
        {"name": "Service desk", "kind": "actor", "hub": "technical"},
        {"name": "Counts by client", "kind": "data", "sensitivity": "confidential"},
    )
    connections = (
        {"source": "Service desk", "target": "Count the licences", "passes": "the list of clients", "how": "hand"},
        {"source": "Count the licences", "target": "Counts by client", "passes": "counts", "how": "file"},
        {"source": "Counts by client", "target": "Type the contract", "passes": "counts", "how": "hand"},
        {"source": "Type the contract", "target": "PSA", "passes": "contract lines", "how": "api"},
    )
    write_artefact(project=project, artefact=SituationMap(elements, connections), by=by)
    activities = ({"activity": "Fetch the export", "responsible": by.name, "accountable": sponsor.name},)
    write_artefact(project=project, artefact=Raci(activities), by=by)
    a_risk(project, by=by, statement="An invoice goes out twice.", likelihood=4, impact=5, measures="Control totals")
    for name, weight in (("Quantities by client", 60), ("Nothing typed twice", 40)):
        a_criterion(project, by=by, name=name, weight=weight)


def _compared(project: Project, by: Person) -> None:
    psa = next(each for each in tools_of_project(project.id) if each.name == "PSA")
    limitation = limitations_of_project(project.id)[0]
    set_capability(
        project=project, tool=psa, kind=CapabilityKind.EXPORT, state=Able.NO, by=by, limitation_id=limitation.id,
        note="The menu offers totals only.",
    )
    made = paths.describe_path(
        project=project, name="Let the portal charge by itself", by=by, tool_ids=[psa.id], needs=[f"{psa.id}:export"],
    )
    paths.kill_path(project=project, path=made, limitation=limitation, reason="No count by client leaves the portal.", by=by)
    taken = chosen(project.id)
    given = {
        (path.id, criterion.id): (5 - place if path is taken else 2 + place, "seen in the trial")
        for path in paths_of(project.id) for place, criterion in enumerate(criteria(project.id))
    }
    paths.score_paths(project=project, given=given, by=by)


def _heard(project: Project, by: Person) -> None:
    """The party of the confidential consultation is chosen from the list, not typed."""
    party = next(each for each in participants(project.id) if each.name == SECRET_PARTY)
    a_consultation(
        project, said_by=SECRET_PARTY, participant_id=party.id, layer=Layer.SUPPLIER, kind=ContributionKind.OPINION,
        statement=SECRET_WORDS, has_consent=False, is_confidential=True, by=by,
    )


def _changed(project: Project, by: Person) -> None:
    row = requests_for_change(project.id)[0]
    run = an_acceptance_run(project, by=by, got_units=33)
    an_exception(project, run, by=by)
    later = changes.draft_request(project=project, title="Drop the old price list", by=by)
    changes.withdraw_request(project=project, request_for_change=later, reason="It is kept for old invoices.", by=by)
    changes.schedule_change(project=project, request_for_change=row, by=by)
    assert row.window_start is not None
    changes.implement_change(
        project=project, request_for_change=row, actual_start=row.window_start - timedelta(days=9),
        actual_end=row.window_start - timedelta(days=8), by=by,
    )
    answers = dict.fromkeys(QUESTIONS, "as planned")
    changes.review_change(
        project=project, request_for_change=row, answers=answers, result="successful", reviewed_on=date(2026, 1, 5), by=by
    )


def _informed(project: Project, by: Person) -> None:
    role = a_role(project, by=by, name="account manager")
    an_instruction(project, by=by, title="What may be promised", role_id=role.id)
    for name in ("e-mail", "notice board"):
        a_practice_record(
            project, "channels", by=by, message="Prices change in May", audience="clients", channel=name,
            is_primary=name == "e-mail",
        )


def _adopted(project: Project, by: Person) -> None:
    measure = a_measure(project, by=by, behaviour="count fetched, not typed", counted_from="the ticket queue", limit_percent=10)
    for week in range(12):
        old = 30 if week in (0, 1, 2, 7) else 4
        note_reading(
            project=project, measure=measure, week_of=MONDAY + timedelta(weeks=week), new_way=100 - old, old_way=old, by=by
        )
    a_relapse(project, measure, by=by)
    lesson = {
        "happened": "Two offers were compared late.", "keep": "The trial first.", "change": "Ask for fees at once.",
        "for_whom": "sales", "owner_id": None,
    }
    add_record(LESSONS, project=project, facts=lesson, by=by)
