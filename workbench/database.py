"""The database handle, the base class of every table, and the column types we add."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, Integer, MetaData, event, inspect, text
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from workbench import layout

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# A reading request takes no write lock; everything else begins as a writer, so that two writers queue instead of failing.
_reading: contextvars.ContextVar[bool] = contextvars.ContextVar("reading", default=False)


class UnsafeDatabase(Exception):
    """The database is set so that acknowledged work could be lost; the message says what to set."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps it without its zone, so the zone is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store the time as UTC; a time without a zone is refused, since nobody could say what it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read the time as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every table.

    `__trailed__`: a change must come with a trail entry in the same transaction (trust.md §2).
    `__watched__`: the hash of the row after its last recorded change is in the trail; `trail verify` compares it.
    `__sealed__`: the row never changes once written; a trigger and the session both refuse (implies watched).
    """

    metadata = MetaData(naming_convention=NAMING)
    __trailed__: ClassVar[bool] = True
    __watched__: ClassVar[bool] = False
    __sealed__: ClassVar[bool] = False


class Versioned:
    """Gives a table the `version` that forms carry: a stale save is found, never written over (trust.md §1)."""

    version: Mapped[int] = mapped_column(Integer, nullable=False, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let every UPDATE compare and raise the version."""
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Within this block new transactions only read: no write lock is taken on SQLite."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def set_reading(value: bool) -> contextvars.Token[bool]:
    """Say whether the request at hand only reads; give the token back to `unset_reading`."""
    return _reading.set(value)


def unset_reading(token: contextvars.Token[bool]) -> None:
    """End what `set_reading` began."""
    _reading.reset(token)


def is_reading() -> bool:
    """Whether the work at hand only reads."""
    return _reading.get()


def prepare_engine(engine: Engine) -> None:
    """Set the pragmas of trust.md §1 on every SQLite connection and begin transactions ourselves.

    The driver's own BEGIN comes too late (before the first write), which lets a reader be overtaken and fail with
    "database is locked" at once; BEGIN IMMEDIATE waits its turn instead, up to busy_timeout.
    """
    if engine.dialect.name != "sqlite":
        event.listen(engine, "connect", _wait_no_longer)
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


def _wait_no_longer(connection: Any, record: Any) -> None:
    """PostgreSQL, too, gives up on a lock after five seconds; the page then says that the database is busy."""
    connection.execute("SET lock_timeout = '5s'")
    connection.commit()


def check_durability(engine: Engine) -> None:
    """Refuse a database that may lose acknowledged commits; raises UnsafeDatabase saying what to set (trust.md §1)."""
    with reading(), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            wanted = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
            for name, value in wanted.items():
                seen = str(connection.exec_driver_sql(f"PRAGMA {name}").scalar())
                if seen != value and not (name == "journal_mode" and seen == "memory"):
                    raise UnsafeDatabase(
                        f"SQLite runs with {name}={seen}; {value} is needed. Is the folder on a network share?"
                    )
        elif engine.dialect.name == "postgresql":
            seen = str(connection.execute(text("SHOW synchronous_commit")).scalar())
            if seen in ("off",):
                raise UnsafeDatabase("PostgreSQL runs with synchronous_commit=off; set it to on for this database.")
        else:
            raise UnsafeDatabase(f"{engine.dialect.name} is not supported; use sqlite:///… or postgresql+psycopg://…")


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a revision, each migration in a transaction of its own."""
    _alembic(engine, lambda command, config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to a revision; for tests of the migrations."""
    _alembic(engine, lambda command, config: command.downgrade(config, revision))


def _alembic(engine: Engine, work: Any) -> None:
    from alembic import command  # noqa: PLC0415 - cold start: only upgrades need it
    from alembic.config import Config  # noqa: PLC0415 - cold start

    config = Config()
    config.set_main_option("script_location", str(layout.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["engine"] = engine
    work(command, config)


def revision_of(engine: Engine) -> str:
    """The revision the database stands at, empty for a new one."""
    with reading(), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")
