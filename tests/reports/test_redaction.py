"""What a reader's level withholds: in single texts, in HTML, and in every report of the catalogue on a full project."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from tests.conftest import opened
from tests.factories.plans import a_plan
from tests.factories.reports import SECRET_PARTY, SECRET_VOICE
from tests.factories.runs import a_mapping_run, a_mirror, a_version
from tests.factories.walked import SECRET_WORDS
from workbench import clock
from workbench.config import Settings
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.queries import project_with_key
from workbench.projects.rules import Confidentiality
from workbench.reports import document, queries
from workbench.reports.names import Names, names_withheld
from workbench.reports.redaction import COUNTED, redactor_of
from workbench.reports.rules import LEVELS, Brief, Identity, Kind, Options, Period
from workbench.trail.actions import checkpoint
from workbench.web.transactions import commit

PUBLIC, INTERNAL = Options(confidentiality=Confidentiality.PUBLIC), Options(confidentiality=Confidentiality.INTERNAL)
NAMES = Names(
    persons=("Ada Martin", "Jean-Pierre de Smet", "Ada Roux"), voices=("Service desk", "Zoé O’Brien"),
    clients=("Nord & Fils", "Alpha"), files=("map.pdf",), hosts=("psa.example.test",),
)
KEYS = sorted(queries.catalogue())


@pytest.mark.parametrize(("told", "kept"), [
    ("Ada Martin and ADA  MARTIN", "[person 1] and [person 1]"),
    ("Ada said to Martin, not to Martinique", "[person] said to [person 1], not to Martinique"),
    ("Mr de Smet, SMET; Jean-Pierre", "Mr de [person 2], [person 2]; [person 2]"),
    ("the service desk has a desk", "the [person 4] has a desk"),
    ("Zoe\u0301 O'Brien", "[person 5]"),
    ("Nord & Fils pays €1,234.50 or 1\u202f234,50\u00a0€ or 12 k€ or EUR 3", "[client 1] pays " + " or ".join(["[withheld]"] * 4)),
    ("ada.martin@example.test sent map.pdf", "[withheld] sent [withheld]"),
    ("see https://u:p@psa.example.test/x?y=1, 10.0.0.7:80 and psa.example.test.", "see [withheld], [withheld] and [withheld]."),
    ("8.5.6.1, G1-01, 12 of 14, 2026, alphabet", "8.5.6.1, G1-01, 12 of 14, 2026, alphabet"),
])
def test_a_text_loses_what_the_public_may_not_see(app: Flask, told: str, kept: str) -> None:
    assert redactor_of(NAMES, PUBLIC).text(told) == kept


def test_internal_readers_see_names_and_no_amounts(app: Flask) -> None:
    assert redactor_of(Names(), INTERNAL).text("Ada owes CHF 1’200.00") == "Ada owes [withheld]"


def test_words_of_the_company_itself_are_no_parts_of_names(app: Flask) -> None:
    assert redactor_of(NAMES, PUBLIC, spared="Martin SA").text("Martin SA, Ada Martin") == "Martin SA, [person 1]"


def test_tags_hashes_and_commands_stay_as_they_are(app: Flask) -> None:
    page = (
        '<p id="Alpha" title="Alpha &amp; Ada Martin">Nord &amp; Fils &lt;Alpha&gt;</p><td class="hash">a/Alpha+b<wbr>c</td>'
        f'<a href="https://psa.example.test/">x</a><a href="#Alpha">Alpha</a><code>Alpha</code>{COUNTED}'
    )
    done = redactor_of(NAMES, PUBLIC)
    assert done.page(page) == (
        '<p id="Alpha" title="[client 2] &amp; [person 1]">[client 1] &lt;[client 2]&gt;</p><td class="hash">a/Alpha+b<wbr>c</td>'
        '<a href="#">x</a><a href="#Alpha">[client 2]</a><code>Alpha</code>6'
    )
    assert done.data({"Alpha": ["Alpha", 3, None]}) == {"Alpha": ["[client 2]", 3, None]}


def test_each_level_withholds_what_the_next_lower_one_does_too() -> None:
    assert LEVELS[Confidentiality.CONFIDENTIAL] < LEVELS[Confidentiality.INTERNAL] < LEVELS[Confidentiality.PUBLIC]
    with pytest.raises(ValueError, match="colours"):
        PUBLIC.shows("colours")


@pytest.fixture(scope="module")
def full(walked_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brief]:
    """The full project, its app open for the whole module."""
    home = tmp_path_factory.mktemp("redacted") / "home"
    shutil.copytree(walked_home, home)
    with opened(Settings(home=home, testing=True)), force_locale("en"):
        project, lead = project_with_key("INV-1"), db.session.query(Person).filter_by(name="Sylvie Petit").one()
        assert project is not None
        a_mirror(project, by=lead, home=home)
        run = a_mapping_run(project, by=lead, home=home, version_id=a_version(project, by=lead).id)
        a_plan(project, run, by=lead, home=home)
        signed = checkpoint(keys=home / "keys", reason="test")
        commit()
        yield Brief(project, "en", Identity("Nordpont"), queries.point_of(signed, home / "keys"), PUBLIC)


def words_of(page: str) -> str:
    """The texts of a page and of its properties, as a reader sees them."""
    shown = re.sub(r'<meta name="[^"]*" content="([^"]*)">', r"\1 ", page)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", shown)))


@pytest.mark.parametrize("key", KEYS)
def test_no_report_tells_the_public_a_name_a_client_an_address_or_an_amount(full: Brief, key: str) -> None:
    told = words_of(document.html(key, full))
    names, people = names_withheld(), db.session.query(Person).all()
    secret = [*(each.name for each in people), *(each.email for each in people), *names.clients, *names.files, *names.hosts]
    secret += [SECRET_PARTY, SECRET_VOICE, SECRET_WORDS, "cannot export quantities by client"]
    secret += ["A-9"]  # an account that the crosswalk of the mapping does not know
    assert len(names.clients) > 5
    assert [each for each in secret if re.search(rf"(?<!\w){re.escape(each)}(?!\w)", told)] == []
    assert re.findall(r"[€$£]\s?\d[\d,.]*|\d[\d,.\u202f\u00a0]*\s?€|\S+@\S+\.\w+|https?://\S+", told) == []


@pytest.mark.parametrize("key", KEYS)
def test_the_cover_says_for_whom_it_is_and_how_much_was_withheld(full: Brief, key: str) -> None:
    told = words_of(document.html(key, full))
    found = re.search(r"Level of the reader public Withheld (\d+) places?: ", told)
    assert found is not None
    assert found[1] == str(len(re.findall(r"\[(?:withheld|person(?: \d+)?|client \d+)\]", told)))
    assert Kind.PERSONS in LEVELS[full.options.confidentiality]


def test_internal_readers_see_who_and_not_how_much(full: Brief) -> None:
    told = words_of(document.html("audit_report", replace(full, options=INTERNAL)))
    assert ("Sylvie Petit" in told, "Service desk" in told, "cannot export quantities by client" in told) == (True, True, True)
    assert re.findall(r"[€$£]\s?\d[\d,.]*|\d[\d,.\u202f\u00a0]*\s?€", told) == []


def test_the_audit_report_tells_only_what_was_chosen(full: Brief) -> None:
    chosen = Options(
        period=Period(date(2099, 1, 1), date(2099, 12, 31)), steps=(1, 2), packs=("iso9001_2015",), without=("evidence", "records")
    )
    brief = replace(full, options=chosen)
    with force_locale("en"), clock.as_of(full.point.at):
        report = queries.catalogue()["audit_report"].build(brief)
    assert [(each.id, each.number) for each in report.sections if each.is_annex] == [("items", "A"), ("trail", "B")]
    assert [each.number for each in report.steps] == [each.step for each in report.gates] == [1, 2]
    assert [each.checklist.pack_id for each in report.judged] == ["iso9001_2015"]
    assert [each.step for each in report.decisions] == [2]  # its condition is open still
    assert (report.trials, report.heard, report.hand_overs, report.chapters) == ((), (), [], ())
    assert {each.is_open for each in report.findings} <= {True}
    told = words_of(document.html("audit_report", brief))
    wanted = ("Period 1 Jan 2099 to 31 Dec 2099", "Steps 1, 2", "Without the appendices Evidence index, Records of the steps")
    assert [each for each in wanted if each not in told] == []
