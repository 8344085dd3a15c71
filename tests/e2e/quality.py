"""Small projects for the stories of the quality lead just before each begins, and one with a row on each page of theirs."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from tests.conftest import opened
from tests.e2e.stories import WAYS, person_of
from tests.factories.audits import LINES, a_line, an_audit, an_opened_audit, conclude
from tests.factories.checklists import a_checklist, a_recurrence, an_answer
from tests.factories.evidence import a_link
from tests.factories.findings import a_finding, a_treated_finding
from tests.factories.oversight import a_hand_over, a_review, a_review_action
from tests.factories.people import PASSWORD, a_member
from tests.factories.projects import a_project
from tests.factories.reports import a_decision
from tests.factories.risks import a_risk
from tests.factories.standards import a_draft, a_mapping
from workbench import clock
from workbench.checklists.actions import start_due_checklists
from workbench.checklists.queries import asked_of
from workbench.checklists.rules import AnswerState
from workbench.config import Settings
from workbench.findings.actions import dispose_finding
from workbench.findings.rules import Disposition, FindingKind
from workbench.lifecycle.rules import Outcome
from workbench.oversight.actions.reviews import add_decision, hold_review
from workbench.oversight.rules.reviews import DecisionKind
from workbench.people.models import Person
from workbench.people.rules import Function, Hub, Role
from workbench.projects.models import Project
from workbench.web import transactions

ISO = "iso9001_2015"
LETTERS = {
    "q": Role.QUALITY_LEAD,
    "p": Role.PROJECT_MANAGER,
    "t": Role.AUDITOR,
    "c": Role.CONTRIBUTOR,
}  # q leads quality, p the project, t audits and had no part in anything, c is Claire, who leaves
MODES = ("plain", "silent")  # with scripts in English, without them in French


def prepare(home: Path) -> None:
    """A project of each story in each of the two ways, and the people."""
    with opened(Settings(home=home, testing=True)):
        for way in MODES:
            people = {letter: person_of(f"{letter}-{way}", role, WAYS[way]) for letter, role in LETTERS.items()}
            for number, story in STORIES.items():
                project = a_project(by=people["q"], key=f"{way.upper()}-{number}", name=f"Story {number}")
                a_member(project, people["p"], role=Role.PROJECT_MANAGER, functions=[Function.PROJECT_MANAGER])
                a_member(project, people["c"], hub=Hub.TECHNICAL)
                story(project, people)
        transactions.commit()


def inherited(project: Project, people: dict[str, Person]) -> None:
    """Story 1: Claire owns two findings, a risk and an action."""
    claire = people["c"]
    a_finding(project, by=people["p"], owner_id=claire.id)
    a_finding(project, by=people["p"], owner_id=claire.id, statement="The list is a month old.")
    a_risk(project, by=people["p"], owner_id=claire.id)


def covered(project: Project, people: dict[str, Person]) -> None:
    """Story 2: three checklists begun, a clause said to be satisfied without evidence."""
    a_checklist(project, by=people["q"])
    mine = a_checklist(project, by=people["q"], pack=ISO)
    a_checklist(project, by=people["q"], pack="iso20000_1_2018")
    an_answer(project, mine, "8.4.1-1", by=people["q"])


def rekeyed(project: Project, people: dict[str, Person]) -> None:
    """Story 3: a line that says what the trial showed; a finding that the quality lead treated forty days ago."""
    mine = a_checklist(project, by=people["q"], pack=ISO)
    an_answer(project, mine, "8.5.6-1", by=people["p"], state=AnswerState.MINOR, note="Quantities are typed by hand.")
    a_link(project, by=people["p"], title="Run of the trial")
    today = clock.now()
    clock.fix(today - timedelta(days=40))
    a_treated_finding(project, by=people["q"], owner_id=people["q"].id)
    clock.fix(None)


def audited(project: Project, people: dict[str, Person]) -> None:
    """The audit walk: the project manager did some work here, the auditor none."""
    a_risk(project, by=people["p"])


def counted(project: Project, people: dict[str, Person]) -> None:
    """Story 6: gate 1 passed, three findings: one overdue, one closed; an audit planned."""
    a_decision(project, 1, Outcome.PASS, by=people["q"])
    a_finding(project, by=people["p"], due_on=clock.today() - timedelta(days=3))
    a_finding(project, by=people["p"], kind=FindingKind.MAJOR)
    seen = a_finding(project, by=people["p"], kind=FindingKind.OBSERVATION)
    dispose_finding(
        project=project, finding=seen, disposition=Disposition.DECLINED, reason="Seen once only.", by=people["q"]
    )
    an_audit(project, by=people["q"])


def begun(project: Project, people: dict[str, Person]) -> None:
    """The walk of a pack: nothing yet."""


STORIES = {1: inherited, 2: covered, 3: rekeyed, 6: counted, 19: audited, 20: begun}


def show(home: Path) -> None:
    """A project that has something on every page of audits, findings, packs, reviews and hand-overs; q-plain reads them."""
    with opened(Settings(home=home, testing=True)):
        people = {letter: person_of(f"{letter}-plain", role, "en") for letter, role in LETTERS.items()}
        lead, claire = people["q"], people["c"]
        project = a_project(by=lead, key="SHOW-1", name="Every page")
        a_member(project, people["p"], role=Role.PROJECT_MANAGER, functions=[Function.PROJECT_MANAGER])
        a_member(project, claire, hub=Hub.TECHNICAL)
        a_checklist(project, by=lead)
        rekeyed(project, people)
        _audited(project, people)
        _repeated(project, lead)
        a_hand_over(
            project, by=lead, person=claire, picks={f"risks:{a_risk(project, by=lead, owner_id=claire.id).id}": lead}
        )
        inherited(project, people)
        a_draft(by=lead)
        a_mapping(by=lead)
        _reviewed(people)
        transactions.commit()


def _audited(project: Project, people: dict[str, Person]) -> None:
    auditor = people["t"]
    audit = an_opened_audit(project, by=people["q"], lead=auditor)
    for part in LINES:
        a_line(project, audit, part, by=auditor)
    conclude(project, audit, auditor)


def _repeated(project: Project, lead: Person) -> None:
    a_member(project, lead, functions=[Function.QUALITY_LEAD])
    a_recurrence(project, by=lead, starts_on=date(2026, 1, 5), unit="weeks")
    for day in (5, 12):
        made = start_due_checklists(date(2026, 1, day), project_id=project.id)[0]
        for key in list(asked_of(made))[: day // 2]:
            an_answer(project, made, key, by=lead)


def _reviewed(people: dict[str, Person]) -> None:
    lead = people["q"]
    review = a_review(by=lead, period_to=clock.today(), planned_on=clock.today())
    a_review_action(review, by=lead, owner=people["p"])
    add_decision(review=review, kind=DecisionKind.IMPROVEMENT, text="Ask for the export at each renewal.", by=lead)
    hold_review(review=review, held_on=clock.today(), participants="Director", next_on=None, password=PASSWORD, by=lead)
