"""Named reads about what the sandbox may reach: approved hosts, the names of secrets, and what uses them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select

import sandbox
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trials import rules
from workbench.trials.models import ApprovedHost, ConnectorSecret, MirrorSource


@dataclass(frozen=True)
class Use:
    """A source of a project that uses a host or a secret."""

    project: str
    source: str
    title: str


@dataclass(frozen=True)
class HostLine:
    """An approved host, who approved it, and what reads it."""

    host: ApprovedHost
    by: str
    uses: tuple[Use, ...]

    @property
    def shown(self) -> str:
        """The host as people write it."""
        one = self.host
        return one.host if one.scheme == "sqlite" else f"{one.scheme}://{one.host}:{one.port}"


@dataclass(frozen=True)
class SecretLine:
    """The name of a secret, when and by whom it was set, and what uses it. Its value is nowhere in here."""

    secret: ConnectorSecret
    by: str
    uses: tuple[Use, ...]

    @property
    def place(self) -> str:
        """The host that alone it is sent to."""
        return f"{self.secret.scheme}://{self.secret.host}:{self.secret.port}"


@dataclass(frozen=True)
class Writer:
    """A database source whose account may be accepted although it can write."""

    source: MirrorSource
    project: str

    @property
    def user(self) -> str:
        """The account that reads."""
        return str(self.source.settings.get("user", ""))

    @property
    def accepted(self) -> bool:
        """Whether an administrator accepted it by name."""
        return bool(self.user) and self.source.settings.get("accepts_writer") == self.user


def approvals() -> tuple[sandbox.Approval, ...]:
    """The hosts that may be read, as the sandbox takes them."""
    wanted = select(ApprovedHost).where(ApprovedHost.withdrawn_at.is_(None)).order_by(ApprovedHost.id)
    return tuple(
        sandbox.Approval(one.scheme, one.host, one.port, one.allows_private) for one in db.session.scalars(wanted)
    )


def approved_host(host_id: int) -> ApprovedHost | None:
    """One approved host."""
    return db.session.get(ApprovedHost, host_id)


def approved_place(scheme: str, host: str, port: int) -> ApprovedHost | None:
    """The standing approval of exactly this place."""
    same = (ApprovedHost.scheme == scheme, ApprovedHost.host == host, ApprovedHost.port == port)
    return db.session.scalar(select(ApprovedHost).where(*same, ApprovedHost.withdrawn_at.is_(None)))


def connector_secret(secret_id: int) -> ConnectorSecret | None:
    """What is known of one secret, but not the secret."""
    return db.session.get(ConnectorSecret, secret_id)


def secret_named(name: str) -> ConnectorSecret | None:
    """What is known of the secret of this name."""
    return db.session.scalar(select(ConnectorSecret).where(ConnectorSecret.name == name))


def host_choices() -> list[tuple[int, str]]:
    """(id, address) of the approved hosts that a secret may be sent to. One query."""
    wanted = select(ApprovedHost).where(ApprovedHost.withdrawn_at.is_(None), ApprovedHost.scheme != "sqlite")
    found = db.session.scalars(wanted.order_by(ApprovedHost.host, ApprovedHost.id))
    return [(one.id, HostLine(one, "", ()).shown) for one in found]


def _live_sources() -> Sequence[tuple[MirrorSource, str]]:
    wanted = select(MirrorSource, Project.key).join(Project, Project.id == MirrorSource.project_id)
    wanted = wanted.where(MirrorSource.connector.in_(("sql", "rest")), MirrorSource.withdrawn_at.is_(None))
    return [(source, key) for source, key in db.session.execute(wanted.order_by(Project.key, MirrorSource.name))]


def _use(source: MirrorSource, key: str) -> Use:
    return Use(key, source.name, source.title)


def place_of(source: MirrorSource) -> tuple[str, str, int]:
    """(scheme, host, port) of what a live source reads, as approvals have it; empty parts where it is not said."""
    given = source.settings
    if source.connector == "rest":
        address = urlsplit(str(given.get("base", "")))
        return address.scheme, address.hostname or "", address.port or rules.PORTS.get(address.scheme, 0)
    dialect = str(given.get("dialect", ""))
    if dialect == "sqlite":
        return dialect, str(given.get("file", "")), 0
    return dialect, str(given.get("host", "")).lower(), int(given.get("port", rules.PORTS.get(dialect, 0)))


def hosts() -> list[HostLine]:
    """Every approval that stands or stood, the standing ones first, with what reads them. Two queries."""
    sources = [(place_of(source), _use(source, key)) for source, key in _live_sources()]
    wanted = select(ApprovedHost, Person.name).join(Person, Person.id == ApprovedHost.approved_by_id)
    found = db.session.execute(wanted.order_by(ApprovedHost.withdrawn_at.is_not(None), ApprovedHost.host, ApprovedHost.id))
    return [
        HostLine(host, name, tuple(use for place, use in sources if place == (host.scheme, host.host, host.port)))
        for host, name in found
    ]


def secrets() -> list[SecretLine]:
    """The names of the secrets that are kept, with what uses them. Two queries."""
    sources = [(str(source.settings.get("secret", "")), _use(source, key)) for source, key in _live_sources()]
    wanted = select(ConnectorSecret, Person.name).join(Person, Person.id == ConnectorSecret.set_by_id)
    found = db.session.execute(wanted.where(ConnectorSecret.removed_at.is_(None)).order_by(ConnectorSecret.name))
    return [SecretLine(one, by, tuple(use for name, use in sources if name == one.name)) for one, by in found]


def writers() -> list[Writer]:
    """The database sources that name an account. One query."""
    return [Writer(source, key) for source, key in _live_sources() if source.settings.get("user")]


def writer(source_id: int) -> Writer | None:
    """One of them."""
    return next((each for each in writers() if each.source.id == source_id), None)
