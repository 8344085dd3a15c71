"""One audited project, its report in both languages and its bundle, built once: setting the pages takes seconds."""

from __future__ import annotations

import functools
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask_babel import force_locale

from tests.caching import shared_cache
from workbench.app import create_app
from workbench.config import Settings
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.queries import project_with_key
from workbench.reports import actions, verify
from workbench.reports.models import BuiltReport
from workbench.web import transactions

ORGANISATION = "Nordpont IT Services"


@dataclass(frozen=True)
class Building:
    """What was built, and where the database of it lies."""

    home: Path
    english: bytes
    french: bytes
    bundle: bytes
    bundled_report_sha256: str
    rows: tuple[BuiltReport, ...]

    @property
    def settings(self) -> Settings:
        """The settings of that installation."""
        return Settings(home=self.home, testing=True, organisation=ORGANISATION)


@contextmanager
def opened(settings: Settings) -> Iterator[None]:
    """An app on these settings, its context open."""
    app = create_app(settings)
    with app.app_context(), force_locale("en"):
        yield
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def building(walked_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """The audited project with its English and French report and its bundle."""
    home = tmp_path_factory.mktemp("audited") / "home"
    shutil.copytree(walked_home, home, symlinks=True)
    if not (home / "cache").exists():
        (home / "cache").symlink_to(shared_cache(tmp_path_factory))
    settings = Settings(home=home, testing=True, organisation=ORGANISATION)
    with opened(settings):
        wish = {
            "project": project_with_key("INV-1"),
            "home": home,
            "keys": settings.keys,
            "by": db.session.query(Person).filter_by(name="Sylvie Petit").one(),
            "organisation": ORGANISATION,
        }
        english = actions.build_report(key="audit_report", language="en", **wish)
        french = actions.build_report(key="audit_report", language="fr", **wish)
        bundle = actions.build_bundle(language="en", **wish)
        transactions.commit()
        rows = tuple(db.session.query(BuiltReport).order_by(BuiltReport.id))
        return Building(
            home,
            actions.read_built(english, home=home),
            actions.read_built(french, home=home),
            actions.read_built(bundle, home=home),
            rows[2].sha256,
            rows,
        )


def text_of(pdf: bytes, *options: str) -> str:
    """What pdftotext reads, page by page (form feeds between them)."""
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One signature is checked once, however many bundles carry it."""
    monkeypatch.setattr(verify, "signature_holds", functools.cache(verify.signature_holds))
