"""The closed demo project: nine gates, a relapse, its cure, and the last gate passed again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from workbench import clock, layout
from workbench.adoption.models import Relapse
from workbench.adoption.queries import counted
from workbench.changes.queries import requests_for_change
from workbench.cli import main
from workbench.config import Settings
from workbench.database import db
from workbench.lifecycle.gates import gate_of
from workbench.lifecycle.queries import conditions_of_project, decisions_of_project, timeline, waivers_of_project
from workbench.lifecycle.rules import Result
from workbench.people.models import Person
from workbench.practices.proofs import unread
from workbench.projects.models import Project
from workbench.projects.queries import project_with_key
from workbench.projects.rules import ProjectState
from workbench.showcase.acts import PLAIN, SPECIAL
from workbench.showcase.loading import CLOSED
from workbench.showcase.records import acts_of, diary, moments, working_day
from workbench.trail import queries as trail
from workbench.trials.queries import live_unchanged, open_rows, runs_of_project
from workbench.web import transactions

FOLDER = layout.DEMO / "mail"


@pytest.fixture
def mail(shown: Settings) -> Project:
    """The project."""
    found = project_with_key(CLOSED)
    assert found is not None
    return found


def test_project_is_closed_after_nine_gates_and_a_second_pass_of_the_last(mail: Project) -> None:
    assert (mail.state, mail.steps_passed) == (ProjectState.CLOSED, 9)
    assert [(each.step, each.pass_number, each.outcome) for each in decisions_of_project(mail.id)] == [
        (1, 1, "pass"), (2, 1, "pass"), (3, 1, "pass_with_conditions"), (4, 1, "pass"), (5, 1, "pass"), (6, 1, "pass"),
        (7, 1, "pass"), (8, 1, "pass"), (9, 1, "pass"), (9, 2, "pass"),
    ]
    assert [len(each.passes) for each in timeline(mail.id)] == [1, 1, 1, 1, 1, 1, 1, 1, 2]
    assert [each.met_on is None for each in conditions_of_project(mail.id)] == [False]


def test_one_relapse_is_kept_between_the_two_passes(mail: Project) -> None:
    relapse = db.session.scalars(select(Relapse)).one()
    first, second = [each.decided_at for each in decisions_of_project(mail.id) if each.step == 9]
    assert first < relapse.noted_at < second
    assert (relapse.within, relapse.weeks, relapse.needed) == (5, 8, 6)
    acts = [json.loads(leaf)["act"] for _seq, leaf in trail.leaves_of_project(CLOSED, up_to=trail.size())]
    assert (acts.count("relapse_noted"), acts.count("gate_decided")) == (1, 10)


def test_weeks_came_back_within_the_limit(mail: Project) -> None:
    (core,) = counted(mail.id)
    assert [each.is_within for each in sorted(core.weeks, key=lambda week: week.week_of)] == [
        False, True, True, False, True, True, True, True, False, False, True, True, True, True
    ]
    assert core.verdict is not None
    assert (core.verdict.within, core.verdict.window, core.verdict.is_habit) == (6, 8, True)


@pytest.mark.parametrize("step", range(1, 10))
def test_every_gate_would_pass_today(mail: Project, step: int) -> None:
    gate = gate_of(project_id=mail.id, key=CLOSED, step=step, on=clock.today(), language="en")
    waived = [each.key for each in gate.conditions if each.result is Result.WAIVED]
    assert [each.key for each in gate.conditions if each.result is Result.FAIL] == []
    assert waived == (["item:G2-07", "item:G2-09", "needs_researched"] if step == 2 else [])


def test_research_was_skipped_by_somebody_who_is_not_the_manager(mail: Project) -> None:
    names = {each.granted_by_id for each in waivers_of_project(mail.id)}
    assert [db.session.get_one(Person, each).name for each in names] == ["Claire Roux"]


def test_change_was_reviewed_and_the_trial_explained(mail: Project) -> None:
    assert [(each.code, each.state) for each in requests_for_change(mail.id)] == [("RFC-1", "reviewed")]
    assert len(runs_of_project(mail.id).rows) == 1
    assert live_unchanged(mail.id)[0] is True
    assert open_rows(mail.id) == []
    assert unread(mail.id, 100) == []


@pytest.mark.parametrize("step", ["9", "adopt", "2"])
def test_check_of_a_gate_ends_with_zero(shown: Settings, step: str) -> None:
    transactions.rollback()  # the command opens the database by itself
    done = CliRunner().invoke(main, ["lifecycle", "check", CLOSED, step], env={"NINEFOLD_HOME": str(shown.home)})
    assert (done.exit_code, done.stderr) == (0, "")


def test_diary_names_only_acts_persons_and_files_that_exist() -> None:
    acts = acts_of(FOLDER)
    assert {each.do for each in acts} - PLAIN.keys() - SPECIAL.keys() == set()
    assert {each.by for each in acts} - {each.key for each in diary().cast} == set()
    named = {each.facts["file"] for each in acts if "file" in each.facts}
    named |= {name for each in acts for name in each.facts.get("files", {}).values()}
    assert named == {each.name for each in Path(FOLDER / "files").iterdir()}


def test_moments_run_from_nine_months_ago_to_the_day_before_yesterday() -> None:
    today = clock.today()
    found = moments(acts_of(FOLDER), today)
    assert found == sorted(set(found))
    assert (found[0].date(), found[-1].date()) == (working_day(today, 195), working_day(today, 2))
