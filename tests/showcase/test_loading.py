"""Loading the demo: through the actions, once, in both languages."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from flask_babel import force_locale

from workbench import clock
from workbench.checklists.library import pack
from workbench.checklists.queries import checklists_of_project, counted, step_answers
from workbench.checklists.rules import SATISFYING, AnswerState
from workbench.config import Settings
from workbench.inquiry.queries import consultations, objectives
from workbench.lifecycle.gates import gate_of
from workbench.lifecycle.queries import conditions_of_project, decisions_of_project, timeline, waivers_of_project
from workbench.lifecycle.rules import Result
from workbench.paths.queries import board
from workbench.people.actions import confirm_identity
from workbench.people.queries import person_with_email
from workbench.projects.models import Project
from workbench.projects.queries import project_with_key
from workbench.showcase.loading import Loaded, NotLoadable, load, password_of, sign_in_file
from workbench.tools.queries import limitations_of_project, tools_of_project
from workbench.trail import queries as trail
from workbench.trials.queries import open_rows

PROJECTS = [("INV-1", "en"), ("FAC-1", "fr")]


def project(key: str) -> Project:
    """The project with this key."""
    found = project_with_key(key)
    assert found is not None
    return found


def test_load_twice_changes_nothing(shown: Settings) -> None:
    before = trail.size()
    assert load(shown) == Loaded((), ("INV-1", "FAC-1", "MAIL-1", "QMS-1"), sign_in_file(shown))
    assert trail.size() == before


@pytest.mark.parametrize(("key", "language"), PROJECTS)
def test_project_stands_at_step_5_after_a_loop_back(shown: Settings, key: str, language: str) -> None:
    found = project(key)
    assert (found.current_step, found.steps_passed) == (5, 4)
    decided = [(each.code, each.step, each.pass_number, each.outcome) for each in decisions_of_project(found.id)]
    assert decided == [
        ("D-1", 1, 1, "pass"), ("D-2", 2, 1, "pass"), ("D-3", 3, 1, "pass_with_conditions"), ("D-4", 4, 1, "back"),
        ("D-5", 3, 2, "pass"), ("D-6", 4, 2, "pass"),
    ]
    assert [len(each.passes) for each in timeline(found.id)[:5]] == [1, 1, 2, 2, 1]
    assert [each.condition_key for each in waivers_of_project(found.id)] == ["item:G3-01", "layer_heard:reseller"]
    assert [each.met_on is None for each in conditions_of_project(found.id)] == [False, True]


@pytest.mark.parametrize(("key", "language"), PROJECTS)
def test_every_gate_item_of_steps_1_to_4_is_answered(shown: Settings, key: str, language: str) -> None:
    for step in (1, 2, 3, 4):
        answers = step_answers(project(key).id, step)
        assert [each.item.key for each in answers if each.answer_state not in SATISFYING or not each.note] == []
        assert [each.item.key for each in answers if each.answer_state is AnswerState.CONFORM and not each.is_proven] == []


@pytest.mark.parametrize(("key", "language"), PROJECTS)
def test_gate_5_names_the_open_rows_and_the_open_items(shown: Settings, key: str, language: str) -> None:
    found = project(key)
    with force_locale(language):
        gate = gate_of(project_id=found.id, key=key, step=5, on=clock.today(), language=language)
    assert [each.key for each in gate.missing] == [
        "item:G5-05", "item:G5-06", "item:G5-09", "item:G5-14", "item:G5-15", "reconciliation_explained", "hypotheses_judged",
        "back_out_rehearsed", "presentation_held",
    ]
    assert [each.key for each in open_rows(found.id)] == ["row|Bakery Noé|S6", "service|S6"]
    reasons = {each.key: each.reason for each in gate.missing}
    assert "Bakery Noé" in reasons["reconciliation_explained"]
    assert "H-2" in reasons["hypotheses_judged"]


@pytest.mark.parametrize(("key", "language"), PROJECTS)
def test_gates_1_to_4_still_hold_in_all_they_ask(shown: Settings, key: str, language: str) -> None:
    gates = [
        gate_of(project_id=project(key).id, key=key, step=step, on=clock.today(), language=language) for step in (1, 2, 3, 4)
    ]
    assert [(gate.step, each.key) for gate in gates for each in gate.conditions if each.result is not Result.PASS] == []


def test_paths_are_compared_and_a_limitation_kills_the_first(shown: Settings) -> None:
    cards = board(project("INV-1").id)
    assert [(each.path.code, each.path.state, each.total, each.rank) for each in cards] == [
        ("P0", "open", 49, 3), ("P1", "killed", 70, None), ("P2", "chosen", 110, 1), ("P3", "open", 54, 2)
    ]
    assert [each.path.killed_by.code for each in cards if each.path.killed_by is not None] == ["L-01"]
    assert {each.kind for each in cards[1].missing} == {
        "quantity_per_customer", "create", "automatic_charge", "bundle_split"
    }


def test_objective_of_full_automation_is_missed_and_followed(shown: Settings) -> None:
    found = {each.code: each for each in objectives(project("FAC-1").id)}
    missed, after = found["O1"], found["O1b"]
    assert (missed.state, missed.limitation_codes, missed.follower) == ("not_met", ["L-01", "L-03"], after)
    assert (after.decided_by.name if after.decided_by is not None else "", after.baseline) == ("Claire Roux", "51")


def test_records_stand_behind_the_story(shown: Settings) -> None:
    found = project("INV-1")
    assert [each.code for each in limitations_of_project(found.id)] == ["L-01", "L-02", "L-03", "L-04"]
    assert [each.code for each in objectives(found.id)] == ["O1", "O1b", "O2", "O3"]
    assert [each.code for each in consultations(found.id)] == [f"C-{number}" for number in range(1, 10)]
    ends = [each.trial_ends_on for each in tools_of_project(found.id) if each.trial_ends_on is not None]
    assert sorted((each - clock.today()).days for each in ends) == [12, 40]


def test_two_standards_are_begun_9001_in_its_2015_edition_only(shown: Settings) -> None:
    started = {each.checklist.pack_id: counted(each.checklist) for each in checklists_of_project(project("INV-1").id)}
    assert sorted(started) == ["iso20000_1_2018", "iso9001_2015", "lifecycle_gates"]
    answered = {
        name: {state: number for state, number in started[name].items() if number and state != "not_checked"}
        for name in ("iso9001_2015", "iso20000_1_2018")
    }
    assert answered == {
        "iso9001_2015": {"conform": 20, "partly": 7, "minor": 1, "opportunity": 4, "not_applicable": 7},
        "iso20000_1_2018": {"conform": 2, "partly": 3},
    }
    assert sum(started["iso9001_2015"].values()) == len(pack("iso9001_2015").items)


def test_trail_is_whole_and_in_order_of_time(shown: Settings) -> None:
    assert trail.verify(shown.keys).faults == ()
    times = [json.loads(leaf)["at"] for _seq, leaf in trail.leaves_of_project("INV-1", up_to=trail.size())]
    assert times == sorted(times)


def test_clock_runs_again_after_loading(shown: Settings) -> None:
    assert abs(clock.now().timestamp() - time.time()) < 5


def test_sign_in_file_is_private_and_its_password_signs(shown: Settings) -> None:
    assert sign_in_file(shown).stat().st_mode & 0o777 == 0o600
    claire = person_with_email("claire@example.test")
    assert claire is not None
    confirm_identity(person=claire, password=password_of(shown))


def test_second_language_shares_the_persons_and_the_password_of_the_first(app: object, home: Path) -> None:
    settings = Settings(home=home, testing=True)
    assert load(settings, ["en"]).made == ("INV-1", "MAIL-1", "QMS-1")
    ada = person_with_email("ada@example.test")
    assert ada is not None
    assert ada.language == "en"
    kept = sign_in_file(settings).rename(home / "kept.txt")
    with pytest.raises(NotLoadable, match="Put the file back"):
        load(settings, ["fr"])
    kept.rename(sign_in_file(settings))
    there = ("INV-1", "MAIL-1", "QMS-1")
    assert load(settings, ["en", "fr"]) == Loaded(("FAC-1",), there, sign_in_file(settings))
    assert trail.verify(settings.keys).faults == ()
