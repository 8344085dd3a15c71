"""What happens to a way forward: describing, choosing, rejecting."""

from __future__ import annotations

from flask_babel import gettext as _

from workbench.database import db
from workbench.paths.models import Path
from workbench.paths.rules import FLOW, PathState
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.queries import next_code
from workbench.trail.actions import record
from workbench.web.refusals import BadValue


def describe_path(
    *, project: Project, name: str, by: Person, description: str = "", needs_covered: str = "", cost: str = "",
    way_back: str = "",
) -> Path:
    """Describe a way forward; it gets the next code (P1 …) and stays open until it is chosen or rejected."""
    facts = {
        "name": name, "description": description, "needs_covered": needs_covered, "cost": cost, "way_back": way_back,
    }
    path = Path(project_id=project.id, code=next_code("path", project.id, "P"), state=PathState.OPEN, **facts)
    db.session.add(path)
    record("path_described", path, by=by, project=project.key, after={"code": path.code, **facts})
    return path


def change_path(
    *, project: Project, path: Path, name: str, description: str, needs_covered: str, cost: str, way_back: str,
    by: Person,
) -> None:
    """Describe a way forward anew. A rejected one keeps the text it was rejected with."""
    FLOW.target("change", PathState(path.state))
    new = {"name": name, "description": description, "needs_covered": needs_covered, "cost": cost, "way_back": way_back}
    old = {field: getattr(path, field) for field in new}
    for field, value in new.items():
        setattr(path, field, value)
    record("path_changed", path, by=by, project=project.key, before=old, after={"code": path.code, **new})


def choose_path(*, project: Project, path: Path, reason: str, by: Person) -> None:
    """Choose a way forward, with the reason that the report prints."""
    _move(project, path, "choose", "path_chosen", reason, by)


def reject_path(*, project: Project, path: Path, reason: str, by: Person) -> None:
    """Reject a way forward, with what killed it. It stays readable and cannot be chosen any more."""
    _move(project, path, "reject", "path_rejected", reason, by)


def _move(project: Project, path: Path, verb: str, act: str, reason: str, by: Person) -> None:
    target = FLOW.target(verb, PathState(path.state))
    if not reason.strip():
        raise BadValue("reason", _("Say why; a path is chosen or rejected with a reason."))
    before = {"state": path.state}
    path.state, path.reason = target, reason.strip()
    after = {"code": path.code, "state": path.state}
    record(act, path, by=by, project=project.key, before=before, after=after, reason=path.reason)
