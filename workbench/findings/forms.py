"""What may be typed about findings, and the words for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, IntegerField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from workbench import clock
from workbench.evidence.queries import choices as evidence_choices
from workbench.findings import queries
from workbench.findings.queries import Line
from workbench.findings.rules import (
    BEST_SCORE,
    LONGEST_DELAY,
    USUAL_DELAY,
    ActionKind,
    ActionState,
    CauseKind,
    CauseMethod,
    Disposition,
    FindingKind,
    FindingState,
    Source,
    Verdict,
)
from workbench.projects.queries import choices_of_participants
from workbench.registers.forms import RecordForm, Reference, choice
from workbench.tools.forms import choices
from workbench.tools.queries import choices as tool_choices
from workbench.web.forms import Form, line, text
from workbench.web.refusals import BadValue

KINDS = {
    FindingKind.MAJOR: _l("major nonconformity"), FindingKind.MINOR: _l("minor nonconformity"),
    FindingKind.OPPORTUNITY: _l("opportunity for improvement"), FindingKind.OBSERVATION: _l("observation"),
    FindingKind.CONFORMITY: _l("conformity noted"),
}
KIND_LOOKS = {
    FindingKind.MAJOR: "major", FindingKind.MINOR: "minor", FindingKind.OPPORTUNITY: "opportunity",
    FindingKind.OBSERVATION: "set", FindingKind.CONFORMITY: "conform",
}
STATES = {
    FindingState.RAISED: _l("raised"), FindingState.CORRECTED: _l("corrected"), FindingState.CAUSE_KNOWN: _l("cause known"),
    FindingState.ACTED: _l("actions done"), FindingState.CLOSED: _l("closed"), FindingState.WITHDRAWN: _l("withdrawn"),
}
LOOKS = {
    FindingState.RAISED: "raised", FindingState.CORRECTED: "partly", FindingState.CAUSE_KNOWN: "current",
    FindingState.ACTED: "held", FindingState.CLOSED: "closed", FindingState.WITHDRAWN: "not_applicable",
}
SOURCES = {
    Source.AUDIT: _l("audit"), Source.CHECKLIST: _l("checklist"), Source.TRIAL: _l("trial"),
    Source.COMPLAINT: _l("client complaint"), Source.SUPPLIER: _l("supplier"), Source.PROCESS: _l("daily work"),
    Source.REVIEW: _l("management review"), Source.OTHER: _l("other"),
}
ACTIONS = {
    ActionKind.CONTAINMENT: _l("containment"), ActionKind.CORRECTION: _l("correction"),
    ActionKind.CORRECTIVE: _l("corrective action"), ActionKind.PREVENTIVE: _l("preventive action"),
    ActionKind.IMPROVEMENT: _l("improvement"),
}
ACTION_GUIDES = {
    ActionKind.CONTAINMENT: _l("containment: keep the effect from spreading"),
    ActionKind.CORRECTION: _l("correction: put right what is wrong"),
    ActionKind.CORRECTIVE: _l("corrective action: remove the cause, so that it does not come back"),
    ActionKind.PREVENTIVE: _l("preventive action: keep it from happening elsewhere"),
    ActionKind.IMPROVEMENT: _l("improvement: make something better that is not wrong"),
}
ACTION_STATES = {ActionState.OPEN: _l("open"), ActionState.DONE: _l("done"), ActionState.CANCELLED: _l("cancelled")}
ACTION_LOOKS = {ActionState.OPEN: "open", ActionState.DONE: "done", ActionState.CANCELLED: "cancelled"}
CAUSES = {
    CauseKind.PEOPLE: _l("people: knowledge, time, habit"), CauseKind.METHOD: _l("method: how the work is done"),
    CauseKind.TOOL: _l("tool: what it does or cannot do"), CauseKind.SUPPLIER: _l("supplier: what others deliver"),
    CauseKind.INFORMATION: _l("information: data, documents, what is passed on"),
    CauseKind.ENVIRONMENT: _l("environment: place, load, moment"),
    CauseKind.MANAGEMENT: _l("management: priorities, means, decisions"),
}
METHODS = {
    CauseMethod.LIST: _l("choice from the list"), CauseMethod.FIVE_WHYS: _l("five whys"),
    CauseMethod.FISHBONE: _l("fishbone"),
}
VERDICTS = {Verdict.EFFECTIVE: _l("effective"), Verdict.NOT_EFFECTIVE: _l("not effective")}
VERDICT_LOOKS = {Verdict.EFFECTIVE: "pass", Verdict.NOT_EFFECTIVE: "fail"}
DISPOSITIONS = {Disposition.ACCEPTED: _l("accepted"), Disposition.DECLINED: _l("declined")}
BANDS = {
    "0-30": _l("up to 30 days"), "31-60": _l("31 to 60 days"), "61-90": _l("61 to 90 days"), ">90": _l("more than 90 days"),
}
SORTS = {
    "-raised": _l("newest first"), "raised": _l("oldest first"), "due": _l("due first"), "kind": _l("kind"),
    "state": _l("state"), "number": _l("code"),
}


def language() -> str:
    """The language of the page, en or fr."""
    return str(get_locale() or "en")[:2]


def _grades(project_id: int) -> Sequence[tuple[int, str]]:
    return queries.grade_choices(language())


class RaiseFinding(RecordForm):
    """A finding in its three parts."""

    kind = RadioField(_l("Kind"), validators=[InputRequired()], choices=choices(KINDS))
    requirement = text(
        _l("Requirement"), DataRequired(),
        description=_l("What it is held against: a clause or gate with our question, a contract, an own procedure."),
    )
    evidence = text(_l("Evidence"), DataRequired(), description=_l("What was seen, where and when; name the record."))
    statement = text(
        _l("Statement"), DataRequired(), description=_l("In one sentence, how the evidence differs from the requirement.")
    )


class _LookedAfter(RecordForm):
    """Who looks after a finding, its grade and where it comes from."""

    grade_id = Reference(_l("Grade"), _grades, description=_l("A word of your own scale for this kind, if you keep one."))
    owner_id = Reference(_l("Owner"), queries.owners, description=_l("Who sees to it that it is treated."))
    due_on = DateField(_l("To be closed by"), validators=[Optional()])
    source = choice(_l("Where it comes from"), SOURCES, empty=_l("not said"))
    source_ref = line(_l("Its reference"), maximum=40, description=_l("The code of the audit, ticket or complaint."))
    participant_id = Reference(_l("Party it concerns"), choices_of_participants)
    tool_id = Reference(_l("Tool it concerns"), tool_choices)
    effectiveness_after_days = IntegerField(
        _l("Days until it is judged whether the actions worked"), default=USUAL_DELAY,
        validators=[InputRequired(), NumberRange(1, LONGEST_DELAY)], description=_l("Counted from the last action done."),
    )


class RaiseInFull(_LookedAfter, RaiseFinding):
    """A finding in its three parts, and who looks after it."""

    recurrence_of_id = Reference(
        _l("It came back: the earlier finding"), queries.choices,
        description=_l("If that one was closed, it is opened again."),
    )


class ChangeFinding(_LookedAfter):
    """Who looks after a finding, said anew."""


class Reason(Form):
    """Why something is done that is not undone by a click."""

    reason = text(_l("Reason"), DataRequired(), maximum=2000, description=_l("It stays beside the finding."))


class WithdrawFinding(Form):
    """Why a finding does not hold."""

    reason = text(_l("Reason"), DataRequired(), description=_l("Why it does not hold. It stays beside the finding."))


class ChangeAction(RecordForm):
    """What is to be done, by whom and by when."""

    what = text(_l("What is to be done"), DataRequired(), maximum=4000)
    owner_id = Reference(_l("Who does it"), queries.owners, validators=[DataRequired()])
    due_on = DateField(_l("By when"), validators=[InputRequired()])
    note = text(_l("Note"), maximum=4000)


class AddAction(ChangeAction):
    """An action of one of the kinds."""

    kind = RadioField(_l("Kind"), validators=[InputRequired()], choices=choices(ACTION_GUIDES))


class FinishAction(RecordForm):
    """When an action was done, and what shows it."""

    done_on = DateField(_l("Done on"), validators=[InputRequired()], default=clock.today)
    evidence_id = Reference(_l("Evidence"), evidence_choices, description=_l("What shows that it was done."))
    note = text(_l("Note"), maximum=4000)


class StateCause(Form):
    """The cause, and how it was looked for."""

    cause_kind = choice(_l("Family of the cause"), CAUSES)
    cause_method = choice(_l("How it was looked for"), METHODS)
    whys = text(
        _l("Five whys"), maximum=8000,
        description=_l("Why did it happen? And why that? One answer a line, until nothing lies behind it."),
    )
    fish_people = text(_l("Fishbone: people"), maximum=4000, description=_l("One thought a line."))
    fish_method = text(_l("Fishbone: method"), maximum=4000)
    fish_tool = text(_l("Fishbone: tool"), maximum=4000)
    fish_supplier = text(_l("Fishbone: supplier"), maximum=4000)
    fish_information = text(_l("Fishbone: information"), maximum=4000)
    fish_environment = text(_l("Fishbone: environment"), maximum=4000)
    fish_management = text(_l("Fishbone: management"), maximum=4000)
    cause = text(
        _l("Root cause"), DataRequired(), maximum=4000,
        description=_l("What has to change so that it does not come back, in one or two sentences."),
    )

    def fishbone(self) -> dict[str, list[str]]:
        """The lines beside each family."""
        return {each.value: (self[f"fish_{each.value}"].data or "").split("\n") for each in CauseKind}

    def facts(self) -> dict[str, Any]:
        """What was typed, as the action takes it."""
        return {
            "kind": CauseKind(self.cause_kind.data), "method": CauseMethod(self.cause_method.data),
            "cause": self.cause.data, "whys": (self.whys.data or "").split("\n"), "fishbone": self.fishbone(),
        }

    @staticmethod
    def told(row: Any) -> dict[str, Any]:
        """What is known about a finding's cause, as the form shows it."""
        bones = {f"fish_{family}": "\n".join(lines) for family, lines in (row.fishbone or {}).items()}
        kept = {"cause_kind": row.cause_kind, "cause_method": row.cause_method, "cause": row.cause}
        return {**{name: value for name, value in kept.items() if value}, "whys": "\n".join(row.whys or ()), **bones}


class CheckEffectiveness(RecordForm):
    """Whether the actions worked."""

    verdict = RadioField(_l("Did the actions work?"), validators=[InputRequired()], choices=choices(VERDICTS))
    score = IntegerField(
        _l("Score"), validators=[InputRequired(), NumberRange(0, BEST_SCORE)],
        description=_l("From 0, nothing changed, to 100, it cannot come back."),
    )
    note = text(_l("What was looked at, and what was seen"), DataRequired(), maximum=4000)
    evidence_id = Reference(_l("Evidence"), evidence_choices, description=_l("Needed where the actions worked."))
    close = BooleanField(_l("Close the finding if the actions worked"), default=True)


class DisposeFinding(Form):
    """What becomes of a finding that is no nonconformity."""

    disposition = RadioField(_l("Decision"), validators=[InputRequired()], choices=choices(DISPOSITIONS))
    reason = text(_l("Reason"), DataRequired(), maximum=2000)


class ChangeGrade(Form):
    """A grade of the organisation's own scale."""

    code = line(_l("Code"), DataRequired(), maximum=12, description=_l("Short, such as PS."))
    label_en = line(_l("What it means, in English"), DataRequired(), maximum=120)
    label_fr = line(_l("What it means, in French"), DataRequired(), maximum=120)
    position = IntegerField(_l("Place in the scale"), validators=[InputRequired(), NumberRange(1, 99)], default=1)


class AddGrade(ChangeGrade):
    """A new grade, and the kind it stands for."""

    kind = RadioField(_l("Stands for"), validators=[InputRequired()], choices=choices(KINDS))


def offer_chosen(form: RecordForm, row: Any) -> None:
    """Offer also what a finding refers to although it is offered no more: a withdrawn grade, somebody who left the team."""
    names = {"grade_id": row.grade and row.grade.code, "owner_id": row.owner and row.owner.name}
    for name, called in names.items():
        field, value = form[name], getattr(row, name)
        if value is not None and value not in {each.value for each in field.choices}:
            field.choices = [*field.choices, SelectChoice(value, called)]


def blame(form: Form, refusal: BadValue) -> None:
    """Put a refusal beside its field; the action calls some fields by shorter names."""
    form.blame({"kind": "cause_kind"}.get(refusal.field, refusal.field) if isinstance(form, StateCause) else refusal.field,
               refusal.message)


def head() -> list[str]:
    """The first row of an export."""
    return [
        str(each) for each in (
            _("Code"), _("Project"), _("Kind"), _("Grade"), _("State"), _("Statement"), _("Requirement"), _("Evidence"),
            _("Where it comes from"), _("Its reference"), _("Checklist line"), _("Owner"), _("To be closed by"), _("Raised"),
            _("Raised by"), _("Family of the cause"), _("Root cause"), _("Open actions"), _("Actions done"),
            _("To be judged from"), _("Closed"), _("Age in days"), _("Overdue"),
        )
    ]


def cells(row: Line) -> list[Any]:
    """A finding as an export tells it, dates and numbers as such."""
    found = row.finding
    return [
        found.code, row.project_key, str(KINDS[FindingKind(found.kind)]), found.grade.code if found.grade else "",
        str(STATES[FindingState(found.state)]), found.statement, found.requirement, found.evidence,
        str(SOURCES[Source(found.source)]) if found.source else "", found.source_ref or "", found.item_key,
        found.owner.name if found.owner else "", found.due_on, found.raised_at.date(), found.raised_by.name,
        str(CAUSES[CauseKind(found.cause_kind)]) if found.cause_kind else "", found.cause or "", row.actions_open,
        row.actions_done, found.check_due_on, found.closed_at.date() if found.closed_at else None, row.days,
        str(_("yes") if row.is_overdue else _("no")),
    ]
