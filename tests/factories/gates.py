"""What each gate measures, made true through the actions of the subjects. See `a_ready_gate` in lifecycle.py."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from tests.factories.adoption import a_measure
from tests.factories.evidence import a_file, a_link
from tests.factories.inquiry import a_baseline, a_consultation, a_need, a_source, an_objective
from tests.factories.paths import a_hypothesis, a_meeting, a_path
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.tools import a_limitation, a_tool
from tests.factories.trials import a_run, golden_files
from workbench import clock
from workbench.adoption.actions import note_reading, verify_adoption
from workbench.adoption.registers import BENEFITS, REEVALUATIONS
from workbench.changes import actions as changes
from workbench.changes.models import RequestForChange
from workbench.changes.registers import ACCEPTANCE
from workbench.changes.rules import ChangeType, RequestState
from workbench.database import db
from workbench.inquiry.models import Baseline
from workbench.inquiry.rules import ContributionKind, SourceKind
from workbench.lifecycle.actions import write_artefact
from workbench.lifecycle.artefacts.source_of_issue import SourceOfIssue
from workbench.lifecycle.artefacts.standards_applicability import StandardsApplicability
from workbench.lifecycle.artefacts.swot import Swot
from workbench.lifecycle.artefacts.synthesis import Synthesis
from workbench.lifecycle.artefacts.trial_plan import TrialPlan
from workbench.paths.actions import choose_path, confirm_path
from workbench.paths.models import Hypothesis
from workbench.paths.queries import chosen
from workbench.paths.rules import Verdict
from workbench.people.models import Membership, Person
from workbench.people.rules import Function, Hub
from workbench.practices import actions as practices
from workbench.practices import queries as practice_queries
from workbench.practices.models import PracticeRole, PracticeTask, PracticeUser
from workbench.practices.registers import CHANNELS, OLD_WAYS, ROLES, SUPPORT, TASKS, USERS
from workbench.projects.models import Project
from workbench.projects.rules import Layer
from workbench.registers.actions import add_record
from workbench.tools.actions import decide_limitation
from workbench.tools.rules import Decision
from workbench.trials.actions import dispose, judge_hypothesis
from workbench.trials.queries import open_rows
from workbench.trials.queries import run as run_of
from workbench.trials.rules import Decision as RowDecision

LATER = timedelta(days=60)


def colleague(project: Project, name: str, hub: Hub, *functions: Function) -> Person:
    """The member of this name, made once; with a password to sign."""
    wanted = select(Person).join(Membership, Membership.person_id == Person.id)
    found = db.session.scalar(wanted.where(Membership.project_id == project.id, Person.name == name))
    if found is not None:
        return found
    person = a_person(name=name, password=PASSWORD)
    a_member(project, person, hub=hub, functions=functions)
    return person


def observed(project: Project, *, by: Person, home: Path | None = None) -> None:
    """Gate 1: a tool, the SWOT with evidence, the source of the issue, a measurable objective, a baseline."""
    a_tool(project=project)
    proof = a_link(project, by=by, title="Observation").code
    entry = ({"statement": "seen on site", "evidence": proof},)
    swot = Swot(strengths=entry, weaknesses=entry, opportunities=entry, threats=entry)
    write_artefact(project=project, artefact=swot, by=by)
    source = SourceOfIssue("practice", "operational", "counts are typed twice", "no tool stands in the way")
    write_artefact(project=project, artefact=source, by=by)
    an_objective(project, by=by, baseline="140", target="0")
    a_baseline(project, by=by)


def researched(project: Project, *, by: Person, home: Path | None = None) -> None:
    """Gate 2: a need with two kinds of source, one of them independent, and what they taught."""
    need = a_need(project, by=by)
    a_source(project, by=by, need_id=need.id)
    a_source(project, by=by, need_id=need.id, kind=SourceKind.METHOD)
    write_artefact(project=project, artefact=Synthesis(by_need=({"need": need.code, "text": "It can be done."},)), by=by)
    write_artefact(project=project, artefact=StandardsApplicability(), by=by)


def consulted(project: Project, *, by: Person, home: Path | None = None) -> None:
    """Gate 3: each hub and the layer of the tool heard."""
    for hub in Hub:
        a_consultation(project, by=by, layer=Layer.INTERNAL, hub=hub, kind=ContributionKind.OPINION)
    a_consultation(project, by=by, layer=Layer.EDITOR, kind=ContributionKind.ADVICE)


def identified(project: Project, *, by: Person, home: Path | None = None) -> None:
    """Gate 4: a path chosen beside the present way, and a trial with bounds."""
    path = a_path(project, by=by)
    choose_path(project=project, path=path, reason="it covers the need", by=by)
    a_hypothesis(project, by=by)
    today = clock.today()
    plan = TrialPlan(
        success_measure="no unexplained row", stop_rule="any change of live data", data_used="one month", masking="names",
        begins=today.isoformat(), ends_on=(today + LATER).isoformat(),
    )
    write_artefact(project=project, artefact=plan, by=by)


def tried(project: Project, *, by: Person, home: Path | None = None) -> None:
    """Gate 5: a run with every row settled, hypotheses judged, the way back rehearsed, the three hubs told."""
    assert home is not None
    run = a_run(project=project, by=by, home=home, files=golden_files(home / f"golden-{project.id}", 1))
    for row in open_rows(project.id):
        found = run_of(project.id, row.run)
        assert found is not None
        dispose(run=found, row_key=row.key, decision=next(iter(RowDecision)), reason="agreed", by=by)
    for each in db.session.scalars(select(Hypothesis).where(Hypothesis.project_id == project.id)):
        judge_hypothesis(
            project=project, hypothesis=each, verdict=Verdict.HELD, run_number=run.number, got="42 minutes", by=by
        )
    a_meeting(project, by=by, purpose="presentation", held_on=clock.today())
    limitation = a_limitation(project, a_tool(project=project), by=by)
    decide_limitation(project=project, limitation=limitation, decision=Decision.WAIT, reason="the editor answers", by=by)
    path = chosen(project.id)
    if path is not None:
        confirm_path(project=project, path=path, reason="the run explained every row", by=by)
    _a_change(project, by=by, home=home)


def _a_change(project: Project, *, by: Person, home: Path) -> None:
    plan = a_file(project, by=by, home=home, title="Promotion plan", filename="plan.csv", data=b"contract;units\nC-1;3\n")
    request = changes.draft_request(
        project=project, title="Bill from the mapping", by=by, change_type=ChangeType.STANDARD, reason="less typing",
        back_out_plan="put the old file back", likelihood=1, impact_level=1, items_touched="the mapping",
        affected="billing", data_involved="counts", implementation_plan="one evening", tests="one month",
        communication="a note", window_start=clock.now() + timedelta(days=1), window_end=clock.now() + timedelta(days=2),
    )
    changes.attach_plan(project=project, request_for_change=request, evidence_id=plan.id, home=home, by=by)
    changes.rehearse(
        project=project, request_for_change=request, held_on=clock.today(), observed_by="Tara", result="ok", minutes=20, by=by
    )


def integrated(project: Project, *, by: Person, home: Path | None = None) -> None:
    """Gate 6: the change of gate 5 authorised, and an acceptance run with equal totals."""
    clerk = colleague(project, "Ada Administration", Hub.ADMINISTRATION, Function.PROCESS_OWNER)
    technician = colleague(project, "Tara Technician", Hub.TECHNICAL, Function.TECHNICAL_LEAD)
    for request in db.session.scalars(select(RequestForChange).where(RequestForChange.project_id == project.id)).all():
        changes.submit_request(
            project=project, request_for_change=request, asked=[clerk.id, technician.id],
            due_on=clock.today() + timedelta(days=5), by=by,
        )
        for approver in (clerk, technician):
            if request.standing is RequestState.SUBMITTED:
                changes.decide_request(
                    project=project, request_for_change=request, verdict="approved", reason="in order", password=PASSWORD,
                    by=approver,
                )
    facts = {
        "period": "2026-01", "trial_run_number": None, "expected_units": 62, "got_units": 62, "expected_amount": "345.50",
        "got_amount": "345.50", "currency": "EUR", "note": "",
    }
    add_record(ACCEPTANCE, project=project, facts=facts, by=by)


def familiarised(project: Project, *, by: Person, home: Path | None = None) -> None:
    """Gate 7: a role with its approved instruction, a user who practised under observation, support tried."""
    clerk = colleague(project, "Ada Administration", Hub.ADMINISTRATION, Function.PROCESS_OWNER)
    technician = colleague(project, "Tara Technician", Hub.TECHNICAL, Function.TECHNICAL_LEAD)
    role: PracticeRole = add_record(
        ROLES, project=project, facts={"name": "billing clerk", "is_critical": True, "changes": "", "headcount": 1}, by=by
    )
    user: PracticeUser = add_record(
        USERS, project=project, by=by,
        facts={
            "role_id": role.id, "person_id": clerk.id, "name": "", "hub": Hub.ADMINISTRATION, "is_occasional": False,
            "is_champion": False,
        },
    )
    text = practices.write_instruction(
        project=project, title="Monthly invoices", body="Fetch the export.", role_id=role.id, by=by
    )
    practices.approve_instruction(project=project, instruction=text, password=PASSWORD, by=technician)
    task: PracticeTask = add_record(
        TASKS, project=project, by=by,
        facts={"role_id": role.id, "title": "one invoice", "steps": "", "in_sandbox": True, "instruction_id": text.id},
    )
    line = practice_queries.user(project.id, user.id)
    assert line is not None
    practices.record_task_done(
        project=project, task=task, user=line, done_on=clock.today(), observer_id=technician.id, by=by
    )
    support = {
        "who": "service desk", "channel": "phone", "hours": "9 to 5", "procedure": "call", "tested_on": clock.today(),
        "tested_by_id": technician.id, "result": "worked",
    }
    add_record(SUPPORT, project=project, facts=support, by=by)


def informed(project: Project, *, by: Person, home: Path | None = None) -> None:
    """Gate 8: the instruction read, one channel for the message, the day on which the old way stops told."""
    clerk = colleague(project, "Ada Administration", Hub.ADMINISTRATION, Function.PROCESS_OWNER)
    for line in practice_queries.users(project.id):
        for edition in practice_queries.in_force(project.id):
            kept = practice_queries.edition_of_project(project.id, edition.id)
            assert kept is not None
            practices.acknowledge_edition(project=project, edition=kept, user=line, by=clerk)
    channel = {
        "message": "invoices come from the mapping", "audience": "billing", "channel": "e-mail", "criterion": "all of them",
        "owner_id": clerk.id, "cadence": "once", "minutes_per_month": 5, "is_primary": True,
    }
    add_record(CHANNELS, project=project, facts=channel, by=by)
    way = {
        "what": "typing counts", "stops_on": clock.today() + LATER, "disabled": "", "exceptions": "",
        "told_on": clock.today(), "announcement_id": None, "closed_on": None,
    }
    add_record(OLD_WAYS, project=project, facts=way, by=by)


def adopted(project: Project, *, by: Person, home: Path | None = None) -> None:
    """Gate 9: eight good weeks, the benefit measured, a later look set, the counts verified by somebody else."""
    measure = a_measure(project, by=by)
    monday = clock.today() - timedelta(days=clock.today().weekday(), weeks=9)
    for week in range(8):
        note_reading(
            project=project, measure=measure, week_of=monday + timedelta(weeks=week), new_way=100, old_way=0, by=by
        )
    for each in db.session.scalars(select(Baseline).where(Baseline.project_id == project.id)).all():
        facts = {"baseline_id": each.id, "value_now": "1", "measured_on": clock.today(), "saving": ""}
        add_record(BENEFITS, project=project, facts=facts, by=by)
    later: dict[str, date | str | None] = {
        "due_on": clock.today() + LATER, "who_id": None, "look_at": "the share", "done_on": None, "found": "",
    }
    add_record(REEVALUATIONS, project=project, facts=later, by=by)
    technician = colleague(project, "Tara Technician", Hub.TECHNICAL, Function.TECHNICAL_LEAD)
    verify_adoption(project=project, statement="counted again", password=PASSWORD, by=technician)


MEASURED = {
    1: observed, 2: researched, 3: consulted, 4: identified, 5: tried, 6: integrated, 7: familiarised, 8: informed, 9: adopted,
}
