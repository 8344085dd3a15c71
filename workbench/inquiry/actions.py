"""What happens in steps 1 to 3 beyond keeping records: judging and revising objectives, answering cautions, asking guests."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.inquiry import queries
from workbench.inquiry.models import Consultation, GuestLink, Objective
from workbench.inquiry.rules import (
    LONGEST_INVITATION,
    Channel,
    ContributionKind,
    DispositionKind,
    Guest,
    ObjectiveState,
    Said,
    SourceKind,
    is_number,
    limitations_named,
    next_revision,
)
from workbench.people.models import Person
from workbench.projects.models import Participant, Project
from workbench.projects.queries import next_code
from workbench.projects.rules import Layer
from workbench.registers.actions import add_record
from workbench.registers.rules import Register
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused


def check_baseline(project: Project, facts: Mapping[str, Any], row: Any) -> None:
    """A baseline holds one number, and was not measured tomorrow."""
    if not is_number(facts["value"]):
        raise BadValue("value", _("Write one number here, such as 140 or 12.5; its unit has a field of its own."))
    if facts["measured_on"] is not None and facts["measured_on"] > clock.today():
        raise BadValue("measured_on", _("This day is still to come; note a measure once it was taken."))


def check_source(project: Project, facts: Mapping[str, Any], row: Any) -> None:
    """A search without result names its terms; an address is one of the web."""
    if facts["kind"] == SourceKind.NOTHING_FOUND and not facts["search_terms"]:
        raise BadValue("search_terms", _("Name the terms that were searched; they are what proves the search."))
    if facts["url"] and not facts["url"].startswith(("https://", "http://")):
        raise BadValue("url", _("Begin the address with https:// or http://."))


def check_consultation(project: Project, facts: Mapping[str, Any], row: Any) -> None:
    """A hub belongs to the inside; nobody was heard tomorrow."""
    if facts["hub"] and facts["layer"] != Layer.INTERNAL:
        raise BadValue("hub", _("A hub belongs to somebody inside the company; leave it empty for the other layers."))
    if facts["held_on"] > clock.today():
        raise BadValue("held_on", _("This day is still to come; note a consultation once it was held."))
    if not facts["is_confidential"] and _is_confidential(facts["participant_id"]):
        message = _("The name of this party is kept out of reports; keep it confidential here too.")
        raise BadValue("is_confidential", message)
    was_caution = row is not None and row.kind == ContributionKind.CAUTION
    if was_caution and not row.disposition and facts.get("kind", row.kind) != ContributionKind.CAUTION:
        raise BadValue("kind", _("A caution stays one until it is answered; say first what becomes of it."))


def _is_confidential(participant_id: int | None) -> bool:
    party = db.session.get(Participant, participant_id) if participant_id is not None else None
    return party is not None and party.is_confidential


def judge_objective(
    *, project: Project, objective: Objective, is_met: bool, reason: str, by: Person, cause: str = "",
    limitation_codes: Sequence[str] = (),
) -> None:
    """Say whether an objective was reached, and why one says so. Its text, measure and target stay as they were set.

    Limitations named in reason or cause are kept beside those given.
    """
    if not reason.strip():
        raise BadValue("state_reason", _("Say what shows it; the report prints this reason."))
    if objective.follower is not None:
        message = _("%(next)s follows %(code)s already.", next=objective.follower.code, code=objective.code)
        raise Refused(message)
    before = {name: getattr(objective, name) for name in ("state", "state_reason", "cause", "limitation_codes")}
    objective.state = ObjectiveState.MET if is_met else ObjectiveState.NOT_MET
    objective.state_reason = reason.strip()
    objective.cause = "" if is_met else cause.strip()
    named = [] if is_met else limitations_named(reason, cause, *limitation_codes)
    objective.limitation_codes = named
    after = {
        "code": objective.code, "state": objective.state, "cause": objective.cause, "limitation_codes": named,
    }
    record("objective_judged", objective, by=by, project=project.key, before=before, after=after, reason=reason.strip())


def revise_objective(
    *, project: Project, objective: Objective, decided_by_id: int, by: Person, statement: str, measure: str,
    unit: str = "", baseline: str = "", target: str = "", due_on: date | None = None, decided_on: date | None = None,
    savings: str = "", follow_up_on: date | None = None,
) -> Objective:
    """Set the objective that follows a missed one; it takes its code with a letter (O1b), and the missed one stays.

    The decider is a sponsor or a quality lead of the team. Refused while the objective is not judged as not met.
    """
    code = _code_after(project, objective)
    if decided_by_id not in dict(queries.deciders(project.id)):
        raise BadValue("decided_by_id", _("Name who decided it: a sponsor or a quality lead on the team."))
    day = decided_on or clock.today()
    if day > clock.today():
        raise BadValue("decided_on", _("This day is still to come; set the objective once it was decided."))
    facts = {
        "statement": statement, "measure": measure, "unit": unit, "baseline": baseline, "target": target,
        "due_on": due_on, "decided_by_id": decided_by_id, "decided_on": day, "savings": savings,
        "follow_up_on": follow_up_on,
    }
    made = Objective(project_id=project.id, code=code, revises_id=objective.id, **facts)
    db.session.add(made)
    after = {"code": code, "revises": objective.code, **facts}
    record("objective_revised", made, by=by, project=project.key, after=after)
    db.session.expire(objective, ["followers"])
    return made


def _code_after(project: Project, missed: Objective) -> str:
    if missed.state != ObjectiveState.NOT_MET:
        raise Refused(_("%(code)s is not judged as not met; judge it first, then set what follows.", code=missed.code))
    if missed.follower is not None:
        raise Refused(_("%(next)s follows %(code)s already.", next=missed.follower.code, code=missed.code))
    code, taken = next_revision(missed.code), queries.codes_of_objectives(project.id)
    while code in taken:  # by one that was withdrawn: a code is given once
        code = next_revision(code)
    return code


def kept(objective: Objective) -> str:
    """Why an objective may not be changed or withdrawn any more; "" while nobody judged it."""
    if objective.state == ObjectiveState.SET:
        return ""
    return str(_("%(code)s is judged. Its text and verdict stay; what was decided next stands beside it.", code=objective.code))


def dispose_caution(
    *, project: Project, consultation: Consultation, disposition: str, by: Person,
    kind: DispositionKind = DispositionKind.OTHER, accepted_by: str = "",
) -> None:
    """Say what became of a caution: a constraint on a path, a risk, or accepted and by whom."""
    if consultation.kind != ContributionKind.CAUTION:
        raise Refused(_("%(code)s is not a caution; only cautions ask for a disposition.", code=consultation.code))
    if not disposition.strip():
        message = _("Say what became of it: a constraint on a path, a risk, or accepted and by whom.")
        raise BadValue("disposition", message)
    if kind is DispositionKind.ACCEPTED and not accepted_by.strip():
        raise BadValue("accepted_by", _("Name who accepted it."))
    names = ("disposition_kind", "disposition", "accepted_by")
    before = {name: getattr(consultation, name) for name in names}
    new = (kind.value, disposition.strip(), accepted_by.strip())
    for name, value in zip(names, new, strict=True):
        setattr(consultation, name, value)
    after = {"code": consultation.code, **dict(zip(names, new, strict=True))}
    record("caution_disposed", consultation, by=by, project=project.key, before=before, after=after)


def invite(
    *, project: Project, participant: Participant | None, addressee: str, organisation: str, layer: Layer,
    questions: str, expires_on: date, by: Person,
) -> tuple[GuestLink, str]:
    """Make a link by which one party answers the questions; gives it with its token, which is not kept anywhere."""
    name = participant.name if participant is not None else addressee.strip()
    if not name:
        raise BadValue("addressee", _("Choose a party, or say to whom the link goes."))
    if not clock.today() <= expires_on <= clock.today() + timedelta(days=LONGEST_INVITATION):
        message = _("Choose a day from today on, at most %(days)s days ahead.", days=LONGEST_INVITATION)
        raise BadValue("expires_on", message)
    token = secrets.token_urlsafe(32)
    told = {
        "layer": Layer(participant.layer) if participant is not None else layer,
        "questions": questions, "expires_on": expires_on,
    }
    made = GuestLink(
        project_id=project.id, code=next_code("guest_link", project.id, "G-"), created_by_id=by.id, addressee=name,
        participant_id=participant.id if participant is not None else None, created_at=clock.now(),
        organisation=participant.organisation if participant is not None else organisation,
        token_sha256=queries.token_hash(token), **told,
    )
    db.session.add(made)
    after = {"code": made.code, **told}
    record("guest_link_made", made, by=by, project=project.key, after=after, private={"addressee": name})
    return made, token


def close_guest_link(*, project: Project, link: GuestLink, by: Person) -> None:
    """Close a link before it was answered; its address then leads nowhere."""
    if link.closed_at is not None:
        raise Refused(_("%(code)s is closed already.", code=link.code))
    link.closed_at = clock.now()
    record("guest_link_closed", link, by=by, project=project.key, after={"code": link.code})


def answer_guest_link(
    register: Register, *, project: Project, link: GuestLink, said: Sequence[Said], has_consent: bool,
    is_confidential: bool,
) -> list[Consultation]:
    """Note what a guest says as consultations and close the link. `register` is that of the consultations.

    The trail names the link as the one who acts; the name of a party that is kept out of reports stays so.
    """
    if not said:
        raise BadValue("statement_1", _("Write at least one answer."))
    guest = Guest(name=f"guest link {link.code}")
    shared = {
        "said_by": link.addressee, "participant_id": link.participant_id, "layer": link.layer, "hub": "",
        "held_on": clock.today(), "channel": Channel.FORM, "need_id": None, "tool_id": None,
        "has_consent": has_consent,
        "is_confidential": is_confidential or _is_confidential(link.participant_id),
    }
    made = []
    for each in said:
        facts = {**shared, "kind": each.kind, "statement": each.statement}
        made.append(add_record(register, project=project, facts=facts, by=guest))
    link.answered_at = link.closed_at = clock.now()
    after = {"code": link.code, "consultations": [each.code for each in made]}
    record("guest_link_answered", link, by=guest, project=project.key, after=after)
    return made
