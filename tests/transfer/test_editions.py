"""An edition of a pack serves every project of an installation: a file brings in none that is not what it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.factories.checklists import a_checklist
from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.standards import a_body, an_edition
from workbench.checklists.queries import installed
from workbench.checklists.queries.editions import offers
from workbench.people.rules import Role
from workbench.standards.queries import versions
from workbench.transfer import actions
from workbench.web.refusals import Refused

AT = "/tables/pack_edition/0"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def written(app: Flask, home: Path) -> dict[str, Any]:
    """A project whose checklist is pinned to an edition of a pack of one's own."""
    lead = a_person(role=Role.QUALITY_LEAD)
    project = a_project(by=lead, key="INV-1")
    an_edition(by=lead)
    a_checklist(project, by=lead, pack="our_rules")
    document: dict[str, Any] = json.loads(actions.export_project(project=project, home=home, keys=home / "keys", by=lead))
    return document


def said(body: bytes, **facts: Any) -> Change:
    """The edition with another body, its digest taken anew."""
    return lambda row: row.update({"body": body.decode(), "digest": hashlib.sha256(body).hexdigest()} | facts)


@pytest.mark.parametrize(("change", "words"), [
    (lambda row: row.update(body=row["body"] + "\n"), f"{AT}/digest: this is not the SHA-256 of what stands in body"),
    (said(b"not = [toml"), f"{AT}/body: this is no pack: our_rules.toml: "),
    (said(a_body(version="2.0")), f"{AT}/version: “2.0” was expected: so it stands in the pack"),
    (said(a_body("msp_principles"), pack_id="msp_principles"), f"{AT}/pack_id: a pack that comes with the program has this name"),
])
def test_an_edition_that_is_not_what_it_says_is_refused(written: dict[str, Any], home: Path, change: Change, words: str) -> None:
    change(written["tables"]["pack_edition"][0])
    with force_locale("en"), pytest.raises(Refused) as refusal:
        actions.import_project(data=json.dumps(written).encode(), home=home, by=a_person(), key="INV-2", is_dry=True)
    assert refusal.value.details[0][: len(words)] == words


def test_an_older_edition_that_comes_along_does_not_become_the_one_that_is_started(written: dict[str, Any], home: Path) -> None:
    body = a_body(version="0.9")
    said(body, version="0.9", published_at="2020-01-01T00:00:00+00:00")(written["tables"]["pack_edition"][0])
    actions.import_project(data=json.dumps(written).encode(), home=home, by=a_person(), key="INV-2")
    assert [each.version for each in versions("our_rules")] == ["0.9", "1.0"]
    found = installed("our_rules")
    assert found is not None
    assert (found.version, [each.version for each in offers() if each.id == "our_rules"]) == ("1.0", ["1.0"])
