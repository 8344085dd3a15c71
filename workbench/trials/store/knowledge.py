"""What the sandbox reads out of a description of a tool, or out of a received table of it."""

from __future__ import annotations

from pathlib import Path

import sandbox
from workbench.trials.store.reconciliations import folder
from workbench.web.refusals import BadValue


def from_description(data: bytes) -> list[sandbox.Proposal]:
    """Proposals from an OpenAPI description. Raises BadValue where it is none."""
    try:
        return sandbox.capabilities_from_openapi(data)
    except sandbox.SandboxError as error:
        raise BadValue("file", str(error)) from error


def from_snapshot(home: Path, key: str, store_id: str, table: str, *, is_export: bool) -> list[sandbox.Proposal]:
    """Proposals from a table of the mirror. Raises BadValue where it can no longer be read."""
    try:
        kept = sandbox.SnapshotStore(folder(home, key))
        snapshot = kept.snapshot(store_id)
        received = sandbox.Received(table, kept.parquet(snapshot), snapshot.columns, snapshot.row_count)
        return sandbox.capabilities_from_sample([received], is_export=is_export)
    except sandbox.SandboxError as error:
        raise BadValue("snapshot_id", str(error)) from error
