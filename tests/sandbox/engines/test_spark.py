"""Spark as the second engine: what the conformance suite expects, and the values of formulas on the edge rows."""
from __future__ import annotations

import pytest

from sandbox.conformance import cases
from sandbox.engines import available, java_home
from sandbox.mapping.check import checked
from tests.sandbox.engines.tables import parquet, task
from tests.sandbox.engines.test_conformance import outcome

CASES = cases()
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
