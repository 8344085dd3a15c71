"""The nine steps: what each leaves behind and what its gate asks. The page to read second; titles come from the gates pack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l

from workbench.adoption import registers as adoption
from workbench.changes import registers as changes
from workbench.inquiry import registers as inquiry
from workbench.lifecycle.artefacts import Artefact
from workbench.lifecycle.artefacts.closing_statement import ClosingStatement
from workbench.lifecycle.artefacts.evaluation import Evaluation
from workbench.lifecycle.artefacts.first_mapping import FirstMapping
from workbench.lifecycle.artefacts.go_live_readiness import GoLiveReadiness
from workbench.lifecycle.artefacts.governance_matrix import GovernanceMatrix
from workbench.lifecycle.artefacts.organisation_mode import OrganisationMode
from workbench.lifecycle.artefacts.presentation import Presentation
from workbench.lifecycle.artefacts.quick_reference import QuickReference
from workbench.lifecycle.artefacts.raci import Raci
from workbench.lifecycle.artefacts.rollout_plan import RolloutPlan
from workbench.lifecycle.artefacts.semi_automation import SemiAutomation
from workbench.lifecycle.artefacts.situation_map import SituationMap
from workbench.lifecycle.artefacts.source_of_issue import SourceOfIssue
from workbench.lifecycle.artefacts.specification_note import SpecificationNote
from workbench.lifecycle.artefacts.standards_applicability import StandardsApplicability
from workbench.lifecycle.artefacts.swot import Swot
from workbench.lifecycle.artefacts.synthesis import Synthesis
from workbench.lifecycle.artefacts.trial_plan import TrialPlan
from workbench.paths import registers as paths
from workbench.practices import registers as practices
from workbench.registers.rules import Register
from workbench.risks import registers as risks
from workbench.tools import registers as tools
from workbench.trials import registers as trials


class Page(NamedTuple):
    """A page of a step that is neither an artefact nor a register: a board, a calendar, a matrix."""

    label: Any
    endpoint: str


@dataclass(frozen=True)
class Step:
    """One of the nine. `records` are the registers that belong here, `pages` its boards, `conditions` functions of gates.py."""

    number: int
    key: str
    artefacts: tuple[type[Artefact], ...] = ()
    records: tuple[Register, ...] = ()
    pages: tuple[Page, ...] = ()
    conditions: tuple[str, ...] = ()


ALWAYS = (
    "steps_before_passed", "items_answered", "approver_is_independent", "earlier_conditions_met", "cautions_answered",
    "no_approval_undecided",
)

STEPS: tuple[Step, ...] = (
    Step(
        1, "observe",
        artefacts=(SituationMap, SourceOfIssue, Swot, SpecificationNote, Raci, OrganisationMode, GovernanceMatrix),
        records=(inquiry.BASELINES, inquiry.NEEDS, inquiry.OBJECTIVES, inquiry.CRITERIA, risks.RISKS),
        pages=(Page(_l("Tools in scope"), "tools.of_project"), Page(_l("Risk matrix"), "risks.matrix")),
        conditions=(
            *ALWAYS, "tools_described", "swot_filled", "swot_evidenced", "source_chosen", "strategy_signed",
            "objectives_measured", "sponsor_named", "baseline_measured", "map_confirmed",
        ),
    ),
    Step(
        2, "research",
        artefacts=(Synthesis, StandardsApplicability),
        records=(inquiry.SOURCES,),
        conditions=(*ALWAYS, "needs_researched", "independent_source", "standards_applied", "synthesis_written"),
    ),
    Step(
        3, "consult",
        records=(inquiry.CONSULTATIONS, tools.LIMITATIONS, tools.PROMISES),
        pages=(Page(_l("Who was heard"), "inquiry.coverage"), Page(_l("Guest links"), "inquiry.guest_links")),
        conditions=(
            *ALWAYS, "hubs_heard", "layers_heard", "promises_chased", "consent_recorded", "limitation_recorded",
        ),
    ),
    Step(
        4, "identify",
        artefacts=(TrialPlan,),
        records=(paths.HYPOTHESES, paths.MEETINGS),
        pages=(
            Page(_l("Paths"), "paths.index"),
            Page(_l("Decision matrix"), "paths.matrix"),
            Page(_l("What the tools can do"), "tools.capabilities"),
        ),
        conditions=(
            *ALWAYS, "paths_compared", "path_chosen", "chosen_path_possible", "unknowns_tried", "trial_plan_bounded",
            "matrix_scored", "risks_accepted", "decision_meeting_held",
        ),
    ),
    Step(
        5, "experiment",
        artefacts=(Presentation,),
        records=(trials.WEAKNESSES, practices.COMPARISONS, practices.OFFERS),
        pages=(Page(_l("Sandbox runs"), "trials.index"),),
        conditions=(
            *ALWAYS, "live_data_unchanged", "reconciliation_explained", "hypotheses_judged", "back_out_rehearsed",
            "plan_clean", "presentation_held", "limitations_decided", "path_confirmed",
        ),
    ),
    Step(
        6, "integrate",
        artefacts=(FirstMapping, SemiAutomation),
        records=(changes.CONNECTIONS, changes.ACCEPTANCE, tools.CUSTOMISATIONS),
        pages=(Page(_l("Requests for change"), "changes.index"), Page(_l("Change calendar"), "changes.calendar")),
        conditions=(
            *ALWAYS, "request_complete", "plan_as_approved", "back_out_present", "change_authorised", "acceptance_closed",
            "no_secrets", "customisations_tested", "go_live_told",
        ),
    ),
    Step(
        7, "familiarise",
        artefacts=(QuickReference, GoLiveReadiness),
        records=(
            practices.ROLES, practices.USERS, practices.TASKS, practices.COMPETENCES, practices.QUESTIONS, practices.SUPPORT,
        ),
        pages=(
            Page(_l("Work instructions"), "practices.index"),
            Page(_l("Familiarisation"), "practices.familiarisation"),
            Page(_l("Questions and answers"), "practices.faq"),
        ),
        conditions=(*ALWAYS, "roles_instructed", "tasks_practised", "support_tested"),
    ),
    Step(
        8, "inform",
        artefacts=(RolloutPlan,),
        records=(practices.CHANNELS, practices.ANNOUNCEMENTS, practices.REMINDERS, practices.OLD_WAYS),
        pages=(Page(_l("Channel plan"), "practices.channels_plan"), Page(_l("Who has read what"), "practices.reading")),
        conditions=(*ALWAYS, "instructions_read", "one_channel_a_message", "questions_answered", "old_way_ends"),
    ),
    Step(
        9, "adopt",
        artefacts=(Evaluation, ClosingStatement),
        records=(adoption.BENEFITS, adoption.LESSONS, adoption.REEVALUATIONS),
        pages=(
            Page(_l("Adoption measures"), "adoption.index"),
            Page(_l("Ladder"), "adoption.ladder"),
            Page(_l("Surveys"), "adoption.surveys"),
        ),
        conditions=(
            *ALWAYS, "all_conditions_met", "habit_reached", "no_major_finding", "change_reviewed", "benefit_measured",
            "follow_ups_set", "second_person_verified",
        ),
    ),
)
ARTEFACTS: dict[str, type[Artefact]] = {kind.KEY: kind for step in STEPS for kind in step.artefacts}


def step(number: int) -> Step:
    """The step with this number, 1 to 9; raises IndexError beyond."""
    if not 1 <= number <= len(STEPS):
        raise IndexError(number)
    return STEPS[number - 1]


def step_of(kind: str) -> Step:
    """The step that an artefact belongs to."""
    return next(each for each in STEPS if any(kind == artefact.KEY for artefact in each.artefacts))


def endpoint_of(register: Register) -> str:
    """The page of a register: its subject's `records`; the subject is the folder of its table."""
    return f"{register.model.__module__.split('.')[1]}.records"
