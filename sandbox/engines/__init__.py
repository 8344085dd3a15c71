"""Where the work is done: in a child process with limits."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

_LEAST_JAVA = 17


def available() -> dict[str, str]:
    """By engine: why it cannot run on this machine, or an empty text."""
    return {"duckdb": "", "spark": _why_no_spark()}


def java_home() -> str:
    """The folder of Java, or an empty text."""
    found = shutil.which("java", path=str(Path(os.environ["JAVA_HOME"]) / "bin")) if "JAVA_HOME" in os.environ else None
    found = found or shutil.which("java")
    return str(Path(found).resolve().parent.parent) if found else ""


def _why_no_spark() -> str:
    if find_spec("pyspark") is None:
        return "PySpark is not installed; the extra ninefold[spark] brings it"
    home = java_home()
    version = _java_version(home) if home else 0
    if version < _LEAST_JAVA:
        found = f"Java {version} was found" if version else "no Java was found"
        return f"{found}; Spark needs Java {_LEAST_JAVA} or newer, in JAVA_HOME or on the path"
    return ""


def _java_version(home: str) -> int:
    """The number before the first point; 0 where Java does not say it."""
    try:
        said = subprocess.run([str(Path(home) / "bin" / "java"), "-version"], capture_output=True, text=True,  # noqa: S603 – a fixed command, no shell
                              timeout=30, check=False).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0
