"""What the gates of steps 4 and 5 ask of the paths: each function names what is lacking, nothing where all is in order."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from workbench.database import db
from workbench.inquiry.models import Criterion
from workbench.paths import queries
from workbench.paths.models import Hypothesis, Meeting, Path, Score
from workbench.paths.rules import STANDING, PathState, Purpose
from workbench.people.rules import Hub
from workbench.tools.forms import CAPABILITIES
from workbench.tools.rules import CapabilityKind


def paths_lacking(project_id: int) -> list[str]:
    """What is missing among the paths: a second one, the present way."""
    rows = queries.paths(project_id)
    lacking = [] if len(rows) >= 2 else [_("a second path")]
    return lacking if any(each.keeps_present for each in rows) else [*lacking, _("the present way, kept and improved")]


def chosen_missing(project_id: int) -> list[str]:
    """Whether no path is chosen yet."""
    return [] if queries.chosen(project_id) is not None else [_("no path is chosen")]


def blocked_capabilities(project_id: int) -> list[str]:
    """What the chosen path needs and a tool does not have, unless it is decided what becomes of that limitation.

    A chosen path that a limitation killed is named too, where nobody said in spite of what it was chosen.
    """
    path = queries.chosen(project_id)
    killed = [path.code] if path is not None and path.killed_by_id and not path.in_spite_of else []
    needed = queries.requirements(project_id, taken=True)
    return killed + [_in_words(each) for each in needed if each.is_missing and not each.is_decided]


def _in_words(need: queries.Required) -> str:
    word = CAPABILITIES[CapabilityKind(need.kind)]
    return str(_("%(tool)s: %(capability)s", tool=need.tool, capability=word))


def unknown_without_hypothesis(project_id: int) -> list[str]:
    """What the chosen path needs, nobody knows, and no hypothesis of the trial names."""
    unknown = [each for each in queries.requirements(project_id, taken=True) if each.is_unknown]
    wanted = select(Hypothesis.capability).where(
        Hypothesis.project_id == project_id, Hypothesis.withdrawn_at.is_(None), Hypothesis.capability != ""
    )
    named = set(db.session.scalars(wanted))
    return [_in_words(each) for each in unknown if each.name not in named]


def unscored(project_id: int) -> list[str]:
    """The paths without a score on some criterion of the specification; all of them where there is no criterion."""
    standing = (Criterion.project_id == project_id, Criterion.withdrawn_at.is_(None))
    number = select(func.count(Criterion.id)).where(*standing).scalar_subquery()
    given = (
        select(func.count(Score.id))
        .join(Criterion, Criterion.id == Score.criterion_id)
        .where(Score.path_id == Path.id, Score.value.is_not(None), *standing)
        .scalar_subquery()
    )
    wanted = select(Path.code).where(Path.project_id == project_id, Path.state.in_(STANDING))
    return list(db.session.scalars(wanted.where(or_(given < number, number == 0)).order_by(Path.id)))


def hubs_missing_at(project_id: int, purpose: Purpose) -> list[Hub]:
    """The hubs that attended no meeting held for this purpose."""
    wanted = select(Meeting.hubs).where(
        Meeting.project_id == project_id, Meeting.purpose == purpose, Meeting.withdrawn_at.is_(None)
    )
    there = {each for hubs in db.session.scalars(wanted) for each in hubs or ()}
    return [each for each in Hub if each not in there]


def hypotheses_missing(project_id: int) -> list[str]:
    """Whether the trial has no hypothesis yet; each carries its measure of success."""
    return [] if queries.hypotheses(project_id) else [_("no hypothesis is stated")]


def path_unconfirmed(project_id: int) -> list[str]:
    """The chosen path while step 5 has not confirmed it, or that none is chosen."""
    path = queries.chosen(project_id)
    if path is None:
        return [_("no path is chosen")]
    return [] if path.state == PathState.CONFIRMED else [path.code]
