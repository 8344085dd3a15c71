"""Answers as a spreadsheet: writing one, reading what came back, taking it over in one transaction or discarding it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench import clock
from workbench.checklists import proofs, queries
from workbench.checklists.actions.answering import BARRED, STATES, count, new_answer, pinned_pack
from workbench.checklists.actions.assigning import Together, check_may_answer
from workbench.checklists.formats import answer_sheet
from workbench.checklists.formats.answer_sheet import Fault, NotOurs, Sheet
from workbench.checklists.models import Answer, AnswerEvidence, AnswerImport, Checklist
from workbench.checklists.queries import Difference, ItemAnswer
from workbench.checklists.rules import AnswerState, ImportState
from workbench.database import db
from workbench.evidence import store
from workbench.evidence.models import Evidence
from workbench.evidence.rules import ALLOWED, EvidenceState
from workbench.people.models import Person
from workbench.people.queries import Rights
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused
from workbench.web.workbooks import Table, Unreadable, tables_of

LANGUAGES = ("en", "fr")
HEADS = {
    "item": _l("Item"),
    "clause": _l("Clause or step"),
    "question": _l("Question"),
    "guidance": _l("Guidance"),
    "expected": _l("Evidence to look for"),
    "revision": _l("Revision"),
    "answer": _l("Answer"),
    "note": _l("Note"),
    "evidence": _l("Evidence"),
}
UNREADABLE = {
    "broken": _l("The file cannot be opened: it is damaged, or no spreadsheet inside."),
    "too_large": _l("Opening the file took too much time or memory, so it was ended. Nothing was read."),
    "too_many_rows": _l("The file has too many rows; at most %(rows)s are read."),
}
MINE, THEIRS = "mine", "theirs"


def answers_workbook(*, checklist: Checklist, answers: Iterable[ItemAnswer], language: str) -> bytes:
    """The answers as a workbook in one language: what may be changed is open, everything else is locked."""
    with force_locale(language):
        return answer_sheet.write(
            queries.sheet_lines(answers, language),
            about={
                "checklist": str(checklist.id),
                "pack": checklist.pack_id,
                "digest": checklist.pack_digest,
                "language": language,
                "exported_at": clock.now().isoformat(),
            },
            title=str(_("answers")),
            heads={name: str(word) for name, word in HEADS.items()},
            words={state.value: str(word) for state, word in STATES.items()},
        )


def read_answers(*, project: Project, checklist: Checklist, data: bytes, filename: str, by: Person) -> AnswerImport:
    """Read a workbook of answers and keep what it would change. No answer changes before `apply_answers`.

    Raises BadValue where the file is none of this checklist; single rows that cannot be read are kept as its faults.
    """
    pack, name = pinned_pack(checklist), store.clean_name(filename)
    tables = _opened(data, name)
    try:
        about = answer_sheet.about(tables)
        _check_belongs(checklist, about)
        asked = queries.sheet_lines([ItemAnswer(item) for item in pack.items], about.get("language", ""))
        read = answer_sheet.read(
            tables,
            {line.item: line for line in asked},
            heads=in_every_language(HEADS),
            words=in_every_language(STATES) | {state.value: state.value for state in AnswerState},
        )
    except NotOurs as error:
        raise BadValue("file", _not_ours(error)) from error
    _check_evidence(project, read)
    made = AnswerImport(
        checklist_id=checklist.id,
        filename=name,
        sha256=hashlib.sha256(data).hexdigest(),
        state=ImportState.PREVIEWED,
        rows=[asdict(each) for each in read.changes],
        faults=[asdict(each) for each in sorted(read.faults, key=lambda each: each.row)],
        remarks=[asdict(each) for each in read.remarks],
        unchanged=read.unchanged,
        read_at=clock.now(),
        read_by_id=by.id,
    )
    db.session.add(made)
    db.session.flush()
    return made


def in_every_language(words: Mapping[Any, Any]) -> dict[str, str]:
    """{word in small letters: what it stands for}, in English and French."""
    found = {}
    for language in LANGUAGES:
        with force_locale(language):
            found.update({str(word).casefold(): str(name) for name, word in words.items()})
    return found


def _opened(data: bytes, name: str) -> dict[str, Table]:
    if ALLOWED.get(store.media_type(data, name)) not in ("xlsx", "ods"):
        raise BadValue("file", _("%(name)s is neither an XLSX nor an ODS file. Save it as one of them.", name=name))
    try:
        return tables_of(data, rows=answer_sheet.MOST_ROWS)
    except Unreadable as error:
        raise BadValue("file", str(UNREADABLE[error.why]) % {"rows": error.rows}) from error


def _check_belongs(checklist: Checklist, about: Mapping[str, str]) -> None:
    if about.get("checklist") != str(checklist.id):
        message = _("The file belongs to another checklist. Export this one, and answer in that file.")
        raise BadValue("file", message)
    if about.get("digest") != checklist.pack_digest:
        message = _("The file was exported from another wording of these questions. Export the checklist anew.")
        raise BadValue("file", message)


def _not_ours(error: NotOurs) -> str:
    if error.code == "no_column":
        return str(_("The column “%(column)s” is missing. Put its heading back as it was.", column=HEADS[error.value]))
    return str(_("The file was not exported from a checklist: its hidden sheets are missing. Export it, and answer there."))


def _check_evidence(project: Project, read: Sheet) -> None:
    """Refuse the rows that name evidence which the project has not, or which was withdrawn."""
    wanted = {row.row: [code for code in row.evidence if code not in row.base_evidence] for row in read.changes}
    there = queries.evidence_by_code(project.id, {code for codes in wanted.values() for code in codes})
    for row in read.changes:
        unknown = [code for code in wanted[row.row] if code not in there]
        gone = [code for code in wanted[row.row] if code in there and there[code].state == EvidenceState.WITHDRAWN]
        if unknown or gone:
            kind, codes = ("evidence_unknown", unknown) if unknown else ("evidence_withdrawn", gone)
            read.faults.append(Fault(kind, row.row, row.item, ", ".join(codes)[:200]))
    bad = {fault.row for fault in read.faults}
    read.changes = [row for row in read.changes if row.row not in bad]


def apply_answers(
    *,
    project: Project,
    checklist: Checklist,
    sheet: AnswerImport,
    seen: Mapping[str, int],
    picks: Mapping[str, str],
    by: Person,
    rights: Rights,
) -> Together:
    """Take a file over: every row that still stands as the preview showed it, with one entry that lists them all.

    `seen` is {item key: version the preview showed}, `picks` says of each conflict whether mine or theirs is kept. A row
    that may not be changed, or changed since the preview, is refused with its reason; the others are saved.
    """
    _check_waits(sheet, by)
    pack, changes, found = pinned_pack(checklist), queries.changes_of(sheet), Together()
    locked = check_may_answer(checklist=checklist, item_keys=[each.item for each in changes], by=by, rights=rights)
    rows = queries.differences(checklist, pack, changes, by, rights)
    pieces = queries.evidence_by_code(project.id, {code for each in rows for code in (*each.attach, *each.detach)})
    kept, taken = [], []
    for each in rows:
        key = each.item.key
        if each.is_conflict and picks.get(key) == THEIRS:
            kept.append(key)
            continue
        why = locked.get(key) or _overtaken(each, seen, picks) or _without(each, pieces)
        if why:
            found.refused[key] = why
        else:
            taken.append(each)
    found.done.extend(each.item.key for each in taken)
    if taken or not kept:
        found.or_refused()
    sheet.state, sheet.applied_at = ImportState.APPLIED, clock.now()
    sheet.outcome = {"done": found.done, "kept": kept, "refused": dict(found.refused)}
    if taken:
        _save(project, checklist, sheet, taken, pieces, by)
    return found


def discard_answers(*, sheet: AnswerImport, by: Person) -> None:
    """Put a file aside without taking anything over; what it said is not kept."""
    _check_waits(sheet, by)
    sheet.state, sheet.rows, sheet.faults, sheet.remarks = ImportState.DISCARDED, [], [], []
    db.session.flush()


def _check_waits(sheet: AnswerImport, by: Person) -> None:
    if sheet.state != ImportState.PREVIEWED:
        raise Refused(_("This file was taken over or discarded already. Import it again to see what differs now."))
    if sheet.read_by_id != by.id:
        raise Refused(_("Only the person who imported the file takes it over or discards it."))


def _overtaken(row: Difference, seen: Mapping[str, int], picks: Mapping[str, str]) -> str:
    if row.off:
        return str(_("Clause %(clause)s is switched off for this checklist. Switch it on to answer.", clause=row.off))
    if row.barred is not None:
        return str(BARRED[row.barred])
    if seen.get(row.item.key) != row.now.version:
        state = STATES[row.now.answer_state]
        return str(_("Somebody saved another answer since the preview: %(state)s. Import the file again.", state=state))
    if row.is_conflict and picks.get(row.item.key) != MINE:
        return str(_("Choose which answer is kept."))
    return ""


def _without(row: Difference, pieces: Mapping[str, Evidence]) -> str:
    gone = [code for code in row.attach if code not in pieces or pieces[code].state == EvidenceState.WITHDRAWN]
    return str(_("%(code)s is withdrawn; it proves nothing any more.", code=gone[0])) if gone else ""


def _save(
    project: Project,
    checklist: Checklist,
    sheet: AnswerImport,
    taken: Sequence[Difference],
    pieces: Mapping[str, Evidence],
    by: Person,
) -> None:
    there = {row.item_key: row for row in proofs.answers_of(checklist.id, [each.item.key for each in taken])}
    links = {(row.id, link.evidence_id): link for row in there.values() for link in row.evidence}
    before: dict[str, dict[str, Any]] = {}
    after: dict[str, dict[str, Any]] = {}
    rows: list[Answer | AnswerEvidence] = []
    for each in taken:
        answer = there.get(each.item.key) or new_answer(checklist, each.item, by)
        there[each.item.key] = answer
        before[each.item.key] = {"state": str(answer.state), "note": answer.note, "evidence": list(each.detach)}
        if queries.answer_differs(each):
            count(checklist, AnswerState(answer.state), each.mine)
            answer.state, answer.note = each.mine, each.change.note
            answer.answered_by_id, answer.answered_at = by.id, clock.now()
        after[each.item.key] = {"state": str(answer.state), "note": answer.note, "evidence": list(each.attach)}
        rows.append(answer)
    db.session.flush()
    for each in taken:
        answer = there[each.item.key]
        for code in each.detach:
            db.session.delete(links[answer.id, pieces[code].id])
        fresh = [AnswerEvidence(answer_id=answer.id, evidence_id=pieces[code].id) for code in each.attach]
        db.session.add_all(fresh)
        rows.extend(fresh)
    told = {"checklist": checklist.pack_id, "filename": sheet.filename, "sha256": sheet.sha256, "items": after}
    record("answers_imported", checklist, by=by, project=project.key, before={"items": before}, after=told, also=rows)
