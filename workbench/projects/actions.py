"""What happens to a project as a whole: opening it, changing its facts, naming the parties around it."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.people.actions import add_member
from workbench.people.models import Person
from workbench.people.rules import Function, Hub, Role
from workbench.projects import queries
from workbench.projects.models import Participant, Project, Threshold
from workbench.projects.rules import BOUNDS, KEY, THRESHOLDS, Confidentiality, Layer, ProjectKind
from workbench.trail.actions import record
from workbench.web.refusals import BadValue


def open_project(
    *,
    key: str,
    name: str,
    by: Person,
    purpose: str = "",
    scope: str = "",
    out_of_scope: str = "",
    confidentiality: Confidentiality = Confidentiality.INTERNAL,
    kind: ProjectKind = ProjectKind.INTEGRATION,
) -> Project:
    """Open a project at step 1, or the management system, which has no steps.

    Whoever opens it becomes its project manager, unless their role holds everywhere.
    """
    wanted = key.strip().upper()
    if not KEY.fullmatch(wanted):
        raise BadValue("key", _("A key is capital letters, a dash and a number, such as INV-1."))
    if queries.project_with_key(wanted) is not None:
        raise BadValue(
            "key",
            _(
                "%(key)s is taken; the next free one is %(next)s.",
                key=wanted,
                next=queries.next_key(wanted.partition("-")[0]),
            ),
        )
    project = Project(
        key=wanted,
        kind=kind,
        name=name,
        purpose=purpose,
        scope=scope,
        out_of_scope=out_of_scope,
        confidentiality=confidentiality,
        opened_at=clock.now(),
        opened_by_id=by.id,
    )
    db.session.add(project)
    record("project_opened", project, by=by, project=wanted, after={"key": wanted, "name": name, "kind": kind})
    if by.access is Role.PROJECT_MANAGER:
        add_member(
            project_id=project.id,
            project_key=wanted,
            person=by,
            role=Role.PROJECT_MANAGER,
            hub=Hub.ADMINISTRATION,
            functions=[Function.PROJECT_MANAGER],
            by=by,
        )
    return project


def describe_project(
    *,
    project: Project,
    name: str,
    purpose: str,
    scope: str,
    out_of_scope: str,
    confidentiality: Confidentiality,
    by: Person,
) -> None:
    """Change a project's facts."""
    new = {
        "name": name,
        "purpose": purpose,
        "scope": scope,
        "out_of_scope": out_of_scope,
        "confidentiality": confidentiality,
    }
    old = {field: getattr(project, field) for field in new}
    for field, value in new.items():
        setattr(project, field, value)
    record("project_described", project, by=by, project=project.key, before=old, after=new)


def name_participant(
    *, project: Project, name: str, organisation: str, layer: Layer, expects: str, is_confidential: bool, by: Person
) -> Participant:
    """Put a party on the list of those affected or heard. The trail names neither one that is confidential nor where they work."""
    party = Participant(
        project_id=project.id,
        name=name,
        organisation=organisation,
        layer=layer,
        expects=expects,
        is_confidential=is_confidential,
    )
    db.session.add(party)
    shown = {"name": "" if is_confidential else name, "organisation": "" if is_confidential else organisation}
    record(
        "participant_named",
        party,
        by=by,
        project=project.key,
        after={**shown, "layer": layer},
    )
    return party


def set_thresholds(*, project: Project, values: Mapping[str, int], by: Person) -> None:
    """Set several thresholds at once. Raises BadValue where they do not fit together."""
    wanted = {**queries.thresholds(project.id), **values}
    if wanted["habit_weeks"] > wanted["habit_window"]:
        raise BadValue("habit_weeks", _("At most as many weeks as are looked at."))
    for name, value in values.items():
        set_threshold(project=project, name=name, value=value, by=by)


def set_threshold(*, project: Project, name: str, value: int, by: Person) -> None:
    """Set what the project's conditions compare with. The value at hand set again changes nothing."""
    if name not in THRESHOLDS:
        raise BadValue("name", _("There is no threshold “%(name)s”.", name=name))
    least, most = BOUNDS[name]
    if not least <= value <= most:
        raise BadValue(name, _("A value from %(least)s to %(most)s is needed.", least=least, most=most))
    row, usual = queries.threshold(project.id, name), THRESHOLDS[name]
    before = usual if row is None else row.value
    if value == before:
        return
    if row is None:
        row = Threshold(project_id=project.id, name=name, value=value)
        db.session.add(row)
    row.value = value
    record("threshold_set", row, by=by, project=project.key, before={name: before}, after={name: value})
