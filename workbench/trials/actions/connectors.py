"""What an administrator decides about connectors: hosts that may be read, secrets, accounts that could write."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from flask_babel import gettext as _

import sandbox
from workbench import clock
from workbench.database import db
from workbench.people.models import Person
from workbench.projects import queries as projects
from workbench.trail.actions import record
from workbench.trials import rules, store
from workbench.trials.models import ApprovedHost, ConnectorSecret, MirrorSource
from workbench.trials.queries import connectors as queries
from workbench.web import transactions
from workbench.web.refusals import BadValue, Refused

_MAX_SECRET = 8000


def approve_host(
    *, scheme: str, host: str, port: int | None, allows_private: bool, reason: str, home: Path, by: Person
) -> ApprovedHost:
    """Let connectors read from exactly this scheme, host and port; of a SQLite file `host` is its full path.

    Raises BadValue for a host that is none, or our own data.
    """
    if not reason.strip():
        raise BadValue("reason", _("A reason is needed: the auditor reads it."))
    place = _place(scheme, host, port, home)
    if queries.approved_place(place.scheme, place.host, place.port) is not None:
        raise BadValue("host", _("This host is approved already. Withdraw that approval first to change it."))
    made = ApprovedHost(
        scheme=place.scheme, host=place.host, port=place.port, allows_private=allows_private and scheme != "sqlite",
        reason=reason.strip(), approved_by_id=by.id, approved_at=clock.now(),
    )
    db.session.add(made)
    told = {name: getattr(made, name) for name in ("scheme", "host", "port", "allows_private")}
    record("host_approved", made, by=by, after=told, reason=made.reason)
    return made


def _place(scheme: str, host: str, port: int | None, home: Path) -> sandbox.Approval:
    if scheme not in rules.PORTS:
        raise BadValue("scheme", _("Choose one of %(schemes)s.", schemes=", ".join(rules.PORTS)))
    if scheme == "sqlite":
        path = Path(host.strip())
        if not path.is_absolute():
            raise BadValue("host", _("Give the full path of the file, from the root."))
        if path.resolve().is_relative_to(home.resolve()):
            raise BadValue("host", _("This file lies in the data folder of Ninefold itself and is not read."))
        return sandbox.Approval("sqlite", str(path.resolve()), 0)
    number = port or rules.PORTS[scheme]
    if not 1 <= number <= 65_535:
        raise BadValue("port", _("A port is a number from 1 to 65535."))
    try:
        return sandbox.Approval(scheme, host.strip(), number)
    except sandbox.SandboxError as error:
        raise BadValue("host", str(error)) from error


def withdraw_host(*, host: ApprovedHost, reason: str, by: Person) -> None:
    """End an approval; readings under way end by themselves, no new one begins."""
    if host.withdrawn_at is not None:
        raise Refused(_("This approval is withdrawn already."))
    if not reason.strip():
        raise BadValue("reason", _("A reason is needed: the auditor reads it."))
    host.withdrawn_at, host.withdrawn_reason = clock.now(), reason.strip()
    told = {"scheme": host.scheme, "host": host.host, "port": host.port}
    record("host_withdrawn", host, by=by, before=told, reason=host.withdrawn_reason)


def set_secret(*, name: str, value: str, host: ApprovedHost, keys: Path, by: Person) -> ConnectorSecret:
    """Keep a secret for this host alone, or put it in the place of the one that has this name.

    The trail tells the name and the host and never the value. Raises BadValue for a host whose approval ended.
    """
    if not rules.SECRET_NAME.fullmatch(name):
        raise BadValue("name", _("A name has small letters a to z, digits and hyphens, at most 40 of them."))
    if not value or "\x00" in value or len(value) > _MAX_SECRET:
        raise BadValue("value", _("A secret has 1 to %(most)s characters.", most=_MAX_SECRET))
    if host.withdrawn_at is not None or host.scheme == "sqlite":
        raise BadValue("host_id", _("Choose an approved host."))
    kept = queries.secret_named(name)
    is_new = kept is None or kept.removed_at is not None
    if kept is None:
        kept = ConnectorSecret(name=name)
        db.session.add(kept)
    kept.scheme, kept.host, kept.port = host.scheme, host.host, host.port
    kept.set_at, kept.set_by_id, kept.removed_at = clock.now(), by.id, None
    after = {"name": name, "host": f"{host.scheme}://{host.host}:{host.port}"}
    record("secret_set" if is_new else "secret_replaced", kept, by=by, after=after)
    store.keep_secret(keys, name, value)
    return kept


def remove_secret(*, secret: ConnectorSecret, keys: Path, by: Person) -> None:
    """Remove a secret, its file once the removal is written; sources that name it can no longer be read."""
    if secret.removed_at is not None:
        raise Refused(_("This secret is removed already."))
    secret.removed_at = clock.now()
    record("secret_removed", secret, by=by, before={"name": secret.name})
    transactions.once_committed(partial(store.forget_secret, keys, secret.name))


def accept_writer(*, source: MirrorSource, user: str, reason: str, by: Person) -> None:
    """Accept, by its name, the account of a source although it could write; an empty name takes that back."""
    if not reason.strip():
        raise BadValue("reason", _("A reason is needed: the auditor reads it."))
    account = str(source.settings.get("user", ""))
    if user and user != account:
        raise BadValue("user", _("The account of this source is %(account)s. Type exactly that name.", account=account))
    before = source.settings.get("accepts_writer", "")
    settings = {name: value for name, value in source.settings.items() if name != "accepts_writer"}
    source.settings = {**settings, **({"accepts_writer": user} if user else {})}
    record(
        "writer_accepted" if user else "writer_refused", source, by=by, project=projects.project(source.project_id).key,
        before={"source": source.name, "accepts_writer": before}, after={"accepts_writer": user}, reason=reason.strip(),
    )
