"""Words of the runs of mappings: the kinds of rows, what a result is without its time, and whether live data stayed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

COUNTED = ("create", "update", "withdraw", "unchanged", "flagged", "refused")
ROW_KINDS = tuple(kind for kind in COUNTED if kind != "unchanged")  # what a difference holds
CROSSWALK = "crosswalk."  # before the name of a crosswalk, in the table of a mapping's source


def without_time(record: Mapping[str, Any]) -> dict[str, Any]:
    """The result without the seconds it took and the hashes of its files: the same inputs give the same bytes.

    How rows are packed into Parquet is no part of what came out; the run's own record keeps those hashes.
    """
    details = {name: value for name, value in record["details"].items() if name not in ("seconds", "files")}
    return {**record, "details": details}


def counts(result: Mapping[str, Any]) -> dict[str, int]:
    """Rows by kind over all targets; the refused ones are those of every cell, lookup, check and target."""
    kinds = {kind: sum(int(each[kind]) for each in result["targets"].values()) for kind in COUNTED}
    return {**kinds, "refused": sum(int(one["count"]) for one in result["refused"])}


def inputs_unchanged(result: Mapping[str, Any], pulls: Mapping[str, tuple[str, str]]) -> bool:
    """Whether each input had the same bytes after the run, and each mirrored source the same rows after its reading.

    `pulls` holds the source's hashes before and after by input; a source that could not be read again counts by its
    first hash alone.
    """
    same = all(one["sha256"] == one["after"] for one in result["details"]["inputs"].values())
    return same and all(after in ("", before) for before, after in pulls.values())


# Kept in English beside what the sandbox says; the job's page says it in the language of who looks.
NOTHING_WRITTEN = "Nothing was written. Change this source in the mapping, or choose another input, and start again."
