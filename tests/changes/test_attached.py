"""The plan of the sandbox that a request for change carries: its state, who decides, whose way back the request tells of."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories.changes import WHOLE, a_request_for_change, submitted, two_approvers
from tests.factories.people import a_member, a_person
from tests.factories.plans import LIVE, MOVED, OFFERS, a_plan, a_run_of_prices, checked
from tests.factories.projects import a_project
from tests.factories.runs import a_snapshot
from workbench.changes import actions
from workbench.changes.queries import request_for_change
from workbench.database import db
from workbench.people.models import Person
from workbench.people.rules import Function, Role
from workbench.projects.models import Project
from workbench.trail.queries import history
from workbench.trials.actions import plans
from workbench.web.filters import exact
from workbench.web.refusals import Refused
from workbench.web.transactions import commit

Counting = Callable[[], AbstractContextManager[list[str]]]
CHANGES, PLANS = "/projects/INV-1/changes", "/projects/INV-1/sandbox/plans"


def text_of(response: Any) -> str:
    """The text of a page, its spaces made single."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.text)))


@pytest.fixture
def lead(app: Flask) -> Person:
    return a_person(role=Role.QUALITY_LEAD, name="S. Petit")


@pytest.fixture
def project(lead: Person) -> Project:
    return a_project(by=lead, key="INV-1")


def test_a_request_says_what_its_plan_wants_and_asks_whose_way_back_it_tells_of(
    client: Any, app: Flask, lead: Person, project: Project, home: Path
) -> None:
    run = a_run_of_prices(project, by=lead, home=home)
    first = a_plan(project, run, by=lead, home=home, only=(("table", "psa.contracts"), ("contract", "C-007")))
    technical = a_person(name="N. Benali", language="fr")
    a_member(project, technical, functions=[Function.TECHNICAL_LEAD])
    row = a_request_for_change(project, by=lead, **WHOLE)
    actions.attach_plan(project=project, request_for_change=row, evidence_id=first.evidence_id or 0, home=home, by=lead)
    page, number, earlier = f"{CHANGES}/{row.id}", row.id, first.evidence_id

    checked(first, project, lead, home, LIVE)
    a_snapshot(project, "psa.contracts", MOVED, by=lead, home=home)
    client.sign_in(lead)
    outdated = client.get(page).text
    assert f'<a href="{PLANS}/1/check">a new check of the plan against live, which was received anew</a>' in outdated
    checked(first, project, lead, home)
    stale = client.get(page).text
    assert f'<a href="{PLANS}/1">a plan that is not stale: resolve its conflicts in the sandbox' in stale
    decided = client.get(f"{PLANS}/1").text
    assert ("conflicts are decided by" in decided, decided.count("Parts of the sandbox")) == (False, 1)
    french = client.sign_in(technical).get(f"{PLANS}/1").text
    told = text_of(client.get(f"{PLANS}/1"))
    assert [each in told for each in ("S. Petit", "price 12,00 → 12,50", "price 12,00 13,00 12,50", "35,00", "12.50")] == [
        True, True, True, True, False]
    assert "/resolve" not in french

    second = plans.resolve_plan(plan=db.session.merge(first), decisions={(1, "price"): ("value", "13.25")}, home=home, by=lead)
    commit()
    assert f'<a href="{page}/plan">the plan that took the place of this one' in client.sign_in(lead).get(page).text
    assert client.post(f"{page}/plan", {"evidence_id": second.evidence_id}).status_code == 303
    doubted = text_of(client.get(page))
    way_back = "The way back of plan 2, 1 row: update psa.contracts C-007: price 13.25 → 12.50"
    others = ("The back-out text is of another plan", "restore the price list", "read them again. Change the reason · Change the")
    assert [each in doubted for each in (way_back, *others)] == [True] * 4
    mended, asked = request_for_change(project.id, number), list(two_approvers(project))
    assert mended is not None
    with pytest.raises(Refused) as refusal:
        submitted(project, mended, asked, by=db.session.merge(lead))
    assert refusal.value.details == ("a back-out plan for this plan: its text was written for another one",)
    db.session.rollback()

    address, sent = f"{page}/back-out-text", {"plan": plan_of(project, number), "take": "plan"}
    assert client.post(address, {**sent, "plan": "0" * 64}).status_code == 409  # another plan was attached meanwhile
    assert (client.post(address, sent).status_code, client.post(address, sent).status_code) == (303, 409)
    taken = text_of(client.get(page))
    assert (taken.count(way_back), "The back-out text is of another plan" in taken) == (1, False)
    assert client.post(f"{page}/plan", {"evidence_id": earlier}).status_code == 303
    assert "The back-out text is of another plan" in text_of(client.get(page))
    assert client.post(address, {"plan": plan_of(project, number), "take": "same"}).status_code == 303
    assert "The back-out text is of another plan" not in text_of(client.get(page))
    assert history("request_for_change", number)[-1].act == "back_out_kept"


def test_who_approves_a_plan_reads_its_rows_and_the_plan_names_its_request(
    client: Any, lead: Person, project: Project, home: Path, count_queries: Counting
) -> None:
    offers = OFFERS + "".join(f"C-{number},7.00,Yard\n" for number in range(100, 122))
    run = a_run_of_prices(project, by=lead, home=home, offers=offers)
    small = a_plan(project, run, by=lead, home=home, only=(("table", "psa.contracts"), ("contract", "C-007")))
    large, pages, seen = a_plan(project, run, by=lead, home=home), list[str](), list[int]()
    for plan, live in ((small, LIVE), (large, MOVED)):
        checked(plan, project, lead, home, live)
        row = a_request_for_change(project, by=lead, **WHOLE)
        evidence, page, code = plan.evidence_id, f"{CHANGES}/{row.id}", row.code
        commit()
        before = client.sign_in(lead).get(f"{PLANS}/{plan.number}").text
        assert ("Attach the plan to a request for change" in before, code in before) == (True, False)
        assert client.post(f"{page}/plan", {"evidence_id": evidence}).status_code == 303
        with count_queries() as asked:
            pages.append(text_of(client.get(page)))
        seen.append(len(asked))
        named = client.get(f"{PLANS}/{plan.number}").text
        assert ("Attach the plan to a request for change" in named, f'<a href="{page}">{code}</a>' in named) == (False, True)
    fresh, stale = pages
    assert seen[0] == seen[1]
    told = ("1: create 0 · update 1", "price: 12.00 → 13.00", "No field of this plan moved live, by the check of ", "35.00 36.00")
    assert ([each in fresh for each in told], "not shown here" in fresh) == ([True] * 4, False)
    told = (
        "26: create 23 · update 3", "price: 12.50 → 13.00 stale", "C-007 price 12.00 → 12.50.",
        "price: nothing → 5.00", "6 more rows are not shown here. Show all rows",
    )
    assert [each in stale for each in told] == [True] * 5

    assert client.post(f"{page}/withdraw", {"reason": "not now", "version": "2"}).status_code == 303
    freed = client.get(f"{PLANS}/2").text
    assert ("Attach the plan to a request for change" in freed, f">{code}</a>" in freed) == (True, True)


def plan_of(project: Project, request_id: int) -> str:
    """The digest of the plan that the request carries now."""
    db.session.remove()
    found = request_for_change(project.id, request_id)
    assert found is not None
    return found.plan_sha256 or ""


def test_a_plan_is_attached_only_where_a_request_may_change(client: Any, lead: Person, project: Project) -> None:
    row = a_request_for_change(project, by=lead, **WHOLE)
    actions.withdraw_request(project=project, request_for_change=row, reason="not now", by=lead)
    client.sign_in(lead)
    assert "/plan\"" not in client.get(f"{CHANGES}/{row.id}").text
    assert client.get(f"{CHANGES}/{row.id}/plan").status_code == 409


def test_decimals_show_two_places_and_no_zeros_behind_them(app: Flask) -> None:
    with app.test_request_context():
        assert [exact(each) for each in ("30.0000", "9.90", "1234.5", "0.0010", 7, "9" * 40 + ".0000")] == [
            "30.00", "9.90", "1,234.5", "0.001", "7", ",".join(["9"] + ["999"] * 13) + ".00"]
