"""What every test may use: an app on a fresh database, and a client that inspects each page it gets."""

from __future__ import annotations

import fcntl
import gc
import itertools
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from flask_babel import force_locale
from jinja2.bccache import Bucket, FileSystemBytecodeCache
from sqlalchemy import event
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from xdist.scheduler import LoadScopeScheduling

from tests.caching import common, remember_statements, shared_cache
from tests.e2e import serving
from tests.factories.walked import a_walked_project
from tests.inspection import inspect_page
from tests.servers import postgresql_binaries, postgresql_database, postgresql_server
from workbench.app import create_app
from workbench.config import Settings
from workbench.database import db, upgrade
from workbench.people.models import Person
from workbench.web import transactions

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@contextmanager
def once(factory: pytest.TempPathFactory, name: str) -> Iterator[tuple[Path, bool]]:
    """A folder that one test worker makes for all of them; the others wait, and are told that it is there."""
    folder = common(factory) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder, folder.exists()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file that each test copies: migrating takes longer than most tests."""
    with once(tmp_path_factory, "migrated") as (home, is_there):
        if not is_there:
            making = home.with_name("migrated-in-the-making")
            with opened(Settings(home=making, testing=True)):
                upgrade(db.engine)
                with db.engine.connect() as connection:
                    connection.exec_driver_sql("COMMIT")
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                    connection.exec_driver_sql("BEGIN")
            making.rename(home)
    return home


@pytest.fixture(scope="session")
def prepared_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo and its trials, prepared once for all test workers; nobody changes it, all copy it."""
    with once(tmp_path_factory, "prepared-demo") as (prepared, is_there):
        if not is_there:
            serving.prepare(prepared)
    return prepared


@pytest.fixture(scope="session")
def walked_home(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the full project INV-1 of Sylvie Petit, made once for all test workers; nobody changes it, all copy it."""
    with once(tmp_path_factory, "walked-home") as (walked, is_there):
        if not is_there:
            making = walked.with_name("walked-home-in-the-making")
            shutil.rmtree(making, ignore_errors=True)
            shutil.copytree(migrated, making)
            with opened(Settings(home=making, testing=True)), force_locale("en"):
                a_walked_project(making)
                transactions.commit()
            making.rename(walked)
    return walked


@pytest.fixture
def home(tmp_path: Path, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the test's own, with a migrated database and the keys."""
    folder = tmp_path / "home"
    shutil.copytree(migrated, folder)
    (folder / "cache").symlink_to(shared_cache(tmp_path_factory))
    return folder


class Compiled(FileSystemBytecodeCache):
    """Keeps compiled templates for the whole run: each test has an application of its own, and compiling is slow."""

    def __init__(self) -> None:
        self.directory, self.pattern = "", "%s.template"  # the folder of the run, once it is known
        self.kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        key = bucket.key, bucket.checksum
        if key not in self.kept and self.directory:
            super().load_bytecode(bucket)
            if bucket.code is not None:
                self.kept[key] = bucket.code
        bucket.code = self.kept.get(key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.code
        if self.directory:
            super().dump_bytecode(bucket)


_compiled = Compiled()


@pytest.fixture(scope="session", autouse=True)
def _templates_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What one worker compiled, the others read."""
    folder = common(tmp_path_factory) / "templates"
    folder.mkdir(exist_ok=True)
    _compiled.directory = str(folder)


def remember_addresses() -> None:
    """Let werkzeug compile each address once for the run, not again for each test's application.

    What it compiles depends on the rule's text alone, and takes four fifths of making an application.
    """
    compiled, known = Rule.compile, dict[Any, Any]()
    found = ("_parts", "_trace", "_converters", "arguments")
    built = ("_build", "_build_unknown")

    def remembered(rule: Rule) -> None:
        key = (rule.rule, rule.host, rule.subdomain, str(rule.defaults), rule.merge_slashes)
        if key not in known:
            compiled(rule)
            known[key] = (
                {name: copy(getattr(rule, name)) for name in found},
                [(name, getattr(rule, name).__func__) for name in built],
            )
            return
        facts, makers = known[key]
        rule.__dict__.update(facts)  # nobody changes them once they are known
        for name, maker in makers:
            setattr(rule, name, maker.__get__(rule, None))

    Rule.compile = remembered  # type: ignore[method-assign]


remember_addresses()
remember_statements()


@contextmanager
def opened(settings: Settings) -> Iterator[Flask]:
    """An application with its context open, left without a connection at the end."""
    made = create_app(settings)
    made.jinja_env.bytecode_cache = _compiled
    made.testing = True
    with made.app_context():
        try:
            yield made
        finally:
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def app(home: Path) -> Iterator[Flask]:
    """The application with its context open, so that a test can call actions and queries."""
    with opened(Settings(home=home, testing=True, sign_in_limit="1000 per minute")) as made:
        yield made


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server for the whole run, with a migrated, empty database called `ready` to copy."""
    with postgresql_server() as server, postgresql_database(server, "ready") as address:
        home = tmp_path_factory.mktemp("postgresql")
        with opened(Settings(home=home, testing=True, database_url=address)):
            upgrade(db.engine)
        yield server


_numbers = itertools.count(1)


@pytest.fixture(params=ENGINES)
def any_app(request: pytest.FixtureRequest, home: Path) -> Iterator[Flask]:
    """The application on each kind of database in turn, for what the engines may answer differently."""
    with ExitStack() as stack:
        address = ""
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql")
            address = stack.enter_context(postgresql_database(server, f"test{next(_numbers)}", template="ready"))
        settings = Settings(home=home, testing=True, database_url=address, sign_in_limit="1000 per minute")
        yield stack.enter_context(opened(settings))


@pytest.fixture
def save() -> Callable[[], None]:
    """Commit what a test prepared, as a request or command would."""
    return transactions.commit


class Inspector(FlaskClient):
    """A client that looks at every page as it comes: it parses, titles and ids are right, nothing is left uncommitted."""

    person: Person | None = None
    token = ""
    looks = True  # a test that asks hundreds of addresses for their status alone says no

    def sign_in(self, person: Person) -> Inspector:
        """Go on as this person. The session is set as the sign-in page sets it; that page has tests of its own."""
        transactions.commit()
        self.person, self.token = person, ""
        with self.session_transaction() as session:
            session["_user_id"] = person.fs_uniquifier
            session["_fresh"] = True
            session["fs_cc"] = "set"
        return self

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Every request goes through here; each in a context of its own, as on a server."""
        with _outside_of_the_test():
            response = super().open(*args, **kwargs)
        if self.looks and response.mimetype == "text/html" and not 300 <= response.status_code < 400 and response.text:
            inspect_page(response.text, str(response.request.path))
        return response

    def keys(self, path: str = "/sign-in") -> dict[str, str]:
        """A CSRF token and a fresh idempotency key, as a page has them; a session's token is read from a page once."""
        if self.person is not None and self.token:
            return {"csrf_token": self.token, "idempotency_key": secrets.token_urlsafe(18)}
        page = super().open("/password" if self.person else path, method="GET").text
        found = {name: re.search(rf'name="{name}" value="([^"]+)"', page) for name in ("csrf_token", "idempotency_key")}
        read = {name: match.group(1) for name, match in found.items() if match}
        self.token = read.get("csrf_token", "") if self.person else ""
        return read

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, keys: dict[str, str] | None = None, **kwargs: Any
    ) -> TestResponse:  # type: ignore[override]
        """Send a form with its hidden fields."""
        return self.open(
            path, method="POST", data={**(self.keys() if keys is None else keys), **(data or {})}, **kwargs
        )


@contextmanager
def _outside_of_the_test() -> Iterator[None]:
    """End the test's own transaction first: on a server no request shares another's session."""
    if db.session().in_transaction():
        transactions.commit()
    db.session.remove()
    kept = {name: getattr(g, name) for name in list(g)} if g else {}
    for name in kept:
        g.pop(name)
    yield
    for name in list(g):
        g.pop(name)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """The inspector."""
    app.test_client_class = Inspector
    return app.test_client()


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with count_queries() as seen:` collects the SQL statements sent meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        yield seen
        event.remove(db.engine, "before_cursor_execute", note)

    return counting


# What takes longest begins first, so that no worker is left alone with it at the end.
LONG = (
    "tests/e2e/test_stories.py", "tests/e2e/test_faces.py", "tests/reports/", "tests/packaging/", "tests/walk/",
    "tests/e2e/", "tests/showcase/", "tests/people/test_access.py", "tests/migrations/", "tests/trials/",
)  # fmt: skip
TOGETHER = ("tests/reports/", "tests/showcase/", "tests/lifecycle/")  # their files share what takes long to prepare


def _by_length(item: pytest.Item) -> int:
    return next((number for number, place in enumerate(LONG) if item.nodeid.startswith(place)), len(LONG))


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a worker the tests of a file, or of a folder whose files share fixtures, as one piece of work."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((each for each in TOGETHER if file.startswith(each)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Deal out the tests in the order of `LONG`."""
    config.option.loadscopereorder = False
    return Together(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, saying which command would change that; see also the closing summary."""
    items.sort(key=_by_length)
    missing = {name: reason for name, reason in _missing().items() if reason}
    for item in items:
        for name, reason in missing.items():
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: the collector looks only at what the tests make, and less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure() -> None:
    """Leave nothing frozen: compiled libraries complain at the end of the process of what was never collected."""
    gc.unfreeze()


def _missing() -> dict[str, str]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    lacks = [package for tool, package in (("pdftotext", "poppler-utils"), ("qpdf", "qpdf")) if not shutil.which(tool)]
    return {
        "browser": "" if chromium else "no Chromium: apt-get install chromium",
        "pdf": f"what reads PDFs is missing: apt-get install {' '.join(lacks)}" if lacks else "",
        "postgresql": "" if postgresql_binaries() else "no PostgreSQL server: apt-get install postgresql",
        "mariadb": "" if shutil.which("mariadbd") else "no MariaDB server: apt-get install mariadb-server",
        "heavy": "" if os.environ.get("NINEFOLD_HEAVY") == "1" else "a long run: NINEFOLD_HEAVY=1 make test",
    }


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name at the end what could not be run here, and the command that would change that."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[-1]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        terminalreporter.write_sep("-", "not run on this machine")
        for reason, count in sorted(reasons.items()):
            terminalreporter.write_line(f"{count} tests: {reason.removeprefix('Skipped: ')}")
