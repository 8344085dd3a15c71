"""A project is written into a file, and taken in from one: all of it or nothing."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_security import hash_password
from sqlalchemy import JSON, Table, insert, null, select

from workbench import clock, jobs
from workbench.database import Base, db, reading, revision_of
from workbench.people import queries as people
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects import queries as projects
from workbench.projects.models import Project
from workbench.projects.rules import KEY
from workbench.trail.actions import checkpoint, record, signing_key
from workbench.trail.models import EarlierEntry, EarlierLog
from workbench.trail.rules import Actor
from workbench.transfer import formats, queries, store, tables
from workbench.transfer.rules import FORMAT, HELD_BACK, SHARED, VERSION, BadFile, Outcome
from workbench.web import transactions
from workbench.web.refusals import BadValue, NotThere, Refused

# How a row of the installation is found again: {table: columns}; those of a tool refer to tools that were found first.
FOUND_BY = {
    "audit_programme": ("year",), "finding_grade": ("code",), "pack_wording": ("pack_digest",), "pack_edition": ("digest",),
    "capability": ("tool_id", "kind"), "tool_connection": ("source_id", "target_id", "kind", "carries"),
}


Pause = Callable[[], None]


def _no_pause() -> None:
    """Keep the transaction at hand open throughout."""


def export_project(
    *, project: Project, home: Path, keys: Path, by: Actor, with_files: bool = True, pause: Pause = _no_pause
) -> bytes:
    """Everything of a project as one file. The same project gives the same bytes, here and where it was taken in.

    The checkpoint over the project's last entry is signed first where there is none. `pause` is called before the project is
    read and after it, so that a caller can end its transaction and nobody waits for it. Raises Refused where a file is
    damaged, and where the project was changed between signing and reading.
    """
    db.session.flush()  # while it is read nothing is written
    if queries.lacks_checkpoint(project.key):
        checkpoint(keys=keys, reason=f"{project.key} export")
    pause()
    with reading():
        data = _file_of(project, home, keys, with_files)
    pause()
    after = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "with_files": with_files}
    record("project_exported", project, by=by, project=project.key, after=after)
    return data


def _file_of(project: Project, home: Path, keys: Path, with_files: bool) -> bytes:
    """The file, read at one moment."""
    leaves = queries.leaves_of(project.key)
    found = queries.gather(project.id, leaves)
    history = queries.history_before(project.id, found)
    if leaves:
        signed = queries.covering(leaves[-1].seq)
        if signed is None:
            raise Refused(_("The project was changed while it was exported. Export it again."))
        history.append(queries.history_here(project.key, leaves, signed.note, signing_key(keys).vkey, found))
    return tables.written(
        {
            "format": FORMAT, "version": VERSION, "revision": revision_of(db.engine), "project": project.key,
            "tables": found.as_json(),
            "files": store.listed(queries.stored_digests(found), home=home, key=project.key, with_bytes=with_files),
            "history": history,
        }
    )


@dataclass
class _Taking:
    """One file being taken in: {table: {number in the file: number here}}, and the rows that are new."""

    document: dict[str, Any]
    outcome: Outcome
    numbers: dict[str, dict[int, int]] = field(default_factory=dict)
    fresh: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def change(self, name: str, number: int) -> int | None:
        """The number here of a row of the file."""
        return self.numbers.get(name, {}).get(number)


def import_project(
    *, data: bytes, home: Path, by: Actor, key: str = "", is_dry: bool = False, pause: Pause = _no_pause
) -> Outcome:
    """Take in a project: its rows, files and history, with one entry `project_imported` that pins them.

    `key` is the key it gets here, else that of the file. With `is_dry` nothing is written. `pause` is called once the file is
    checked and once its files are written, so that a caller can end its transaction and nobody waits for it; who and what is
    here is looked up again before the rows are. Raises Refused naming the place, having taken the written files away.
    The caller commits; where that fails the files written stay as they are, and a second try finds them.
    """
    shut = hash_password(secrets.token_hex(32))
    db.session.flush()  # while it is looked up nothing is written
    with _refusing():
        document = formats.read(data, revision=revision_of(db.engine))
        with reading():
            outcome = _looked_up(document, data, key, shut).outcome
        pause()
        files = store.check(document["files"], home=home, key=outcome.key)
    outcome.is_dry, outcome.files = is_dry, len(document["files"])
    if is_dry:
        return outcome
    written = store.write(files, home=home, key=outcome.key)
    try:
        pause()
        with _refusing():
            taking = _looked_up(document, data, key, shut)
        taking.outcome.files = outcome.files
        _save(taking, by)
    except BaseException:
        store.remove(written)
        raise
    return taking.outcome


@contextmanager
def _refusing() -> Iterator[None]:
    """What is wrong with a file as a refusal."""
    try:
        yield
    except BadFile as error:
        raise Refused(_("The file is not taken in: nothing was saved."), (str(error),)) from error


def _looked_up(document: dict[str, Any], data: bytes, key: str, shut: str) -> _Taking:
    """Who and what is here already, and the rows that are not, with the numbers they will have; `shut` opens nothing."""
    wanted = (key or document["project"]).strip().upper()
    if not KEY.fullmatch(wanted):
        raise BadValue("key", _("A key is like INV-1: capitals, a hyphen, a number."))
    if queries.has_project(wanted):
        raise Refused(_("There is a project %(key)s here already. Give the one of the file another key.", key=wanted))
    rows = document["tables"]
    outcome = Outcome(key=wanted, sha256=hashlib.sha256(data).hexdigest())
    outcome.rows = {name: len(several) for name, several in rows.items() if several}
    outcome.logs = [each["log"] for each in document["history"]]
    outcome.entries = sum(len(each["entries"]) for each in document["history"])
    taking = _Taking(document, outcome)
    _persons(taking, shut)
    others = [of for of in tables.kept_tables() if of.name != "person"]
    new = {of.name: _numbered(taking, of) for of in others}
    for of in others:
        taking.fresh[of.name] = [_made(taking, of, row) for row in new[of.name]]
    taking.fresh["project"][0]["key"] = wanted
    return taking


def _persons(taking: _Taking, shut: str) -> None:
    """Everybody is found by e-mail; who is not here is made: inactive, without a password that opens, with the least role."""
    known: dict[int, int] = {}
    fresh = []
    for row in taking.document["tables"]["person"]:
        found = queries.person_with(row["email"])
        if found is not None:
            known[row["id"]] = found[0]
            taking.outcome.persons_found.append(f"{row['name']} <{row['email']}>")
        else:
            fresh.append(row)
            taking.outcome.persons_made.append(f"{row['name']} <{row['email']}>")
    numbers = queries.free_numbers(tables.table("person"), len(fresh))
    taking.fresh["person"] = [
        {
            "id": number, "name": row["name"], "email": row["email"], "password": shut, "role": Role.GUEST, "language": "",
            "theme": "", "active": False, "fs_uniquifier": secrets.token_hex(32), "created_at": clock.now(), "version": 1,
        }
        for row, number in zip(fresh, numbers, strict=True)
    ]
    taking.numbers["person"] = known | {row["id"]: number for row, number in zip(fresh, numbers, strict=True)}


def _numbered(taking: _Taking, of: Table) -> list[dict[str, Any]]:
    """The rows of one table that are new, every row's number known: those of the installation may be here already."""
    given, known = taking.document["tables"][of.name], taking.numbers.setdefault(of.name, {})
    fresh = []
    for at, row in enumerate(given):
        number = _found_here(taking, of, row, at) if of.name in SHARED else None
        if number is None:
            fresh.append(row)
        else:
            known[row["id"]] = number
    known |= {row["id"]: number for row, number in zip(fresh, queries.free_numbers(of, len(fresh)), strict=True)}
    return fresh


def _made(taking: _Taking, of: Table, row: dict[str, Any]) -> dict[str, Any]:
    """A new row as it is stored here. Raises BadFile where its name within the installation is taken."""
    values = tables.as_row(of, row, taking.change) | {"id": taking.numbers[of.name][row["id"]]}
    values |= {name: _instead(of, name) for name in HELD_BACK.get(of.name, ())}
    _check_free(of, values, f"/tables/{of.name}/{row['id'] - 1}")
    return values


def _instead(of: Table, name: str) -> Any:
    """What a column that stays behind becomes: nothing for lists, else a secret that nobody knows."""
    return [] if isinstance(of.c[name].type, JSON) else hashlib.sha256(secrets.token_bytes(32)).hexdigest()


def _found_here(taking: _Taking, of: Table, row: dict[str, Any], at: int) -> int | None:
    if of.name == "tool":
        return _tool_here(taking, row, at)
    names = FOUND_BY.get(of.name, ())
    if not names:
        return None
    changed = tables.as_row(of, row, taking.change)
    found = queries.row_with(of, {name: changed[name] for name in names})
    if found is None:
        return None
    taking.outcome.kept.append(f"{of.name} {', '.join(str(row[name]) for name in names)}"[:200])
    return int(found["id"])


def _tool_here(taking: _Taking, row: dict[str, Any], at: int) -> int | None:
    """A tool is the same where its name is and the vendors, as far as both are said, do not differ."""
    found = queries.row_with(tables.table("tool"), {"name": row["name"]})
    if found is None:
        taking.outcome.tools_made.append(row["name"])
        return None
    here, there = found["vendor"].strip().lower(), row["vendor"].strip().lower()
    if here and there and here != there:
        raise BadFile(f"/tables/tool/{at}/vendor", _(
            "the tool %(name)s is of %(there)s in the file and of %(here)s here; rename one of them",
            name=row["name"], there=row["vendor"], here=found["vendor"],
        ))
    taking.outcome.tools_found.append(row["name"])
    return int(found["id"])


def _check_free(of: Table, values: dict[str, Any], place: str) -> None:
    """Refuse a row whose name within the installation is taken, such as the number of an audit."""
    for names in tables.unique_sets(of):
        owned = any(tables.target(of.c[each]) not in ("", *SHARED) for each in names)
        if owned or of.name == "project" or any(values[each] is None for each in names):
            continue
        if queries.row_with(of, {each: values[each] for each in names}) is not None:
            raise BadFile(f"{place}/{names[-1]}", _taken(of, names, values))


def _taken(of: Table, names: Sequence[str], values: dict[str, Any]) -> str:
    """Why a row cannot have its name here, and what to do about it."""
    if of.name == "audit":
        return str(_(
            "there is an audit %(number)s here already. The number stands under the signatures of the audit in the file and in "
            "the entries of its history, so no other is given to it; another key changes only the key of the project. Take "
            "the file in on an installation that has no audit %(number)s, such as one with a data folder of its own.",
            number=values["number"],
        ))
    return str(_("taken here already: %(values)s", values=", ".join(f"{each} {values[each]}" for each in names)))


def _save(taking: _Taking, by: Actor) -> None:
    """Write the rows, then the history, then the entry that pins them all."""
    for of in tables.kept_tables():
        for row in tables.parents_first(of, taking.fresh[of.name]):
            # A column that may be empty is empty, and does not hold the JSON text "null".
            values = {name: null() if value is None and of.c[name].nullable else value for name, value in row.items()}
            db.session.execute(insert(of).values(values))
    project = projects.project(taking.fresh["project"][0]["id"])
    logs = [_earlier(taking, number, each, project) for number, each in enumerate(taking.document["history"], 1)]
    outcome = taking.outcome
    after = {
        "key": outcome.key, "file_sha256": outcome.sha256, "from": outcome.logs, "entries": outcome.entries,
        "rows": outcome.rows, "files": outcome.files, "persons_made": len(outcome.persons_made),
    }
    record("project_imported", project, by=by, project=outcome.key, after=after, also=[*_pinned(taking), *logs])


def _pinned(taking: _Taking) -> list[Base]:
    """The new rows whose state the trail keeps watch over."""
    found: list[Base] = []
    for mapper in sorted(Base.registry.mappers, key=lambda each: each.local_table.name):  # type: ignore[attr-defined]
        model, numbers = mapper.class_, [row["id"] for row in taking.fresh.get(mapper.local_table.name, ())]  # type: ignore[attr-defined]
        if not model.__watched__:
            continue
        for start in range(0, len(numbers), 1000):
            wanted = select(model).where(model.id.in_(numbers[start : start + 1000])).order_by(model.id)
            found += db.session.scalars(wanted)
    return found


def _earlier(taking: _Taking, number: int, given: dict[str, Any], project: Project) -> EarlierLog:
    """One earlier log, with its entries as they were written."""
    said = [formats.said(each["leaf"]) for each in given["entries"]]
    made = EarlierLog(
        project_id=project.id, number=number, project=given["project"], log=given["log"], vkey=given["key"],
        checkpoint=given["checkpoint"], until=datetime.fromisoformat(said[-1]["at"]),
        entries_sha256=hashlib.sha256("\n".join(each["leaf"] for each in given["entries"]).encode()).hexdigest(),
    )
    db.session.add(made)
    db.session.flush()
    for entry, leaf in zip(given["entries"], said, strict=True):
        kind = leaf["object"].partition(":")[0]
        db.session.add(
            EarlierEntry(
                earlier_id=made.id, seq=leaf["seq"], act=leaf["act"], object_type=kind,
                object_id=taking.change(kind, entry["object"] or 0) or 0,
                person_id=taking.change("person", entry["person"] or 0), leaf=entry["leaf"].encode(),
                proof="\n".join(entry["proof"]),
            )
        )
    return made


def order_export(*, project: Project, home: Path, keys: Path, address: str, language: str, by: Person) -> jobs.Job:
    """Queue the writing of a file; when it is done the job leads to `address` with the file's SHA-256 after it."""
    with force_locale(language):
        title, doing = _("%(key)s as one file", key=project.key), _("reading the project")
    payload = {
        "project_id": project.id, "home": str(home), "keys": str(keys), "address": address, "language": language, "doing": doing,
    }
    return jobs.enqueue(kind="export", title=title[:300], payload=payload, person_id=by.id, project_key=project.key)


def _pausing(progress: jobs.Progress, doing: str) -> Pause:
    """What a job does between its parts: it ends the transaction, and says how far it is unless it is not to go on."""
    done = iter((40, 80))

    def pause() -> None:
        transactions.commit()
        progress.report(next(done), doing)

    progress.report(10, doing)
    return pause


@jobs.job("export")
def do_export(progress: jobs.Progress, payload: dict[str, Any], person_id: int) -> str:
    """The queued export."""
    pause = _pausing(progress, payload["doing"])
    home, project = Path(payload["home"]), projects.project(payload["project_id"])
    by = people.person(person_id)
    if by is None:
        raise NotThere
    with force_locale(payload["language"]):
        data = export_project(project=project, home=home, keys=Path(payload["keys"]), by=by, pause=pause)
    return f"{payload['address']}{store.keep_export(data, home=home, key=project.key)}"


def order_import(
    *, data: bytes, home: Path, key: str, is_dry: bool, address: str, language: str, by: Person
) -> jobs.Job:
    """Queue the taking in of a sent file; when it is done the job leads to `address` with the name of the outcome after it."""
    with force_locale(language):
        title = _("A project from a file, looked at only") if is_dry else _("A project from a file")
        doing = _("checking the file")
    payload = {
        "token": store.keep_import(data, home=home), "home": str(home), "key": key, "is_dry": is_dry, "address": address,
        "language": language, "doing": doing,
    }
    return jobs.enqueue(kind="import", title=title[:300], payload=payload, person_id=by.id)


@jobs.job("import")
def do_import(progress: jobs.Progress, payload: dict[str, Any], person_id: int) -> str:
    """The queued taking in."""
    pause = _pausing(progress, payload["doing"])
    home = Path(payload["home"])
    with reading():
        by = people.person(person_id)
    if by is None:
        raise NotThere
    path = store.import_of(payload["token"], home=home)
    with force_locale(payload["language"]):
        if not path.exists():
            raise Refused(_("The sent file is no longer kept. Send it again."))
        outcome = import_project(
            data=path.read_bytes(), home=home, by=by, key=payload["key"], is_dry=payload["is_dry"], pause=pause
        )
    store.keep_outcome(payload["token"], outcome, home=home)
    transactions.once_committed(partial(store.forget_import, payload["token"], home=home))
    return f"{payload['address']}{payload['token']}"
