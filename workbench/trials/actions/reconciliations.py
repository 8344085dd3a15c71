"""What happens in a trial: a run is started, done and sealed; an unexplained row is decided; a hypothesis is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from flask_babel import gettext as _

from workbench import clock, jobs
from workbench.database import db
from workbench.evidence.actions import add_result
from workbench.paths.models import Hypothesis
from workbench.paths.rules import Verdict
from workbench.people import queries as people
from workbench.people.models import Person
from workbench.projects import queries as projects
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trials import queries, rules, store
from workbench.trials.models import Disposition, TrialRun
from workbench.trials.queries.runs import mapping_run
from workbench.web.refusals import BadValue, NotThere, Refused


def run_trial(
    *, project: Project, title: str, period_on: date | None, files: Mapping[str, Path], home: Path, by: Person,
    again: TrialRun | None = None, sum_duplicates: bool = False, chosen: Mapping[str, str] | None = None,
    report: store.Report = lambda percent, doing: None,
) -> TrialRun:
    """Receive the files (by role: packages, contracts, usage, and clients, prices, settings), reconcile, seal the run.

    Roles that are not given are taken from the run `again`. `chosen` are rules of the bill (pool, under_use, snapshot,
    period); those left open are the settings file's. Raises Refused where a file cannot be read as it stands.
    """
    recipe = store.Recipe(files, again.inputs if again else {}, sum_duplicates, rules=chosen or {})
    computed = store.compute(home, project.key, period_on, recipe, report)
    return _seal(project, title, period_on, computed, home, by)


def _seal(
    project: Project, title: str, period_on: date | None, computed: store.Computed, home: Path, by: Person
) -> TrialRun:
    data = rules.canonical(computed.result)
    run = TrialRun(
        project_id=project.id, number=queries.next_number(project.id), title=title, period_on=period_on,
        inputs=computed.inputs, result=computed.result, result_sha256=rules.digest(computed.result), run_at=clock.now(),
        run_by_id=by.id, is_live_unchanged=rules.is_live_unchanged(computed.inputs),
    )
    add_result(
        project=project, title=f"{title} · #{run.number}", data=data, filename=f"{project.key}-trial-{run.number}.json",
        media_type="application/json", home=home, by=by,
    )
    db.session.add(run)
    record(
        "trial_run_done", run, by=by, project=project.key, evidence=[run.result_sha256],
        after={
            "number": run.number, "title": title, "period_on": period_on, "totals": run.result["totals"],
            "inputs": {role: each["sha256"] for role, each in run.inputs.items()}, "result_sha256": run.result_sha256,
            "is_live_unchanged": run.is_live_unchanged, "rules": run.result["details"].get("rules", {}),
        },
    )
    return run


def start_run(
    *, project: Project, title: str, period_on: date | None, uploads: Mapping[str, tuple[str, BinaryIO]], home: Path,
    by: Person, address: str, again: int = 0, sum_duplicates: bool = False, chosen: Mapping[str, str] | None = None,
    shots: Sequence[Mapping[str, Any]] = (),
) -> jobs.Job:
    """Keep the uploaded files ({role: (file name, stream)}) and queue the run; its page: `address` and its number.

    `chosen` are rules of the bill; those left open are the settings file's, else those of the run `again`. `shots` are
    the screenshots that show the usage. Raises BadValue naming the role whose file is missing, or a settings file that
    cannot be used.
    """
    earlier = queries.run(project.id, again) if again else None
    if again and earlier is None:
        raise BadValue("again", _("There is no run %(number)s in this project.", number=again))
    kept = {role: dict(each) for role, each in earlier.inputs.items()} if earlier else {}
    for role in rules.REQUIRED_ROLES:
        if role not in uploads and role not in kept:
            raise BadValue(role, _("This file is needed: choose it, or take it from an earlier run."))
    files = {role: store.keep_upload(home, project.key, *upload) for role, upload in uploads.items()}
    if rules.SETTINGS in files:
        store.check_settings(store.uploaded(home, project.key, files[rules.SETTINGS]))
    payload: dict[str, Any] = {
        "project_id": project.id, "key": project.key, "title": title, "files": files, "again": kept, "home": str(home),
        "period_on": period_on.isoformat() if period_on else "", "sum_duplicates": sum_duplicates, "address": address,
        "doing": _("comparing contracts with use"), "shots": [dict(each) for each in shots],
        "rules": {**(queries.chosen_rules(earlier) if earlier and rules.SETTINGS not in files else {}), **(chosen or {})},
    }
    return jobs.enqueue(kind="trial_run", title=title, payload=payload, person_id=by.id, project_key=project.key)


@jobs.job("trial_run")
def do_run(progress: jobs.Progress, payload: dict[str, Any], person_id: int) -> str:
    """The queued run: compute with no transaction open, then write; gives the address of the run's page."""
    home, key = Path(payload["home"]), payload["key"]
    period_on = date.fromisoformat(payload["period_on"]) if payload["period_on"] else None
    files = {role: store.uploaded(home, key, name) for role, name in payload["files"].items()}
    # A run that was queued by the version before has no rules and no screenshots in its payload.
    chosen = payload.get("rules", {})
    recipe = store.Recipe(files, payload["again"], payload["sum_duplicates"], payload["doing"], chosen)
    computed = store.compute(home, key, period_on, recipe, progress.report)
    if payload.get("shots"):
        computed.inputs["usage"]["shots"] = payload["shots"]
    progress.report(90, key)
    by = people.person(person_id)
    if by is None:
        raise NotThere
    run = _seal(projects.project(payload["project_id"]), payload["title"], period_on, computed, home, by)
    return f"{payload['address']}{run.number}"


def dispose(*, run: TrialRun, row_key: str, decision: rules.Decision, reason: str, by: Person) -> Disposition:
    """Decide about one unexplained row of this run; a later decision takes the place of an earlier one.

    Raises BadValue for an empty reason, and NotThere for a key that is not among the unexplained rows.
    """
    return dispose_all(run=run, row_keys=[row_key], decision=decision, reason=reason, by=by)[0]


def dispose_all(
    *, run: TrialRun, row_keys: Sequence[str], decision: rules.Decision, reason: str, by: Person
) -> list[Disposition]:
    """The same decision for several rows, each with an entry of its own."""
    if not reason.strip():
        raise BadValue("reason", _("A reason is needed: the auditor reads it."))
    known = {each.key: each for each in rules.unexplained(run.result)}
    if not row_keys or not known.keys() >= set(row_keys):
        raise NotThere
    key = projects.project(run.project_id).key
    before = {row_key: each.decision for (_run, row_key), each in queries.dispositions([run.id]).items()}
    made = []
    for row_key in dict.fromkeys(row_keys):
        disposition = Disposition(
            run_id=run.id, row_key=row_key, decision=decision, reason=reason.strip(), decided_at=clock.now(),
            decided_by_id=by.id,
        )
        db.session.add(disposition)
        record(
            "row_disposed", disposition, by=by, project=key, reason=disposition.reason,
            before={"decision": before[row_key]} if row_key in before else {},
            after={"run": run.number, "row": row_key, "what": known[row_key].what, "decision": decision},
        )
        made.append(disposition)
    return made


def judge_hypothesis(
    *, project: Project, hypothesis: Hypothesis, verdict: Verdict, run_number: int | None, got: str, by: Person,
    evidence_id: int | None = None, mapping_run_number: int | None = None,
) -> None:
    """Say whether a hypothesis held, was refuted or was dropped, and by which run. A later verdict takes its place.

    `run_number` is a reconciliation's, `mapping_run_number` a run's of a mapping; either carries a verdict, or both.

    Raises BadValue where a verdict names no run of the project, or does not say what came out.
    """
    if hypothesis.withdrawn_at is not None:
        raise Refused(_("%(code)s is withdrawn. Put it back first.", code=hypothesis.code))
    if verdict is Verdict.OPEN:
        raise BadValue("verdict", _("Choose held, refuted or dropped."))
    if not got.strip():
        raise BadValue("got", _("Say what came out, or why the hypothesis was dropped."))
    if run_number is None and mapping_run_number is None and verdict is not Verdict.DROPPED:
        raise BadValue("run_number", _("Name the trial run or the run of a mapping that shows it."))
    _check_runs(project, run_number, mapping_run_number)
    new = {
        "verdict": verdict, "run_number": run_number, "mapping_run_number": mapping_run_number, "got": got.strip(),
        "evidence_id": evidence_id,
    }
    old = {name: getattr(hypothesis, name) for name in new}
    for name, value in {**new, "judged_on": clock.today(), "judged_by_id": by.id}.items():
        setattr(hypothesis, name, value)
    after = {"code": hypothesis.code, **new}
    record("hypothesis_judged", hypothesis, by=by, project=project.key, before=old, after=after)


def _check_runs(project: Project, run_number: int | None, mapping_run_number: int | None) -> None:
    """Raises BadValue for a run that the project does not have."""
    if run_number is not None and queries.run(project.id, run_number) is None:
        raise BadValue("run_number", _("There is no run %(number)s in this project.", number=run_number))
    if mapping_run_number is not None and mapping_run(project.id, mapping_run_number) is None:
        raise BadValue("mapping_run_number", _("There is no run M%(number)s in this project.", number=mapping_run_number))
