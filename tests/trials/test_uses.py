"""What a run and a plan stand on stays: snapshots they used, files as they were; what is removed goes once it is written."""
from __future__ import annotations

import json
import os

import pytest
from sqlalchemy import event

from tests.factories.mirror import LINES, a_mirror_source, a_reading, the_snapshot
from tests.factories.paths import a_hypothesis
from tests.factories.people import a_person
from tests.factories.plans import LIVE, MAPPING, MOVED, OFFERS
from tests.factories.projects import a_project
from tests.factories.runs import a_mapping_run, a_snapshot, a_version
from tests.trials.test_plans import C7
from workbench.database import db
from workbench.paths.registers import HYPOTHESES
from workbench.paths.rules import Verdict
from workbench.people.rules import Role
from workbench.trials.actions import judge_hypothesis, plans
from workbench.trials.actions.pulls import remove_snapshot, sweep_snapshots
from workbench.trials.models import MappingRun
from workbench.trials.proofs import hypotheses_without_verdict, live_data_unchanged
from workbench.trials.queries import mirror
from workbench.trials.rules.plans import Choice, rows_named
from workbench.trials.store import runs as store
from workbench.web.refusals import BadValue, Refused
from workbench.web.transactions import commit, rollback


@pytest.fixture
def lead(app):
    return a_person(role=Role.QUALITY_LEAD)


@pytest.fixture
def project(lead):
    return a_project(by=lead, key="INV-1")


@pytest.fixture
def run(project, lead, home):
    for table, text in (("psa.contracts", LIVE), ("supplier.offers", OFFERS)):
        a_snapshot(project, table, text, by=lead, home=home)
    version = a_version(project, by=lead, text=MAPPING, name="new-prices")
    return a_mapping_run(project, by=lead, home=home, version_id=version.id)


def test_a_snapshot_that_a_plan_was_held_against_is_still_needed(lead, project, run, home, count_queries):
    plan = plans.make_plan(project=project, run=run, title="x", choice=Choice(rows=rows_named([C7])), home=home, by=lead)
    commit()
    now, other = (a_snapshot(project, "psa.contracts", text, by=lead, home=home) for text in (LIVE + "C-011,1.00,New\n", MOVED))
    commit()
    plans.check_plan(plan=plan, live={"psa.contracts": {"snapshot": now.id}}, home=home, by=lead)
    commit()
    plans.rehearse_plan(plan=plan, home=home, by=lead)
    commit()
    with count_queries() as asked:
        assert mirror.uses_of(now) == ["check of plan 1", "rehearsal of plan 1"]
    assert (len([one for one in asked if one.startswith("SELECT")]), mirror.uses_of(other)) == (3, [])
    with pytest.raises(Refused) as refusal:
        remove_snapshot(snapshot=now, reason="no longer needed", home=home, by=lead)
    assert refusal.value.details == ("check of plan 1", "rehearsal of plan 1")


def test_a_snapshot_keeps_its_files_until_its_removal_is_written(lead, project, home):
    made = a_snapshot(project, "psa.contracts", LIVE, by=lead, home=home)
    commit()
    kept = home / "sandbox" / "INV-1" / "tables" / f"{made.content_sha256}.parquet"
    remove_snapshot(snapshot=made, reason="no longer needed", home=home, by=lead)
    rollback()
    assert kept.exists() is True
    remove_snapshot(snapshot=made, reason="no longer needed", home=home, by=lead)
    assert kept.exists() is True
    commit()
    assert (kept.exists(), made.removed_reason) == (False, "no longer needed")
    kept_again = a_snapshot(project, "psa.contracts", LIVE, by=lead, home=home)
    commit()
    remove_snapshot(snapshot=kept_again, reason="no longer needed", home=home, by=lead)
    db.session.info.pop("once_committed")  # as where the process ended between the two
    commit()
    assert (kept.exists(), sweep_snapshots(home=home), kept.exists()) == (True, 0, False)


def test_a_run_whose_record_was_altered_is_not_shown(project, run, home):
    folder = store.run_folder(home, "INV-1", run.run_id, run.result)
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["details"]["files"]["diff-1.parquet"] = "0" * 64
    (folder / "run.json").chmod(0o644)
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(Refused) as refusal:
        store.run_folder(home, "INV-1", run.run_id, db.session.get_one(MappingRun, run.id).result)
    assert refusal.value.message == f"run.json of run {run.run_id[:12]} is not as the run left it"


def test_a_hypothesis_is_judged_by_the_run_of_a_mapping(lead, project, run):
    row = a_hypothesis(project, by=lead)
    given = {"project": project, "hypothesis": row, "verdict": Verdict.HELD, "run_number": None, "got": "one update", "by": lead}
    for number, field in ((None, "run_number"), (9, "mapping_run_number")):
        with pytest.raises(BadValue) as refusal:
            judge_hypothesis(**given, mapping_run_number=number)
        assert refusal.value.field == field
    judge_hypothesis(**given, mapping_run_number=1)
    commit()
    shown = {one.name: one.said(row) for one in HYPOTHESES.further if one.said}
    assert (row.run_number, row.mapping_run_number, shown) == (None, 1, {"mapping_run_number": "M1"})
    assert (hypotheses_without_verdict(project.id), live_data_unchanged(project.id)[0]) == ([], True)


def test_the_verdict_form_offers_runs_of_mappings(client, lead, project, run):
    row = a_hypothesis(project, by=lead)
    commit()
    client.sign_in(lead)
    address = f"/projects/INV-1/sandbox/hypotheses/{row.id}/verdict"
    assert "run M1: January" in client.get(address).text
    typed = {"verdict": "held", "mapping_run_number": "1", "got": "one update", "version": str(row.version)}
    assert client.post(address, typed).status_code == 303
    assert "M1" in client.get(f"/projects/INV-1/paths/hypotheses/{row.id}").text


def test_a_reading_that_is_undone_leaves_nothing_once_swept_and_what_is_needed_stays(project, lead, home, tmp_path):
    source = a_mirror_source(project, by=lead)
    a_reading(source, tmp_path / "live", by=lead, home=home)
    commit()
    place = home / "sandbox" / "INV-1"

    def stored() -> list[str]:
        parts = ("snapshots", "tables", "originals")
        return sorted(path.name for part in parts for path in (place / part).iterdir()) + [p.name for p in place.glob(".pull-*")]

    needed = stored()
    a_reading(source, tmp_path / "live", by=lead, home=home, text=LINES + "3,P1,1,cy@mill.example\n")
    rollback()
    (place / ".pull-cut").mkdir()
    (place / "tables" / ".incoming-cut").mkdir()
    assert len(stored()) == len(needed) + 5
    assert (sweep_snapshots(home=home), len(stored())) == (0, len(needed) + 5)  # it may belong to a reading that goes on
    for path in [*place.rglob("*")]:
        os.utime(path, (0, 0))
    assert (sweep_snapshots(home=home), stored()) == (0, needed)
    remove_snapshot(snapshot=the_snapshot(source), reason="too old", home=home, by=lead)
    a_reading(source, tmp_path / "live", by=lead, home=home)  # while the removal waits for its commit
    commit()
    assert stored() == needed

    def take_away(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "max(pull.number)" in statement:  # received, and about to be sealed
            next((place / "tables").iterdir()).unlink(missing_ok=True)

    event.listen(db.engine, "before_cursor_execute", take_away)
    with pytest.raises(Refused, match="Receive it once more"):
        a_reading(source, tmp_path / "live", by=lead, home=home)
    event.remove(db.engine, "before_cursor_execute", take_away)
