"""A data folder with the demo projects loaded and their trials run, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.app import create_app
from workbench.config import Settings
from workbench.database import db


@pytest.fixture
def shown(prepared_demo: Path, tmp_path: Path) -> Iterator[Settings]:
    """The settings of a copy, with the application's context open."""
    home = tmp_path / "shown"
    shutil.copytree(prepared_demo, home)
    settings = Settings(home=home, testing=True)
    app = create_app(settings)
    with app.app_context():
        yield settings
        db.session.remove()
        db.engine.dispose()
