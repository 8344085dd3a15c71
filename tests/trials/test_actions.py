"""Runs over real files, sealed and filed; decisions about their rows."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.factories.people import a_person
from tests.factories.projects import a_project
from tests.factories.trials import a_run, demo_files, golden_files
from workbench.evidence import store as evidence_store
from workbench.people.rules import Role
from workbench.trail.queries import history, verify
from workbench.trials import queries
from workbench.trials.actions import dispose, dispose_all, run_trial
from workbench.trials.rules import Decision, canonical, digest
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.transactions import SealedRowChanged


@pytest.fixture
def lead(app):
    return a_person(role=Role.QUALITY_LEAD, name="S. Petit")


@pytest.fixture
def project(lead):
    return a_project(by=lead)


def rows_of(run, client="Bakery Noé"):
    names = ("included", "extra", "used", "over", "unused", "verdict", "amount_over")
    rows = [row for row in run.result["rows"] if row["client"] == client]
    return {row["service"]: tuple(row[name] for name in names) for row in rows}


def test_run_of_january_gives_golden_case_a(project, lead, home):
    run = a_run(project=project, by=lead, home=home, files=demo_files(1))
    assert rows_of(run) == {
        "S1": (10, 0, 10, 0, 0, "equal", "0.00"), "S2": (10, 0, 10, 0, 0, "equal", "0.00"),
        "S3": (10, 7, 17, 0, 0, "equal", "0.00"), "S4": (10, 0, 10, 0, 0, "equal", "0.00"),
        "S5": (10, 5, 15, 0, 0, "equal", "0.00"),
    }


def test_run_of_february_gives_golden_case_b(project, lead, home):
    run = a_run(project=project, by=lead, home=home, files=demo_files(2), month=2)
    assert rows_of(run) == {
        "S1": (10, 0, 10, 0, 0, "equal", "0.00"), "S2": (10, 0, 9, 0, 1, "unused", "0.00"),
        "S3": (10, 7, 19, 2, 0, "over", "8.00"), "S4": (10, 0, 10, 0, 0, "equal", "0.00"),
        "S5": (10, 5, 14, 0, 1, "unused", "0.00"), "S6": (0, 0, 2, 2, 0, "not_in_contract", None),
    }


def test_run_is_sealed_filed_and_recorded(project, lead, home, save):
    run = a_run(project=project, by=lead, home=home, files=demo_files(1))
    save()
    event = history("trial_run", run.id)[0]
    assert (event.act, event.project, event.new["result_sha256"]) == ("trial_run_done", project.key, run.result_sha256)
    assert event.new["inputs"]["usage"] == hashlib.sha256(demo_files(1)["usage"].read_bytes()).hexdigest()
    assert evidence_store.read(run.result_sha256, home=home) == canonical(run.result)
    assert (digest(run.result), verify(home / "keys").faults) == (run.result_sha256, ())
    run.title = "another"
    with pytest.raises(SealedRowChanged):
        save()


def test_the_same_files_give_the_same_result_hash(project, lead, home):
    first, second = (a_run(project=project, by=lead, home=home, files=demo_files(1)) for _ in range(2))
    assert (first.number, second.number, first.result_sha256) == (1, 2, second.result_sha256)


def test_sources_are_the_same_bytes_before_and_after(project, lead, home):
    files = demo_files(1)
    before = {role: path.read_bytes() for role, path in files.items()}
    run = a_run(project=project, by=lead, home=home, files=files)
    assert {role: path.read_bytes() for role, path in files.items()} == before
    assert {role: each["sha256"] == each["after"] for role, each in run.inputs.items()} == dict.fromkeys(
        ("packages", "contracts", "usage", "clients", "prices"), True
    )
    assert queries.live_unchanged(project.id) == (True, "5 sources have the same SHA-256 before and after the trial.")


def test_a_source_that_changes_while_the_trial_runs_is_noticed(project, lead, home, tmp_path):
    files = golden_files(tmp_path / "live", 1)

    def somebody_writes(percent, doing):
        if percent == 40:
            files["usage"].write_text("client,service,quantity\n", encoding="utf-8")

    run = a_run(project=project, by=lead, home=home, files=files, report=somebody_writes)
    assert (run.is_live_unchanged, rows_of(run)["S3"][2]) == (False, 17)
    assert queries.live_unchanged(project.id) == (False, "Changed while the trial ran: usage.csv in run 1.")


def test_a_source_that_is_gone_afterwards_counts_as_changed(project, lead, home, tmp_path):
    files = golden_files(tmp_path / "live", 1)

    def somebody_deletes(percent, doing):
        if percent == 40:
            files["prices"].unlink()

    run = a_run(project=project, by=lead, home=home, files=files, report=somebody_deletes)
    assert (run.is_live_unchanged, run.inputs["prices"]["after"]) == (False, "")


def test_a_received_copy_that_was_altered_is_refused(project, lead, home, tmp_path):
    first = a_run(project=project, by=lead, home=home, files=golden_files(tmp_path, 1))
    copy = home / "sandbox" / project.key / "originals" / first.inputs["usage"]["sha256"]
    copy.chmod(0o644)
    copy.write_text("client,service,quantity\nBakery Noé,S1,1\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"^the stored bytes of usage\.csv were altered$"):
        a_run(project=project, by=lead, home=home, files={}, again=first)


def test_a_run_again_takes_what_is_not_given_from_the_earlier_one(project, lead, home):
    first = a_run(project=project, by=lead, home=home, files=demo_files(1))
    usage = {"usage": demo_files(2)["usage"]}
    second = a_run(project=project, by=lead, home=home, files=usage, month=2, again=first)
    other = a_run(project=project, by=lead, home=home, files=demo_files(2), month=2)
    assert (second.result_sha256, second.inputs["prices"]["is_again"], second.inputs["usage"]["is_again"]) == (
        other.result_sha256, True, False,
    )


def test_a_file_that_cannot_be_read_is_named_with_its_line(project, lead, home, tmp_path):
    files = golden_files(tmp_path, 1)
    files["usage"].write_text('client,service,quantity\nA,S1,1\n"B,S1,1\n', encoding="utf-8")
    with pytest.raises(Refused, match=r"^usage\.csv: a quotation mark opened in the record of line 3 is never closed$"):
        a_run(project=project, by=lead, home=home, files=files)


def test_a_file_that_is_missing_is_named(project, lead, home, tmp_path):
    files = golden_files(tmp_path, 1)
    del files["contracts"]
    with pytest.raises(Refused, match=r"^the contracts file is missing$"):
        run_trial(project=project, title="t", period_on=None, files=files, home=home, by=lead)


def test_duplicates_are_added_up_where_asked(project, lead, home):
    run = a_run(project=project, by=lead, home=home, files=demo_files(1), sum_duplicates=True)
    assert (run.result["refused"], run.inputs["usage"]["sum_duplicates"]) == ([], True)


def test_a_decision_is_sealed_and_recorded_with_its_reason(project, lead, home, tmp_path, save):
    run = a_run(project=project, by=lead, home=home, files=golden_files(tmp_path, 2), month=2)
    key, reason = "row|Bakery Noé|S3", " Two tills were added. "
    made = dispose(run=run, row_key=key, decision=Decision.BILL_IT, reason=reason, by=lead)
    save()
    event = history("disposition", made.id)[0]
    assert (event.act, event.reason, event.new) == (
        "row_disposed", "Two tills were added.",
        {"run": 1, "row": "row|Bakery Noé|S3", "what": "Bakery Noé, S3", "decision": "bill_it"},
    )
    assert verify(home / "keys").faults == ()


def test_a_later_decision_takes_the_place_of_an_earlier_one(project, lead, home, tmp_path):
    run = a_run(project=project, by=lead, home=home, files=golden_files(tmp_path, 2), month=2)
    for decision in (Decision.BILL_IT, Decision.CORRECT_THE_CONTRACT):
        last = dispose(run=run, row_key="service|S6", decision=decision, reason="new in the catalogue", by=lead)
    assert queries.dispositions([run.id])[run.id, "service|S6"].decision == "correct_the_contract"
    assert history("disposition", last.id)[0].old == {"decision": "bill_it"}


def test_a_decision_needs_a_reason(project, lead, home, tmp_path):
    run = a_run(project=project, by=lead, home=home, files=golden_files(tmp_path, 2), month=2)
    with pytest.raises(BadValue) as refusal:
        dispose(run=run, row_key="service|S6", decision=Decision.NOT_OURS, reason="  ", by=lead)
    assert refusal.value.field == "reason"


@pytest.mark.parametrize("row_key", ["row|Bakery Noé|S1", "row|Nobody|S3", ""])
def test_a_decision_about_a_row_that_needs_none_is_refused(project, lead, home, tmp_path, row_key):
    run = a_run(project=project, by=lead, home=home, files=golden_files(tmp_path, 2), month=2)
    with pytest.raises(NotThere):
        dispose(run=run, row_key=row_key, decision=Decision.NOT_OURS, reason="none", by=lead)


def test_one_decision_can_stand_for_several_rows(project, lead, home):
    run = a_run(project=project, by=lead, home=home, files=demo_files(1))
    page = queries.run_page(project.id, run.number)
    keys = page.same_client("client|Studio Halloy")
    dispose_all(run=run, row_keys=keys, decision=Decision.NOT_OURS, reason="billed by the reseller", by=lead)
    assert keys == ["client|Studio Halloy", "row|Studio Halloy|S1", "row|Studio Halloy|S3"]
    assert sorted({each.client for each in queries.run_page(project.id, run.number).open}) == ["", "Fiduciaire Delvaux"]


def test_the_filed_result_is_json_that_anybody_can_read(project, lead, home):
    run = a_run(project=project, by=lead, home=home, files=demo_files(2), month=2)
    filed = json.loads(evidence_store.read(run.result_sha256, home=home))
    assert filed["totals"] == {"included": 302, "extra": 29, "entitled": 331, "used": 328, "over": 10, "unused": 13}
