"""Names and fields of two tools: suggestions with reasons, their precision on a made corpus, and the crosswalk."""
from __future__ import annotations

import random
import time

import pytest

from sandbox.connectors.csv.connector import read_csv
from sandbox.errors import InputRefused
from sandbox.matching.crosswalk import Crosswalk, Pair, read_crosswalk, with_exact
from sandbox.matching.fields import Column, best_fields, field_name, field_suggestions, seen_type
from sandbox.matching.names import suggestions
from sandbox.naming import normalised

PLACES = ("Lyon", "Gent", "Köln", "Luxembourg", "Arlon", "Metz", "Namur", "Trier", "Reims", "Brugge")
TRADES = ("Boulangerie", "Garage", "Imprimerie", "Pharmacie", "Bäckerei", "Schreinerei", "Bouwbedrijf", "Consulting",
          "Transport", "Menuiserie", "Architectes", "Plomberie", "Fleuriste", "Optique", "Notariat", "Carrosserie",
          "Librairie", "Sanitär", "Weinhandel", "Logistics")
FAMILIES = (("Bra", "Klo", "Du", "Ste", "Mar", "Vo", "Wé", "Gi"), ("ne", "val", "rmo", "nbe", "ltz", "ssi"),
            ("rt", "n", "eau", "mans", ""))
FORMS = ("SARL", "S.A.", "GmbH", "Ltd", "BV", "SPRL", "SAS", "NV", "S.à r.l.", "GmbH & Co. KG")


def corpus(seed=7):
    """{left spelling: right spelling} of 200 companies: noise by rules, and every left name has exactly one truth."""
    dice = random.Random(seed)  # noqa: S311 – the same corpus every time
    truth = {}
    noises = (
        lambda name: name.upper(), lambda name: name.replace("é", "e").replace("ö", "o").replace("ä", "a").lower(),
        lambda name: f"{name} {dice.choice(FORMS)}", lambda name: f"{dice.choice(FORMS[:5])} {name}",
        lambda name: name.replace(" ", "  ") + ".", lambda name: name.replace(" ", "-"),
        lambda name: name[:6] + name[7:], lambda name: name[:4] + name[5] + name[4] + name[6:],
        lambda name: f"{name}s", lambda name: " ".join(reversed(name.split())))
    for number in range(200):
        family = "".join(dice.choice(part) for part in FAMILIES)
        name = f"{TRADES[number % 20]} {family} {PLACES[number // 20]}"
        truth[noises[number % 10](name)] = name
    return truth


def test_suggestions_on_a_made_corpus_are_precise():
    truth = corpus()
    found = suggestions(list(truth), list(truth.values()))
    right = sum(truth[one.left] == one.right for one in found)
    assert (len(truth), round(right / len(found), 3) >= 0.98, round(right / len(truth), 3) >= 0.85) == (200, True, True)
    wrong_normalised = [one for one in found if one.reason == "normalised" and truth[one.left] != one.right]
    assert wrong_normalised == []


@pytest.mark.parametrize(("left", "right", "score", "reason", "why"), [
    ("Bakery Noé", "Bakery Noé", 100.0, "exact", "the same name"),
    ("bakery noé", "Bakery Noé", 100.0, "normalised", "differs only by case"),
    ("Bakery  Noé", "Bakery Noé", 100.0, "normalised", "differs only by spaces"),
    ("Bakery Noe", "Bakery Noé", 100.0, "normalised", "differs by case, spaces or accents"),
    ("Bakery-Noe.", "Bakery Noé", 100.0, "normalised", "differs by case, spaces or punctuation"),
    ("Bakery Noé S.à r.l.", "Bakery Noé GmbH & Co. KG", 100.0, "normalised",
     "differs by legal form, punctuation, accents or case"),
    ("Bakery Noes", "Bakery Noé", 95.2, "fuzzy", "95 of 100 letters alike: 'bakery noes' and 'bakery noe'"),
])
def test_a_suggestion_says_how_alike_two_names_are_and_why(left, right, score, reason, why):
    [found] = suggestions([left], [right])
    assert (found.score, found.reason, found.why) == (score, reason, why)


@pytest.mark.parametrize(("name", "plain"), [
    ("S.A. Dupont & Fils", "dupont and fils"), ("Müller GmbH & Co. KG", "muller"), ("Łódź Sp. z o.o.", "lodz"),
    ("ООО Ромашка", "ооо ромашка"), ("株式会社 東京", "株式会社 東京"), ("Limited", "limited"), ("Ａｃｍｅ Ｌｔｄ", "acme"),
    ("L'Œuvre", "loeuvre"), ("  ", ""), ("हिन्दी", "हिन्दी"),
])
def test_a_name_is_normalised_and_other_scripts_are_kept(name, plain):
    assert normalised(name) == plain


def test_alternatives_are_kept_and_names_already_decided_are_not_asked_again():
    found = suggestions(["acme", "Beta", "gone", "beta", "Gamma"], ["Acme SA", "ACME Ltd", "Beta", "Gama"],
                        decided={"gone": None})
    assert [(one.left, one.right, one.reason) for one in found] == [
        ("acme", "Acme SA", "normalised"), ("acme", "ACME Ltd", "normalised"), ("Beta", "Beta", "exact"),
        ("beta", "Beta", "normalised")]
    assert suggestions(["Martin Noël Paris", ""], ["Paris Martin Noël", ""]) == []


def test_a_crosswalk_keeps_who_decided_what_and_feeds_a_lookup():
    known = with_exact(Crosswalk(), ["Acme", "acme", "X"], ["Acme"], at="2026-01-31")
    known = known.accepted("acme", ["Acme", "Acme Belgium"], by="Ana", at="2026-02-01", reason="two sites")
    known = known.ignored("X", by="Ana", at="2026-02-01", reason="a test account")
    assert [known.state(name) for name in ("Acme", "acme", "X", "new")] == ["mapped", "mapped", "ignored", "unmapped"]
    assert known.lookup("account", "client") == "account,client\nAcme,Acme\nacme,Acme\nacme,Acme Belgium\n"
    assert read_crosswalk(known.as_csv().encode()).as_csv() == known.as_csv()
    assert known.decided() == {"Acme": "Acme", "acme": "Acme Belgium", "X": None}
    assert known.reopened("acme").state("acme") == "unmapped"
    assert [record.cells["left"] for record in read_csv(known.as_csv().encode(), "c.csv").records] == ["Acme", "X", "acme", "acme"]


@pytest.mark.parametrize(("pairs", "message"), [
    ([Pair("a", "b", "mapped"), Pair("a", None, "ignored", reason="x")], "'a' is both mapped and ignored"),
    ([Pair("a", None, "ignored")], "'a' is ignored: the reason is missing"),
    ([Pair("a", None, "mapped")], "'a' is mapped: a right name belongs to a mapped one, and only to it"),
    ([Pair("a", "b", "guessed")], "'a': the state 'guessed' is none of unmapped, mapped, ignored"),
    ([Pair("a", "b", "mapped"), Pair("a", "b", "mapped", "Ana")], "'a' is mapped twice to 'b'"),
])
def test_a_crosswalk_that_contradicts_itself_is_refused(pairs, message):
    with pytest.raises(InputRefused, match=f"^{message}$"):
        Crosswalk(pairs)


def test_a_crosswalk_file_with_a_wrong_row_is_refused_by_its_row():
    with pytest.raises(InputRefused, match=r"^crosswalk\.csv: row 3, state: unmapped, mapped or ignored was expected$"):
        read_crosswalk(b"left,right,state\na,b,mapped\nc,d,maybe\n")


def test_fields_are_suggested_by_name_type_and_content():
    sources = [Column("ClientID", samples=("007", "008")), Column("Qté", samples=("3", "4", "12")),
               Column("Datum", samples=("2026-01-31",)), Column("Kunde", samples=("Bakery Noé", "Garage Lux")),
               Column("xyz", samples=("S1", "S2", "S3")), Column("Notes", samples=("a", ""))]
    targets = [Column("quantity", "int"), Column("customer_no", "text"), Column("service", "text", ("S1", "S2", "S3", "S4")),
               Column("client", "text", ("BAKERY NOE", "garage lux")), Column("date", "date"), Column("open", "bool")]
    found = field_suggestions(sources, targets)
    assert [(one.source, one.target, one.score, one.reasons) for one in found] == [
        ("Qté", "quantity", 85.0, ("name", "type")), ("ClientID", "customer_no", 70.0, ("name",)),
        ("xyz", "service", 70.0, ("content",)), ("Kunde", "client", 85.0, ("name", "content")),
        ("Datum", "date", 85.0, ("name", "type"))]
    assert best_fields(found) == {"quantity": "Qté", "customer_no": "ClientID", "service": "xyz", "client": "Kunde",
                                  "date": "Datum"}
    assert [seen_type(cells) for cells in (("007",), ("1", "2.50"), ("true", ""), ("2026-01-31",), ("a", "1"), ("",))] == [
        "text", "decimal", "bool", "date", "text", ""]
    # Only what a run reads with the table's own decimal mark is a number: 1.000 is none where the mark is a comma.
    assert [seen_type(cells, ",") for cells in (("1.000", "12,50"), ("1.000",), ("1 000,5", "2"), ("2.50",), ("2,50",))] == [
        "text", "text", "decimal", "text", "decimal"]
    assert [seen_type(cells) for cells in (("1", "2,50"), ("1.234,50",), ("+3",), ("0.12345",), ("0.1234567891",))] == [
        "text", "text", "text", "decimal(9)", "text"]
    assert field_name("unitPrice") == field_name("unité-prix")


@pytest.mark.heavy
def test_five_thousand_names_against_five_thousand_take_little_time():
    dice = random.Random(1)  # noqa: S311 – the same names every time
    names = [["".join(dice.choices("abcdeinrst ", k=dice.randint(6, 30))) for _ in range(5000)] for _ in range(2)]
    started = time.perf_counter()
    suggestions(*names)
    assert time.perf_counter() - started < 30
