"""One cache of report parts and fonts for all tests of a run: what one test set, another need not set again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared_cache(factory: pytest.TempPathFactory) -> Path:
    """The folder, shared by all test workers. A data folder whose `cache` leads here sets only what is new."""
    own = factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "cache"
    shared.mkdir(exist_ok=True)
    return shared
