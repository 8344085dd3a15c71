"""What is written down about an audit: agenda, people met, samples, notes, disagreements, distribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from workbench.audits.models import Audit
from workbench.audits.rules import AHEAD, AuditState
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.registers import actions as registers
from workbench.registers.rules import Register
from workbench.web.refusals import Refused

# When each table can be written; what is not named here: until the audit is concluded.
_LONGER = {
    "audit_distribution": AHEAD | {AuditState.CONCLUDED, AuditState.REPORTED},
    "audit_disagreement": AHEAD | {AuditState.CONCLUDED, AuditState.REPORTED},
}


def is_writable(audit: Audit, table: str) -> bool:
    """Whether lines of this table can still be written."""
    return audit.standing in _LONGER.get(table, AHEAD)


def _check(audit: Audit, register: Register) -> None:
    if not is_writable(audit, register.table):
        raise Refused(_("The audit %(number)s is over; this is not changed any more.", number=audit.number))


def add_line(*, project: Project, audit: Audit, register: Register, facts: Mapping[str, Any], by: Person) -> Any:
    """Write a line down; it gets the next code of the project."""
    _check(audit, register)
    return registers.add_record(register, project=project, facts={"audit_id": audit.id, **facts}, by=by)


def change_line(
    *, project: Project, audit: Audit, register: Register, row: Any, facts: Mapping[str, Any], by: Person
) -> None:
    """Say a line anew; the trail keeps what it said before."""
    _check(audit, register)
    registers.change_record(register, project=project, row=row, facts=facts, by=by)


def withdraw_line(*, project: Project, audit: Audit, register: Register, row: Any, reason: str, by: Person) -> None:
    """Take a line out, with the reason; it stays in the trail."""
    _check(audit, register)
    registers.withdraw_record(register, project=project, row=row, reason=reason, by=by)
