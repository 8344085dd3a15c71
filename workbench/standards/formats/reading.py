"""Reads a file of whatever format a pack may come in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

from workbench.checklists import library
from workbench.standards.formats import ciso, marked, oscal, profile, workbook
from workbench.standards.formats.base import LARGEST_FILE, Faults, Imported, Remarks, finished
from workbench.standards.formats.profile import Shelf

SUFFIXES = (".toml", ".xlsx", ".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Wishes:
    """What is asked besides the file: another name or version, the catalogue of a profile, the imported catalogues."""

    pack_id: str = ""
    version: str = ""
    catalog: bytes | None = None
    catalog_name: str = ""
    shelf: Shelf | None = None


def read(data: bytes, name: str, wishes: Wishes = Wishes()) -> Imported:
    """What a file holds, told by the end of its name. PackInvalid with every fault; nothing is kept."""
    faults = Faults(name)
    for what, size in (("", len(data)), (f"catalogue {wishes.catalog_name}", len(wishes.catalog or b""))):
        if size > LARGEST_FILE:
            faults.add(what, f"has {size:,} bytes", f"at most {LARGEST_FILE:,} are read")
    suffix = f".{name.lower().rpartition('.')[2]}"
    if suffix not in SUFFIXES:
        faults.add("", "is no format packs come in", f"use one of: {', '.join(SUFFIXES)}")
    faults.check()
    own = {"pack_id": wishes.pack_id, "version": wishes.version}
    if suffix == ".toml":
        return _toml(data, name, wishes)
    if suffix == ".xlsx":
        return workbook.read(data, name, **own)
    if suffix == ".json":
        return _json(data, name, wishes)
    return ciso.read(data, name, **own)


def _toml(data: bytes, name: str, wishes: Wishes) -> Imported:
    """A pack.toml is kept byte for byte, unless another name or version is asked for."""
    pack = library.read(data, name)
    if not wishes.pack_id and not wishes.version:
        bearing = sum(clause.bearing for clause in pack.clauses)
        return Imported(pack, data, "toml", len(pack.clauses), bearing, ())
    document: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
    document["pack"] |= {key: value for key, value in (("id", wishes.pack_id), ("version", wishes.version)) if value}
    return finished(document, name=name, kind="toml", nodes=len(pack.clauses), remarks=Remarks())


def _json(data: bytes, name: str, wishes: Wishes) -> Imported:
    faults = Faults(name)
    found = marked.of_json(data, faults)
    own = {"pack_id": wishes.pack_id, "version": wishes.version}
    if isinstance(found, dict) and "profile" in found and "catalog" not in found:
        return profile.read(
            data, name, catalog=wishes.catalog, catalog_name=wishes.catalog_name or "catalog", shelf=wishes.shelf, **own
        )
    return oscal.read(data, name, **own)
