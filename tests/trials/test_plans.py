"""Story 12: a subset of a run's difference is promoted; live moves; the plan is resolved, rehearsed, approved, exported."""

from __future__ import annotations

import html
import io
import json
import re
import threading
import zipfile
from typing import Any
from urllib.parse import urlencode

import pytest
from markupsafe import escape
from sqlalchemy import event

from tests.factories.changes import WHOLE, a_request_for_change, an_answer, submitted, two_approvers
from tests.factories.jobs import do_jobs
from tests.factories.people import PASSWORD, a_person
from tests.factories.plans import LIVE, MAPPING, MOVED, a_run_of_prices, checked
from tests.factories.projects import a_project
from tests.factories.runs import a_snapshot, a_version
from workbench.changes import actions as changes
from workbench.changes import proofs
from workbench.changes.queries import request_for_change
from workbench.changes.rules import RequestState
from workbench.database import db
from workbench.evidence import store as evidence_store
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.lifecycle.conditions.case import Case, Reads
from workbench.lifecycle.conditions.experiment import live_data_unchanged
from workbench.lifecycle.rules import Result
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.trail.actions import record
from workbench.trail.queries import history
from workbench.trials.actions import plans as actions
from workbench.trials.models import PlanCheck, PlanRehearsal, PromotionPlan
from workbench.trials.queries import plans as queries
from workbench.trials.queries.whole import plans_told
from workbench.trials.rules.plans import Choice, row_name, rows_named
from workbench.web.refusals import Refused
from workbench.web.transactions import commit

BASE = "/projects/INV-1/sandbox/plans"
C1, C7, C8, C9, C10 = (row_name("psa.contracts", [f"C-0{number}"]) for number in ("01", "07", "08", "09", "10"))


@pytest.fixture
def lead(app):
    return a_person(role=Role.QUALITY_LEAD, name="S. Petit", password=PASSWORD)


@pytest.fixture
def project(lead):
    return a_project(by=lead, key="INV-1")


@pytest.fixture
def run(project, lead, home):
    return a_run_of_prices(project, by=lead, home=home, fake={"contract": "C-F", "price": "1.00", "client": "[FAKE] Zoo"})


def a_plan(project, run, lead, home, *names: str, **choice: Any) -> PromotionPlan:
    chosen = Choice(**choice) if choice else Choice(rows=rows_named(names or [C7, C10]))
    made = actions.make_plan(project=project, run=run, title="January", choice=chosen, home=home, by=lead)
    commit()
    return made


def text_of(response):
    """The text of a page, its spaces made single."""
    body = re.sub(r"<(script|option|head)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def dry_run(**asked: Any) -> str:
    return f"{BASE}/dry-run?{urlencode({'run': 1, **asked}, doseq=True)}"


def rows_of(plan) -> list[tuple[str, str, dict[str, list[str | None]]]]:
    found = json.loads(plan.text)["rows"]
    return [
        (row["kind"], row["key"]["contract"], {name: [one["live"], one["trial"]] for name, one in row["fields"].items()})
        for row in found
    ]


def newest_plan() -> PromotionPlan:
    db.session.remove()
    return db.session.query(PromotionPlan).order_by(PromotionPlan.id.desc()).first()


def test_a_choice_by_rows_page_or_filter_is_shown_dry_and_becomes_exactly_that_plan(client, lead, project, run):
    client.sign_in(lead)
    page = client.get(f"{BASE}/new?run=1")
    assert [page.text.count(f'value="{escape(name)}"') for name in (C1, C7, C8, C9, C10)] == [1] * 5
    assert "C-F fake" in text_of(page)
    assert escape(row_name("psa.contracts", ["C-F"])) not in page.text
    kept = client.get(f"{BASE}/new?{urlencode({'run': 1, 'field': 'contract', 'value': 'C-009', 'row': [C7, C9]}, doseq=True)}")
    assert f'type="hidden" name="row" value="{escape(C7)}"' in kept.text
    assert "1 ticked on other pages" in text_of(kept)
    assert client.get(dry_run()).location == f"{BASE}/new?run=1"
    dry = text_of(client.get(dry_run(scope="rows", row=[C7, C10])))
    assert "2 rows 1 create 1 update 0 withdraw 0 left out" in dry
    assert "psa.contracts sum of price 35.00 41.00" in dry
    assert db.session.query(PromotionPlan).count() == 0
    whole = text_of(client.get(dry_run(scope="filter")))
    assert "4 rows 1 create 3 update 0 withdraw 2 left out" in whole
    assert "psa.contracts contract C-F fake fake: never promoted" in whole
    by_price = text_of(client.get(dry_run(scope="filter", field="price", value="4.5")))
    assert "1 rows 0 create 1 update" in by_price
    assert "3 rows 0 create 3 update" in text_of(client.get(dry_run(scope="page", kind="update")))
    answer = client.post(dry_run(scope="rows", row=[C7, C10], flagged=[C8]), {"title": "January"})
    assert (answer.status_code, answer.location) == (303, f"{BASE}/1")
    plan = newest_plan()
    assert rows_of(plan) == [
        ("update", "C-007", {"price": ["12.00", "13.00"]}),
        ("withdraw", "C-008", {"price": ["9.00", None], "client": ["Mill", None]}),
        ("create", "C-010", {"price": [None, "5.00"], "client": [None, "Dock"]}),
    ]
    assert plan.chosen["by"] == "rows"
    refused = client.post(dry_run(scope="rows", row=[row_name("psa.contracts", ["C-F"])]), {"title": "x"})
    assert (refused.status_code, "C-F: a fake row never enters a plan" in text_of(refused)) == (409, True)
    assert client.post(dry_run(scope="rows", row=[C7]), {"title": ""}).status_code == 422


def test_the_plan_page_holds_every_field_three_ways_and_names_what_moved(client, lead, project, run, home):
    plan = a_plan(project, run, lead, home)
    client.sign_in(lead)
    assert "Not checked against live yet." in text_of(client.get(f"{BASE}/1"))
    a_snapshot(project, "psa.contracts", MOVED, by=lead, home=home)
    commit()
    form = client.get(f"{BASE}/1/check").text
    newest = re.search(r'<option selected value="(\d+)">', form)
    assert newest is not None
    answer = client.post(f"{BASE}/1/check", {"live_1": newest[1], "decimal": "."})
    assert (answer.status_code, answer.location) == (303, f"{BASE}/1")
    page = text_of(client.get(f"{BASE}/1"))
    assert "contract C-007 price 12.00 → 12.50" in page
    assert "1 C-007 psa.contracts update moved price 12.00 13.00 12.50 stale the price list of January offers:3" in page
    assert "2 C-010 psa.contracts create as it was price nothing 5.00 not there" in page
    assert "1 to 1 of 1" in text_of(client.get(f"{BASE}/1?state=conflict"))
    upload: dict[str, Any] = {"live_1": "file", "decimal": ""}
    missing = client.post(f"{BASE}/1/check", {"live_1": "file", "decimal": "."})
    assert (missing.status_code, "This file is needed" in missing.text) == (422, True)
    exported = "contract;price;client\nC-001;10,00;Forge\nC-007;12,00;Noe\nC-008;9,00;Mill\n"
    wrong = client.post(f"{BASE}/1/check", {**upload, "decimal": ".", "file_1": (io.BytesIO(exported.encode()), "live.csv")})
    assert (wrong.status_code, "&#39;10,00&#39; is not of type" in wrong.text) == (422, True)
    upload["file_1"] = (io.BytesIO(exported.encode()), "live.csv")  # its decimal mark is recognised
    assert client.post(f"{BASE}/1/check", upload).status_code == 303
    assert "Fresh: no field of this plan moved live." in text_of(client.get(f"{BASE}/1"))
    assert [each.is_stale for each in db.session.query(PlanCheck).order_by(PlanCheck.id)] == [True, False]
    listed = text_of(client.get(f"{BASE}?state=fresh"))
    assert "plan 1: January fresh not rehearsed 1 1 0 run M1" in listed
    assert client.get(f"{BASE}.csv").text.splitlines()[1].startswith("1,January,1,fresh,2,1,1,0,")
    assert json.loads(client.get(f"{BASE}/1/plan.json").text)["sha256"] == db.session.get(PromotionPlan, plan.id).sha256


def test_conflicts_end_as_decided_in_a_new_plan_that_takes_the_place_of_the_first(client, lead, project, run, home):
    plan = a_plan(project, run, lead, home, rows=rows_named([C1, C7, C10]), flagged=rows_named([C8]))
    live = MOVED.replace("C-001,10.00", "C-001,10.10") + "C-010,6.00,Dock\n"
    checked(plan, project, lead, home, live)
    client.sign_in(lead)
    page = text_of(client.get(f"{BASE}/1/resolve"))
    assert "contract C-007 price 12.00 13.00 12.50" in page
    names = re.findall(r'name="(taken_\w+)"', client.get(f"{BASE}/1/resolve").text)
    assert len(names) == 3
    left = client.post(f"{BASE}/1/resolve", {names[0]: "trial", names[1]: "", names[2]: "live"})
    assert (left.status_code, "say trial, live or a new value" in text_of(left)) == (422, True)
    decided = {names[0]: "trial", names[1]: "value", names[1].replace("taken", "value"): "12.75", names[2]: "live"}
    answer = client.post(f"{BASE}/1/resolve", decided)
    assert (answer.status_code, answer.location) == (303, f"{BASE}/2")
    made = newest_plan()
    assert rows_of(made) == [
        ("update", "C-001", {"price": ["10.10", "11.00"]}), ("update", "C-007", {"price": ["12.50", "12.75"]}),
        ("withdraw", "C-008", {"price": ["9.00", None], "client": ["Mill", None]}),
    ]
    assert (made.replaces_id, queries.newest_check(made).is_stale) == (plan.id, False)
    assert "Another plan took the place of this one. plan 2" in text_of(client.get(f"{BASE}/1"))
    assert client.post(f"{BASE}/1/resolve").status_code in (409, 422)
    assert client.post(f"{BASE}/2/resolve").status_code == 409


def test_a_rehearsal_comes_back_to_the_same_hash_and_counts_for_the_request_for_change(client, lead, project, run, home, app):
    a_plan(project, run, lead, home)
    client.sign_in(lead)
    assert client.post(f"{BASE}/1/rehearse").location == f"{BASE}/1#rehearsal"
    tried = db.session.query(PlanRehearsal).one()
    hashes = [tried.result[name] for name in ("before", "applied", "reverted")]
    assert (tried.is_equal, hashes[0] == hashes[2], hashes[0] == hashes[1]) == (True, True, False)
    assert "the way back gives the very same tables" in text_of(client.get(f"{BASE}/1"))
    row = a_request_for_change(project, by=db.session.merge(lead), **WHOLE)
    commit()
    assert proofs.plan_not_rehearsed(project.id) == ["RFC-1"]
    offered = client.get(f"/projects/INV-1/changes/{row.id}/plan").text
    assert '<optgroup label="Plans of the sandbox">' in offered
    evidence_id = newest_plan().evidence_id
    answer = client.post(f"/projects/INV-1/changes/{row.id}/plan", {"evidence_id": evidence_id})
    assert answer.status_code == 303
    shown = text_of(client.get(f"/projects/INV-1/changes/{row.id}"))
    assert "no fake row, no personal data in the clear" in shown
    assert "way back rehearsed in the sandbox" in shown
    assert (proofs.plan_not_rehearsed(project.id), proofs.fake_in_plan(project.id)) == ([], [])
    large = newest_plan()
    job = actions.start_rehearsal(plan=large, home=home, by=db.session.merge(lead), address=f"{BASE}/1")
    number = job.id
    commit()
    found = do_jobs(app)
    assert (found.id, found.state, found.result_url, db.session.query(PlanRehearsal).count()) == (number, "done", f"{BASE}/1", 2)


def attached(project, plan, lead, home):
    row = a_request_for_change(project, by=lead, **WHOLE)
    changes.attach_plan(project=project, request_for_change=row, evidence_id=plan.evidence_id, home=home, by=lead)
    return row


def test_a_stale_plan_is_neither_submitted_nor_exported_and_the_gate_names_the_fields(client, lead, project, run, home):
    plan = a_plan(project, run, lead, home)
    owner, technical = two_approvers(project)
    row = attached(project, plan, lead, home)
    checked(plan, project, lead, home)
    with pytest.raises(Refused) as refusal:
        submitted(project, row, [owner, technical], by=lead)
    assert refusal.value.details[-1] == "contract C-007 price 12.00 → 12.50"
    assert proofs.plan_not_as_approved(project.id) == ["RFC-1: the plan is stale: contract C-007 price 12.00 → 12.50"]
    client.sign_in(lead)
    answer = client.post(f"/projects/INV-1/changes/{row.id}/apply")
    assert (answer.status_code, "contract C-007 price 12.00 → 12.50" in text_of(answer)) == (409, True)
    assert client.post(f"{BASE}/1/rehearse").status_code == 409
    with pytest.raises(Refused, match="Plan 1 is stale"):
        actions.export_plan(plan=newest_plan(), authorised_by="RFC-1", home=home, by=db.session.merge(lead))


def test_an_approved_and_fresh_plan_is_exported_carried_out_and_taken_back(client, lead, project, run, home):
    owner, technical = two_approvers(project)
    row = attached(project, a_plan(project, run, lead, home), lead, home)
    row_id, address = row.id, f"/projects/INV-1/changes/{row.id}/apply"
    client.sign_in(lead)
    assert "the approval of this very plan: RFC-1 is not authorised" in text_of(client.get(address))
    row = request_for_change(project.id, row_id)
    submitted(project, row, [owner, technical], by=db.session.merge(lead))
    for person in (owner, technical):
        an_answer(project, row, by=db.session.merge(person))
    commit()
    assert "a check against live made after the approval" in text_of(client.get(address))
    actions.check_plan(plan=newest_plan(), live={"psa.contracts": {"snapshot": 1}}, home=home, by=db.session.merge(lead))
    commit()
    assert "a reading of psa.contracts received" in text_of(client.post(address))
    checked(newest_plan(), project, lead, home, LIVE)
    assert "Approved, and fresh by a check made since." in text_of(client.get(address))
    assert (client.post(address).status_code, proofs.plan_not_as_approved(project.id)) == (303, [])
    assert "Plan 1: files to carry it out, by RFC-1" in text_of(client.get(address))
    piece = db.session.query(Evidence).order_by(Evidence.id.desc()).first()
    assert [event.act for event in history("evidence", piece.id)] == ["evidence_added", "plan_exported"]
    version = db.session.query(EvidenceVersion).filter_by(evidence_id=piece.id).one()
    with zipfile.ZipFile(io.BytesIO(evidence_store.read(version.sha256, home=home))) as archive:
        names, told = archive.namelist(), archive.read("01-psa-contracts-create.csv").decode()
        listed = archive.read("checklist.md").decode()
    assert names == [
        "01-psa-contracts-create.csv", "01-psa-contracts-create.json", "02-psa-contracts-update.csv",
        "02-psa-contracts-update.json", "checklist.md", "plan.json", "steps.jsonl",
    ]
    assert told.splitlines()[1] == "2,C-010,5.00,Dock"
    assert "price 35.00 in all" in listed
    done = LIVE.replace("C-007,12.00", "C-007,13.00") + "C-010,5.00,Dock\n"
    after = checked(newest_plan(), project, lead, home, done, is_after=True)
    assert (after.is_stale, after.result["is_done"], after.result["counts"]["done"]) == (False, True, 2)
    page = text_of(client.get(f"{BASE}/1"))
    assert "Live is as this plan wanted it. 2 rows are done." in page
    assert f"What is done live, filed as evidence {after.result['evidence_code']}" in page
    assert client.post(f"{BASE}/1/revert").location == f"{BASE}/2"
    assert client.post(f"{BASE}/1/revert").location == f"{BASE}/2"
    back = newest_plan()
    assert rows_of(back) == [
        ("withdraw", "C-010", {"price": ["5.00", None], "client": ["Dock", None]}),
        ("update", "C-007", {"price": ["13.00", "12.00"]}),
    ]
    assert json.loads(back.text)["inverse_of"] == db.session.get(PromotionPlan, back.inverse_of_id).sha256
    assert "takes back plan 1" in text_of(client.get(f"{BASE}/2"))


@pytest.mark.parametrize("any_app", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_of_two_who_take_a_plan_back_at_once_one_is_told_of_the_other(any_app, home):
    lead = a_person(role=Role.QUALITY_LEAD, name="S. Petit")
    project = a_project(by=lead, key="INV-1")
    run = a_run_of_prices(project, by=lead, home=home)
    plan_id, lead_id = a_plan(project, run, lead, home).id, lead.id
    db.session.remove()
    ready, waited, answers = threading.Barrier(2, timeout=30), threading.local(), []

    def wait_for_the_other(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FOR UPDATE" in statement and not hasattr(waited, "once"):  # neither has seen a way back of the other
            waited.once = ready.wait()

    def take_back() -> None:
        with any_app.app_context():
            plan, by = db.session.get_one(PromotionPlan, plan_id), db.session.get_one(Person, lead_id)
            try:
                answers.append(actions.revert_plan(plan=plan, home=home, by=by).number)
                commit()
            except Refused as refused:
                answers.append(str(refused))
            db.session.remove()

    event.listen(db.engine, "before_cursor_execute", wait_for_the_other)
    both = [threading.Thread(target=take_back) for _person in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(answers, key=str) == [2, "Somebody took plan 1 back at this very moment: plan 2 is its way back."]
    assert [each.number for each in db.session.query(PromotionPlan).filter_by(inverse_of_id=plan_id)] == [2]


def test_live_data_unchanged_joins_reconciliations_runs_and_the_mirror(app, project, run, lead, home):
    def line():
        (found,) = live_data_unchanged(Case(5, Reads(project.id, "INV-1", run.run_at.date(), "en")))
        return found.result, found.reason

    assert line() == (Result.PASS, "Newest runs of the mappings that left their sources as they were: 1. 2 sources of the mirror "
                                   "have the same SHA-256 before and after they were read.")
    a_snapshot(project, "psa.contracts", LIVE, by=lead, home=home, after="b" * 64)
    assert line() == (Result.FAIL, "Changed while it was read: psa in reading 2.")
    a_snapshot(project, "psa.contracts", LIVE, by=lead, home=home, after="")
    assert line() == (Result.FAIL, "Not read again afterwards, so that nothing shows it: psa in reading 3.")


def test_lists_ask_as_often_for_thirty_plans_as_for_one(client, lead, project, run, home, count_queries):
    a_plan(project, run, lead, home)
    client.sign_in(lead)

    def asked() -> int:
        client.get(BASE)
        with count_queries() as seen:
            assert client.get(BASE).status_code == 200
        return len(seen)

    first, plan = asked(), newest_plan()
    same = ("project_id", "title", "run_id", "chosen", "text", "sha256", "counts", "evidence_id")
    kept = {name: getattr(plan, name) for name in same}
    for number in range(2, 31):
        made = PromotionPlan(number=number, made_at=plan.made_at, made_by_id=lead.id, **kept)
        db.session.add(made)
        record("plan_made", made, by=lead, project="INV-1")
    commit()
    assert (asked(), client.get(BASE).text.count("plan 30: January")) == (first, 1)


def test_a_check_counts_no_more_once_live_was_received_anew_and_otherwise(client, lead, project, run, home):
    """A plan that stands for an earlier export is not fresh, whichever snapshot somebody holds it against."""
    plan = a_plan(project, run, lead, home, C7)
    row = attached(project, plan, lead, home)
    assert proofs.plan_not_as_approved(project.id) == ["RFC-1: the plan was not checked against live yet"]
    checked(plan, project, lead, home, LIVE)
    assert proofs.plan_not_as_approved(project.id) == ["RFC-1: the plan is not approved"]
    a_snapshot(project, "psa.contracts", LIVE, by=lead, home=home)
    commit()
    assert proofs.plan_not_as_approved(project.id) == ["RFC-1: the plan is not approved"]
    older = actions.queries.newest_check(plan).live["psa.contracts"]["snapshot"]
    a_snapshot(project, "psa.contracts", MOVED, by=lead, home=home)
    commit()
    live = {"psa.contracts": {"snapshot": older}}
    again = actions.check_plan(plan=newest_plan(), live=live, home=home, by=db.session.merge(lead))
    commit()
    told = "psa.contracts was received anew; check the plan again"
    assert (again.is_stale, proofs.plan_not_as_approved(project.id)) == (False, [f"RFC-1: the plan is stale: {told}"])
    with pytest.raises(Refused) as refusal:
        submitted(project, db.session.merge(row), list(two_approvers(project)), by=db.session.merge(lead))
    assert refusal.value.details[-1] == told
    with pytest.raises(Refused, match="received anew since the last check"):
        actions.export_plan(plan=newest_plan(), authorised_by="RFC-1", home=home, by=db.session.merge(lead))
    client.sign_in(lead)
    page = text_of(client.get(f"{BASE}/1"))
    assert ("Received anew since the last check: psa.contracts." in page, "The mapping has changed since." in page) == (True, False)
    listed = {state: "plan 1: January" in text_of(client.get(f"{BASE}?state={state}")) for state in ("fresh", "stale", "outdated")}
    assert listed == {"fresh": False, "stale": False, "outdated": True}
    assert [each.state for each in plans_told(project.id)] == ["outdated"]  # reports say the same
    a_version(project, by=db.session.merge(lead), text=MAPPING.replace("of January", "of February"), name="new-prices")
    commit()
    assert "This plan comes from version 1; the newest is 2." in text_of(client.get(f"{BASE}/1"))
    row = request_for_change(project.id, row.id)
    row.state = RequestState.IMPLEMENTED
    db.session.flush()
    assert proofs.plan_not_as_approved(project.id) == ["RFC-1: the plan is not approved"]
    db.session.rollback()


def test_a_number_as_large_as_memory_is_turned_away_before_it_is_written_out(client, lead, project, run, home):
    plan = a_plan(project, run, lead, home, C7)
    client.sign_in(lead)
    large = {"field": "price", "value": "1e999999999"}
    assert client.get(f"{BASE}/new?{urlencode({'run': 1, **large})}").status_code in (200, 409)
    assert client.get(dry_run(scope="filter", **large)).status_code in (200, 409)
    checked(plan, project, lead, home)
    (name,) = re.findall(r'name="(taken_\w+)"', client.get(f"{BASE}/1/resolve").text)
    answer = client.post(f"{BASE}/1/resolve", {name: "value", name.replace("taken", "value"): "1e999999999"})
    assert (answer.status_code, db.session.query(PromotionPlan).count()) == (422, 1)
