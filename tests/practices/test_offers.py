"""Comparisons of offers on the page: the phone bundle, fees for all lines, tiers, ranges, and files in and out."""

from __future__ import annotations

import io
from decimal import Decimal as D
from fractions import Fraction as F
from itertools import pairwise
from typing import Any

import pytest

import sandbox
from tests.factories.people import a_person
from tests.factories.practices import a_practice_record
from tests.factories.projects import a_project
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.practices import formats, queries
from workbench.practices.models import OfferComparison, OfferLine
from workbench.practices.rules import cells_of, offer_chart
from workbench.projects.models import Project
from workbench.web.refusals import BadValue

DEMO = "demo/offers/phone-bundle.toml"


@pytest.fixture
def lead(app: Any) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="S. Petit")


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def bundle(fee: str, overage: str, **facts: Any) -> tuple[OfferComparison, list[OfferLine]]:
    """Data only at d = 10 with a fee, and unlimited at d + 2; nothing included, so that usage is what lies over."""
    row = OfferComparison(code="OC-1", title="Phone bundle", usage="0", unit="GB over", currency="EUR", **facts)
    only = OfferLine(name="Data only", price="10", fee=fee, allowance="0", overage=overage)
    return row, [only, OfferLine(name="Unlimited", price="12", fee="", allowance="", overage="")]


@pytest.mark.parametrize(
    ("fee", "overage", "over", "cheaper", "gap"),
    [("2.50", "0", "0", "Unlimited", "0.50"), ("1.50", "0", "0", "Data only", "0.50"), ("1.50", "1", "1", "Unlimited", "0.50")],
)
def test_phone_bundle_is_reckoned_as_in_the_golden_case(fee: str, overage: str, over: str, cheaper: str, gap: str) -> None:
    found = formats.compared(*bundle(fee, overage), D(over))
    cheap, dear = found.rows
    assert (cheap.name, dear.a_line - cheap.a_line) == (cheaper, F(gap))


def test_break_even_of_the_bundle_is_a_fee_of_two_and_half_a_gigabyte() -> None:
    found = formats.compared(*bundle("1.50", "1"), D(0))
    assert [(one.use, one.cost) for one in found.found.break_evens] == [(F(1, 2), F(12))]
    assert [(one.offer, one.fee, one.amount) for one in found.fees if one.fee == "fee"] == [("Data only", "fee", F(2))]
    even = formats.compared(*bundle("2", "1"), D(0))
    assert [row.a_line for row in even.rows] == [F(12), F(12)]


def test_an_offer_is_cheaper_by_more_in_the_middle_than_at_the_ends() -> None:
    """B stands under A and C all the way from 0 to 10, level with A at 0 and with C at 10: 5.00 cheaper in the middle."""
    row = OfferComparison(code="OC-1", title="x", usage="0", unit="GB", currency="EUR", use_from="0", use_to="10")
    rising = [("A", "0", "2"), ("B", "0", "1"), ("C", "10", "0")]
    offers = [OfferLine(name=name, price=price, allowance="0", overage=overage) for name, price, overage in rising]
    found = formats.compared(row, offers, D(0)).found
    assert [(one.cheapest, one.gap, found.gaps(one)) for one in found.stretches] == [(("B",), (F(0), F(0)), (F(0), F(5)))]


@pytest.mark.parametrize("fee", ["2.01", "2.50", "9"])
def test_unlimited_is_cheaper_at_every_usage_for_a_fee_above_two(fee: str) -> None:
    found = formats.compared(*bundle(fee, "1"), D(0))
    assert [one.cheapest for one in found.found.stretches] == [("Unlimited",)]


def test_fees_for_all_lines_and_tiers_are_shared_by_the_lines() -> None:
    row, offers = bundle("0", "0", lines=4, use_to="20")
    offers[0].account_fee, offers[0].overage, offers[0].tiers = "8", "", "5; 1\n; 0.5"
    found = formats.compared(row, offers, D(7))
    rows = {each.name: (each.a_line, each.all_lines, each.hidden) for each in found.rows}
    # 10 + 8/4 + 5 × 1 + 2 × 0.5 a line; all four of them four times as much.
    assert rows["Data only"] == (F(18), F(72), F(8))
    assert rows["Unlimited"] == (F(12), F(48), F(0))


def test_chart_keeps_names_apart_and_lies_inside_its_drawing() -> None:
    points = {"a": [(F(0), F(10)), (F(5), F(20))], "b": [(F(0), F(12)), (F(5), F(20))], "c": [(F(0), F(11)), (F(5), F(20))]}
    chart = offer_chart(points, [(F(5), F(20))], [(F(0), F(5), ["a"])])
    labels = sorted(each.label_y for each in chart.paths)
    assert [second - first for first, second in pairwise(labels)] == [15.0, 15.0]
    assert next((each.points, each.dash) for each in chart.paths) == ("70.0,250.0 470.0,14.0", "")
    assert ([cost for _y, cost in chart.costs], chart.equal, chart.bands) == (
        [F(10), F(12), F(14), F(16), F(18), F(20)], ((470.0, 14.0),), ((70.0, 400.0, 0),)
    )


def test_cells_are_read_row_by_row() -> None:
    assert cells_of("a; 1\n\n ; 2; line", 3) == [("a", "1", ""), ("", "2", "line")]


def test_a_comparison_goes_out_and_in_again_unchanged() -> None:
    row, offers = bundle("1.50", "", lines=3, uses="Reception; 0\nVan 1; 0.5", use_from="0", use_to="5", use_step="1")
    offers[0].tiers, offers[0].allowance_per, offers[0].fees = "5; 1\n; 0.5", "account", "set-up; 3; account"
    offers[0].account_fee = "4"
    facts, described = formats.from_toml(formats.as_toml(row, offers), "x.toml")
    again = OfferComparison(code="OC-2", **facts), [OfferLine(**each) for each in described]
    mine, theirs = (sandbox.offers_json(formats.compared(*each, D(2)).found) for each in ((row, offers), again))
    assert mine == theirs
    assert (described[0]["fees"], described[0]["tiers"], facts["uses"]) == (
        "set-up; 3; account", "5; 1\n; 0.5", "Reception; 0\nVan 1; 0.5"
    )


def test_a_wrong_file_names_the_key() -> None:
    head = 'title = "x"\nunit = "GB"\ncurrency = "EUR"\nofers = []\n'
    with pytest.raises(BadValue) as refusal:
        formats.from_toml(head + 'offers = [{name = "a", fees = []}, {name = "b", fees = []}]\n', "x.toml")
    assert (refusal.value.field, refusal.value.message) == (
        "file", "x.toml: unknown key ofers; the nearest is offers; known: count, currency, lines, offers, range, title, unit"
    )


def test_pages_take_a_file_show_the_chart_and_give_it_back(client: Any, lead: Person, project: Project) -> None:
    number = project.id
    client.sign_in(lead)
    base = "/projects/INV-1/practices/comparisons"
    assert "Take a comparison from a file" in client.get(base).text
    wrong = client.post(f"{base}/import", {"file": (io.BytesIO(b"title = 1"), "x.toml")}, content_type="multipart/form-data")
    assert (wrong.status_code, "x.toml:" in wrong.text) == (422, True)
    with open(DEMO, "rb") as file:
        sent = {"file": (io.BytesIO(file.read()), "phone-bundle.toml")}
    answer = client.post(f"{base}/import", sent, content_type="multipart/form-data")
    assert (answer.status_code, answer.location) == (303, f"{base}/1/compare")
    page = client.get(answer.location).text
    assert [
        each in page
        for each in (
            '<title id="offers-title">Phone bundle: From 0 to 0.5 GB over: Data with a limit, by 0.00 EUR to 0.50 EUR',
            "Data with a limit and Data without a limit cost the same at a usage of 0.5 GB over.", "Van 2", "<polyline",
            "With work for an overrun at 2.00 EUR for Data with a limit it would cost as much as Data without a limit.",
        )
    ] == [True] * 5
    # Alone, the lines cost 21.50, 22.00 and 24.50 EUR with a limit: 68.00 together, against 3 × 22.00.
    together = page.partition("All together, with the fees paid once")[2].partition("</tr>")[0]
    assert [each in together for each in (">3.5<", ">68.00<", ">66.00<", ">Data without a limit<")] == [True] * 4
    assert f'href="/projects/INV-1/practices/offers/{queries.offers(number, 1)[0].id}"' in page
    wrong = client.get(f"{answer.location}?usage=-5").text
    assert "“-5” is no usage: a number of 0 or more is expected. Reckoned with the usage expected, 0." in wrong
    assert "is no usage" not in client.get(f"{answer.location}?usage=0,5").text
    given = client.get(f"{base}/1/export.toml")
    assert given.headers["Content-Disposition"] == "attachment; filename=INV-1-OC-1.toml"
    assert sandbox.offers_of(given.text, "x").offers[1].name == "Data without a limit"
    table = client.get(f"{base}/1/export.csv").text.splitlines()
    assert table[1:3] == ["0,64.50,66.00,Data with a limit,1.50", "1,67.50,66.00,Data without a limit,1.50"]
    form = client.get(f"{base}/1/policy").text
    assert "From 0.5 to 5 GB over: Data without a limit" in form
    assert [row.name for row in queries.offers(number, 1)] == ["Data with a limit", "Data without a limit"]


def test_a_comparison_that_cannot_be_reckoned_says_why(client: Any, lead: Person, project: Project) -> None:
    row = a_practice_record(project, "comparisons", by=lead)
    for _each in range(2):
        a_practice_record(project, "offers", by=lead, comparison_id=row.id)
    page = client.sign_in(lead).get(f"/projects/INV-1/practices/comparisons/{row.id}/compare").text
    assert "is the name of offers[1] too" in page


def test_forms_of_offers_name_the_row_that_is_wrong(client: Any, lead: Person, project: Project) -> None:
    row = a_practice_record(project, "comparisons", by=lead)
    client.sign_in(lead)
    typed = {"name": "x", "comparison_id": str(row.id), "price": "10", "tiers": "5; 1\n3; 2", "fees": "set-up; three; line"}
    page = client.post("/projects/INV-1/practices/offers/new", typed).text
    assert [each in page for each in ("Row 1 is not of the form name; amount; line or account.", "the last row has no end")] == [
        True, True
    ]
    range_ = client.post("/projects/INV-1/practices/comparisons/new", {"title": "x", "usage": "1", "use_from": "5", "use_to": "5"})
    assert "The range ends after it begins." in range_.text
