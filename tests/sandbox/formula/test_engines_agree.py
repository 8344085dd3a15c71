"""DuckDB and the oracle give the same value, and fail on the same rows, for random formulas."""
from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import example, given, settings

from sandbox.formula.check import typed
from sandbox.formula.duckdb import compiled, literal, quoted, sql_type
from sandbox.formula.faults import CellFault, FormulaFault
from sandbox.formula.oracle import evaluate
from tests.sandbox.formula.generated import COLUMNS, GIVEN, PARAMETERS, formulas, rows

ROWS = rows()
FAILED = "failed"
# Faults of constants: the checker computes those, where an engine would raise for every row.
_CONSTANT = ("this always fails", "nothing is neither")


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        columns = ", ".join(f"{quoted(name)} {sql_type(kind)}" for name, kind in COLUMNS.items())
        connection.execute(f"CREATE TABLE given (number BIGINT, {columns})")
        marks = ", ".join("?" * (len(COLUMNS) + 1))
        connection.executemany(f"INSERT INTO given VALUES ({marks})",
                               [[number, *row.values()] for number, row in enumerate(ROWS)])
        connection.execute("SET threads = 1")
        yield connection


def judged(text: str) -> list[tuple[object, object]]:
    """What the oracle says of each row: the value and its exact writing, or that it failed."""
    formula = typed(text, COLUMNS, parameters=PARAMETERS)
    said: list[tuple[object, object]] = []
    for row in ROWS:
        try:
            value = evaluate(formula, row, GIVEN)
            said.append((value, str(value)))
        except CellFault:
            said.append((FAILED, FAILED))
    return said


def run(engine: duckdb.DuckDBPyConnection, text: str) -> list[tuple[object, object]]:
    """What DuckDB says of each row, and that the value has the very type of the formula."""
    formula = typed(text, COLUMNS, parameters=PARAMETERS)
    sql = compiled(formula, quoted, lambda name: literal(PARAMETERS[name], GIVEN[name]))
    found = engine.execute(f"SELECT {sql.value}, {sql.failed}, typeof({sql.value}) FROM given ORDER BY number").fetchall()
    assert {kind for _, _, kind in found} == {sql_type(formula.type)}
    assert {failed for _, failed, _ in found} <= {True, False}
    return [(FAILED, FAILED) if failed else (value, str(value)) for value, failed, _ in found]


def agree(engine: duckdb.DuckDBPyConnection, text: str) -> None:
    try:
        wanted = judged(text)
    except FormulaFault as fault:
        told = fault.message
    else:
        assert run(engine, text) == wanted
        return
    assert told.startswith(_CONSTANT), told


@example("t1 in (t1, split(if(b1, nothing, ''), '-', 2))")  # always nothing, which DuckDB finds out late
@example("d4 / d9 + i1 / -1 - d2 / (i2 / 7)")
@settings(max_examples=100, deadline=None)
@given(formulas())
def test_random_formula_has_the_same_values_and_failures_in_both(engine: duckdb.DuckDBPyConnection, text: str) -> None:
    agree(engine, text)


@pytest.mark.heavy
@settings(max_examples=5000, deadline=None)
@given(formulas(5))
def test_many_random_formulas_agree(engine: duckdb.DuckDBPyConnection, text: str) -> None:
    agree(engine, text)


