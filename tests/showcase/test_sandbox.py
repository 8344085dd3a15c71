"""What the demo does in the sandbox: masked copies, two versions of a mapping on two months, a fresh plan and a stale one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from workbench.config import Settings
from workbench.database import db
from workbench.projects.queries import project_with_key
from workbench.reports.names import names_withheld
from workbench.showcase.sandbox import fill_sandbox
from workbench.trail.queries import size
from workbench.trials import queries
from workbench.trials.models import MappingRun, PlanCheck, PlanRehearsal, PromotionPlan


@pytest.mark.parametrize(("key", "language"), [("INV-1", "en"), ("FAC-1", "fr")])
def test_sandbox_of_the_demo_holds_the_whole_way_from_mirror_to_plan(shown: Settings, key: str, language: str) -> None:
    project = project_with_key(key)
    assert project is not None
    tables = queries.crosswalks.newest_tables(project.id)
    assert {name: (one.row_count, one.masked) for name, (one, _title) in tables.items()} == {
        "psa.contracts": (21, ["account_manager", "note"]), "psa.packages": (7, []), "psa.prices": (7, []),
        "supplier.usage": (46, ["note"]),
    }
    assert queries.mirror.sources_unchanged(project.id)[0] is True
    assert queries.overlay.count_of_edits(project.id) == {"fake": 4, "edit": 1}
    runs = db.session.scalars(select(MappingRun).where(MappingRun.project_id == project.id).order_by(MappingRun.number)).all()
    counted = [run.result["targets"]["psa.contracts"] for run in runs]
    # What a PSA would bill that synchronises every count, and what the package does not hold; one of the creates is fake.
    assert [(each["create"], each["update"], each["unchanged"]) for each in counted] == [(39, 7, 16), (1, 1, 22), (2, 2, 21)]
    assert [(run.is_live_unchanged, run.again_of_id) for run in runs] == [(True, None), (True, None), (True, runs[1].id)]
    assert {one["source"] for one in runs[2].drift} == {"usage", "counted.services"}

    plans = db.session.scalars(select(PromotionPlan).where(PromotionPlan.project_id == project.id).order_by(PromotionPlan.id)).all()
    checks = [queries.plans.newest_check(plan) for plan in plans]
    assert [(plan.counts["create"], plan.counts["update"], "[FAKE]" in plan.text) for plan in plans] == [
        (1, 1, False), (0, 1, False)]
    assert [check.result["messages"] for check in checks if isinstance(check, PlanCheck)] == [
        [], ["stale: contract C-002 S3 quantity 4 → 5"]]
    assert [one.is_equal for one in db.session.scalars(select(PlanRehearsal).where(PlanRehearsal.plan_id == plans[0].id))] == [True]
    held = queries.plans.held_by_evidence(plans[0].evidence_id)
    assert held is not None
    clients = names_withheld().clients
    assert ("Garage Lemaire" in clients, {"S1", "S2", "S3", "S4", "S5"} & {*clients}) == (True, set())  # services are no clients
    before = size()
    assert fill_sandbox(shown, project, language=language, exports=shown.home / "demo/exports") is False
    assert size() == before
