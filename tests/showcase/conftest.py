"""A data folder with both demo projects loaded and their trials run, made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.app import create_app
from workbench.config import Settings
from workbench.database import db
from workbench.projects.queries import project_with_key
from workbench.showcase.loading import KEYS, load
from workbench.showcase.trial import copy_exports, run_trials


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """The loaded folder; tests copy it."""
    home = tmp_path_factory.mktemp("told") / "home"
    shutil.copytree(migrated, home)
    settings = Settings(home=home, testing=True)
    app = create_app(settings)
    with app.app_context():
        load(settings)
        copy_exports(home / "demo/exports")
        for language, key in KEYS.items():
            project = project_with_key(key)
            assert project is not None
            run_trials(settings, project, language=language, exports=home / "demo/exports")
        db.session.remove()
        db.engine.dispose()
    return home


@pytest.fixture
def shown(told: Path, tmp_path: Path) -> Iterator[Settings]:
    """The settings of a copy, with the application's context open."""
    home = tmp_path / "shown"
    shutil.copytree(told, home)
    settings = Settings(home=home, testing=True)
    app = create_app(settings)
    with app.app_context():
        yield settings
        db.session.remove()
        db.engine.dispose()
