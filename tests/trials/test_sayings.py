"""On a French page the sandbox speaks French: every sentence in its source is in the tables, or is listed here with why not."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

import sandbox
from tests.trials.sentences import Reader, Sentence
from workbench.trials.forms import drift_said, expected_said, place_said, said
from workbench.trials.forms.sayings import origin_said

ROOT = Path(sandbox.__file__).parent
# What no page shows as it stands here: (file, pattern of the text, why).
NOT_SHOWN = (
    ("child.py", "failed to map segment|memory allocation of", "signs by which a child's end is recognised"),
    ("connectors/csv/connector.py", "end of data|field limit", "signs in messages of the CSV library"),
    ("connectors/spreadsheet/archive.py", "a document type|holds the error |.* of the workbook ", "a part, never said alone"),
    ("connectors/spreadsheet/opendocument.py", r"v1x [a-z-]+|v1x (table|style|office|text|calc).*", "names of XML"),
    ("connectors/sql/mariadb.py", "[A-Z ]+| through the role v1x", "rights as the server calls them; a part of a sentence"),
    ("connectors/sql/session.py", "start transaction.*|set transaction.*", "statements"),
    ("connectors/sql/session.py", ", can only read|.*readable only|writable by this.*", "the record of a reading"),
    ("connectors/sql/settings.py", "connection settings: v1x", "what it carries is looked up by itself"),
    ("workbook.py", "… .cut here: .*", "the end of a cell in a file"),
    ("engines/", r"CREATE .*|new\.v1x = old\.v2x|(int \| )?str \| None|least\(.*", "statements, types"),
    ("engines/spark_session.py", "Spark did not start: v1x", "the engine spark is for the command line"),
    ("formula/", r"is nothing|if\(condition, value, otherwise\)", "the formula language itself"),
    ("formula/functions.py", r"[a-z]+\(.*|.* [-+*/<>=]+ .*|(not|case|service) .*", "examples of formulas"),
    ("formula/functions.py", ".*is nothing|.* between .*", "examples of formulas"),
    ("formula/functions.py", "Whether a is v1x b;.*|[a-z]+ (to|than|most|least)", "one for each comparison: see the reference"),
    ("http/reader.py", "the last attempt.*", "an error of ours"),
    ("mapping/difference.py", "v1x(: )?is (new|gone)", "said with the place; see the test of changes"),
    ("mirror/overlay.py", "overlay: the document: v1x|CREATE .*", "what it carries is looked up by itself; a statement"),
    ("offers/offers.py", "the file: v1x", "what it carries is looked up by itself"),
    ("offers/shown.py", "From .*|At .*", "a policy in words is for the command line; the page of offers words its own"),
    ("plan/export.py", ".*", "a checklist in a file of its own, written in English"),
    ("receiving/", "CREATE .*", "a statement"),
    ("reconciliation/catalogue.py", "the same (service|package).*| with dates.*|v1x on rows.*", "a part, never said alone"),
    ("reconciliation/quantities.py", "the same v1x stand|client.* and .*", "a part, never said alone"),
    ("reconciliation/reasons.py", ".*", "it has its own words in both languages"),
    ("reconciliation/settings.py", "is (one of|a whole|1 or|at most).*", "a part; the wholes begin with `it`"),
)


@pytest.fixture(autouse=True)
def french(app: Flask) -> Iterator[None]:
    """A French page."""
    with app.test_request_context(), force_locale("fr"):
        yield


@cache
def sentences() -> tuple[Sentence, ...]:
    return tuple(Reader(ROOT).sentences())


def _is_shown(one: Sentence) -> bool:
    return not any(one.file.startswith(file) and re.fullmatch(words, one.text) for file, words, _ in NOT_SHOWN)


def _lacks(one: Sentence) -> str:
    """What is wrong with the French of a sentence; empty where nothing is."""
    for told in (said(one.text), drift_said(one.text)):
        left = [part for piece in one.text.split("; ") if len(re.findall("[a-z]{2,}", part := piece.split(": ")[-1])) > 2
                and part in told]
        if told != one.text and not left:
            return "".join(f" loses {sample}" for sample in one.samples if sample not in told)
    return " is not in the tables"


def test_every_sentence_of_the_sandbox_has_its_french() -> None:
    found = [one for one in sentences() if _is_shown(one)]
    assert [f"{one.file}:{one.line}: {one.text!r}{fault}" for one in found if (fault := _lacks(one))] == []
    assert len(found) > 700


def _messages(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("message"), str):
            yield schema["message"]
        for value in schema.values():
            yield from _messages(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _messages(value)


def test_the_messages_of_schemas_and_the_reference_of_formulas_have_their_french() -> None:
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "formats").glob("*.json"))]
    words = {*(one for schema in schemas for one in _messages(schema)), *(one.says for one in sandbox.formula_reference())}
    assert [one for one in sorted(words) if said(one) == one] == []
    assert len(words) > 60


NB = "\u00a0"


@pytest.mark.parametrize(("english", "expected"), [
    # Where something is stands before the sentence, what would help behind it.
    ("m.yaml:3: step clean, field a: there is no column b; expected one of a, c; the nearest is c",
     f"m.yaml:3{NB}: étape clean, champ a{NB}: il n’y a pas de colonne b{NB}; attendu{NB}: l’un de a, c{NB}; "
     f"nom le plus proche{NB}: c"),
    # What people wrote is theirs, whatever signs it holds.
    ("'a; b: c' is not a whole number; expected digits only, such as 12 or -3",
     f"'a; b: c' n’est pas un nombre entier{NB}; des chiffres seuls sont attendus, tels que 12 ou -3"),
    ("it's.csv: the file is empty", f"it's.csv{NB}: le fichier est vide"),
    # Words of the sandbox within a sentence are translated in their turn.
    ("row 4, T 1 name: original nothing, trial 1.00, live now nothing: say trial, live or a new value",
     f"ligne 4, T 1 name{NB}: à l’origine rien, essai 1.00, réel maintenant rien{NB}: "
     "dites l’essai, le réel ou une nouvelle valeur"),
    ("x.csv: cannot be read (No such file or directory)", f"x.csv{NB}: lecture impossible (le fichier n’existe pas)"),
    ("step clean: where is now `a` (was empty)", f"étape clean{NB}: where est maintenant `a` (avant{NB}: vide)"),
    # Several sentences in a line or below one another; the marks under a formula stay where they are.
    ('source u: column "a" is missing; the nearest is "b"',
     f"source u{NB}: la colonne «{NB}a{NB}» manque{NB}; nom le plus proche{NB}: «{NB}b{NB}»"),
    ("character 1: the formula is empty\n    1 +\n    ^", f"caractère 1{NB}: la formule est vide\n    1 +\n    ^"),
    # What a check asks is written in the formula language; the values that it looked at are told.
    ("the check once is not held: times = 1, where times is 2",
     f"le contrôle once n’est pas respecté{NB}: times = 1, alors que times vaut 2"),
    ("the check few is not held: a in ('x; y', 'z'), where a is 'x, y is z', b is nothing, :most is 5; the row is refused",
     f"le contrôle few n’est pas respecté{NB}: a in ('x; y', 'z'), alors que a vaut 'x, y is z', b est vide, :most vaut 5{NB}; "
     "la ligne est refusée"),
    ("usage: the check all is not held: true", f"usage{NB}: le contrôle all n’est pas respecté{NB}: true"),
    # What is not of the sandbox stays.
    ("Something else: yes; and more", "Something else: yes; and more"),
    ("", ""),
])
def test_a_sentence_is_taken_apart_and_put_together_in_french(english: str, expected: str) -> None:
    assert said(english) == expected


def test_places_and_what_was_expected_are_told_in_french() -> None:
    assert place_said("step clean, lookup client, field x") == "étape clean, recherche client, champ x"
    assert (expected_said("text or int"), expected_said("a list of steps")) == ("text ou int", "une liste d’étapes")


def test_every_sentence_stays_as_it_is_on_an_english_page() -> None:
    with force_locale("en"):
        found = [one.text for one in sentences()]
        assert [one for one in found if said(one) != one] == []


def test_a_long_text_of_others_is_answered_at_once() -> None:
    text = "; ".join(["there is no column x: 'a"] * 3_000)
    began = time.process_time()
    assert said(text)[:10] == "there is n"
    assert time.process_time() - began < 2


def test_a_made_up_row_is_named_where_others_have_their_line(app):
    with app.test_request_context():
        for language, named in (("en", "psa.usage: fake record 2"), ("fr", "psa.usage\u00a0: fiche fictive 2")):
            with force_locale(language):
                assert [origin_said("usage:14"), origin_said("psa.usage:-2")] == ["usage:14", named]
