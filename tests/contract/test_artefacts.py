"""What every kind of artefact is held to: its form gives back what was typed, it asks in both languages, its page opens."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from tests.conftest import Inspector
from tests.factories.people import a_member, a_person
from tests.factories.projects import a_project
from workbench.lifecycle.actions import write_artefact
from workbench.lifecycle.artefact_forms import as_typed, form_for
from workbench.lifecycle.artefacts import Artefact, Table, asked, read, said
from workbench.lifecycle.steps import ARTEFACTS, step_of
from workbench.people.rules import Role

KINDS = sorted(ARTEFACTS)
OFFERED = {kind: [("one", "One"), ("two", "Two")] for kind in ("evidence", "tool", "person", "need", "pack")}


def filled(kind: type[Artefact]) -> Artefact:
    """An artefact with every question answered; choices take their last answer."""
    return kind(**{each.name: answer(each.metadata) for each in asked(kind)})


def answer(asked_for: Any) -> Any:
    kinds = {"text": "Some words.", "lines": ("first", "second"), "day": "2026-03-31", "number": "7"}
    if asked_for["kind"] == "choice":
        return list(asked_for["options"])[-1]
    if asked_for["kind"] != "rows":
        return kinds[asked_for["kind"]]
    keys = list(asked_for["given"]) or ["", ""]
    return tuple(row(asked_for["columns"], key, number) for number, key in enumerate(keys, start=1))


def row(columns: Any, key: str, number: int) -> dict[str, str]:
    made = {}
    for column in columns:
        words = {"choice": list(column.options)[-1:] or [""], "text": [f"cell {number}"], "long": ["two\nlines"]}
        made[column.name] = words.get(column.kind, ["one"])[0]
    ends = {name: "cell 1" for name in ("source", "target") if [each.name for each in columns][:2] == ["source", "target"]}
    return {**made, **ends, **({columns[0].name: key} if key else {})}


@pytest.mark.parametrize("key", KINDS)
def test_artefact_comes_back_from_its_form_as_it_was_typed(app: Flask, key: str) -> None:
    kind = ARTEFACTS[key]
    wanted = filled(kind)
    sent = MultiDict(as_typed(wanted))
    with app.test_request_context(method="POST", data=sent):
        form = form_for(kind, "en", sent=sent, offers=OFFERED).of_request()
        assert (form.typed(kind()), [each.errors for each in form if each.errors]) == (wanted, [])
    assert (wanted.faults(), wanted.missing(), read(kind, wanted.body())) == ([], (), wanted)


@pytest.mark.parametrize("key", KINDS)
def test_artefact_without_answers_is_not_whole(key: str) -> None:
    kind = ARTEFACTS[key]
    assert kind().missing() == tuple(each.name for each in asked(kind) if each.metadata["required"])
    assert len(kind().missing()) > 0


@pytest.mark.parametrize("key", KINDS)
def test_artefact_asks_in_english_and_french(key: str) -> None:
    kind = ARTEFACTS[key]
    alike = [each.name for each in fields(kind) if each.metadata["en"] == each.metadata["fr"]]
    assert (alike, all(kind.TITLE), kind.KEY, step_of(key).number in range(1, 10)) == ([], True, key, True)
    for number, language in enumerate(("en", "fr")):
        told = said(filled(kind), language)
        assert [each.question for each in told][: len(asked(kind))] == [each.metadata[language] for each in asked(kind)]
        for each in told:
            if isinstance(each.value, Table):
                columns = {field.name: field for field in fields(kind)}[each.name].metadata["columns"]
                assert each.value.heads == tuple((column.en, column.fr)[number] for column in columns)
                assert len(each.value.rows) > 0


@pytest.mark.parametrize("key", KINDS)
def test_artefact_page_opens_empty_and_filled_in_both_languages(client: Inspector, key: str) -> None:
    project, lead = a_project(key="INV-1"), a_person(role=Role.QUALITY_LEAD)
    a_member(project, lead)
    client.sign_in(lead)
    pages = [f"/projects/INV-1/artefacts/{key}", f"/projects/INV-1/artefacts/{key}/edit"]
    empty = [client.get(page).status_code for page in pages]
    write_artefact(project=project, artefact=filled(ARTEFACTS[key]), by=lead)
    client.sign_in(lead)
    for language in ("en", "fr"):
        client.post("/language", {"language": language})
        title = ARTEFACTS[key].TITLE[language == "fr"]
        answers = [client.get(page) for page in pages]
        assert [(each.status_code, title.replace("’", "’") in each.text) for each in answers] == [(200, True)] * 2
    assert empty == [200, 200]
