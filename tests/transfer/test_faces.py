"""A project as one file, on the pages and on the command line."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from tests.conftest import Inspector
from tests.factories.evidence import a_file
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench import jobs
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.queries import project_with_key
from workbench.transfer.commands import export_, import_
from workbench.web import transactions


@pytest.fixture
def lead(app: Flask, home: Path) -> Person:
    found = a_person(role=Role.QUALITY_LEAD, name="Lea")
    a_file(a_project(by=found, key="INV-1"), by=found, home=home)
    transactions.commit()
    return found


def done(app: Flask, answer: object) -> jobs.Job:
    """The job that an answer leads to, done."""
    number = int(re.search(r"\d+$", answer.headers["Location"])[0])  # type: ignore[attr-defined,index]
    jobs.run(app, number, transactions.commit)
    found = jobs.job_of(number)
    assert found is not None
    return found


def test_pages_write_a_file_and_take_it_in_under_another_key(app: Flask, client: Inspector, lead: Person) -> None:
    client.sign_in(lead)
    assert "The whole project as one file" in client.get("/projects/INV-1/reports/").text
    job = done(app, client.post("/projects/INV-1/export"))
    assert (job.state, job.error) == ("done", "")
    got = client.get(job.result_url)
    assert (got.mimetype, got.headers["Content-Disposition"]) == ("application/json", "attachment; filename=INV-1-project.json")

    def sent(**facts: str) -> object:
        file = (io.BytesIO(got.data), "INV-1.json")
        return client.post("/imports", {"file": file, "key": "INV-2", **facts}, content_type="multipart/form-data")

    looked = done(app, sent(is_dry="y"))
    assert "Nothing was written." in client.get(looked.result_url).text
    taken = done(app, sent())
    assert (taken.state, taken.error) == ("done", "")
    page = client.get(taken.result_url).text
    assert [each in page for each in ("The project INV-2 is taken in.", "Lea &lt;")] == [True, True]
    told = client.get("/projects/INV-2/trail").text
    link = re.search(r'href="(/projects/INV-2/trail\?log=1)"', told)
    assert link is not None
    assert "evidence added" in client.get(link[1]).text
    again = done(app, sent())
    assert (again.state, again.error) == ("failed", "There is a project INV-2 here already. Give the one of the file another key.")


def test_a_file_that_is_none_is_refused_with_its_place(app: Flask, client: Inspector, lead: Person) -> None:
    client.sign_in(lead)
    file = (io.BytesIO(b'{"format": "x"}'), "x.json")
    job = done(app, client.post("/imports", {"file": file}, content_type="multipart/form-data"))
    assert job.error == (
        "The file is not taken in: nothing was saved.\n"
        "/format: this is no project of Ninefold: “ninefold-project” was expected"
    )
    assert client.post("/imports", {"key": "INV-2"}).status_code == 422


def test_commands_write_and_take_in(app: Flask, lead: Person, tmp_path: Path) -> None:
    settings, file = app.extensions["ninefold"], tmp_path / "x.json"

    def ran(command: object, *words: str) -> str:
        return CliRunner().invoke(command, words, obj=settings).output  # type: ignore[arg-type]

    assert ran(export_, "INV-9", "-o", str(file)) == "Error: There is no project INV-9.\n"
    assert ran(export_, "INV-1", "-o", str(tmp_path / "no" / "x.json")).startswith("Error: ")
    said = ran(export_, "INV-1", "-o", str(file))
    assert said.startswith(f"{file}: {file.stat().st_size} bytes, SHA-256 ")
    transactions.commit()
    looked = ran(import_, str(file), "--as", "inv-3", "--dry-run")
    assert (looked.splitlines()[-1], project_with_key("INV-3")) == ("nothing was written (--dry-run)", None)
    spoilt, clear = json.loads(file.read_bytes()), tmp_path / "clear.json"
    spoilt["tables"]["person"][0] |= {"name": "Lea\x1b[2J", "email": "lea@elsewhere.test"}
    clear.write_text(json.dumps(spoilt))
    looked = ran(import_, str(clear), "--as", "INV-3", "--dry-run")
    assert "person added, inactive and without a password: Lea·[2J <lea@elsewhere.test>" in looked.splitlines()
    lines = ran(import_, str(file), "--as", "INV-3").splitlines()
    assert (lines[-1], f"person found here: Lea <{lead.email}>" in lines) == ("taken in", True)
    made = project_with_key("INV-3")
    assert made is not None
    assert made.name == json.loads(file.read_bytes())["tables"]["project"][0]["name"]
