"""Small projects for the stories, each just before its story begins, and the people who look at them in three ways."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Response, expect

from tests.conftest import opened
from tests.e2e.pages import SignIn
from tests.factories.evidence import a_link
from tests.factories.gates import colleague
from tests.factories.inquiry import a_baseline, a_criterion, an_objective
from tests.factories.lifecycle import a_decision, a_ready_gate
from tests.factories.paths import a_path
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.practices import a_role, a_user, an_approval, an_instruction
from tests.factories.projects import a_project
from tests.factories.reports import a_decision as a_past_decision
from tests.factories.tools import a_limitation, a_tool
from workbench.adoption.actions import correct_reading, verify_adoption
from workbench.adoption.queries import measures, readings_by_week
from workbench.config import Settings
from workbench.lifecycle.rules import Outcome
from workbench.lifecycle.steps import STEPS
from workbench.people.models import Person
from workbench.people.rules import Function, Hub, Role
from workbench.practices.actions import acknowledge_edition, revise_instruction
from workbench.practices.models import WorkInstruction
from workbench.practices.queries import edition_of_project, in_force
from workbench.practices.rules import UserLine
from workbench.projects.models import Project
from workbench.projects.queries import project_with_key
from workbench.projects.rules import Layer
from workbench.reports import document
from workbench.reports.queries import point_of
from workbench.reports.rules import Brief, Identity
from workbench.trail.actions import checkpoint
from workbench.web import transactions

WAYS = {"plain": "en", "silent": "fr"}
WITHOUT_SCRIPTS = {"silent"}
MODES = ("plain", "silent")  # with scripts in English, without them in French
SESSIONS: dict[tuple[str, str], Any] = {}  # of who is signed in, by the server's address and their own


def prepare(home: Path) -> None:
    """Every project of every way, and the people: q-plain@… the quality lead, p-… the manager, a-… the adoption reviewer."""
    with opened(Settings(home=home, testing=True)):
        for way in MODES:
            people = {
                letter: person_of(f"{letter}-{way}", role, WAYS[way])
                for letter, role in (("q", Role.QUALITY_LEAD), ("p", Role.PROJECT_MANAGER), ("a", Role.CONTRIBUTOR))
            }
            for number, story in STORIES.items():
                project = a_project(by=people["q"], key=f"{way.upper()}-{number}", name=f"Story {number}")
                a_member(project, people["p"], role=Role.PROJECT_MANAGER, functions=[Function.PROJECT_MANAGER])
                a_member(project, people["a"], hub=Hub.TECHNICAL, functions=[Function.ADOPTION_LEAD])
                story(project, people, home)
        transactions.commit()


def person_of(name: str, role: Role, language: str) -> Person:
    """Somebody who signs in as name@example.test with the usual password."""
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
    """Story 7: nothing but a piece of evidence and a tool."""
    a_link(project, by=people["p"], title="Observation")
    a_tool(project=project, name=f"Nimbus PSA {project.key}")


def asked(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 8: gates 1 and 2 passed, a tool of each layer outside, and nobody heard yet."""
    for step in (1, 2):
        a_past_decision(project, step, Outcome.PASS, by=people["q"])
    for layer in (Layer.RESELLER, Layer.SUPPLIER, Layer.EDITOR):
        a_tool(project=project, name=f"{layer.value} {project.key}", layer=layer)


def compared(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 9: three ways forward, and the limitation that strikes the first."""
    tool = a_tool(project=project, name=f"Nimbus PSA {project.key}")
    a_limitation(project, tool, by=people["p"], statement="No export per customer")
    for name in ("Full interface", "File and mapping", "By hand with a list"):
        a_path(project, by=people["p"], name=name)
    for name, weight in (("Quantities by client", 60), ("Nothing typed twice", 40)):
        a_criterion(project, by=people["p"], name=name, weight=weight)


def missed(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 13: an objective that was not reached, and two limitations."""
    tool = a_tool(project=project, name=f"Nimbus PSA {project.key}")
    a_member(project, people["q"], functions=[Function.QUALITY_LEAD])
    for statement in ("No export per customer", "No automatic charge"):
        a_limitation(project, tool, by=people["p"], statement=statement)
    an_objective(project, by=people["p"], statement="Full automation of the invoices")


def read(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 14: eleven clerks, edition 2 read by nine of them; two roles more. The reviewer is a clerk and the champion."""
    role, by, champion = a_role(project, by=people["p"]), people["p"], people["a"]
    users = [a_user(project, role, by=by, person_id=champion.id, name="", is_champion=True)]
    users += [a_user(project, role, by=by, name=f"Clerk {number}") for number in range(2, 12)]
    for name in ("technician", "account manager"):
        other = a_role(project, by=by, name=name)
        for number in (1, 2):
            a_user(project, other, by=by, name=f"{name} {number}")
    text = an_instruction(project, by=by, role="", role_id=role.id)
    _all_read(project, text, users, people)
    revise_instruction(
        project=project,
        instruction=text,
        title=text.title,
        role="",
        role_id=role.id,
        by=by,
        body="Fetch the export.\nRun the mapping with the new file.",
        what_changed="The mapping has a new file",
    )
    _all_read(project, text, users[:9], people)


def _all_read(project: Project, text: WorkInstruction, users: list[UserLine], people: dict[str, Person]) -> None:
    an_approval(project, text, by=people["q"])
    edition = edition_of_project(project.id, in_force(project.id)[0].id)
    assert edition is not None
    for user in users:
        acknowledge_edition(project=project, edition=edition, user=user, by=people["a"], reason="told me so")


def counted(project: Project, people: dict[str, Person], home: Path) -> None:
    """Story 15: gates 1 to 8 passed; the last one ready, with six of eight weeks within the limit: just a habit."""
    for step in range(1, len(STEPS)):
        a_past_decision(project, step, Outcome.PASS, by=people["q"])
    a_baseline(project, by=people["p"])
    a_ready_gate(project, len(STEPS), by=people["p"], home=home)
    measure = measures(project.id)[0]
    for reading in sorted(readings_by_week(measure.id).values(), key=lambda each: each.week_of)[:2]:
        correct_reading(project=project, measure=measure, reading=reading, new_way=100, old_way=40, by=people["p"])
    checker = colleague(project, "Tara Technician", Hub.TECHNICAL)
    verify_adoption(project=project, statement="counted again", password=PASSWORD, by=checker)


def report(home: Path, key: str, language: str) -> str:
    """The audit report of a project as it is printed, read from the database that the server works on."""
    with opened(Settings(home=home, testing=True)):
        project = project_with_key(key)
        assert project is not None
        signed = checkpoint(keys=home / "keys", reason="report")
        brief = Brief(project, language, Identity("Nordpont"), point_of(signed, home / "keys"))
        found = document.html("audit_report", brief)
        transactions.commit()
        return found


def tampered(home: Path, copy: Path, key: str) -> None:
    """A copy of the database and its keys, in which somebody wrote another reason into a signed decision of this project."""
    shutil.copytree(home / "keys", copy / "keys")
    name = "ninefold.db"
    with closing(sqlite3.connect(home / name)) as live, closing(sqlite3.connect(copy / name)) as taken:
        live.backup(taken)
        for (trigger,) in taken.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            taken.execute(f'DROP TRIGGER "{trigger}"')
        mine = "project_id = (SELECT id FROM project WHERE key = ?)"
        taken.execute(f"UPDATE gate_decision SET reason = 'Nobody agreed.' WHERE {mine}", (key,))
        taken.commit()


STORIES: dict[int, Callable[[Project, dict[str, Person], Path], None]] = {
    5: decided,
    7: begun,
    8: asked,
    9: compared,
    13: missed,
    14: read,
    15: counted,
}


@dataclass
class Way:
    """One way of looking at the pages, and the people who do."""

    browser: Browser
    address: str
    name: str
    contexts: list[BrowserContext]

    def come(self, letter: str) -> Page:
        """The quality lead (q), the project manager (p) or the adoption reviewer (a), signed in: once with the real form."""
        email = f"{letter}-{self.name}@example.test"
        kept = SESSIONS.get((self.address, email))
        context = self.browser.new_context(
            base_url=self.address, java_script_enabled=self.name not in WITHOUT_SCRIPTS, locale="en-GB", storage_state=kept
        )
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        if kept is None:
            SignIn(page).sign_in(email, PASSWORD)
            expect(page.locator("html")).to_have_attribute("lang", WAYS[self.name])
            SESSIONS[self.address, email] = context.storage_state()
        return page

    def key(self, number: int) -> str:
        """The key of the project of a story."""
        return f"{self.name.upper()}-{number}"

    def project(self, number: int) -> str:
        """The address of the project of a story."""
        return f"/projects/{self.key(number)}"

    def post(self, page: Page, path: str, **typed: str) -> APIResponse:
        """Send a form that no page offers to this person, with the token of the page that is open."""
        token = page.locator("[name=csrf_token]").first.get_attribute("value") or ""
        return page.request.post(f"{self.address}{path}", form={"csrf_token": token, **typed}, max_redirects=0)


def fill(page: Page, path: str, **typed: Any) -> None:
    """Open a page, fill the fields of its form and send it."""
    if path:
        page.goto(path)
    form = page.locator("main form").filter(has=page.locator(f'[name="{next(iter(typed))}"]')).first
    for name, value in typed.items():
        field = form.locator(f'[name="{name}"]')
        kind = _kind(field.first)
        if kind == "select":
            field.select_option(value)
        elif kind == "file":
            field.set_input_files(value)
        elif kind in ("radio", "checkbox"):
            form.locator(f'[name="{name}"][value="{value}"]').check(force=kind == "radio")  # the segments hide theirs
        else:
            field.fill(value)
    with page.expect_response(_is_answer):
        form.locator("button[type=submit]:not([name=submit])").last.click()


def _is_answer(response: Response) -> bool:
    """The answer to a form; once it is there, what was sent stands in the database."""
    return response.request.method == "POST"


def _kind(field: Any) -> str:
    if field.locator("option").count():
        return "select"
    return field.get_attribute("type") or "text"


def named(page: Page) -> list[str]:
    """Where the links of a refusal lead, without their mark."""
    links = page.get_by_role("alert").locator("li a").all()
    return [(each.get_attribute("href") or "").removeprefix("#c-") for each in links]


def try_to_pass(page: Page, project: str, step: int) -> None:
    """Sign a pass on a gate's page."""
    page.goto(f"{project}/steps/{step}/gate")
    bar = page.locator("#decision")
    bar.locator('input[value="pass"]').check(force=True)
    bar.locator("textarea[name=reason]").fill("It looks fine from here.")
    bar.locator("input[name=password]").fill(PASSWORD)
    with page.expect_response(_is_answer):
        bar.locator("button[type=submit]").click()


def option(page: Page, path: str, name: str, words: str) -> str:
    """The value of the option that is shown by these words, in the field itself or in the list that it shares with others."""
    page.goto(path)
    shared = page.locator(f'[name="{name}"]').get_attribute("list")
    place = f"datalist#{shared}" if shared else f'[name="{name}"]'
    found = page.locator(f"{place} option").filter(has_text=words).first
    return found.get_attribute("value") or ""
