"""`workbench person add`, and what commands say to bad input."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.factories.people import PASSWORD
from workbench.cli import COMMANDS, main


def run(home: Path, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, list(words), env={"NINEFOLD_HOME": str(home)}, input=typed)


def add(home: Path, role: str = "admin", email: str = "ada@example.org", typed: str = PASSWORD) -> Result:
    return run(home, "person", "add", "--name", "Ada", "--email", email, "--role", role, typed=typed + "\n")


def test_person_is_added_with_the_password_of_standard_input(home: Path) -> None:
    result = add(home, "quality_lead")
    assert (result.exit_code, result.output) == (0, "Ada <ada@example.org> can sign in as quality lead.\n")
    assert run(home, "trail", "verify").output.splitlines()[-1] == "the trail is whole"


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"email": "no address"}, "Error: email: “no address” is not an e-mail address."),
        ({"typed": "short"}, "Error: password: A password has 15 to 1024 characters; a sentence is a good one."),
        ({"typed": ""}, "Error: password: A password has 15 to 1024 characters; a sentence is a good one."),
    ],
)
def test_bad_value_is_named_and_nothing_kept(home: Path, wish: dict[str, str], told: str) -> None:
    result = add(home, **wish)
    assert (result.exit_code, result.output.splitlines()[-1]) == (1, told)
    assert "0 entries" in run(home, "trail", "verify").output


def test_role_that_is_none_is_refused(home: Path) -> None:
    result = add(home, "emperor")
    assert (result.exit_code, "'emperor' is not one of" in result.output) == (2, True)


def test_command_without_a_database_says_what_to_run(tmp_path: Path) -> None:
    result = add(tmp_path / "new")
    assert (result.exit_code, result.output.splitlines()[-1].endswith("Run: workbench db upgrade")) == (1, True)


def test_database_is_made_and_brought_up_to_date_by_one_command(tmp_path: Path) -> None:
    first, second = run(tmp_path / "new", "db", "upgrade"), run(tmp_path / "new", "db", "upgrade")
    assert (first.exit_code, second.exit_code, second.output.strip().endswith("already.")) == (0, 0, True)
    assert add(tmp_path / "new").exit_code == 0


def test_wrong_setting_ends_every_command_that_reads_them(home: Path) -> None:
    result = CliRunner().invoke(main, ["trail", "verify"], env={"NINEFOLD_HOME": str(home), "NINEFOLD_LANGUAGE": "de"})
    assert (result.exit_code, result.output) == (1, "Error: language: “de” is not offered; choose one of en, fr.\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_help(tmp_path: Path, name: str) -> None:
    for flag in ("--help", "-h"):
        result = run(tmp_path, name, flag)
        assert (result.exit_code, result.output.startswith("Usage: ")) == (0, True)


def test_command_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path, "dance")
    assert (result.exit_code, "No such command 'dance'." in result.output) == (2, True)


def test_lifecycle_of_a_project_that_is_not_there_is_refused(home: Path) -> None:
    result = run(home, "lifecycle", "show", "NO-1")
    assert (result.exit_code, result.output) == (2, "Error: There is no project NO-1; keys look like INV-1.\n")
