"""What the gates ask of steps 1 to 3: each function names what is lacking, and gives an empty list where all is in order."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select

from workbench.database import db
from workbench.inquiry import queries
from workbench.inquiry.models import Baseline, Consultation, Need, Objective, Source
from workbench.inquiry.rules import Priority, SourceKind
from workbench.people.rules import Hub
from workbench.projects.rules import Layer

LEAST_KINDS = 2  # kinds of source for each need that must be met


def objectives_missing(project_id: int) -> list[str]:
    """“an objective” where none stands."""
    return [] if _any(Objective, project_id) else [_("an objective")]


def objectives_unmeasured(project_id: int) -> list[str]:
    """Codes of the objectives without a measure, a baseline or a target."""
    bare = or_(Objective.measure == "", Objective.baseline == "", Objective.target == "")
    return _codes(Objective, project_id, bare)


def baselines_missing(project_id: int) -> list[str]:
    """“a baseline” where nothing was measured of the present way."""
    return [] if _any(Baseline, project_id) else [_("a baseline")]


def must_needs(project_id: int) -> list[str]:
    """Codes of the needs that must be met."""
    return _codes(Need, project_id, Need.priority == Priority.MUST)


def needs_without_sources(project_id: int) -> list[str]:
    """Codes of the must-needs with neither two kinds of source nor a search that found nothing, with its terms."""
    kinds: dict[int | None, set[str]] = {}
    searched: set[int | None] = set()
    wanted = select(Source.need_id, Source.kind, Source.search_terms).where(
        Source.project_id == project_id, Source.withdrawn_at.is_(None), Source.need_id.is_not(None)
    )
    for need_id, kind, terms in db.session.execute(wanted):
        if kind != SourceKind.NOTHING_FOUND:
            kinds.setdefault(need_id, set()).add(kind)
        elif terms:
            searched.add(need_id)
    must = select(Need.id, Need.code).where(
        Need.project_id == project_id, Need.withdrawn_at.is_(None), Need.priority == Priority.MUST
    )
    rows = db.session.execute(must.order_by(Need.id))
    return [code for number, code in rows if len(kinds.get(number, ())) < LEAST_KINDS and number not in searched]


def independent_source_missing(project_id: int) -> list[str]:
    """“a source independent of the vendor” where nothing that was read is."""
    wanted = select(Source.id).where(
        Source.project_id == project_id, Source.withdrawn_at.is_(None), Source.is_independent,
        Source.kind.not_in([SourceKind.NOTHING_FOUND, SourceKind.VENDOR]),
    )
    there = db.session.scalar(wanted.limit(1)) is not None
    return [] if there else [_("a source independent of the vendor")]


def hubs_not_heard(project_id: int) -> list[Hub]:
    """The hubs of the company of which nobody was heard."""
    heard = {hub for layer, hub in queries.contributions(project_id) if layer == Layer.INTERNAL}
    return [each for each in Hub if each not in heard]


def layers_involved(project_id: int) -> list[Layer]:
    """The layers outside the company that the project involves: those of its tools and of the parties around it."""
    return queries.layers_involved(project_id)


def layers_not_heard(project_id: int) -> list[Layer]:
    """The layers involved of which nobody was heard."""
    heard = {layer for layer, _hub in queries.contributions(project_id)}
    return [each for each in queries.layers_involved(project_id) if each not in heard]


def cautions_open(project_id: int) -> list[str]:
    """Codes of the cautions without a disposition."""
    return [each.code for each in queries.open_cautions(project_id)]


def consent_missing(project_id: int) -> list[str]:
    """Codes of the confidential consultations for which no consent is recorded."""
    return _codes(Consultation, project_id, Consultation.is_confidential & ~Consultation.has_consent)


def _any(kind: type[Objective | Baseline], project_id: int) -> bool:
    wanted = select(kind.id).where(kind.project_id == project_id, kind.withdrawn_at.is_(None)).limit(1)
    return db.session.scalar(wanted) is not None


def _codes(
    kind: type[Objective | Need | Consultation], project_id: int, condition: ColumnElement[bool]
) -> list[str]:
    wanted = select(kind.code).where(kind.project_id == project_id, kind.withdrawn_at.is_(None), condition)
    return list(db.session.scalars(wanted.order_by(kind.id)))
