"""The registers of steps 1 to 3."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from workbench.inquiry import actions, forms
from workbench.inquiry.models import Baseline, Consultation, Criterion, Need, Objective, Source
from workbench.inquiry.rules import ContributionKind, ObjectiveState
from workbench.registers.rules import Further, Register, Verb

BASELINES = Register(
    key="baselines",
    model=Baseline,
    form=forms.MeasureBaseline,
    prefix="B-",
    title=_l("Baselines"),
    one=_l("Note a baseline"),
    purpose=_l("The present way in figures, before anything changes: time, errors, quantities typed again. Step 9 compares."),
    columns=("measure", "value", "unit", "method", "measured_on", "measured_by"),
    figures=("value",),
    check=actions.check_baseline,
)
NEEDS = Register(
    key="needs",
    model=Need,
    form=forms.StateNeed,
    prefix="N-",
    title=_l("Needs"),
    one=_l("State a need"),
    purpose=_l("What the people who do the work need, by whom it was said, and how to tell that it is met."),
    columns=("statement", "priority", "source", "acceptance"),
)
CRITERIA = Register(
    key="criteria",
    model=Criterion,
    form=forms.SetCriterion,
    prefix="K-",
    title=_l("Criteria"),
    one=_l("Set a criterion"),
    purpose=_l("What the specification judges paths by, and how much each criterion weighs. Step 4 scores every path on them."),
    columns=("name", "weight", "judged"),
)
OBJECTIVES = Register(
    key="objectives",
    model=Objective,
    form=forms.SetObjective,
    prefix="O",
    title=_l("Objectives"),
    one=_l("Set an objective"),
    purpose=_l("Each aim with its measure, today’s value and the value wanted. Its text stays; another one follows one missed."),
    columns=("statement", "measure", "unit", "baseline", "target", "due_on"),
    fixed=("statement", "measure", "unit", "baseline", "target"),
    figures=("baseline", "target"),
    keeps=actions.kept,
    verbs=(
        Verb(_l("Judge"), "judge_objective", when=lambda row: row.follower is None),
        Verb(
            _l("Set what follows"), "revise_objective",
            when=lambda row: row.state == ObjectiveState.NOT_MET and row.follower is None,
        ),
    ),
    looks={"state": {each.value: look for each, look in forms.LOOKS.items()}},
    further=(
        Further("state", _l("Verdict"), {each.value: word for each, word in forms.STATES.items()}),
        Further("follower", _l("What became of it"), said=forms.outcome),
        Further("state_reason", _l("Reason")),
        Further("cause", _l("Cause"), in_list=False),
        Further("decided_on", _l("Decision"), said=forms.decision, in_list=False),
        Further("savings", _l("What it still saves"), in_list=False),
        Further("follow_up_on", _l("Look at it again on"), in_list=False),
    ),
)
SOURCES = Register(
    key="sources",
    model=Source,
    form=forms.NoteSource,
    prefix="S-",
    title=_l("Sources"),
    one=_l("Note a source"),
    purpose=_l("What was read before anybody was asked: cases, methods, standards; also a search that found nothing."),
    columns=("reference", "kind", "need_id", "dated_on", "claim", "credibility", "country", "is_independent"),
    check=actions.check_source,
)
CONSULTATIONS = Register(
    key="consultations",
    model=Consultation,
    form=forms.NoteConsultation,
    prefix="C-",
    title=_l("Consultations"),
    one=_l("Note a consultation"),
    purpose=_l("One entry per statement: an opinion, advice, or a caution that needs an answer."),
    columns=("statement", "kind", "said_by", "layer", "hub", "held_on"),
    check=actions.check_consultation,
    guarded=("said_by", "statement", "participant_id"),
    is_guarded=lambda row: row.is_guarded,
    instead=forms.instead,
    private=lambda facts: ("said_by", "statement", "participant_id"),
    verbs=(
        Verb(_l("Answer the caution"), "dispose_caution", when=lambda row: row.kind == ContributionKind.CAUTION),
    ),
    looks={"answer_state": {"open": "open", "answered": "done"}},
    further=(
        Further("answer_state", _l("Standing"), forms.ANSWERS),
        Further("disposition_kind", _l("It became"), forms.DISPOSITIONS, in_list=False),
        Further("disposition", _l("Disposition")),
        Further("accepted_by", _l("Accepted by"), in_list=False),
    ),
    boards=((_l("Who was heard"), "inquiry.coverage"),),
)
REGISTERS = (BASELINES, NEEDS, CRITERIA, OBJECTIVES, SOURCES, CONSULTATIONS)
