"""The words of the clause matrix, and its cells as a table to export."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.checklists.forms import STATES
from workbench.oversight.queries.matrix import ALL, OTHERS, OWN, Column, Matrix, Row, Square

ONLY = {
    "covered": _l("only clauses with something"),
    "uncovered": _l("only clauses without evidence"),
    "bare": _l("only where something is said without evidence"),
}
STRENGTHS = {
    "": _l("its own question"),
    "identical": _l("identical"),
    "equivalent": _l("equivalent"),
    "direct": _l("direct"),
    "partial": _l("partial"),
    "weak": _l("weak"),
}


def head(column: Column, matrix: Matrix, language: str) -> str:
    """What stands at the head of a column."""
    if column.key == OWN:
        return str(_("Its own checklist"))
    return str(_("Other standards")) if column.key == OTHERS else column.head


def named(column: str) -> str:
    """A column in a sentence."""
    if column == OWN:
        return str(_("its own checklist"))
    if column == OTHERS:
        return str(_("other standards"))
    return str(_("everything")) if column == ALL else str(_("step %(number)s", number=column.removeprefix("S")))


def look(square: Square) -> str:
    """How a square looks: red where it is said to be satisfied without valid evidence, whatever else it says."""
    return "bare" if square.is_bare else str(square.state.value)


def said(square: Square) -> str:
    """A square in words, for those who do not see its colour."""
    parts = [str(STATES[square.state])]
    if square.is_bare:
        parts.append(str(_("without valid evidence")))
    parts.append(str(_("%(done)s of %(total)s answered", done=square.answered, total=len(square.bearings))))
    if square.is_mapped:
        parts.append(str(_("through the crosswalk only")))
    return ", ".join(parts)


def table(matrix: Matrix, language: str) -> list[list[str | int]]:
    """Every clause as a row: for each column what is said and the number of pieces; the sums close rows and columns."""
    heads: list[str | int] = [str(_("Clause")), str(_("Title"))]
    for column in matrix.columns:
        name = head(column, matrix, language)
        heads += [name, str(_("%(column)s: evidence", column=name))]
    rows = [[*heads, str(_("Evidence"))], *(_line(each, language) for each in matrix.rows)]
    sums: list[str | int] = [str(_("All")), ""]
    for total in matrix.totals:
        sums += ["", total]
    return [*rows, [*sums, matrix.total]]


def _line(row: Row, language: str) -> list[str | int]:
    cells: list[str | int] = [row.clause.ref, row.clause.title.in_(language)]
    for square in row.squares:
        cells += [said(square), len(square.evidence)] if square else ["", 0]
    return [*cells, len(row.evidence)]
