"""What is done with the sources of a mirror: added, changed, treated otherwise, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

import sandbox
from workbench import clock
from workbench.database import db
from workbench.people.models import Person
from workbench.projects import queries as projects
from workbench.projects.models import Project
from workbench.tools import queries as tools
from workbench.trail.actions import record
from workbench.trials import rules
from workbench.trials.models import MirrorSource
from workbench.trials.queries import mirror as queries
from workbench.web.refusals import BadValue, Refused

_TOLD = ("title", "tool_id", "settings", "keep_days")


def add_source(
    *, project: Project, name: str, title: str, connector: str, settings: Mapping[str, Any], by: Person,
    tool_id: int | None = None, masks: Mapping[str, Mapping[str, str]] | None = None,
    contracts: Mapping[str, str] | None = None, keep_days: int | None = None,
) -> MirrorSource:
    """Add a tool's data to the mirror of a project. Nothing is read yet.

    Raises BadValue naming the setting that does not fit, in the words of the sandbox.
    """
    if not rules.NAME.fullmatch(name) or name in rules.TAKEN_NAMES:
        raise BadValue("name", _("A name begins with a small letter and has small letters, digits, - and _ only, at most 63. "
                                  "Words of addresses, such as new, are taken."))
    if queries.source(project.id, name) is not None:
        raise BadValue("name", _("There is a source called %(name)s already.", name=name))
    given = _checked(connector, settings, before={})
    _check_rest(project.id, connector, given, masks or {}, contracts or {}, tool_id, keep_days)
    made = MirrorSource(
        project_id=project.id, name=name, title=title.strip() or name, connector=connector, tool_id=tool_id, settings=given,
        contracts=dict(contracts or {}), masks={table: dict(columns) for table, columns in (masks or {}).items()},
        keep_days=keep_days, added_by_id=by.id, added_at=clock.now(),
    )
    db.session.add(made)
    told = {name: getattr(made, name) for name in ("name", "connector", *_TOLD, "contracts", "masks")}
    record("mirror_source_added", made, by=by, project=project.key, after=told)
    return made


def change_source(
    *, source: MirrorSource, title: str, settings: Mapping[str, Any], tool_id: int | None, keep_days: int | None, by: Person
) -> None:
    """Change what a source is called and how it is read. Raises BadValue as `add_source` does."""
    given = _checked(source.connector, settings, before=source.settings)
    _check_rest(source.project_id, source.connector, given, source.masks, {}, tool_id, keep_days)
    values = {"title": title.strip() or source.name, "tool_id": tool_id, "settings": given, "keep_days": keep_days}
    before = {name: getattr(source, name) for name in _TOLD if getattr(source, name) != values[name]}
    for name, value in values.items():
        setattr(source, name, value)
    key = projects.project(source.project_id).key
    after = {name: values[name] for name in before}
    record("mirror_source_changed", source, by=by, project=key, before={"name": source.name, **before}, after=after)


def treat_source(
    *, source: MirrorSource, contracts: Mapping[str, str], masks: Mapping[str, Mapping[str, str]], by: Person
) -> None:
    """Say what happens with new columns of each table, and which columns are masked from the next reading on."""
    _check_treatment(masks, contracts)
    before = {"name": source.name, "contracts": source.contracts, "masks": source.masks}
    source.contracts = dict(contracts)
    source.masks = {table: dict(columns) for table, columns in masks.items() if columns}
    key = projects.project(source.project_id).key
    after = {"contracts": source.contracts, "masks": source.masks}
    record("mirror_source_treated", source, by=by, project=key, before=before, after=after)


def withdraw_source(*, source: MirrorSource, reason: str, by: Person) -> None:
    """Take a source out of the mirror; what was received stays, until it is removed."""
    if source.withdrawn_at is not None:
        raise Refused(_("This source is withdrawn already."))
    if not reason.strip():
        raise BadValue("reason", _("A reason is needed: the auditor reads it."))
    source.withdrawn_at, source.withdrawn_reason = clock.now(), reason.strip()
    key = projects.project(source.project_id).key
    record("mirror_source_withdrawn", source, by=by, project=key, before={"name": source.name}, reason=reason.strip())


def put_back_source(*, source: MirrorSource, by: Person) -> None:
    """Put a withdrawn source back."""
    if source.withdrawn_at is None:
        raise Refused(_("This source is not withdrawn."))
    source.withdrawn_at = source.withdrawn_reason = None
    key = projects.project(source.project_id).key
    record("mirror_source_put_back", source, by=by, project=key, after={"name": source.name})


def _checked(connector: str, settings: Mapping[str, Any], *, before: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as the sandbox takes them. Only an administrator accepts an account that can write."""
    try:
        given = sandbox.checked_source(connector, settings)
    except sandbox.SandboxError as error:
        raise BadValue("settings", str(error)) from error
    own = db.engine.url
    if rules.is_same_database(given, own.host, own.port, own.database):
        raise BadValue("settings", _("This is the database of Ninefold itself and is not read."))
    accepted = given.get("accepts_writer", "")
    if accepted and (accepted != before.get("accepts_writer") or rules.places(given) != rules.places(before)):
        raise BadValue("settings", _(
            "accepts_writer is set by an administrator, on the page Connectors, for this very account and place. "
            "Leave it out here."))
    return given


def _check_rest(
    project_id: int, connector: str, given: Mapping[str, Any], masks: Mapping[str, Mapping[str, str]],
    contracts: Mapping[str, str], tool_id: int | None, keep_days: int | None,
) -> None:
    if tool_id is not None and tool_id not in {number for number, _name in tools.choices(project_id)}:
        raise BadValue("tool_id", _("This tool is not in the scope of the project."))
    if keep_days is not None and not 1 <= keep_days <= 36_500:
        raise BadValue("keep_days", _("Days are a whole number, 1 or more; leave it empty to keep snapshots until "
                                       "somebody removes them."))
    _check_treatment(masks, contracts)
    known = sandbox.source_tables(connector, given)
    for table in masks:
        if known and table not in known:
            raise BadValue("masks", _("There is no table %(table)s; there are %(known)s.", table=table, known=", ".join(known)))


def _check_treatment(masks: Mapping[str, Mapping[str, str]], contracts: Mapping[str, str]) -> None:
    for table in {*masks, *contracts}:
        if not rules.TABLE_NAME.fullmatch(table):
            raise BadValue("masks", _("A table’s name has 1 to 120 characters and no slash."))
    for table, contract in contracts.items():
        if contract not in list(rules.Contract):
            raise BadValue("contracts", _("The contract of %(table)s is allow, freeze or discard.", table=table))
    for table, columns in masks.items():
        for column, mask in columns.items():
            if mask not in list(rules.Mask):
                raise BadValue("masks", _("The mask of %(column)s is drop, hash or shape.", column=f"{table}.{column}"))
