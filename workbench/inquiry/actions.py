"""What happens in steps 1 to 3: stating needs, setting and judging objectives, noting what was read and said."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.inquiry import queries
from workbench.inquiry.models import Consultation, Objective, Source
from workbench.inquiry.rules import ContributionKind, ObjectiveState, SourceKind, next_revision
from workbench.people.models import Person
from workbench.people.rules import Hub
from workbench.projects.models import Project
from workbench.projects.queries import next_code
from workbench.projects.rules import Layer
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused


def set_objective(
    *, project: Project, statement: str, measure: str, by: Person, unit: str = "", baseline: str = "", target: str = "",
    due_on: date | None = None, revises: Objective | None = None,
) -> Objective:
    """Set an objective; it gets the next code (O1 …) and its statement never changes.

    One that `revises` a missed objective takes its code with a letter (O1b), so that the missed one stays readable
    beside it. Refused while that one is not judged as not met.
    """
    facts = {
        "statement": statement, "measure": measure, "unit": unit, "baseline": baseline, "target": target,
        "due_on": due_on,
    }
    code = next_code("objective", project.id, "O") if revises is None else _code_after(project, revises)
    objective = Objective(project_id=project.id, code=code, **facts)
    db.session.add(objective)
    record("objective_set", objective, by=by, project=project.key, after={"code": code, **facts})
    return objective


def _code_after(project: Project, missed: Objective) -> str:
    if missed.state != ObjectiveState.NOT_MET:
        raise Refused(_("%(code)s is not judged as not met; judge it first, then set what follows.", code=missed.code))
    code = next_revision(missed.code)
    if any(each.code == code for each in queries.objectives(project.id)):
        raise Refused(_("%(next)s follows %(code)s already.", next=code, code=missed.code))
    return code


def judge_objective(*, project: Project, objective: Objective, is_met: bool, reason: str, by: Person) -> None:
    """Say whether an objective was reached, and why one says so. Its text, measure and target stay as they were set."""
    if not reason.strip():
        raise BadValue("state_reason", _("Say what shows it; the report prints this reason."))
    before = {"state": objective.state, "state_reason": objective.state_reason}
    objective.state = ObjectiveState.MET if is_met else ObjectiveState.NOT_MET
    objective.state_reason = reason.strip()
    after = {"code": objective.code, "state": objective.state}
    record("objective_judged", objective, by=by, project=project.key, before=before, after=after, reason=reason.strip())


def note_source(
    *, project: Project, reference: str, kind: SourceKind, by: Person, dated_on: date | None = None, claim: str = "",
    fit: str = "", is_independent: bool = True,
) -> Source:
    """Note something read; it gets the next code (S-1 …). A search without result is a source of its own kind."""
    facts = {
        "reference": reference, "kind": kind, "dated_on": dated_on, "claim": claim, "fit": fit,
        "is_independent": is_independent,
    }
    source = Source(project_id=project.id, code=next_code("source", project.id, "S-"), **facts)
    db.session.add(source)
    record("source_noted", source, by=by, project=project.key, after={"code": source.code, **facts})
    return source


def change_source(
    *, project: Project, source: Source, reference: str, kind: SourceKind, dated_on: date | None, claim: str, fit: str,
    is_independent: bool, by: Person,
) -> None:
    """Change what is noted about a source."""
    new = {
        "reference": reference, "kind": kind, "dated_on": dated_on, "claim": claim, "fit": fit,
        "is_independent": is_independent,
    }
    old = {name: getattr(source, name) for name in new}
    for name, value in new.items():
        setattr(source, name, value)
    record("source_changed", source, by=by, project=project.key, before=old, after={"code": source.code, **new})


def note_consultation(
    *, project: Project, said_by: str, layer: Layer, held_on: date, kind: ContributionKind, statement: str, by: Person,
    hub: Hub | None = None, has_consent: bool = False, is_confidential: bool = False, disposition: str = "",
) -> Consultation:
    """Note what somebody said; it gets the next code (C-1 …).

    Where it is confidential, or nobody agreed to being quoted, name and words enter the trail as hashes only: the trail
    leaves the house with a bundle, and no report prints them either.
    """
    if hub is not None and layer is not Layer.INTERNAL:
        raise BadValue("hub", _("A hub belongs to somebody inside the company; leave it empty for the other layers."))
    if held_on > clock.today():
        raise BadValue("held_on", _("This day is still to come; note a consultation once it was held."))
    shown = {
        "layer": layer, "hub": hub or "", "held_on": held_on, "kind": kind, "has_consent": has_consent,
        "is_confidential": is_confidential, "disposition": disposition,
    }
    said = {"said_by": said_by, "statement": statement}
    code = next_code("consultation", project.id, "C-")
    made = Consultation(project_id=project.id, code=code, **said, **shown)
    db.session.add(made)
    is_open = has_consent and not is_confidential
    after = {"code": code, **(said if is_open else {}), **shown}
    record("consultation_noted", made, by=by, project=project.key, after=after, private={} if is_open else said)
    return made


def dispose_caution(*, project: Project, consultation: Consultation, disposition: str, by: Person) -> None:
    """Say what became of a caution: a constraint on a path, a risk, or accepted and by whom."""
    if consultation.kind != ContributionKind.CAUTION:
        raise Refused(_("%(code)s is not a caution; only cautions ask for a disposition.", code=consultation.code))
    if not disposition.strip():
        message = _("Say what became of it: a constraint on a path, a risk, or accepted and by whom.")
        raise BadValue("disposition", message)
    before = {"disposition": consultation.disposition}
    consultation.disposition = disposition.strip()
    after = {"code": consultation.code, "disposition": consultation.disposition}
    record("caution_disposed", consultation, by=by, project=project.key, before=before, after=after)
