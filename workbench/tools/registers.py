"""The registers about a project's tools, and the overviews of them across projects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench import clock
from workbench.people.rules import Permission
from workbench.projects.forms import LAYERS
from workbench.registers.rules import Column, Further, Overview, Register, Verb
from workbench.tools import forms, queries
from workbench.tools.models import Customisation, Limitation, Promise
from workbench.web.filters import distance, on
from workbench.web.refusals import BadValue


def _check_tool(project: Any, facts: Mapping[str, Any]) -> None:
    if "tool_id" in facts and queries.scope_link(project.id, facts["tool_id"]) is None:
        raise BadValue("tool_id", _("This tool is not in the scope of the project."))


def _check_limitation(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    _check_tool(project, facts)
    if facts.get("first_reported_on", date.min) > clock.today():
        message = _("This day is still to come; a limitation is known since a day that has passed.")
        raise BadValue("first_reported_on", message)


def _check_promise(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    _check_tool(project, facts)
    made, due = facts.get("made_on"), facts.get("due_on")
    if made is not None and due is not None and due < made:
        raise BadValue("due_on", _("The day it is promised for comes after the day of the promise."))


def _check_customisation(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    _check_tool(project, facts)
    tested_on = facts.get("tested_on")
    if tested_on is not None and tested_on > clock.today():
        raise BadValue("tested_on", _("This day is still to come; a test is recorded once it was made."))


LIMITATIONS = Register(
    key="limitations",
    model=Limitation,
    form=forms.DescribeLimitation,
    prefix="L-",
    digits=2,
    title=_l("Limitations"),
    one=_l("Record a limitation"),
    purpose=_l(
        "What a tool in scope cannot do, at which layer that would be mended, since when it is known, and what is done about it."
    ),
    columns=("statement", "tool_id", "layer", "promised_on"),
    verbs=(Verb(_l("Decide"), "decide_limitation"),),
    check=_check_limitation,
    looks={"decision": {"None": forms.DECISION_LOOKS["undecided"], **forms.DECISION_LOOKS}},
    further=(
        Further("first_reported_on", _l("Known for"), said=lambda row: forms.age(row.first_reported_on)),
        Further("decision", _l("Decision"), {None: forms.DECIDED["undecided"], **forms.DECIDED}),
        Further("temporary_solution", _l("Temporary solution"), in_list=False),
        Further("disposition", _l("Reason of the decision"), in_list=False),
        Further("decided_on", _l("Decided on"), in_list=False),
    ),
    boards=((_l("What the tools can do"), "tools.capabilities"),),
)
PROMISES = Register(
    key="promises",
    model=Promise,
    form=forms.NotePromise,
    prefix="V-",
    title=_l("Promises"),
    one=_l("Note a promise"),
    purpose=_l(
        "What a reseller, supplier or editor said its tool would do, and for when. Names of people do not belong here."
    ),
    columns=("feature", "tool_id", "layer", "due_on", "owner_id", "next_chase_on"),
    verbs=(Verb(_l("Say what became of it"), "settle_promise"),),
    check=_check_promise,
    looks={"state": forms.PROMISE_LOOKS},
    further=(
        Further("state", _l("State"), forms.PROMISES),
        Further("outcome", _l("What shows it"), in_list=False),
        Further("settled_on", _l("Settled on"), in_list=False),
    ),
)
CUSTOMISATIONS = Register(
    key="customisations",
    model=Customisation,
    form=forms.DescribeCustomisation,
    prefix="X-",
    title=_l("Customisations"),
    one=_l("Record a customisation"),
    purpose=_l(
        "What was added to a tool or set in it: a new version of the tool may break it, so it is tried again with each."
    ),
    columns=("what", "tool_id", "version_tested", "tested_on", "owner_id"),
    verbs=(Verb(_l("Record a re-test"), "retest_customisation"),),
    fixed=("version_tested", "tested_on"),
    check=_check_customisation,
    looks={"retest": forms.RETEST_LOOKS},
    further=(
        Further("retest", _l("Re-test"), forms.RETESTS),
        Further("result_note", _l("What was seen"), in_list=False),
    ),
)
REGISTERS = (LIMITATIONS, PROMISES, CUSTOMISATIONS)


def _record(register: Register) -> Callable[[Any], str]:
    def address(row: Any) -> str:
        return url_for("tools.record", key=row["project"], register=register.key, record_id=row["id"])

    return address


def _tool(row: Any) -> str:
    return url_for("tools.show", tool_id=row["id"])


_CODE, _PROJECT, _TOOL = Column("code", _l("Code")), Column("project", _l("Project")), Column("tool", _l("Tool"))
_LAYER = Column("layer", _l("Layer"), LAYERS)
ALL_LIMITATIONS = Overview(
    key="limitations",
    title=_l("Limitations of tools"),
    purpose=_l("What the tools of every project cannot do, the longest known first."),
    rows=queries.all_limitations,
    columns=(
        _CODE, _PROJECT, _TOOL, Column("statement", _l("What it cannot do")), _LAYER,
        Column("first_reported_on", _l("First reported on")), Column("age", _l("Known for"), said=forms.age),
        Column("promise", _l("Promise")), Column("promised_on", _l("Promised for")),
        Column("evidence", _l("Evidence"), said=lambda number: f"E-{number}" if number else "–"),
        Column("decision", _l("Decision"), forms.DECIDED, look=lambda value: forms.DECISION_LOOKS[value]),
    ),
    sort="first_reported_on",
    address=_record(LIMITATIONS),
)
ALL_PROMISES = Overview(
    key="promises",
    title=_l("Promises of vendors"),
    purpose=_l("What resellers, suppliers and editors promised in every project, by the day it is promised for."),
    rows=queries.all_promises,
    columns=(
        _CODE, _PROJECT, _TOOL, Column("feature", _l("What was promised")), _LAYER, Column("promised_by", _l("Promised by")),
        Column("made_on", _l("Promised on")), Column("due_on", _l("Promised for")), Column("owner", _l("Who asks again")),
        Column("next_chase_on", _l("Asked again on")),
        Column("state", _l("State"), forms.PROMISES, look=lambda value: forms.PROMISE_LOOKS[value]),
    ),
    sort="due_on",
    address=_record(PROMISES),
)
ALL_LICENCES = Overview(
    key="licences",
    title=_l("Trial licences"),
    purpose=_l("Every tool on trial with the days left, the first to end first."),
    rows=queries.all_licences,
    columns=(
        _TOOL, Column("vendor", _l("Vendor")), Column("ends_on", _l("Trial licence ends on"), said=on),
        Column("left", _l("Time left"), said=distance, look=lambda day: "overdue" if day < clock.today() else ""),
        Column("owner", _l("Owner")), _PROJECT,
    ),
    sort="ends_on",
    address=_tool,
    permission=Permission.TOOL_READ,
)
ALL_CUSTOMISATIONS = Overview(
    key="customisations",
    title=_l("Customisations of tools"),
    purpose=_l("What was added to tools or set in them, and whether it must be tried again."),
    rows=queries.all_customisations,
    columns=(
        _CODE, _PROJECT, _TOOL, Column("what", _l("What was added or set")), Column("edition", _l("Version now")),
        Column("version_tested", _l("Version it was tried with")), Column("tested_on", _l("Tried on")),
        Column("retest_trigger", _l("When to try it again")), Column("owner", _l("Who tries it again")),
        Column("retest", _l("Re-test"), forms.RETESTS, look=lambda value: forms.RETEST_LOOKS[value]),
    ),
    sort="tested_on",
    address=_record(CUSTOMISATIONS),
)
ALL_CAPABILITIES = Overview(
    key="capabilities",
    title=_l("What the tools can do"),
    purpose=_l("Each tool of the register with what paths may need of it; unknown until somebody looked."),
    rows=queries.all_capabilities,
    columns=(
        _TOOL,
        *(
            Column(kind.value, word, forms.ABLE, look=lambda value: forms.ABLE_LOOKS[value])
            for kind, word in forms.CAPABILITIES.items()
        ),
    ),
    sort="tool",
    address=_tool,
    permission=Permission.TOOL_READ,
)
# That of limitations is served by the desk, which knows the paths each of them killed.
OVERVIEWS = (ALL_PROMISES, ALL_LICENCES, ALL_CUSTOMISATIONS, ALL_CAPABILITIES)
