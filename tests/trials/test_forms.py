"""The sandbox speaks English; pages say its sentences in the language of who looks."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_babel import force_locale

from workbench.trials.forms import said

SENTENCES = {
    "u.csv: the file is empty": "u.csv\N{NO-BREAK SPACE}: le fichier est vide",
    "12 cells where the header has 3": "12 cellules là où l’en-tête en a 3",
    "the same client and service stand on rows 3 and 9": "le même client et le même service figurent lignes 3 et 9",
    "a sentence nobody foresaw": "a sentence nobody foresaw",
    "": "",
}


@pytest.mark.parametrize("english", SENTENCES)
def test_sentence_of_the_sandbox_is_said_in_french(app: Flask, english: str) -> None:
    with force_locale("fr"):
        assert said(english) == SENTENCES[english]


def test_several_sentences_are_said_one_by_one(app: Flask) -> None:
    with force_locale("fr"):
        parts = said("a client is missing; ends before it starts on 2026-01-31; something else").split("\N{NO-BREAK SPACE}; ")
    assert parts[1:] == ["se termine avant de commencer le 2026-01-31", "something else"]
