"""Spark in a Java process of this one's group: local, on the loopback address, with its files in a folder of its own."""
from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sandbox.errors import InputRefused

PARTS = 8  # of a relation; fewer than 128, see `SparkEngine._numbered`
_JAVA = "-XX:+UseSerialGC -XX:CompressedClassSpaceSize=256m -XX:ReservedCodeCacheSize=192m -XX:-UsePerfData"
_CONF = {
    "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1", "spark.authenticate": "true", "spark.sql.catalogImplementation": "in-memory",
    # What cannot be converted raises: nothing that we write should, and a fault of ours must not become nothing.
    "spark.sql.ansi.enabled": "true", "spark.sql.caseSensitive": "true", "spark.sql.session.timeZone": "UTC",
    "spark.sql.variable.substitute": "false", "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED", "spark.sql.shuffle.partitions": str(PARTS),
    "spark.sql.parquet.writeLegacyFormat": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "true",
}


@contextmanager
def session(work: Path, memory_mb: int, java: str) -> Iterator[Any]:
    """A Spark session with that much heap; `java` is the home of Java. It ends with the block."""
    spark = _started(work, memory_mb, java)
    gateway = spark.sparkContext._gateway
    try:
        yield spark
    finally:
        spark.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()  # on which the Java process ends itself


def _started(work: Path, memory_mb: int, java: str) -> Any:
    own = os.path.relpath(work)  # of a run's own folder: no sign in it that means something in a list of options
    os.environ |= {"JAVA_HOME": java, "SPARK_LOCAL_IP": "127.0.0.1", "PATH": os.environ.get("PATH", os.defpath)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about versions of libraries that are not used here
        builder = import_module("pyspark.sql").SparkSession.builder.master("local[2]").appName("ninefold")
    conf = {**_CONF, "spark.driver.memory": f"{memory_mb}m", "spark.local.dir": own, "spark.sql.warehouse.dir": own,
            "spark.driver.extraJavaOptions": f"{_JAVA} -Djava.io.tmpdir={own}"}
    for name, value in conf.items():
        builder = builder.config(name, value)
    # Our standard output is how we report: what Java has to say goes where errors go.
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        spark = builder.getOrCreate()
    except Exception as error:
        raise InputRefused(f"Spark did not start: {error}".splitlines()[0]) from error
    finally:
        os.dup2(kept, 1)
        os.close(kept)
    spark.sparkContext.setLogLevel("ERROR")  # what it warns of concerns nobody, and its words may hold cells
    return spark
