"""A start as it is usually written: everything is imported and read before the first page can be asked for."""

from __future__ import annotations

import importlib
import pkgutil

HEAVY = ("weasyprint", "duckdb", "alembic.command", "psycopg", "redis", "jsonschema")


def import_everything() -> None:
    """Every module of the product, its heavy libraries, and every pack."""
    for name in HEAVY:
        importlib.import_module(name)
    for package in ("workbench", "sandbox"):
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            if "migrations" not in module.name and not module.name.endswith("verify"):
                importlib.import_module(module.name)
    library = importlib.import_module("workbench.checklists.library")
    library.library()
