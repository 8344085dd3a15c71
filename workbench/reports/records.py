"""The records of the steps as a report prints them: what each step wrote, its registers in full, what is still empty."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isqrt
from typing import Any

from flask_babel import gettext as _

from workbench.checklists.library import library
from workbench.lifecycle.artefacts import Artefact, Said, Table, asked, read, said
from workbench.lifecycle.artefacts.situation_map import Drawing, Link, SituationMap, Thing, drawn, merged
from workbench.lifecycle.models import ArtefactRevision
from workbench.lifecycle.queries import artefacts_of_project, signatures_of
from workbench.lifecycle.steps import STEPS, Step
from workbench.registers.forms import cells, keep_chosen
from workbench.registers.queries import Wanted, rows_of
from workbench.registers.rules import Cell, Register
from workbench.reports.redaction import is_money, withheld
from workbench.reports.rules import FIELDS, MARKED_FIELDS, MEASURED, Brief, Kind, Options
from workbench.tools.queries import connections_among, tools_of_project

LONGEST_WORD, FULL, SIGN = 30, 600, 4


@dataclass(frozen=True)
class Line:
    """A row of a table. `more` are the fields that have no column and are filled in; they stand below it."""

    cells: tuple[Cell, ...]
    more: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A table with its heads and the widths of its columns in percent."""

    title: str
    heads: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[Line, ...]


@dataclass(frozen=True)
class Block:
    """Part of a document: questions answered in words or lines, or one that is answered by a table."""

    facts: tuple[Said, ...] = ()
    sheet: Sheet | None = None


@dataclass(frozen=True)
class Map:
    """The situation map: the drawing, and the same as tables."""

    drawing: Drawing
    tables: tuple[Sheet, ...]


@dataclass(frozen=True)
class Document:
    """The newest revision of an artefact. `missing` are the questions it leaves open."""

    key: str
    title: str
    number: int
    written_at: datetime
    written_by: str
    blocks: tuple[Block, ...]
    missing: tuple[str, ...]
    signatures: Sequence[Any] = ()


@dataclass(frozen=True)
class Chapter:
    """One step. `unwritten` and `empty` name the documents and registers that hold nothing."""

    number: int
    documents: tuple[Document, ...]
    sheets: tuple[Sheet, ...]
    unwritten: tuple[str, ...]
    empty: tuple[str, ...]
    map: Map | None = field(default=None)


def chapters(brief: Brief) -> tuple[Chapter, ...]:
    """The nine steps; a few queries for each register, however many records it holds."""
    written = artefacts_of_project(brief.project.id)
    words = {"pack": {pack_id: each.title.in_(brief.language) for pack_id, each in library().items()}}
    return tuple(_chapter(each, brief, written, words) for each in STEPS if brief.options.takes_step(each.number))


def _chapter(
    step: Step, brief: Brief, written: Mapping[str, ArtefactRevision], words: Mapping[str, Mapping[str, str]]
) -> Chapter:
    sheets = [(each, sheet_of(each, brief.project.id, brief.options)) for each in step.records]
    kinds = [(each, written.get(each.KEY)) for each in step.artefacts]
    is_french = brief.language == "fr"
    return Chapter(
        number=step.number,
        documents=tuple(_document(kind, found, brief, words) for kind, found in kinds if found is not None),
        sheets=tuple(sheet for _register, sheet in sheets if sheet.rows),
        unwritten=tuple(kind.TITLE[is_french] for kind, found in kinds if found is None),
        empty=tuple(str(register.title) for register, sheet in sheets if not sheet.rows),
        map=map_of(brief, written.get(SituationMap.KEY)) if SituationMap in step.artefacts else None,
    )


# Registers


def sheet_of(register: Register, project_id: int, options: Options | None = None) -> Sheet:
    """Every standing record of a register. What is guarded stays out, and so does what the options withhold."""
    found = rows_of(register, project_id, Wanted())
    title = str(register.title)
    if not found:
        return Sheet(title, (), (), ())
    # Neither what was sent nor a token: a report is built where there is no request.
    form = register.form(formdata=None, meta={"csrf": False}).offer(project_id)
    keep_chosen(register, form, found)
    shown = [*register.columns, *(each.name for each in register.further if each.in_list)]
    told = [
        _kept_back(_printed(cells(register, form, row, sees=False, every=True)), _hidden(register, row, options or Options()))
        for row in found
    ]
    lines = [_line(row.code, shown, each) for row, each in zip(found, told, strict=True)]
    heads = (str(_("No.")), *(cell.label for cell in lines[0].cells[1:]))
    return _sheet(title, heads, lines)


def _line(code: str, shown: Sequence[str], told: Sequence[Cell]) -> Line:
    by_name = {each.name: each for each in told}
    more = tuple(each for each in told if each.name not in shown and each.text not in ("", "–"))
    return Line((Cell("code", "", code), *(by_name[name] for name in shown)), more)


def _printed(told: Iterable[Cell]) -> list[Cell]:
    """Without the arrow that the report's fonts do not have."""
    return [replace(each, text=each.text.replace("→", "–")) for each in told]


def _hidden(register: Register, row: Any, options: Options) -> set[str]:
    """The fields of a record that the reader's level does not see."""
    names = {name for name, kind in FIELDS.get(register.table, {}).items() if not options.shows(kind)}
    if getattr(row, "is_confidential", False) and not options.shows(Kind.MARKED):
        names |= MARKED_FIELDS.get(register.table, frozenset())
    if not options.shows(Kind.AMOUNTS) and is_money(_unit(row)):
        names.update(MEASURED.get(register.table, ()))
    return names


def _unit(row: Any) -> str:
    """The unit of what a record measures; of a benefit that of its baseline."""
    unit = row.unit if hasattr(row, "unit") else getattr(getattr(row, "baseline", None), "unit", "")
    return str(unit or "")


def _kept_back(told: Iterable[Cell], hidden: Collection[str]) -> list[Cell]:
    """With a word in place of what the reader's level does not see."""
    return [replace(each, text=withheld()) if each.name in hidden and each.text not in ("", "–") else each for each in told]


def _sheet(title: str, heads: tuple[str, ...], lines: Sequence[Line]) -> Sheet:
    columns = [[head, *(_measured(line.cells[place]) for line in lines)] for place, head in enumerate(heads)]
    return Sheet(title, heads, widths(columns), tuple(lines))


def _measured(cell: Cell) -> str:
    """The text of a cell with the room of the sign before a state, which is bold too."""
    return f"{'.' * SIGN}{cell.text}" if cell.look else cell.text


def widths(columns: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """The share of each column in percent: its longest word first, then what it holds; 100 together."""
    least = [4 + 6 * min(LONGEST_WORD, max(_longest_word(text) for text in column)) // 10 for column in columns]
    if sum(least) > 100:
        least = [max(4, each * 100 // sum(least)) for each in least]
    wish = [isqrt(min(FULL, max(len(text) for text in column))) + 1 for column in columns]
    left = max(0, 100 - sum(least))
    found = [some + left * part // sum(wish) for some, part in zip(least, wish, strict=True)]
    found[wish.index(max(wish))] += 100 - sum(found)
    return tuple(found)


def _longest_word(text: str) -> int:
    return max((len(word) for word in text.split()), default=0)


# Documents


def _document(
    kind: type[Artefact], revision: ArtefactRevision, brief: Brief, words: Mapping[str, Mapping[str, str]]
) -> Document:
    artefact = read(kind, revision.body)
    questions = {each.name: each.metadata[brief.language] for each in asked(kind)}
    return Document(
        key=kind.KEY,
        title=kind.TITLE[brief.language == "fr"],
        number=revision.number,
        written_at=revision.written_at,
        written_by=revision.written_by.name,
        blocks=() if kind is SituationMap else tuple(_blocks(said(artefact, brief.language, words))),
        missing=tuple(questions[name] for name in artefact.missing()),
        signatures=signatures_of(brief.project.id, kind.KEY) if kind.CONFIRMED or artefact.needs_sponsor() else (),
    )


def _blocks(answers: Iterable[Said]) -> list[Block]:
    found: list[Block] = []
    for each in answers:
        if isinstance(each.value, Table) and each.value.rows:
            found.append(Block(sheet=_table(each.question, each.value.heads, each.value.rows)))
            continue
        told = Said(each.name, each.question, "") if isinstance(each.value, Table) else each
        if found and found[-1].facts:
            found[-1] = Block((*found[-1].facts, told))
        else:
            found.append(Block((told,)))
    return found


def _table(title: str, heads: tuple[str, ...], rows: Iterable[Sequence[str]]) -> Sheet:
    lines = [Line(tuple(Cell("", head, text or "–") for head, text in zip(heads, row, strict=True))) for row in rows]
    return _sheet(title, heads, lines)


# The situation map


def map_of(brief: Brief, revision: ArtefactRevision | None) -> Map | None:
    """The map as its page draws it: what was typed with the tools in scope and what is known to pass between them."""
    scope = tools_of_project(brief.project.id)
    typed = read(SituationMap, revision.body) if revision is not None else None
    things, links = merged(
        typed if isinstance(typed, SituationMap) else None,
        [Thing(each.name, "tool", "", each.data_held or each.purpose, each.sensitivity, given=True) for each in scope],
        [
            Link(each.source.name, each.target.name, each.carries, each.kind, given=True)
            for each in connections_among(each.id for each in scope)
        ],
    )
    if not things:
        return None
    return Map(drawn(things, links, is_numbered=True), (_elements(things, brief.language), *_passing(links, brief.language)))


def _elements(things: Sequence[Thing], language: str) -> Sheet:
    columns = {each.name: each for each in _rows_of_map("elements")}
    rows = [
        [
            each.name,
            _word(columns["kind"].options, each.kind, language) + _given(each.given),
            _word(columns["hub"].options, each.hub, language),
            each.holds,
            _word(columns["sensitivity"].options, each.sensitivity, language),
        ]
        for each in things
    ]
    heads = tuple(columns[name].label(language) for name in ("name", "kind", "hub", "holds", "sensitivity"))
    return _table(str(_("Elements of the map")), heads, rows)


def _passing(links: Sequence[Link], language: str) -> list[Sheet]:
    columns = {each.name: each for each in _rows_of_map("connections")}
    rows = [
        [str(number), each.source, each.target, each.passes + _given(each.given), _word(columns["how"].options, each.how, language)]
        for number, each in enumerate(links, 1)
    ]
    heads = (str(_("No.")), *(columns[name].label(language) for name in ("source", "target", "passes", "how")))
    return [_table(str(_("Connections of the map")), heads, rows)] if rows else []


def _rows_of_map(name: str) -> tuple[Any, ...]:
    return tuple(next(each for each in asked(SituationMap) if each.name == name).metadata["columns"])


def _word(options: Mapping[str, tuple[str, str]], key: str, language: str) -> str:
    return options[key][language == "fr"] if key in options else ""


def _given(is_given: bool) -> str:
    return f" ({_('from the tool register')})" if is_given else ""
