"""Reads a file strictly: every refusal names the place as a JSON pointer. Nothing here looks into the database."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Table

from workbench.changes.rules import digest
from workbench.checklists import library
from workbench.checklists.store import PackInvalid
from workbench.projects.rules import KEY
from workbench.trail import log
from workbench.transfer import sealed, tables
from workbench.transfer.rules import (
    DIGESTED,
    FORMAT,
    MOST_BYTES,
    MOST_ROWS,
    SOFT,
    STORED,
    VERSION,
    WHOLE,
    BadFile,
    is_safe_place,
    renumber,
)

_PARTS = {"format": str, "version": int, "revision": str, "project": str, "tables": dict, "files": list, "history": list}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_EMAIL = re.compile(r"[^\s@<>\x00-\x1f]+@[^\s@<>\x00-\x1f]+")


def read(data: bytes, *, revision: str) -> dict[str, Any]:
    """The document, checked as far as it can be without the database at `revision`. Raises BadFile."""
    document = _parsed(data)
    _check_head(document, revision)
    _check_tables(document["tables"])
    _check_files(document)
    for at, each in enumerate(document["history"]):
        _check_history(each, f"/history/{at}", document["tables"])
    sealed.check(document)
    return document


def _parsed(data: bytes) -> dict[str, Any]:
    if len(data) > MOST_BYTES:
        raise BadFile("", _("the file is too large: at most %(most)s bytes", most=MOST_BYTES))
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_without_twice)
    except UnicodeDecodeError as error:
        raise BadFile("", _("the file is not UTF-8: byte %(at)s", at=error.start)) from error
    except RecursionError as error:
        raise BadFile("", _("the file is nested too deeply")) from error
    except json.JSONDecodeError as error:
        raise BadFile("", _("not JSON: line %(line)s, column %(column)s", line=error.lineno, column=error.colno)) from error
    except ValueError as error:
        raise BadFile("", _("the file holds a number that is too large, or one name twice in an object")) from error
    if not isinstance(document, dict):
        raise BadFile("", _("an object was expected"))
    return document


def _without_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name twice")
    return made


def _check_head(document: dict[str, Any], revision: str) -> None:
    if document.get("format") != FORMAT:
        raise BadFile("/format", _("this is no project of Ninefold: “%(name)s” was expected", name=FORMAT))
    version = document.get("version")
    if isinstance(version, int) and version > VERSION:
        raise BadFile("/version", _(
            "the file is of a newer format (%(seen)s) than this installation reads (%(known)s); bring the installation up to date",
            seen=version, known=VERSION,
        ))
    _exactly(document, _PARTS, "")
    if version != VERSION or isinstance(version, bool):
        raise BadFile("/version", _("there is no such version of the format; this installation reads %(known)s", known=VERSION))
    seen = document["revision"]
    if seen > revision:
        raise BadFile("/revision", _(
            "the file is of a newer database (%(seen)s) than this one (%(known)s); bring the installation up to date",
            seen=seen[:20], known=revision,
        ))
    if seen != revision:
        raise BadFile("/revision", _(
            "the file is of an older database (%(seen)s) than this one (%(known)s); bring the other installation up to date and "
            "export again", seen=seen[:20], known=revision,
        ))
    if not KEY.fullmatch(document["project"]):
        raise BadFile("/project", _("this is no key of a project"))


def _exactly(given: Any, wanted: Mapping[str, Any], place: str) -> None:
    """An object with these names and no others, each of its kind (None: anything)."""
    if not isinstance(given, dict):
        raise BadFile(place, _("an object was expected"))
    for name, kind in wanted.items():
        if name not in given:
            raise BadFile(f"{place}/{name}", _("this is missing"))
        if kind is not None and (not isinstance(given[name], kind) or (kind is int and isinstance(given[name], bool))):
            raise BadFile(f"{place}/{name}", _("another kind of value was expected"))
    extra = next((each for each in given if each not in wanted), None)
    if extra is not None:
        raise BadFile(f"{place}/{tables.pointed(extra)}", _("this name is not known here"))


def _check_tables(given: dict[str, Any]) -> None:
    _exactly(given, {each.name: list for each in tables.kept_tables()}, "/tables")
    sizes = {name: len(rows) for name, rows in given.items()}
    if sizes["project"] != 1:
        raise BadFile("/tables/project", _("exactly one project was expected"))
    for of in tables.kept_tables():
        if sizes[of.name] > MOST_ROWS:
            raise BadFile(f"/tables/{of.name}", _("too many rows: at most %(most)s", most=MOST_ROWS))
        for at, row in enumerate(given[of.name]):
            _check_row(of, row, at, sizes)
        _check_unique(of, given[of.name])
    for at, edition in enumerate(given["pack_edition"]):
        _check_edition(edition, f"/tables/pack_edition/{at}")
    for at, person in enumerate(given["person"]):
        if not _EMAIL.fullmatch(person["email"]):
            raise BadFile(f"/tables/person/{at}/email", _("this is no e-mail address"))


def _check_row(of: Table, row: Any, at: int, sizes: dict[str, int]) -> None:
    place = f"/tables/{of.name}/{at}"
    _exactly(row, {each.name: None for each in tables.columns(of)}, place)
    tables.check_plain(row, place)
    if row["id"] != at + 1 or isinstance(row["id"], bool):
        raise BadFile(f"{place}/id", _("rows are numbered from 1: %(wanted)s was expected", wanted=at + 1))
    for column in tables.columns(of):
        value, here = row[column.name], f"{place}/{column.name}"
        tables.check(of, column, value, here)
        if value is not None and tables.target(column):
            _check_reference(value, tables.target(column), here, sizes)
        elif value is not None:
            _check_hidden(of.name, column.name, value, here, sizes)
    if of.name in DIGESTED:
        _check_digest(of.name, row, place)


def _check_reference(number: int, to: str, place: str, sizes: dict[str, int]) -> None:
    if not 1 <= number <= sizes.get(to, 0):
        raise BadFile(place, _("broken reference: the file holds no %(table)s %(number)s", table=to, number=number))


def _check_hidden(name: str, column: str, value: Any, place: str, sizes: dict[str, int]) -> None:
    """Numbers of rows inside a value; 0 and null stand for what did not come along."""

    def look(number: int, to: str) -> int:
        if number:
            _check_reference(number, to, place, sizes)
        return number

    for path, to in SOFT.get((name, column), ()):
        if isinstance(value, str):
            number, colon, _rest = value.partition(":")
            if colon and number.isascii() and number.isdigit():
                look(min(int(number[:12]), WHOLE), to)
        else:
            renumber(value, path, lambda number, to=to: look(number, to))  # type: ignore[misc]


def _check_digest(name: str, row: dict[str, Any], place: str) -> None:
    content, sealed = DIGESTED[name]
    if row[sealed] != digest(row[content]):
        raise BadFile(f"{place}/{sealed}", _("this is not the SHA-256 of what stands in %(name)s", name=content))


def _check_edition(row: dict[str, Any], place: str) -> None:
    """An edition serves every project: it is the pack that its name, version and digest say, and no shipped one."""
    body: bytes = row["body"].encode()
    if row["digest"] != hashlib.sha256(body).hexdigest():
        raise BadFile(f"{place}/digest", _("this is not the SHA-256 of what stands in %(name)s", name="body"))
    try:
        found = library.read(body, f"{row['pack_id']}.toml")
    except PackInvalid as error:
        raise BadFile(f"{place}/body", _("this is no pack: %(why)s", why=error.faults[0])) from error
    for name, there in (("pack_id", found.id), ("version", found.version)):
        if row[name] != there:
            raise BadFile(f"{place}/{name}", _("“%(word)s” was expected: so it stands in the pack", word=there[:60]))
    if found.id in library.pack_ids():
        raise BadFile(f"{place}/pack_id", _("a pack that comes with the program has this name"))


def _check_unique(of: Table, rows: list[dict[str, Any]]) -> None:
    for names in tables.unique_sets(of):
        seen: set[tuple[Any, ...]] = set()
        for at, row in enumerate(rows):
            key = tuple(row[each] for each in names)
            if None in key:
                continue
            if key in seen:
                place = f"/tables/{of.name}/{at}/{names[-1]}"
                raise BadFile(place, _("another row has the same: %(names)s", names=", ".join(names)))
            seen.add(key)


def _check_files(document: dict[str, Any]) -> None:
    seen: set[str] = set()
    for at, line in enumerate(document["files"]):
        place = f"/files/{at}"
        _exactly(line, {"place": str, "size": int, "sha256": str, "data": (str, type(None))}, place)
        if not _DIGEST.fullmatch(line["sha256"]):
            raise BadFile(f"{place}/sha256", _("a SHA-256 in 64 small hexadecimal digits was expected"))
        _check_place(line, place)
        if line["place"] in seen:
            raise BadFile(f"{place}/place", _("this file is here twice"))
        seen.add(line["place"])
    for name, column in STORED.items():
        for at, row in enumerate(document["tables"][name]):
            if row[column] and f"evidence/{row[column]}" not in seen:
                raise BadFile(f"/tables/{name}/{at}/{column}", _("broken reference: the file of this SHA-256 is missing"))


def _check_place(line: dict[str, Any], place: str) -> None:
    kind, _slash, rest = line["place"].partition("/")
    tables.check_plain(line["place"], f"{place}/place")
    if not (kind == "evidence" and rest == line["sha256"]) and not (kind == "sandbox" and is_safe_place(rest)):
        raise BadFile(f"{place}/place", _("no file may lie there"))


def _check_history(given: Any, place: str, rows: dict[str, Any]) -> None:
    """One earlier log: the checkpoint is signed by the key, and each entry is in the log that it signs."""
    _exactly(given, {"project": str, "log": str, "key": str, "checkpoint": str, "entries": list}, place)
    if not KEY.fullmatch(given["project"]):
        raise BadFile(f"{place}/project", _("this is no key of a project"))
    for name, longest in (("log", 200), ("key", 300), ("checkpoint", 2000)):
        if len(given[name]) > longest:
            raise BadFile(f"{place}/{name}", _("too long: at most %(most)s characters", most=longest))
    try:
        signed = log.parse_and_verify_checkpoint(given["checkpoint"], given["key"])
    except log.LogError as error:
        raise BadFile(f"{place}/checkpoint", _("the checkpoint does not verify: %(why)s", why=error)) from error
    if signed.origin != given["log"]:
        raise BadFile(f"{place}/log", _("the checkpoint is of another log: %(name)s", name=signed.origin))
    if not given["entries"]:
        raise BadFile(f"{place}/entries", _("no entries: a log that tells nothing of the project is left out"))
    before = 0
    for at, entry in enumerate(given["entries"]):
        before = _check_entry(entry, f"{place}/entries/{at}", given["project"], signed, before, rows)


def _check_entry(
    entry: Any, place: str, project: str, signed: log.Checkpoint, before: int, rows: dict[str, Any]
) -> int:
    """The number of an entry that holds; raises BadFile for one that does not."""
    _exactly(entry, {"leaf": str, "proof": list, "object": (int, type(None)), "person": (int, type(None))}, place)
    leaf = _leaf(entry["leaf"], f"{place}/leaf")
    if leaf["project"] != project or not before < leaf["seq"]:
        raise BadFile(f"{place}/leaf", _("an entry of project %(key)s was expected, later than the one before", key=project))
    try:
        proof = [tables.from_base64(each) for each in entry["proof"]]
    except ValueError as error:
        raise BadFile(f"{place}/proof", _("hashes in base64 were expected")) from error
    if not log.verify_inclusion(log.leaf_hash(entry["leaf"].encode()), leaf["seq"] - 1, signed.size, proof, signed.root):
        raise BadFile(f"{place}/proof", _("the entry is not in the log that the checkpoint signs"))
    kind = leaf["object"].partition(":")[0]
    for name, to in (("object", kind), ("person", "person")):
        if entry[name] is not None and not 1 <= entry[name] <= len(rows.get(to, ())):
            raise BadFile(
                f"{place}/{name}", _("broken reference: the file holds no %(table)s %(number)s", table=to[:60], number=entry[name])
            )
    return int(leaf["seq"])


_LEAF: dict[str, type] = {
    "seq": int, "at": str, "person": int, "name": str, "act": str, "object": str, "project": str, "old": dict, "new": dict,
    "reason": str, "request": str, "evidence": list, "rows": dict,
}


def _leaf(text: str, place: str) -> dict[str, Any]:
    try:
        leaf = log.parse_canonical(text.encode())
    except (log.LogError, UnicodeEncodeError) as error:
        raise BadFile(place, _("this is no entry of a log")) from error
    _exactly(leaf, _LEAF, place)
    tables.check_plain(leaf, place)
    tables.check_moment(leaf["at"], f"{place}/at")
    kind, colon, number = leaf["object"].partition(":")
    if not (colon and number.isascii() and number.isdigit()) or len(kind) > 60 or len(leaf["act"]) > 80 or leaf["seq"] > WHOLE:
        raise BadFile(place, _("this is no entry of a log"))
    return dict(leaf)


def said(leaf: str) -> dict[str, Any]:
    """What a checked entry says."""
    return dict(json.loads(leaf))
