"""One audited project, its report in both languages and its bundle, built once: setting the pages takes seconds."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask_babel import force_locale

from tests.factories.walked import a_walked_project
from workbench.app import create_app
from workbench.config import Settings
from workbench.database import db
from workbench.reports import actions
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
def building(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """The audited project with its English and French report and its bundle."""
    home = tmp_path_factory.mktemp("audited") / "home"
    shutil.copytree(migrated, home)
    settings = Settings(home=home, testing=True, organisation=ORGANISATION)
    with opened(settings):
        case = a_walked_project(home)
        wish = {
            "project": case.project,
            "home": home,
            "keys": settings.keys,
            "by": case.lead,
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
