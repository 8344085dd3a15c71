"""The second engine: Spark in local mode computes sources and steps; DuckDB counts, compares and writes what it computed."""
# ruff: noqa: S608 – names in SQL are ours, and values are escaped; nothing a person types is SQL
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sandbox.engines import running
from sandbox.engines.compiling import Writing
from sandbox.engines.duckdb import Engine
from sandbox.engines.inputs import Given, typed_cells
from sandbox.engines.relations import Relation
from sandbox.engines.spark_session import session
from sandbox.errors import InputRefused
from sandbox.formula.duckdb import text_literal
from sandbox.formula.spark import compiled, literal, reading, wide

Report = Callable[[int, str], None]
# A name of a folder may hold * or [: it is one folder, not a pattern of many.
_NO_PATTERN = {"__globPaths__": "false"}


def answer(task: Mapping[str, Any], folder: Path, report: Report) -> dict[str, Any]:
    """The record of a whole run, as `running.answer` gives it."""
    work = folder.parent / "work" / "spark"
    work.mkdir(parents=True)
    report(0, "starting Spark")
    with session(work, int(task["memory_mb"]), task["java"]) as spark:
        return carried_out(spark, task, folder, report)


def carried_out(spark: Any, task: Mapping[str, Any], folder: Path, report: Report) -> dict[str, Any]:
    """The run in a session that is there; the relations lie beside `folder` until the run ends."""
    relations = folder.parent / "work" / "relations"
    relations.mkdir(parents=True)
    try:
        return running.answer(task, folder, report, partial(SparkEngine, spark=spark, folder=relations))
    except Exception as error:
        if "java.lang.OutOfMemoryError" in str(error):
            raise InputRefused(f"the run needs more than {task['memory_mb']} MB of memory for Spark") from error
        raise


@dataclass
class SparkEngine(Engine):
    """One run. Each relation is a folder of Parquet that Spark writes, known to both by one name.

    Formulas are written for Spark; the SQL around them is what both read alike.
    """

    spark: Any = None
    folder: Path = Path()

    def _writing(self) -> Writing:
        return Writing(compiled, self.parameter, wide)

    def parameter(self, name: str) -> str:
        """The value of a parameter as a typed constant."""
        return literal(self.mapping.parameters[name], self.parameters[name])

    def read(self, number: int, name: str, among: tuple[str, str] | None = None) -> Relation:
        """A source, typed by Spark."""
        table, view = self.inputs[name], f"g{number}"
        self._given(view, table)
        typed = typed_cells(number, table, self.fakes, f"SELECT * FROM {view}", reading)
        self.relations[name] = Relation(name, typed.schema, self._settled(typed, keep=True), frozenset(), table.masked,
                                        self.fakes)
        return self.relations[name]

    def _given(self, view: str, table: Given) -> None:
        """The received table under our own names of its columns."""
        found = self.spark.read.options(**_NO_PATTERN).parquet(str(table.path))
        if tuple(found.columns) != table.columns:
            raise InputRefused(f"source {table.source.name}: the engine spark reads other columns than the file has; run "
                               "this mapping with the engine duckdb")
        aliases = [f"a{place}" for place in range(len(table.columns))]
        found.toDF(*aliases).createOrReplaceTempView(view)
        self.execute(f"CREATE VIEW {view} AS SELECT * FROM read_parquet({text_literal(str(table.path))}) "
                     f"AS t({', '.join(aliases)})")

    def _made(self, sql: str, *, keep: bool) -> str:
        name = self._name()
        path = self.folder / name
        rows = self.spark.sql(sql)
        rows.write.parquet(str(path), compression="zstd")
        self.spark.read.schema(rows.schema).options(**_NO_PATTERN).parquet(str(path)).createOrReplaceTempView(name)
        parts = ", ".join(text_literal(str(part)) for part in sorted(path.glob("part-*.parquet")))
        self.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{parts}])")
        return name

    def _numbered(self, sql: str, columns: str, first: int) -> str:
        # Numbers of a group: 33 bits within a part, above them its number; there are never 128 parts (spark_session).
        return self._made(f"SELECT {columns}, monotonically_increasing_id() + {first} AS _line FROM ({sql})", keep=True)
