"""What happens to a way forward: describing, scoring, choosing, rejecting, killing, confirming, taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.paths import queries, rules
from workbench.paths.models import Path, PathNeed, Score
from workbench.paths.rules import FLOW, NEVER_ON_THE_PRESENT_WAY, PathState
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.queries import next_code
from workbench.tools.models import Limitation
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused


def describe_path(
    *, project: Project, name: str, by: Person, description: str = "", needs_covered: str = "", cost: str = "",
    way_back: str = "", effort: str = "", reversibility: str = "", data_exposure: str = "", tool_ids: Sequence[int] = (),
    needs: Sequence[str] = (),
) -> Path:
    """Describe a way forward; it gets the next code (P1 …). Before the first one, the present way is put among them.

    `needs` are the capabilities it relies on, each "tool id:kind".
    """
    if queries.present_way(project.id) is None:
        keep_present_way(project=project, by=by)
    facts = {
        "name": name, "description": description, "needs_covered": needs_covered, "cost": cost, "way_back": way_back,
        "effort": effort, "reversibility": reversibility, "data_exposure": data_exposure, "tool_ids": list(tool_ids),
    }
    path = Path(project_id=project.id, code=next_code("path", project.id, "P"), state=PathState.OPEN, **facts)
    db.session.add(path)
    db.session.flush()
    _need(path, needs)
    after = {"code": path.code, **facts, "needs": list(needs)}
    record("path_described", path, by=by, project=project.key, after=after)
    return path


def keep_present_way(*, project: Project, by: Person) -> Path:
    """Put “keep and improve the present way” among the paths, as P0. It is compared and chosen like the others."""
    if queries.present_way(project.id) is not None:
        raise Refused(_("The present way is among the paths already."))
    facts = {"name": _("Keep and improve the present way"), "keeps_present": True}
    path = Path(project_id=project.id, code="P0", state=PathState.OPEN, tool_ids=[], **facts)
    db.session.add(path)
    record("path_described", path, by=by, project=project.key, after={"code": path.code, **facts})
    return path


def change_path(
    *, project: Project, path: Path, name: str, description: str, needs_covered: str, cost: str, way_back: str,
    by: Person, effort: str = "", reversibility: str = "", data_exposure: str = "", tool_ids: Sequence[int] = (),
    needs: Sequence[str] | None = None,
) -> None:
    """Describe a way forward anew; `needs` None leaves them. A rejected or killed one keeps the text it ended with."""
    FLOW.target("change", PathState(path.state))
    new: dict[str, Any] = {
        "name": name, "description": description, "needs_covered": needs_covered, "cost": cost, "way_back": way_back,
        "effort": effort, "reversibility": reversibility, "data_exposure": data_exposure, "tool_ids": list(tool_ids or ()),
    }
    old = {field: getattr(path, field) for field in new}
    for field, value in new.items():
        setattr(path, field, value)
    if needs is not None:
        old["needs"], new["needs"] = queries.needs_of(path.id), list(needs)
        _need(path, needs)
    record("path_changed", path, by=by, project=project.key, before=old, after={"code": path.code, **new})


def _need(path: Path, needs: Iterable[str]) -> None:
    """Make the rows of what a path needs equal to these."""
    try:
        wanted = {rules.tool_and_kind(each) for each in needs}
    except ValueError as error:
        raise BadValue("needs", _("“%(name)s” is not a capability.", name=str(error))) from error
    there = {(each.tool_id, each.kind): each for each in queries.need_rows(path.id)}
    for gone in there.keys() - wanted:
        db.session.delete(there[gone])
    for tool_id, kind in sorted(wanted - there.keys()):
        db.session.add(PathNeed(path_id=path.id, tool_id=tool_id, kind=kind))


def choose_path(
    *, project: Project, path: Path, reason: str, by: Person, in_spite_of: str = "", waiver: str = "",
    may_waive: bool = False,
) -> None:
    """Choose a way forward, with the reason that the report prints.

    A killed path is refused unless a person who may waive says in spite of what, and by which waiver.
    """
    before, target = path.state, FLOW.target("choose", PathState(path.state))
    _reasoned(reason)
    other = queries.chosen(project.id)
    if other is not None:
        raise Refused(_("%(code)s is chosen already. Reopen or reject it first.", code=other.code))
    if before == PathState.KILLED:
        _despite(project, path, in_spite_of, waiver, may_waive)
        path.in_spite_of, path.waiver = in_spite_of.strip(), waiver.strip()
    path.state, path.reason = target, reason.strip()
    after = {"code": path.code, "state": path.state}
    if path.in_spite_of:
        after |= {"in_spite_of": path.in_spite_of, "waiver": str(path.waiver)}
    record("path_chosen", path, by=by, project=project.key, before={"state": before}, after=after, reason=path.reason)


def _despite(project: Project, path: Path, in_spite_of: str, waiver: str, may_waive: bool) -> None:
    if not may_waive:
        killer = db.session.get(Limitation, path.killed_by_id) if path.killed_by_id else None
        why = (f"{killer.code} {killer.statement}",) if killer is not None else ()
        raise Refused(
            _("A limitation killed %(code)s. Only somebody who may grant a waiver can choose it.", code=path.code), why
        )
    if not in_spite_of.strip():
        raise BadValue("in_spite_of", _("Say why this path is chosen in spite of the limitation."))
    if not waiver.strip():
        raise BadValue("waiver", _("Name the waiver that allows it."))


def reject_path(*, project: Project, path: Path, reason: str, by: Person) -> None:
    """Reject a way forward, with what spoke against it. It stays readable."""
    _move(project, path, "reject", "path_rejected", reason, by)


def kill_path(*, project: Project, path: Path, limitation: Limitation, reason: str, by: Person) -> None:
    """Say that a limitation makes a way forward impossible, and how."""
    if limitation.project_id != project.id:
        raise BadValue("limitation_id", _("This limitation belongs to another project."))
    changes = {"killed_by_id": limitation.id, "in_spite_of": None, "waiver": None}
    _move(project, path, "kill", "path_killed", reason, by, changes, {"limitation": limitation.code})


def confirm_path(*, project: Project, path: Path, reason: str, by: Person) -> None:
    """Step 5: say that the trial confirmed the chosen path, and by what. The reason of the choice stays."""
    changes = {"confirmed_at": clock.now(), "confirmed_reason": reason.strip(), "reason": path.reason}
    _move(project, path, "confirm", "path_confirmed", reason, by, changes)


def reopen_path(*, project: Project, path: Path, reason: str, by: Person) -> None:
    """Take back a choice, a rejection or a killing, with what changed since."""
    changes = dict.fromkeys(("killed_by_id", "in_spite_of", "waiver", "confirmed_at", "confirmed_reason"))
    _move(project, path, "reopen", "path_reopened", reason, by, changes)


def withdraw_path(*, project: Project, path: Path, reason: str, by: Person) -> None:
    """Take a path described by mistake off the board. It stays readable and can be put back."""
    changes = {"withdrawn_at": clock.now(), "withdrawn_reason": reason.strip(), "reason": path.reason}
    _move(project, path, "withdraw", "path_withdrawn", reason, by, changes)


def put_back_path(*, project: Project, path: Path, by: Person) -> None:
    """Undo a withdrawal."""
    before, path.state = path.state, FLOW.target("put_back", PathState(path.state))
    path.withdrawn_at = path.withdrawn_reason = None
    after = {"code": path.code, "state": path.state}
    record("path_put_back", path, by=by, project=project.key, before={"state": before}, after=after)


def _move(
    project: Project, path: Path, verb: str, act: str, reason: str, by: Person,
    changes: Mapping[str, Any] | None = None, told: Mapping[str, Any] | None = None,
) -> None:
    """Lead a path where the verb leads; `changes` are further columns, `told` is what else the trail says."""
    target = FLOW.target(verb, PathState(path.state))
    if path.keeps_present and verb in NEVER_ON_THE_PRESENT_WAY:
        raise Refused(_("The present way always stands among the paths. Choose another one over it, with the reason."))
    _reasoned(reason)
    before = path.state
    for field, value in {"state": target, "reason": reason.strip(), **(changes or {})}.items():
        setattr(path, field, value)
    after = {"code": path.code, "state": path.state, **(told or {})}
    record(act, path, by=by, project=project.key, before={"state": before}, after=after, reason=reason.strip())


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise BadValue("reason", _("Say why; what becomes of a path is told with a reason."))


def score_paths(
    *, project: Project, given: Mapping[tuple[int, int], tuple[int | None, str]], by: Person, seen: str = ""
) -> int:
    """Score paths on criteria: {(path id, criterion id): (0 to 5 or None, note)}; gives how many scores changed.

    `seen` is `Matrix.seen` of when the form was opened: where somebody scored meanwhile, it is refused.
    """
    matrix = queries.matrix(project.id)
    if seen and seen != matrix.seen:
        raise Refused(_("Somebody changed a score after you opened this page. Open it again and enter yours once more."))
    rows = {each.id: each for each in matrix.paths}
    codes = {each.id: each.code for each in matrix.criteria}
    changed: dict[int, list[tuple[Score, dict[str, Any], dict[str, Any]]]] = {}
    for (path_id, criterion_id), (value, note) in given.items():
        if path_id not in rows or criterion_id not in codes or not _is_score(value):
            raise BadValue(f"v{path_id}_{criterion_id}", _("A score is a whole number from 0 to 5."))
        score = matrix.scores.get(path_id, {}).get(criterion_id)
        told = _rescored(score, value, note.strip())
        if told is not None:
            made = score or Score(path_id=path_id, criterion_id=criterion_id)
            made.value, made.note = value, note.strip()
            db.session.add(made)
            changed.setdefault(path_id, []).append((made, {codes[criterion_id]: told[0]}, {codes[criterion_id]: told[1]}))
    for path_id, entries in changed.items():
        _record_scores(project, rows[path_id], entries, by)
    return sum(len(each) for each in changed.values())


def _is_score(value: int | None) -> bool:
    return value is None or 0 <= value <= rules.HIGHEST


def _rescored(score: Score | None, value: int | None, note: str) -> tuple[str, str] | None:
    """(what the trail says stood there, what stands there now); None where nothing changed."""
    old = (score.value, score.note) if score is not None else (None, "")
    return None if old == (value, note) else (_told(*old), _told(value, note))


def _told(value: int | None, note: str) -> str:
    said = "–" if value is None else str(value)
    return f"{said} ({note})" if note else said


def _record_scores(
    project: Project, path: Path, entries: Sequence[tuple[Score, dict[str, Any], dict[str, Any]]], by: Person
) -> None:
    """One entry a path, that names each criterion and pins each score."""
    before = {name: value for _score, old, _new in entries for name, value in old.items()}
    after = {name: value for _score, _old, new in entries for name, value in new.items()}
    also = [score for score, _old, _new in entries]
    record("path_scored", path, by=by, project=project.key, before=before, after={"code": path.code, **after}, also=also)
