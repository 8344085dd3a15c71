"""`workbench lifecycle show` and `check`, as a script meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from tests.lifecycle.asking import answer
from workbench.checklists.rules import AnswerState
from workbench.cli import main
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.web.transactions import commit

Ready = tuple[Project, Person, Person]
SCHEMA = Path("docs/formats/lifecycle.schema.json")


def run(home: Path, *arguments: str) -> Result:
    commit()
    return CliRunner().invoke(main, list(arguments), env={"NINEFOLD_HOME": str(home)})


def test_show_prints_each_condition_with_its_result_and_reason(home: Path, ready: Ready) -> None:
    result = run(home, "lifecycle", "show", ready[0].key)
    lines = result.output.splitlines()
    assert (result.exit_code, lines[0]) == (0, "1 observe      current   pass 1  missing 0")
    assert "    pass           item:G1-01  E-2" in lines
    assert "    fail           baseline_measured (recommended)  Nothing is measured yet." not in lines
    assert "    fail           path_chosen  No path is chosen yet." in lines


def test_show_as_json_holds_to_its_format(home: Path, ready: Ready) -> None:
    result = run(home, "lifecycle", "show", ready[0].key, "--format", "json")
    found = json.loads(result.output)
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(found)
    hubs = [each for each in found["steps"][2]["gate"]["conditions"] if each["key"] == "hub_heard:sales"]
    assert hubs == [
        {
            "key": "hub_heard:sales", "mandatory": True, "result": "fail", "reason": "Nobody of this hub is heard yet.",
            "link": "inquiry.coverage",
        }
    ]


@pytest.mark.parametrize("step", ["1", "observe"])
def test_check_exits_with_zero_where_the_gate_would_pass(home: Path, ready: Ready, step: str) -> None:
    result = run(home, "lifecycle", "check", ready[0].key, step)
    assert (result.exit_code, result.output) == (0, f"{ready[0].key}: gate 1 would pass\n")


def test_check_exits_with_one_and_names_what_is_missing(home: Path, ready: Ready) -> None:
    answer(ready[0], "G1-01", AnswerState.PARTLY, by=ready[1], note="no owner")
    result = run(home, "lifecycle", "check", ready[0].key, "1")
    assert (result.exit_code, result.output.startswith("G1-01  "), result.output.endswith(": no owner\n")) == (1, True, True)
    later = run(home, "lifecycle", "check", ready[0].key, "adopt")
    assert (later.exit_code, later.output.splitlines()[0].partition("  ")[0]) == (1, "steps_before_passed")


def test_check_of_what_is_not_there_exits_with_two(home: Path, ready: Ready) -> None:
    result = run(home, "lifecycle", "check", ready[0].key, "10")
    assert (result.exit_code, result.output) == (
        2,
        "Error: There is no step 10; name 1 to 9, or observe, research, consult, identify, experiment, integrate, "
        "familiarise, inform, adopt.\n",
    )
    assert run(home, "lifecycle", "check", "NO-1", "1").exit_code == 2
