"""Named reads about the records of steps 1 to 3. Withdrawn ones are left out of every list."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import shorten

from flask_babel import gettext as _
from sqlalchemy import func, select, union

from workbench import clock
from workbench.database import db
from workbench.inquiry.models import Baseline, Consultation, Criterion, GuestLink, Need, Objective, Source
from workbench.inquiry.rules import ContributionKind, code_order
from workbench.people.queries import team
from workbench.people.rules import Function, Hub
from workbench.projects.models import Participant, Project
from workbench.projects.rules import Layer
from workbench.registers.queries import record_in, standing
from workbench.tools.models import ProjectTool, Tool

_LABEL = 80  # characters of a need where it is one of many to choose from


def baselines(project_id: int) -> Sequence[Baseline]:
    """The measures of the present way."""
    return standing(Baseline, project_id)


def criteria(project_id: int) -> Sequence[Criterion]:
    """What the specification judges paths by."""
    return standing(Criterion, project_id)


def needs(project_id: int) -> Sequence[Need]:
    """The needs of a project in the order in which they were stated."""
    return standing(Need, project_id)


def need_choices(project_id: int) -> list[tuple[int, str]]:
    """The needs to choose from: (id, "N-1 what is needed")."""
    return [(each.id, f"{each.code} {shorten(each.statement, _LABEL, placeholder='…')}") for each in needs(project_id)]


def objectives(project_id: int) -> Sequence[Objective]:
    """The objectives of a project, a revised one after the one it follows."""
    return sorted(standing(Objective, project_id), key=lambda each: code_order(each.code))


def codes_of_objectives(project_id: int) -> set[str]:
    """The codes given to objectives, also to those that were withdrawn since."""
    return set(db.session.scalars(select(Objective.code).where(Objective.project_id == project_id)))


def objective(project_id: int, objective_id: int) -> Objective | None:
    """One objective of this project, withdrawn or not."""
    found: Objective | None = record_in(Objective, project_id, objective_id)
    return found


def deciders(project_id: int) -> list[tuple[int, str]]:
    """Who may decide that an objective is revised: the team's sponsors and quality leads, as (person id, name)."""
    may_decide = {Function.SPONSOR, Function.QUALITY_LEAD}
    return [(each.person_id, each.person.name) for each in team(project_id) if each.held & may_decide and each.person.active]


def sources(project_id: int) -> Sequence[Source]:
    """What was read for a project, in the order of noting."""
    return standing(Source, project_id)


def consultations(project_id: int) -> Sequence[Consultation]:
    """What was said to a project, in the order of noting. Show names through `shown_name` only."""
    return standing(Consultation, project_id)


def consultation(project_id: int, consultation_id: int) -> Consultation | None:
    """One consultation of this project, withdrawn or not."""
    found: Consultation | None = record_in(Consultation, project_id, consultation_id)
    return found


def open_cautions(project_id: int) -> Sequence[Consultation]:
    """The cautions that nobody has disposed of yet."""
    wanted = select(Consultation).where(
        Consultation.project_id == project_id, Consultation.kind == ContributionKind.CAUTION,
        Consultation.disposition == "", Consultation.withdrawn_at.is_(None),
    )
    return db.session.scalars(wanted.order_by(Consultation.id)).all()


def unnamed(layer: str) -> str:
    """How somebody is called whose name is kept back."""
    words = {
        Layer.INTERNAL: _("a person inside the company"), Layer.RESELLER: _("a person at the reseller"),
        Layer.SUPPLIER: _("a person at the supplier"), Layer.EDITOR: _("a person at the editor"),
    }
    return str(words[Layer(layer)])


def shown_name(row: Consultation, *, sees_names: bool = False) -> str:
    """Who said it, as it may be shown: a guarded name only to those who write the project's records."""
    return row.said_by if sees_names or not row.is_guarded else unnamed(row.layer)


@dataclass(frozen=True)
class Heard:
    """One line of the coverage: a hub or a layer, and how often each kind of contribution came from it."""

    group: Hub | Layer
    counts: dict[str, int]
    waiting: tuple[str, ...] = ()  # parties of this layer of whom nothing is noted yet

    @property
    def total(self) -> int:
        """How many contributions there are."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Coverage:
    """Who was heard: the hubs inside, the layers outside that the project involves, and what cannot be placed in a hub."""

    hubs: tuple[Heard, ...]
    layers: tuple[Heard, ...]
    no_hub: Heard
    unheard: tuple[Hub | Layer, ...] = field(default=())


def _involved(project_id: int) -> set[str]:
    of_tools = select(Tool.layer).join(ProjectTool, ProjectTool.tool_id == Tool.id).where(ProjectTool.project_id == project_id)
    of_parties = select(Participant.layer).where(Participant.project_id == project_id)
    return set(db.session.scalars(union(of_tools, of_parties)))


def layers_involved(project_id: int) -> list[Layer]:
    """The layers outside the company that stand behind a tool in scope or that a party belongs to; one query."""
    involved = _involved(project_id)
    return [each for each in Layer if each is not Layer.INTERNAL and each in involved]


def contributions(project_id: int) -> dict[tuple[str, str], dict[str, int]]:
    """{(layer, hub): {kind: how many}} of what stands; one query."""
    group = (Consultation.layer, Consultation.hub, Consultation.kind)
    wanted = select(*group, func.count()).where(Consultation.project_id == project_id, Consultation.withdrawn_at.is_(None))
    found: dict[tuple[str, str], dict[str, int]] = {}
    for layer, hub, kind, number in db.session.execute(wanted.group_by(*group)):
        found.setdefault((layer, hub), {})[kind] = number
    return found


def _summed(found: dict[tuple[str, str], dict[str, int]], layer: Layer, hub: str | None = None) -> dict[str, int]:
    parts = [counts for (of_layer, of_hub), counts in found.items() if of_layer == layer and hub in (None, of_hub)]
    return {kind: sum(each.get(kind, 0) for each in parts) for kind in ContributionKind}


def coverage(project_id: int) -> Coverage:
    """Who was heard and who is still to be heard. Three queries whatever the number of contributions."""
    found, involved = contributions(project_id), layers_involved(project_id)
    waiting = _parties_not_heard(project_id)
    heard_outside = {Layer(layer) for layer, _hub in found if layer != Layer.INTERNAL}
    shown = [each for each in Layer if each in heard_outside or each in involved]
    hubs = tuple(Heard(each, _summed(found, Layer.INTERNAL, each)) for each in Hub)
    layers = tuple(Heard(each, _summed(found, each), waiting.get(each, ())) for each in shown)
    inside = Heard(Layer.INTERNAL, _summed(found, Layer.INTERNAL, ""), waiting.get(Layer.INTERNAL, ()))
    return Coverage(hubs, layers, inside, tuple(each.group for each in (*hubs, *layers) if not each.total))


def _parties_not_heard(project_id: int) -> dict[str, tuple[str, ...]]:
    """{layer: names} of the parties of whom no contribution stands. For those who write records only: see `coverage`."""
    heard = select(Consultation.participant_id).where(
        Consultation.project_id == project_id, Consultation.withdrawn_at.is_(None), Consultation.participant_id.is_not(None)
    )
    wanted = select(Participant.layer, Participant.name).where(
        Participant.project_id == project_id, Participant.id.not_in(heard)
    )
    found: dict[str, tuple[str, ...]] = {}
    for layer, name in db.session.execute(wanted.order_by(Participant.name)):
        found[layer] = (*found.get(layer, ()), name)
    return found


def guest_links(project_id: int) -> Sequence[GuestLink]:
    """The links of a project, newest first."""
    return db.session.scalars(select(GuestLink).where(GuestLink.project_id == project_id).order_by(GuestLink.id.desc())).all()


def guest_link(project_id: int, link_id: int) -> GuestLink | None:
    """One link of this project."""
    return db.session.scalar(select(GuestLink).where(GuestLink.project_id == project_id, GuestLink.id == link_id))


def token_hash(token: str) -> str:
    """How a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_link(token: str) -> tuple[GuestLink, Project] | None:
    """The link that this token opens, with its project; None for an unknown, answered, closed or expired one."""
    wanted = (
        select(GuestLink, Project)
        .join(Project, Project.id == GuestLink.project_id)
        .where(
            GuestLink.token_sha256 == token_hash(token), GuestLink.closed_at.is_(None),
            GuestLink.expires_on >= clock.today(),
        )
    )
    found = db.session.execute(wanted).first()
    return None if found is None else (found[0], found[1])
