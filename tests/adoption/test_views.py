"""The pages of step 9."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.adoption import a_benefit, a_lesson, a_measure, a_reading, a_reevaluation, a_relapse
from tests.factories.inquiry import a_baseline
from tests.factories.people import PASSWORD, a_member, a_person
from tests.factories.projects import a_project
from tests.factories.trials import a_run, golden_files
from workbench.adoption import forms, queries
from workbench.adoption.rules import Verdict
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project

Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def test_verdict_is_told_in_a_sentence(app: Flask) -> None:
    with app.test_request_context():
        assert forms.sentence(Verdict(5, 3, 8)) == "within 5 % in 3 of the last 8 weeks"
        assert forms.sentence(Verdict(5, 1, 1)) == "within 5 % in 1 of the last 1 week"


def test_empty_page_offers_the_first_measure(client: Any, lead: Person, project: Project) -> None:
    page = client.sign_in(lead).get("/projects/INV-1/adoption").text
    assert ("No measure set yet" in page, "Set a measure" in page) == (True, True)


def test_page_shows_the_share_and_the_verdict(client: Any, lead: Person, project: Project) -> None:
    measure = a_measure(project, by=lead)
    for week, old in enumerate((30, 20, 10, 7, 6, 5, 0, 4)):
        a_reading(project, measure, by=lead, week=week, new_way=100 - old, old_way=old)
    page = client.sign_in(lead).get("/projects/INV-1/adoption").text
    assert "within 5 % in 3 of the last 8 weeks" in page
    assert ["not yet a habit" in page, "30.0 %" in page or "30 %" in page] == [True, True]


@pytest.mark.parametrize("rows", [1, 10, 100])
def test_page_takes_a_fixed_number_of_queries(
    client: Any, lead: Person, project: Project, count_queries: Counting, rows: int
) -> None:
    for _ in range(rows):
        a_reading(project, a_measure(project, by=lead), by=lead)
    client.sign_in(lead)
    with count_queries() as seen:
        client.get("/projects/INV-1/adoption")
    assert len([each for each in seen if each.startswith("SELECT")]) == 7
    # person, rights, project, measures with their weeks, thresholds, relapses, verifications


def test_measure_is_set_and_weeks_are_noted_and_corrected(client: Any, lead: Person, project: Project) -> None:
    number = project.id
    client.sign_in(lead)
    client.post("/projects/INV-1/adoption/new", {"behaviour": "from the mapping", "limit_percent": "5"})
    (measure,) = queries.measures(number)
    base = f"/projects/INV-1/adoption/{measure.id}"
    noted = client.post(f"{base}/readings/new", {"week_of": "2025-01-06", "new_way": "10", "old_way": "0"})
    ((week,),) = [each.weeks for each in queries.counted(number)]
    typed = {"new_way": "9", "old_way": "1", "version": "1"}
    corrected = client.post(f"{base}/readings/{week.reading_id}/edit", typed)
    stale = client.post(f"{base}/readings/{week.reading_id}/edit", typed)
    changed = client.post(f"{base}/edit", {"behaviour": "from the mapping", "limit_percent": "10", "version": "1"})
    assert [each.status_code for each in (noted, corrected, stale, changed)] == [303, 303, 409, 303]
    ((week,),) = [each.weeks for each in queries.counted(number)]
    assert (week.new_way, week.old_way, week.is_within) == (9, 1, True)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"week_of": "2025-01-07", "new_way": "1", "old_way": "1"}, "week_of"),
        ({"week_of": "2025-01-06", "new_way": "1.5", "old_way": "1"}, "new_way"),
        ({"week_of": "2025-01-06", "new_way": "1", "old_way": "-1"}, "old_way"),
    ],
)
def test_refused_week_names_the_field(
    client: Any, lead: Person, project: Project, typed: dict[str, str], field: str
) -> None:
    number = a_measure(project, by=lead).id
    answer = client.sign_in(lead).post(f"/projects/INV-1/adoption/{number}/readings/new", typed)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)


def test_readers_may_not_write_and_other_projects_are_not_there(client: Any, lead: Person, project: Project) -> None:
    reader = a_person(role=Role.GUEST)
    a_member(project, reader, role=Role.GUEST)
    other = a_measure(a_project(by=lead, key="INV-2"), by=lead).id
    client.sign_in(reader)
    assert [client.get(f"/projects/INV-1/{each}").status_code for each in ("adoption", "adoption/new")] == [200, 403]
    client.sign_in(lead)
    paths = (f"{other}/edit", f"{other}/readings/new", f"{other}/readings/1/edit")
    assert [client.get(f"/projects/INV-1/adoption/{each}").status_code for each in paths] == [404] * 3


@pytest.mark.parametrize(("old", "told"), [("5", "habit"), ("6", "not yet a habit")])
def test_changing_one_week_flips_the_verdict(
    client: Any, lead: Person, project: Project, old: str, told: str
) -> None:
    measure = a_measure(project, by=lead)
    for week, old_way in enumerate((20, 20, 5, 5, 5, 5, 5, 6 if old == "5" else 5)):
        a_reading(project, measure, by=lead, week=week, new_way=100 - old_way, old_way=old_way)
    client.sign_in(lead)
    before = client.get("/projects/INV-1/adoption").text
    typed = {"new_way": "95" if old == "5" else "94", "old_way": old, "version": "1"}
    assert client.post(f"/projects/INV-1/adoption/{measure.id}/readings/8/edit", typed).status_code == 303
    after = client.get("/projects/INV-1/adoption").text
    assert ["not yet a habit" in each for each in (before, after)] == [old == "5", told == "not yet a habit"]
    assert "within 5 % in 6 of the last 8 weeks" in (after if old == "5" else before)


def test_chart_has_a_text_beside_it_and_marks_the_return(client: Any, lead: Person, project: Project) -> None:
    measure = a_measure(project, by=lead)
    for week, old in enumerate((30, 4, 4, 20)):
        a_reading(project, measure, by=lead, week=week, new_way=100 - old, old_way=old)
    page = client.sign_in(lead).get("/projects/INV-1/adoption").text
    assert ('role="img" aria-label="AM-1: within 5 % in 2 of the last 4 weeks' in page, page.count("weeks-return")) == (True, 1)
    assert (page.count('class="weeks-bar"'), "<style" in page) == (4, False)


def test_import_shows_good_and_bad_lines_and_saves_nothing_before_it_is_told(
    client: Any, lead: Person, project: Project
) -> None:
    measure = a_measure(project, by=lead)
    a_reading(project, measure, by=lead)
    base, number = f"/projects/INV-1/adoption/{measure.id}/readings", project.id
    text = "week;new_way;old_way\n2025-01-06;50;50\n2025-01-13;90;10\n2025-01-14;1;1\n2025-01-20;=2;1\n"
    client.sign_in(lead)
    looked = client.post(f"{base}/import", {"file": (io.BytesIO(text.encode()), "weeks.csv")})
    assert (looked.status_code, len(queries.counted(number)[0].weeks)) == (200, 1)
    told = ("1 week is new.", "1 week is noted already.", "2 records cannot be taken.", "A week is named by its Monday.")
    assert [each in looked.text for each in told] == [True] * 4
    taken = client.post(f"{base}/take", {"text": text})
    (week, fresh) = queries.counted(number)[0].weeks
    assert (taken.status_code, week.old_way, fresh.new_way, fresh.source) == (303, 5, 90, "csv")
    assert client.post(f"{base}/take", {"text": text}).status_code == 409  # nothing is left to take
    client.post(f"{base}/take", {"text": text, "update": "y"})
    assert queries.counted(number)[0].weeks[0].old_way == 50


def test_look_at_a_second_file_with_the_same_form_shows_the_second(client: Any, lead: Person, project: Project) -> None:
    measure = a_measure(project, by=lead)
    base = f"/projects/INV-1/adoption/{measure.id}/readings/import"
    client.sign_in(lead)
    keys = client.keys()
    for day, shown in (("2025-01-06", "6 Jan 2025"), ("2025-01-13", "13 Jan 2025")):
        data = {"file": (io.BytesIO(f"week,new_way,old_way\n{day},1,0\n".encode()), "weeks.csv")}
        assert shown in client.post(base, data, keys=keys).text


def test_file_that_cannot_be_read_is_refused_beside_its_field(client: Any, lead: Person, project: Project) -> None:
    measure = a_measure(project, by=lead)
    answer = client.sign_in(lead).post(
        f"/projects/INV-1/adoption/{measure.id}/readings/import", {"file": (io.BytesIO(b"\x00\x01"), "weeks.xls")}
    )
    assert (answer.status_code, 'id="file-error"' in answer.text) == (422, True)


def test_weeks_are_counted_in_a_received_table(client: Any, lead: Person, project: Project, home: Path) -> None:
    measure = a_measure(project, by=lead)
    files = golden_files(home / "exports", 2)
    usage = files["usage"].read_text(encoding="utf-8").splitlines()
    marked = [f"{row},{'counted_on,way' if at == 0 else '2025-02-03,' + ('mapping' if at % 2 else 'by hand')}"
              for at, row in enumerate(usage)]
    files["usage"].write_text("\n".join(marked) + "\n", encoding="utf-8")
    a_run(project=project, by=lead, home=home, files=files, month=2)
    base, number, rows = f"/projects/INV-1/adoption/{measure.id}/readings", project.id, len(usage) - 1
    typed = {"run": "1", "table": "usage", "day": "counted_on", "marker": "way", "new_way": "mapping"}
    client.sign_in(lead)
    wrong = client.post(f"{base}/mirror", {**typed, "day": "when"})
    assert (wrong.status_code, "counted_on" in wrong.text) == (422, True)
    looked = client.post(f"{base}/mirror", typed)
    assert (looked.status_code, "1 week is new." in looked.text) == (200, True)
    assert client.post(f"{base}/take-mirror", typed).status_code == 303
    ((week,),) = [each.weeks for each in queries.counted(number)]
    assert (week.new_way + week.old_way, week.new_way, week.source) == (rows, (rows + 1) // 2, "mirror")


def test_relapse_is_told_and_proposes_a_finding(client: Any, lead: Person, project: Project) -> None:
    a_relapse(project, a_measure(project, by=lead), by=lead)
    client.sign_in(lead)
    page = client.get("/projects/INV-1/adoption").text
    form = client.get("/projects/INV-1/adoption/relapses/1/finding").text
    assert ("The habit was lost again" in page, "AM-1, week of 6 Jan 2025: within 5 % in 5 of the last 8 weeks." in form) == (
        True, True,
    )
    typed = {"kind": "minor", "requirement": "step 9", "evidence": "week of 6 Jan", "statement": "lost again"}
    answer = client.post("/projects/INV-1/adoption/relapses/1/finding", typed)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/projects/INV-1/findings/1")


def test_second_person_signs_on_the_page(client: Any, lead: Person, project: Project) -> None:
    second = a_person(name="Second", password=PASSWORD)
    a_member(project, second)
    a_reading(project, a_measure(project, by=lead), by=lead)
    client.sign_in(second)
    wrong = client.post("/projects/INV-1/adoption/verify", {"statement": "five invoices", "password": "no"})
    right = client.post("/projects/INV-1/adoption/verify", {"statement": "five invoices", "password": PASSWORD})
    assert (wrong.status_code, 'id="password-error"' in wrong.text, right.status_code) == (422, True, 303)
    assert "five invoices" in client.get("/projects/INV-1/adoption").text


@pytest.mark.parametrize("key", ["benefits", "lessons", "reevaluations"])
def test_registers_of_step_nine_are_served(client: Any, lead: Person, project: Project, key: str) -> None:
    baseline = a_baseline(project, by=lead, value="40", unit="min")
    a_lesson(project, by=lead)
    a_reevaluation(project, by=lead)
    a_benefit(project, baseline_id=baseline.id, by=lead, value_now="30")
    page = client.sign_in(lead).get(f"/projects/INV-1/adoption/{key}").text
    shown = {"benefits": ("-10 min", "40 min"), "lessons": ("a deputy",), "reevaluations": ("5 Jan 2099",)}
    assert [each in page for each in shown[key]] == [True] * len(shown[key])
