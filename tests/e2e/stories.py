"""Small projects for the stories, each just before its story begins; one set for each way of looking at the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from tests.conftest import opened
from tests.factories.adoption import a_measure
from tests.factories.evidence import a_link
from tests.factories.inquiry import an_objective
from tests.factories.lifecycle import a_decision, a_ready_gate
from tests.factories.paths import a_path
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.practices import a_role, a_user, an_approval, an_instruction
from tests.factories.projects import a_project
from tests.factories.tools import a_limitation, a_tool
from workbench import clock
from workbench.adoption.actions import note_reading
from workbench.config import Settings
from workbench.people.models import Person
from workbench.people.rules import Function, Hub, Role
from workbench.practices.actions import acknowledge_edition
from workbench.practices.queries import edition_of_project, in_force
from workbench.projects.models import Project
from workbench.web import transactions

WAYS = {"plain": "en", "bare": "en", "french": "fr"}  # bare: without scripts
WEEKS = 8


def prepare(home: Path) -> None:
    """Every project of every way, and the people: q-plain@… the quality lead, p-… the manager, a-… the adoption reviewer."""
    with opened(Settings(home=home, testing=True)):
        for way, language in WAYS.items():
            people = {
                letter: _person(f"{letter}-{way}", role, language)
                for letter, role in (("q", Role.QUALITY_LEAD), ("p", Role.PROJECT_MANAGER), ("a", Role.CONTRIBUTOR))
            }
            for number, story in STORIES.items():
                project = a_project(by=people["q"], key=f"{way.upper()}-{number}", name=f"Story {number}")
                a_member(project, people["p"], role=Role.PROJECT_MANAGER, functions=[Function.PROJECT_MANAGER])
                a_member(project, people["a"], hub=Hub.TECHNICAL, functions=[Function.ADOPTION_LEAD])
                story(project, people, home)
        transactions.commit()


def _person(name: str, role: Role, language: str) -> Person:
    person = a_person(role=role, name=name, language=language, password=PASSWORD)
    person.email = f"{name}@example.test"
    return person


def decided(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 5: gate 1 is passed, signed by the quality lead."""
    sponsor = a_person(name="Sam Sponsor")
    a_member(project, sponsor, functions=[Function.SPONSOR])
    a_ready_gate(project, 1, by=people["p"], home=home)
    a_decision(project, 1, by=people["q"], keys=home / "keys")


def begun(project: Project, people: dict[str, Person], home: Path) -> None:
    """Stories 7 and 8: nothing but a piece of evidence and a tool."""
    a_link(project, by=people["p"], title="Observation")
    a_tool(project=project, name=f"Nimbus PSA {project.key}")


def compared(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 9: three ways forward, and the limitation that strikes the first."""
    tool = a_tool(project=project, name=f"Nimbus PSA {project.key}")
    a_limitation(project, tool, by=people["p"], statement="No export per customer")
    for name in ("Full interface", "File and mapping", "By hand with a list"):
        a_path(project, by=people["p"], name=name)


def missed(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 13: an objective that was not reached, and two limitations."""
    tool = a_tool(project=project, name=f"Nimbus PSA {project.key}")
    a_member(project, people["q"], functions=[Function.QUALITY_LEAD])
    for statement in ("No export per customer", "No automatic charge"):
        a_limitation(project, tool, by=people["p"], statement=statement)
    an_objective(project, by=people["p"], statement="Full automation of the invoices")


def read_once(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 14: edition 1 in force, read by everybody of its role."""
    role = a_role(project, by=people["p"])
    user = a_user(project, role, by=people["p"], person_id=people["a"].id, name="")
    text = an_instruction(project, by=people["p"], role="", role_id=role.id)
    an_approval(project, text, by=people["q"])
    edition = edition_of_project(project.id, in_force(project.id)[0].id)
    assert edition is not None
    acknowledge_edition(project=project, edition=edition, user=user, by=people["a"])


def counted(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 15: six of eight weeks within the limit, just a habit."""
    measure = a_measure(project, by=people["p"])
    monday = clock.today() - timedelta(days=clock.today().weekday(), weeks=WEEKS)
    for week in range(WEEKS):
        old = 40 if week < 2 else 0
        day = monday + timedelta(weeks=week)
        note_reading(project=project, measure=measure, week_of=day, new_way=100, old_way=old, by=people["p"])


STORIES: dict[int, Callable[[Project, dict[str, Person], Path], None]] = {
    5: decided, 7: begun, 8: begun, 9: compared, 13: missed, 14: read_once, 15: counted,
}
