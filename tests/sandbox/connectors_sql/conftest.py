"""The servers, started once for the tests of this folder."""
from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.sandbox.connectors_sql.servers import mariadb_clients, postgresql_clients


@pytest.fixture(scope="package")
def postgresql_place():
    with tempfile.TemporaryDirectory() as folder, postgresql_clients(Path(folder)) as place:
        yield place


@pytest.fixture(scope="package")
def mariadb_place():
    with tempfile.TemporaryDirectory() as folder, mariadb_clients(Path(folder)) as place:
        yield place


@pytest.fixture
def postgresql_port(postgresql_place):
    return postgresql_place[0]


@pytest.fixture
def mariadb_port(mariadb_place):
    return mariadb_place[0]
