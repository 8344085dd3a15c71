"""What happens to a record of any register: adding, changing, withdrawing with a reason, putting back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.projects.queries import next_code
from workbench.registers.rules import Register
from workbench.trail.actions import record
from workbench.trail.rules import Actor
from workbench.web.refusals import BadValue, Refused


def add_record(register: Register, *, project: Project, facts: Mapping[str, Any], by: Actor) -> Any:
    """Add a record; it gets the next code. `facts` are values by field name. Raises BadValue where the register's rule says so."""
    register.check(project, facts, None)
    code = next_code(register.table, project.id, register.prefix, digits=register.digits)
    row = register.model(project_id=project.id, code=code, **facts)
    db.session.add(row)
    shown, hidden = _split(register, facts)
    after = {"code": code, **shown}
    record(f"{register.table}_added", row, by=by, project=project.key, after=after, private=hidden)
    return row


def change_record(register: Register, *, project: Project, row: Any, facts: Mapping[str, Any], by: Person) -> None:
    """Say a record anew; the trail keeps what it said before. Fixed fields keep their text whatever `facts` say."""
    _check_open(register, row)
    new = {name: value for name, value in facts.items() if name not in register.fixed}
    register.check(project, {**{name: getattr(row, name) for name in register.fixed}, **new}, row)
    old = {name: getattr(row, name) for name in new}
    for name, value in new.items():
        setattr(row, name, value)
    shown, hidden = _split(register, new)
    before = {name: old[name] for name in shown}
    after = {"code": row.code, **shown}
    record(f"{register.table}_changed", row, by=by, project=project.key, before=before, after=after, private=hidden)


def _split(register: Register, facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """(what the trail tells, what it holds as a hash only)."""
    private = register.private(facts)
    shown = {name: value for name, value in facts.items() if name not in private}
    return shown, {name: str(facts[name]) for name in private if name in facts}


def _check_open(register: Register, row: Any) -> None:
    if row.withdrawn_at is not None:
        raise Refused(_("%(code)s is withdrawn. Put it back first.", code=row.code))
    reason = register.keeps(row)
    if reason:
        raise Refused(reason)


def withdraw_record(register: Register, *, project: Project, row: Any, reason: str, by: Person) -> None:
    """Take a record out of every list and count, with the reason. It stays readable and can be put back."""
    _check_open(register, row)
    if not reason.strip():
        raise BadValue("reason", _("Say why; the trail keeps the reason."))
    row.withdrawn_at, row.withdrawn_reason = clock.now(), reason.strip()
    after = {"code": row.code}
    record(f"{register.table}_withdrawn", row, by=by, project=project.key, after=after, reason=reason.strip())


def put_back_record(register: Register, *, project: Project, row: Any, by: Person) -> None:
    """Undo a withdrawal."""
    if row.withdrawn_at is None:
        raise Refused(_("%(code)s is not withdrawn.", code=row.code))
    row.withdrawn_at = row.withdrawn_reason = None
    record(f"{register.table}_put_back", row, by=by, project=project.key, after={"code": row.code})
