"""What gate 6 measures: what goes live is what was approved, it can be taken back, and a real period came out right."""

from __future__ import annotations

from flask_babel import gettext as _

from workbench.changes import proofs as changes
from workbench.lifecycle import queries
from workbench.lifecycle.conditions.case import Case, Condition, line, named
from workbench.tools import proofs as tools


def no_approval_undecided(case: Case) -> list[Condition]:
    """Nobody who was asked to approve a change still owes the answer, due or not; gates before 6 name it where it is so."""
    left = changes.approvals_undecided(case.project_id)
    if case.step < 6 and not left:
        return []
    label = _("No approval of a change waits for its answer")
    reason = _("Waiting for: %(names)s.", names=_("; ").join(left))
    return line("no_approval_undecided", label, reason, case.at("changes.index"), fails=left)


def request_complete(case: Case) -> list[Condition]:
    """Each request for change says all that it has to say; asked for, not demanded."""
    left = changes.request_missing(case.project_id)
    label = _("Each request for change is complete")
    reason = _("To be added: %(names)s.", names=named(left))
    return line("request_complete", label, reason, case.at("changes.index"), fails=left, mandatory=False)


def plan_as_approved(case: Case) -> list[Condition]:
    """The promotion plan is the very one that was approved, and not stale."""
    left = changes.plan_not_as_approved(case.project_id)
    label = _("The promotion plan is the one approved, and still fresh")
    return line("plan_as_approved", label, _mend(left), case.at("changes.index"), fails=left)


def back_out_present(case: Case) -> list[Condition]:
    """Each change has a back-out plan."""
    left = changes.back_out_missing(case.project_id)
    reason = _("Without a back-out plan: %(names)s.", names=named(left))
    return line("back_out_present", _("Each change has a back-out plan"), reason, case.at("changes.index"), fails=left)


def change_authorised(case: Case) -> list[Condition]:
    """Everybody asked has signed, with quorum, none the author."""
    left = changes.approvals_missing(case.project_id)
    label = _("Each change is authorised by the hub that owns it and the technical hub")
    reason = _("Not authorised: %(names)s.", names=_("; ").join(left))
    return line("change_authorised", label, reason, case.at("changes.index"), fails=left)


def acceptance_closed(case: Case) -> list[Condition]:
    """A real billing period came out equal, or each exception is decided."""
    left = changes.acceptance_open(case.project_id)
    label = _("The acceptance run is closed: totals equal, or each exception decided")
    return line("acceptance_closed", label, _mend(left), case.register("changes", "acceptance"), fails=left)


def no_secrets(case: Case) -> list[Condition]:
    """No key and no password is kept in the project's texts."""
    left = changes.secrets_found(case.project_id)
    label = _("No key or password is kept in the project")
    reason = _("Looks like a secret in: %(codes)s.", codes=named(left))
    return line("no_secrets", label, reason, case.register("changes", "connections"), fails=left)


def customisations_tested(case: Case) -> list[Condition]:
    """Each customisation was tried with the version its tool has now; asked for, not demanded."""
    left = tools.customisations_due(case.project_id)
    label = _("Each customisation was tried with the present version of its tool")
    reason = _("To be tried again: %(codes)s.", codes=named(left))
    link = case.register("tools", "customisations")
    return line("customisations_tested", label, reason, link, fails=left, mandatory=False)


def go_live_told(case: Case) -> list[Condition]:
    """The day of going live was announced; asked for, not demanded."""
    told = queries.go_live_told(case.project_id)
    label = _("The people concerned were told the day of going live")
    reason = _("No announcement names the day yet.")
    link = case.register("practices", "announcements")
    return line("go_live_told", label, reason, link, fails=not told, mandatory=False)


def _mend(left: list[str]) -> str:
    return str(_("To be mended: %(names)s.", names=_("; ").join(left)))
