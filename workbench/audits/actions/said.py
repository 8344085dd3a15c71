"""The words for what an audit lacks and for what speaks against an auditor."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from workbench.audits.queries import Conflict
from workbench.people.rules import Role
from workbench.projects.forms import MEMBER_ROLES
from workbench.trail.forms import act_in_words

LACKING = {
    "objectives": _l("the objectives"),
    "scope": _l("the scope"),
    "criteria": _l("the criteria: a pack of a standard, or what else the audit is held against"),
    "method": _l("the method: on site, remote or both"),
    "sampling": _l("the sampling plan"),
    "client": _l("the client of the audit"),
    "lead": _l("one lead auditor in the team"),
    "agenda": _l("a first line of the agenda"),
    "independence": _l("independence: somebody in the team would audit their own work"),
    "met": _l("the people met"),
    "answers": _l("answers: a checklist of this audit has none"),
    "distribution": _l("the distribution: who gets the report"),
}


def lacking_in_words(code: str) -> str:
    """A code of proofs.py as people read it."""
    return str(LACKING[code])


def against_in_words(conflict: Conflict) -> str:
    """What speaks against somebody's auditing, as people read it."""
    if conflict.kind == "member":
        return str(_("is in the team of the project (%(role)s)", role=MEMBER_ROLES[Role(conflict.what)]))
    if conflict.kind == "answers":
        items = ngettext("answered %(num)s item of its checklists", "answered %(num)s items of its checklists", conflict.count)
        return str(items)
    entries = ngettext(
        "wrote %(num)s entry in its trail: %(act)s",
        "wrote %(num)s entries in its trail: %(act)s",
        conflict.count,
        act=act_in_words(conflict.what),
    )
    return str(entries)
