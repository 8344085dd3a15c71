"""What happens to a promotion plan: made, held against live, conflicts resolved, rehearsed, taken back, handed over."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from workbench import clock, jobs
from workbench.database import db
from workbench.evidence.actions import add_result
from workbench.evidence.models import Evidence
from workbench.people import queries as people
from workbench.people.models import Person
from workbench.projects import queries as projects
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trials.models import MappingRun, PlanCheck, PlanRehearsal, PromotionPlan
from workbench.trials.queries import plans as queries
from workbench.trials.queries.moved import moved_fields, moved_said
from workbench.trials.rules.plans import Choice, control_now, plan_counts
from workbench.trials.store import plans as store
from workbench.web import transactions
from workbench.web.refusals import BadValue, NotThere, Refused

if TYPE_CHECKING:
    import sandbox

LARGE = 50_000  # rows of the live tables together: from here on a rehearsal is done in the background
Pause = Callable[[], None]  # ends the transaction before something slow, so that nobody waits for the write lock
LiveTables = Mapping[str, Mapping[str, Any]]  # by table {"snapshot": id} or {"file": kept name, "decimal": mark}


def _no_pause() -> None:
    """Commands and jobs have nobody waiting."""


def make_plan(*, project: Project, run: MappingRun, title: str, choice: Choice, home: Path, by: Person,
              pause: Pause = _no_pause) -> PromotionPlan:
    """Seal the chosen rows of a run as a plan, which becomes evidence. Fake, masked and refused rows never enter.

    Raises Refused where a row chosen one by one may not enter, or where none is left.
    """
    key, run_id, run_number, row_id, result = project.key, run.run_id, run.number, run.id, run.result
    pause()
    made = store.choose(home, key, run_id, choice, result)
    if not made.rows:
        raise Refused(_("No row that may enter a plan is chosen."))
    return _seal(project, title, row_id, {"run": run_number, **choice.as_json()}, made, home, by)


def _seal(project: Project, title: str, run_id: int, chosen: dict[str, Any], made: sandbox.Plan, home: Path, by: Person,
          *, act: str = "plan_made", **kin: int | None) -> PromotionPlan:
    """The plan as a row and as evidence. `kin` is inverse_of_id or replaces_id."""
    if not title.strip():
        raise BadValue("title", _("A plan needs a title."))
    number, data = queries.next_plan(project.id), store.plan_bytes(made)
    piece = add_result(
        project=project, title=_("Plan %(number)s: %(title)s", number=number, title=title.strip()), data=data,
        filename=f"{project.key}-plan-{number}.json", media_type="application/json", home=home, by=by,
    )
    row = PromotionPlan(
        project_id=project.id, number=number, title=title.strip(), run_id=run_id, chosen=chosen,
        text=data.decode("utf-8", "surrogatepass"), sha256=made.sha256, counts=plan_counts(made.as_json()),
        evidence_id=piece.id, made_at=clock.now(), made_by_id=by.id, **kin,
    )
    db.session.add(row)
    after = {
        "number": number, "title": row.title, "chosen": chosen, "rows": row.counts["rows"], "plan": made.sha256,
        "left_out": row.counts["left_out"], "evidence": piece.code, **kin,
    }
    record(act, row, by=by, project=project.key, after=after)
    return row


def check_plan(*, plan: PromotionPlan, live: LiveTables, home: Path, by: Person, is_after: bool = False,
               pause: Pause = _no_pause) -> PlanCheck:
    """Hold a plan against the live tables as they are now. `is_after`: the plan was carried out; what came of it is filed.

    Raises Refused where a live table cannot be read as it stands.
    """
    project = projects.project(plan.project_id)
    given, about = _live(project, live, home)
    text, plan_id, key = plan.text, plan.id, project.key
    pause()
    found = store.check(store.read_plan(text), given)
    return _noted(plan_id, key, found, about, home, by, is_after=is_after)


def _live(project: Project, live: LiveTables, home: Path) -> tuple[dict[str, store.Live], dict[str, dict[str, Any]]]:
    """The files of the live tables, and what is kept of them."""
    given, about = {}, {}
    for table, one in live.items():
        if "file" in one:
            given[table] = store.upload(home, project.key, one["file"], one["decimal"])
            about[table] = {**one, "sha256": str(one["file"]).partition("/")[0]}
            continue
        kept = queries.live_snapshot(project.id, one["snapshot"])
        if kept is None:
            raise Refused(_("The snapshot of %(table)s is no longer kept. Receive the table anew.", table=table))
        if kept[3]:
            raise Refused(_("%(count)s records of %(table)s were left out when it was received. A live table is read whole or "
                            "not at all: mend the export and receive it anew.", count=kept[3], table=table))
        given[table] = store.received(home, project.key, kept[0], kept[2])
        about[table] = {"snapshot": one["snapshot"], "sha256": kept[1]}
    return given, about


def _noted(plan_id: int, key: str, found: sandbox.PlanCheck, about: dict[str, dict[str, Any]], home: Path, by: Person,
           *, is_after: bool) -> PlanCheck:
    plan = queries.plan_by_id(plan_id)
    if plan is None:
        raise NotThere
    result: dict[str, Any] = {**found.as_json(), "is_after": is_after}
    counts = result["counts"]
    result["is_done"] = counts["done"] == len(found.rows)
    if is_after:
        piece = _filed(plan, key, {**result, "live": about}, home, by)
        result |= {"evidence": piece.id, "evidence_code": piece.code}
    row = PlanCheck(
        plan_id=plan_id, live=about, is_stale=found.is_stale, result=result, checked_at=clock.now(), checked_by_id=by.id
    )
    db.session.add(row)
    after = {
        "plan": plan.number, "is_stale": row.is_stale, "counts": counts, "moved": moved_fields(result)[:20],
        "live": {table: one["sha256"] for table, one in about.items()}, "is_after": is_after,
    }
    record("plan_checked", row, by=by, project=key, after=after)
    return row


def _filed(plan: PromotionPlan, key: str, result: dict[str, Any], home: Path, by: Person) -> Evidence:
    """What came of a plan, as evidence."""
    data = json.dumps(result, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"
    title = _("Plan %(number)s: what is done live", number=plan.number)
    return add_result(
        project=projects.project(plan.project_id), title=title, data=data, filename=f"{key}-plan-{plan.number}-done.json",
        media_type="application/json", home=home, by=by,
    )


def resolve_plan(*, plan: PromotionPlan, decisions: Mapping[tuple[int, str], tuple[str, str]], home: Path, by: Person,
                 pause: Pause = _no_pause) -> PromotionPlan:
    """A new plan over live as the newest check found it, in place of a stale one; it is fresh against the same tables.

    `decisions`: (trial, live or value; the value) by row number and field, "" for a whole row. Raises Refused naming each
    conflict without a decision.
    """
    _standing(plan)
    check = queries.newest_check(plan)
    if check is None or not check.is_stale:
        raise Refused(_("Plan %(number)s has no conflict to resolve.", number=plan.number))
    project = projects.project(plan.project_id)
    given, about = _live(project, check.live, home)
    text, told = plan.text, {"by": "conflicts", "of": plan.number}
    title, run_id, plan_id, inverse_of_id = plan.title, plan.run_id, plan.id, plan.inverse_of_id
    pause()
    before = store.read_plan(text)
    made = store.resolve(before, store.check(before, given), decisions)
    if not made.rows:
        raise Refused(_("Nothing is left of this plan: live already is as decided."))
    found = store.check(made, given)
    queries.next_plan(project.id)  # from here on nobody else resolves it: look again whether somebody did meanwhile
    _standing(db.session.get_one(PromotionPlan, plan_id))
    row = _seal(project, title, run_id, {**told, "decisions": [dict(one) for one in made.decisions]}, made, home, by,
                act="plan_conflicts_resolved", replaces_id=plan_id, inverse_of_id=inverse_of_id)
    db.session.flush()
    _noted(row.id, project.key, found, about, home, by, is_after=False)
    return row


def _standing(plan: PromotionPlan) -> None:
    later = queries.replaced_by(plan)
    if later is not None:
        raise Refused(_("Plan %(later)s took the place of plan %(number)s.", later=later, number=plan.number))


def rehearse_plan(*, plan: PromotionPlan, home: Path, by: Person, pause: Pause = _no_pause) -> PlanRehearsal:
    """Apply the plan and then its way back to a copy of the live tables, and compare before and after.

    The tables are those of the newest check, else those that the run read. Raises Refused where the plan is stale on them.
    """
    check, project = queries.newest_check(plan), projects.project(plan.project_id)
    given, about = _live(project, check.live, home) if check is not None else ({}, {})
    run = db.session.get_one(MappingRun, plan.run_id)
    if check is None and plan.inverse_of_id is not None:
        raise Refused(_("Check the way back against live first: the run read the tables as they were before the plan."))
    text, run_id, plan_id, key, run_number = plan.text, run.run_id, plan.id, project.key, run.number
    pause()
    result = store.rehearse(home, key, run_id, store.read_plan(text), given)
    is_equal = bool(result["equal"] and result["as_planned"])
    live: dict[str, Any] = dict(about) or {"run": run_number}
    row = PlanRehearsal(
        plan_id=plan_id, is_equal=is_equal, result={**result, "live": live},
        rehearsed_at=clock.now(), rehearsed_by_id=by.id,
    )
    db.session.add(row)
    hashes = {name: result[name] for name in ("plan", "inverse", "before", "applied", "reverted")}
    record("plan_rehearsed", row, by=by, project=key, after={"is_equal": is_equal, **hashes})
    return row


def is_large(plan: PromotionPlan) -> bool:
    """Whether a rehearsal is better done in the background."""
    return sum(int(one["rows"]["before"]) for one in plan.counts["control"].values()) >= LARGE


def start_rehearsal(*, plan: PromotionPlan, home: Path, by: Person, address: str) -> jobs.Job:
    """Queue the rehearsal; it leads to `address`, the page of the plan."""
    payload = {"plan_id": plan.id, "home": str(home), "address": address, "doing": _("rehearsing the plan and its way back")}
    title = _("Rehearsal of plan %(number)s", number=plan.number)
    key = projects.project(plan.project_id).key
    return jobs.enqueue(kind="plan_rehearsal", title=title, payload=payload, person_id=by.id, project_key=key)


@jobs.job("plan_rehearsal")
def do_rehearsal(progress: jobs.Progress, payload: dict[str, Any], person_id: int) -> str:
    """The queued rehearsal: compute with no transaction open, then write."""
    found, by = queries.plan_by_id(payload["plan_id"]), people.person(person_id)
    if found is None or by is None:
        raise NotThere

    def doing() -> None:
        transactions.pause()
        progress.report(20, payload["doing"])

    rehearse_plan(plan=found, home=Path(payload["home"]), by=by, pause=doing)
    return str(payload["address"])


def revert_plan(*, plan: PromotionPlan, home: Path, by: Person) -> PromotionPlan:
    """The way back as a plan of its own; the one made before where there is one. Nothing is erased."""
    _standing(plan)
    earlier = queries.inverse_of(plan)
    if earlier is not None:
        return earlier
    made = store.inverse(store.read_plan(plan.text))
    queries.next_plan(plan.project_id)  # from here on nobody else takes it back: look again whether somebody did meanwhile
    _standing(plan)
    meanwhile = queries.inverse_of(plan)
    if meanwhile is not None:
        raise Refused(_("Somebody took plan %(number)s back at this very moment: plan %(back)s is its way back.",
                        number=plan.number, back=meanwhile.number))
    title = _("Way back of plan %(number)s", number=plan.number)
    chosen = {"by": "inverse", "of": plan.number}
    return _seal(projects.project(plan.project_id), title, plan.run_id, chosen, made, home, by, act="plan_reverted",
                 inverse_of_id=plan.id)


def export_plan(*, plan: PromotionPlan, authorised_by: str, home: Path, by: Person) -> Evidence:
    """Everything to carry the plan out by hand or by import, as a ZIP among the evidence. The caller has looked at approvals.

    `authorised_by` is the code of the request for change that authorises this very plan. Raises Refused where the plan is
    stale, was not checked, or was replaced.
    """
    _standing(plan)
    check = queries.newest_check(plan)
    if check is None:
        raise Refused(_("Plan %(number)s was not checked against live yet.", number=plan.number))
    if check.is_stale:
        raise Refused(_("Plan %(number)s is stale.", number=plan.number), tuple(moved_said(check.result, plan.counts)))
    newer = queries.check_is_outdated(plan, check)
    if newer:
        raise Refused(_("%(tables)s was received anew since the last check. Check plan %(number)s again.",
                        tables=", ".join(newer), number=plan.number))
    control, is_counted = control_now(plan.counts, check.result)
    project, data = projects.project(plan.project_id), store.export(store.read_plan(plan.text), control if is_counted else None)
    title = _("Plan %(number)s: files to carry it out, by %(code)s", number=plan.number, code=authorised_by)
    piece = add_result(
        project=project, title=title, data=data, filename=f"{project.key}-plan-{plan.number}.zip",
        media_type="application/zip", home=home, by=by,
    )
    after = {"plan": plan.number, "sha256": plan.sha256, "request": authorised_by, "evidence": piece.code, "bytes": len(data)}
    record("plan_exported", piece, by=by, project=project.key, after=after)
    return piece


def texts_of(plan: PromotionPlan) -> list[list[str]]:
    """By row, the cells of the plan that are text: what is looked through for fake marks and personal data."""
    return list(store.texts(store.read_plan(plan.text)))
