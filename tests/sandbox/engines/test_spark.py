"""Spark as the second engine: what the conformance suite expects, and the values of formulas on the edge rows."""
from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.child import child_environment
from sandbox.conformance import cases
from sandbox.engines import available, java_home
from sandbox.errors import InputRefused
from sandbox.formula.check import typed
from sandbox.formula.faults import FormulaFault
from sandbox.formula.spark import compiled as written_for_spark
from sandbox.formula.spark import literal, text_literal
from sandbox.formula.sql import quoted, sql_type
from sandbox.formula.tree import Call, Typed
from sandbox.formula.types import INT
from sandbox.mapping.check import checked
from sandbox.trial import TrialInput, run_trial
from tests.sandbox.engines.tables import parquet, read, task
from tests.sandbox.engines.test_conformance import outcome
from tests.sandbox.formula.generated import COLUMNS, GIVEN, PARAMETERS, formulas
from tests.sandbox.formula.test_engines_agree import FAILED, ROWS, judged

CASES = cases()
FORMULAS = [
    *(f"{name}({text})" for name in ("int", "decimal", "date", "bool", "trim", "clean", "upper", "lower", "text")
      for text in ("written", "t1")),
    "decimal(written, ',', 2)", "decimal(written, 0)", "date(written, 'D/M/YYYY')", "date(written, 'DD/MM/YYYY')",
    "date(written, 'YYYYMMDD')", "text(d9)", "text(i1)", "text(on)", "text(b1)", "replace(t1, 'a', '')", "replace(t1, ' ', '--')",
    "substring(t1, 2, 3)", "split(t1, '-', 2)", "split(written, '/', 1)", "concat(t1, t2, written)", "startswith(t1, t2)",
    "endswith(t1, 'é')", "contains(t1, t2)", "i1 + i2", "i1 - i2", "i1 * i2", "-i1", "abs(i1)", "d2 + i1", "d9 - d4", "d9 * d9",
    "i1 * d9", "d4 * d2", "i1 / i2", "d9 / d9", "i1 / d9", "d2 / small", "d4 / d9 + i1 / -1 - d2 / (i2 / 7)", "-d9",
    "abs(d2)", "round(d4)", "round(d9, 2)", "decimal(i1, 9)", "decimal(d9, 2)", "int(d4)", "int(round(d2))", "days(on, to)",
    "months(on, to)",
    "year(on)", "month(on)", "day(on)", "month_start(on)", "month_end(on)", "t1 = t2", "t1 < t2", "d9 = i1", "d2 <> d4",
    "i1 between small and i2", "t1 in (t2, 'a', nothing)", "t1 is nothing", "d2 not in (d4, 1)", "b1 and b2", "b1 or not b2",
    "1 / small > 0 and b1", "b1 or 1 / small > 0", "if(small = 0, 0, 1 / small)", "case when b1 then t1 when b2 then t2 end",
    "coalesce(int(written), small)", "least(d9, d9, 0.5)", "greatest(on, to)", "least(t1, t2)", ":who = t1", ":many + i1",
    "on > :day", "d4 * :rate", "round(i1 * i2 / i1, 2)", "trim(concat(t1, ' '))", "'it''s' = t1", "'$1 \\ ${x} %' = t1",
]
WHY = available()["spark"]
needs_spark = pytest.mark.skipif(WHY != "", reason=f"needs the extra ninefold[spark] and Java 17: {WHY}")


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    from sandbox.engines.spark_session import session  # noqa: PLC0415 – only where Spark can start
    with session(tmp_path_factory.mktemp("spark"), 1024, java_home()) as found:
        yield found


@needs_spark
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_spark_gives_what_the_suite_expects(case, spark, tmp_path):
    from sandbox.engines.spark import carried_out  # noqa: PLC0415 – only where Spark can start
    schemas = {name: tuple(source.schema) for name, source in checked(case.mapping).sources.items()}
    paths = {name: parquet(tmp_path / f"{name}.parquet", rows, schemas[name]) for name, rows in case.tables.items()}
    settings = {name: {"decimal": case.marks.get(name, "."), "masked": case.masked.get(name, [])} for name in paths}
    found = outcome(tmp_path / "run", task(case.mapping, paths, settings, dict(case.parameters)),
                    lambda given, folder, report: carried_out(spark, given, folder, report))
    assert found == dict(case.expected)


def inputs(case, folder):
    """The tables of a case as inputs of a run in a child process."""
    schemas = {name: tuple(source.schema) for name, source in checked(case.mapping).sources.items()}
    return {name: TrialInput(parquet(folder / f"{name}.parquet", rows, schemas[name]),
                             settings={"decimal": case.marks.get(name, "."), "masked": case.masked.get(name, [])})
            for name, rows in case.tables.items()}


@pytest.mark.skipif(WHY == "", reason="PySpark and Java are here")
def test_run_on_spark_is_refused_with_what_is_missing(tmp_path):
    case = CASES[0]
    with pytest.raises(InputRefused) as refusal:
        run_trial(case.mapping, inputs(case, tmp_path), out=tmp_path / "run", parameters=case.parameters, engine="spark")
    assert str(refusal.value) == f"the engine spark cannot run here: {WHY}"
    assert (tmp_path / "run").exists() is False


def test_function_that_spark_does_not_know_is_refused_by_name():
    later = Typed("later(1)", Call(INT, "later", ()), frozenset())
    with pytest.raises(InputRefused) as refusal:
        written_for_spark(later, str, str)
    assert str(refusal.value) == ("the engine spark cannot compute later exactly, which stands in 'later(1)'; "
                                  "run this mapping with the engine duckdb")


def test_text_reaches_spark_as_its_bytes():
    assert [text_literal(text) for text in ("S3", "it's", "${x}\\")] == [
        "'S3'", "CAST(X'69742773' AS STRING)", "CAST(X'247b787d5c' AS STRING)"]


@needs_spark
def test_child_process_gives_the_same_record_on_both_engines(tmp_path):
    own = [sys.executable, "-P", "-s", "-c", "import pyspark"]
    if subprocess.run(own, env=child_environment(tmp_path), capture_output=True, check=False).returncode:
        pytest.skip("needs the extra ninefold[spark] installed, not only on PYTHONPATH")
    case = next(one for one in CASES if one.name == "supplier-usage")
    given_files = inputs(case, tmp_path)
    found = {engine: run_trial(case.mapping, given_files, out=tmp_path / engine, parameters=case.parameters, engine=engine)
             for engine in ("duckdb", "spark")}
    for record in found.values():
        del record["details"]["seconds"]
    assert found["spark"] == found["duckdb"]
    assert read(tmp_path / "spark/diff-1.parquet") == read(tmp_path / "duckdb/diff-1.parquet")


@pytest.fixture(scope="module")
def rows_given(spark, tmp_path_factory):
    """The edge rows of the formula tests as a view of Spark."""
    path = tmp_path_factory.mktemp("rows") / "given.parquet"
    columns = ", ".join(f"{quoted(name)} {sql_type(kind)}" for name, kind in COLUMNS.items())
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE given (number BIGINT, {columns})")
        connection.executemany(f"INSERT INTO given VALUES ({', '.join('?' * (len(COLUMNS) + 1))})",
                               [[number, *row.values()] for number, row in enumerate(ROWS)])
        connection.execute(f"COPY given TO '{path}' (FORMAT parquet)")
    spark.read.parquet(str(path)).createOrReplaceTempView("given")
    return spark


def answers(spark, texts):
    """What Spark says of each row, formula by formula, as `judged` does."""
    written = [written_for_spark(typed(text, COLUMNS, parameters=PARAMETERS), lambda name: f"`{name}`",
                                 lambda name: literal(PARAMETERS[name], GIVEN[name])) for text in texts]
    columns = ", ".join(f"{sql.value} AS c{place}, {sql.failed} AS x{place}" for place, sql in enumerate(written))
    rows = spark.sql(f"SELECT {columns} FROM given ORDER BY number").collect()
    return [[(FAILED, FAILED) if row[f"x{place}"] else (row[f"c{place}"], str(row[f"c{place}"])) for row in rows]
            for place in range(len(texts))]


def same(spark, texts):
    """The formulas that the check takes agree with the reference, row by row."""
    wanted = {}
    for text in texts:
        with suppress(FormulaFault):  # always fails, which is said before any row is read
            wanted[text] = judged(text)
    assert dict(zip(wanted, answers(spark, list(wanted)), strict=True)) == wanted


@needs_spark
def test_every_function_gives_what_the_reference_gives(rows_given):
    same(rows_given, FORMULAS)


@needs_spark
@pytest.mark.heavy
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(formulas(), min_size=15, max_size=15, unique=True))
def test_random_formulas_agree_with_the_reference(rows_given, texts):
    same(rows_given, texts)
