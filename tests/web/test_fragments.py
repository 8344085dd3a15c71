"""Rows kept drawn: drawn once for what they show, with each form's own tokens put in afterwards."""

from __future__ import annotations

from tests.factories.checklists import a_checklist
from tests.factories.people import a_person
from tests.factories.projects import a_project
from workbench.people.rules import Role
from workbench.web.fragments import DrawnRows


def test_row_is_drawn_once_and_carries_the_tokens_of_each_reader() -> None:
    drawn: list[str] = []

    def draw(text: str, *, csrf_token: str, idempotency_key: str) -> str:
        drawn.append(text)
        return f"{text} {csrf_token} {idempotency_key}"

    rows = DrawnRows()
    first = rows.row(("a", 1), draw, "text", csrf_token="one", idempotency_key="k1")
    second = rows.row(("a", 1), draw, "text", csrf_token="two", idempotency_key="k2")
    assert (first, second, drawn) == ("text one k1", "text two k2", ["text"])


def test_a_row_that_shows_something_else_is_drawn_anew_and_the_oldest_makes_room() -> None:
    drawn: list[int] = []

    def draw(number: int, *, csrf_token: str, idempotency_key: str) -> str:
        drawn.append(number)
        return str(number)

    rows = DrawnRows(most=2)
    for number in (1, 2, 1, 3, 2):
        assert rows.row(number, draw, number, csrf_token="", idempotency_key="") == str(number)
    assert drawn == [1, 2, 3, 2]


def test_two_readers_of_a_checklist_get_their_own_keys(app, client) -> None:
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead)
    checklist = a_checklist(project=project, by=lead)
    client.sign_in(lead)
    pages = [client.get(f"/projects/{project.key}/checklists/{checklist.id}").text for _ in range(2)]
    keys = [{part.split('"')[0] for part in page.split('name="idempotency_key" value="')[1:]} for page in pages]
    assert (len(keys[0]), keys[0] & keys[1]) == (pages[0].count('name="idempotency_key"'), set())
