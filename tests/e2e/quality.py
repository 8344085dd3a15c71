"""Small projects for the stories of the quality lead, and the people of each, just before the story begins."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.conftest import opened
from tests.e2e.stories import WAYS, person_of
from tests.factories.audits import an_audit
from tests.factories.checklists import a_checklist, an_answer
from tests.factories.evidence import a_link
from tests.factories.findings import a_finding, a_treated_finding
from tests.factories.people import a_member
from tests.factories.projects import a_project
from tests.factories.reports import a_decision
from tests.factories.risks import a_risk
from workbench import clock
from workbench.checklists.rules import AnswerState
from workbench.config import Settings
from workbench.findings.actions import dispose_finding
from workbench.findings.rules import Disposition, FindingKind
from workbench.lifecycle.rules import Outcome
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
