"""The sandbox: receives copies of live exports and reconciles them; it has nothing that sends."""
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.bills import Bill, PsaView, psa_view, right_bill, synced_bill
    from sandbox.child import Limits, run_task
    from sandbox.errors import InputRefused, RunCancelled, RunStopped, SandboxError
    from sandbox.mirror import Mirror, SourceCheck
    from sandbox.quantities import Result, reconcile
    from sandbox.reasons import Row, why
    from sandbox.reconciliation import InputHash, Outcome, Source, reconcile_in_child
    from sandbox.records import Entries, entries_from
    from sandbox.settings import load_settings
    from sandbox.snapshots import Snapshot, SnapshotStore
    from sandbox.tables import Refusal, Table, csv_text, plain_text
    from sandbox.transport import from_record, to_record

__all__ = [
    "InputRefused", "RunCancelled", "RunStopped", "SandboxError",
    "Mirror", "Snapshot", "SnapshotStore", "SourceCheck", "Table",
    "InputHash", "Limits", "Outcome", "Source", "reconcile_in_child", "run_task",
    "Entries", "Refusal", "Result", "Row", "entries_from", "from_record", "load_settings", "reconcile", "to_record",
    "why",
    "Bill", "PsaView", "psa_view", "right_bill", "synced_bill",
    "csv_text", "plain_text",
]

_HOME = {
    "child": ("Limits", "run_task"),
    "errors": ("InputRefused", "RunCancelled", "RunStopped", "SandboxError"),
    "mirror": ("Mirror", "SourceCheck"),
    "snapshots": ("Snapshot", "SnapshotStore"),
    "tables": ("Refusal", "Table", "csv_text", "plain_text"),
    "settings": ("load_settings",),
    "reconciliation": ("InputHash", "Outcome", "Source", "reconcile_in_child"),
    "records": ("Entries", "entries_from"),
    "quantities": ("Result", "reconcile"),
    "reasons": ("Row", "why"),
    "transport": ("from_record", "to_record"),
    "bills": ("Bill", "PsaView", "psa_view", "right_bill", "synced_bill"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> Any:
    # Each name is loaded when first asked for: starting the application must not pay for DuckDB or jsonschema.
    if name not in _MODULE:
        raise AttributeError(f"module 'sandbox' has no attribute {name!r}")
    return getattr(import_module(f"sandbox.{_MODULE[name]}"), name)
