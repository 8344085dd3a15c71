"""The sandbox: receives copies of live exports and reconciles them; it has nothing that sends."""
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.answers import answer_json, answer_sheets
    from sandbox.approvals import Approval, why_refused
    from sandbox.bills import Bill, PsaView, bill_lines, psa_view, right_bill, synced_bill
    from sandbox.browsing import RowPage, ShownRow, table_rows
    from sandbox.child import Limits, run_task
    from sandbox.compare import RunComparison, compare_runs, comparison_csv
    from sandbox.connectors import connector_for, discover, proposed, receive_file
    from sandbox.connectors.csv.connector import read_csv
    from sandbox.connectors.rest.openapi import Offer, Offered, openapi_offer, openapi_tables
    from sandbox.contracts import Held, held
    from sandbox.crosswalk import Crosswalk, Pair, read_crosswalk, with_exact
    from sandbox.errors import InputRefused, RunCancelled, RunStopped, SandboxError
    from sandbox.formula.functions import FunctionDoc, formula_reference
    from sandbox.knowledge import Proposal, capabilities_from_openapi, capabilities_from_sample
    from sandbox.mapping.check import checked
    from sandbox.mapping.checked import CheckedMapping
    from sandbox.mapping.difference import Change, difference
    from sandbox.mapping.faults import Fault, MappingFaults
    from sandbox.mapping.model import MappingSpec
    from sandbox.mapping.parts import mapping_parts, mapping_text
    from sandbox.mapping.reading import text_of
    from sandbox.mapping.writing import as_yaml
    from sandbox.margins import Margin, MarginTotal, client_margins, margin_totals
    from sandbox.matching import Suggestion, suggestions
    from sandbox.matching_fields import Column, FieldSuggestion, best_fields, field_suggestions, seen_type
    from sandbox.mirror import Mirror, Pull, SourceCheck, pull, receive_export, unchanged
    from sandbox.months import Drift, compare_months
    from sandbox.offers import OfferComparison, Question, compare_offers, load_offers, offers_of
    from sandbox.offers_shown import as_policy, offers_json
    from sandbox.overlay import (
        CellEdit,
        Edit,
        FakeRow,
        Orphan,
        Overlaid,
        Withdrawn,
        applied,
        edits_as_json,
        edits_from,
        marked,
    )
    from sandbox.plan import Rehearsal, inverse_plan, make_plan, rehearse_plan, run_live
    from sandbox.plan_checking import Decision, PlanCheck, check_plan, resolve_plan
    from sandbox.plan_export import export_plan
    from sandbox.plan_model import Plan, PlanRefused, PlanRow, PlanStale, read_plan, read_plan_file
    from sandbox.policies import Rules, earlier_rules, rules_from
    from sandbox.quantities import Result, reconcile
    from sandbox.reasons import Row, why
    from sandbox.received import Received
    from sandbox.reconciliation import InputHash, Outcome, Source, reconcile_in_child
    from sandbox.records import Entries, entries_from
    from sandbox.settings import load_settings
    from sandbox.snapshots import Snapshot, SnapshotStore
    from sandbox.sources import Offering, checked_source, offerings, sniffed, source_tables
    from sandbox.tables import Record, Refusal, Table, csv_text, plain_text
    from sandbox.transport import from_record, to_record
    from sandbox.trial import (
        TrialInput,
        diff_rows,
        input_drift,
        preview_step,
        refused_rows,
        run_trial,
        source_settings,
        stored_trial,
        trace_row,
    )
    from sandbox.values import column_values, sample_cells, unmatched_values
    from sandbox.workbook import workbook_bytes

__all__ = [
    "connector_for", "discover", "proposed", "receive_file",
    "InputRefused", "RunCancelled", "RunStopped", "SandboxError",
    "Mirror", "Pull", "Snapshot", "SnapshotStore", "SourceCheck", "Table", "pull", "receive_export", "unchanged",
    "CellEdit", "Edit", "FakeRow", "Orphan", "Overlaid", "Withdrawn", "applied", "edits_as_json", "edits_from", "marked",
    "InputHash", "Limits", "Outcome", "Source", "reconcile_in_child", "run_task",
    "Entries", "Refusal", "Result", "Row", "entries_from", "from_record", "load_settings", "reconcile", "to_record",
    "why",
    "Bill", "PsaView", "bill_lines", "psa_view", "right_bill", "synced_bill",
    "Drift", "Margin", "MarginTotal", "Rules", "answer_json", "answer_sheets", "client_margins", "compare_months", "margin_totals",
    "earlier_rules", "rules_from", "workbook_bytes",
    "OfferComparison", "Question", "as_policy", "compare_offers", "load_offers", "offers_json", "offers_of",
    "csv_text", "plain_text",
    "TrialInput", "diff_rows", "input_drift", "preview_step", "refused_rows", "run_trial", "source_settings",
    "stored_trial", "trace_row",
    "Change", "CheckedMapping", "Fault", "MappingFaults", "MappingSpec", "as_yaml", "checked", "difference", "text_of",
    "RunComparison", "compare_runs", "comparison_csv",
    "Decision", "Plan", "PlanCheck", "PlanRefused", "PlanRow", "PlanStale", "Rehearsal", "check_plan", "export_plan",
    "inverse_plan", "make_plan", "read_plan", "read_plan_file", "rehearse_plan", "resolve_plan", "run_live",
    "Column", "Crosswalk", "FieldSuggestion", "Pair", "Suggestion", "best_fields", "field_suggestions", "read_crosswalk",
    "suggestions", "with_exact",
    "FunctionDoc", "column_values", "formula_reference", "mapping_parts", "mapping_text", "sample_cells", "seen_type",
    "Record", "read_csv", "unmatched_values",
    "Received", "Approval", "Offer", "Offered", "Proposal", "capabilities_from_openapi", "capabilities_from_sample", "openapi_offer",
    "openapi_tables", "why_refused",
    "Held", "Offering", "RowPage", "ShownRow", "checked_source", "held", "offerings", "sniffed", "source_tables", "table_rows",
]

_HOME = {
    "browsing": ("RowPage", "ShownRow", "table_rows"),
    "contracts": ("Held", "held"),
    "sources": ("Offering", "checked_source", "offerings", "sniffed", "source_tables"),
    "connectors": ("connector_for", "discover", "proposed", "receive_file"),
    "approvals": ("Approval", "why_refused"),
    "connectors.rest.openapi": ("Offer", "Offered", "openapi_offer", "openapi_tables"),
    "received": ("Received",),
    "knowledge": ("Proposal", "capabilities_from_openapi", "capabilities_from_sample"),
    "child": ("Limits", "run_task"),
    "errors": ("InputRefused", "RunCancelled", "RunStopped", "SandboxError"),
    "mirror": ("Mirror", "Pull", "SourceCheck", "pull", "receive_export", "unchanged"),
    "overlay": ("CellEdit", "Edit", "FakeRow", "Orphan", "Overlaid", "Withdrawn", "applied", "edits_as_json", "edits_from", "marked"),
    "snapshots": ("Snapshot", "SnapshotStore"),
    "tables": ("Record", "Refusal", "Table", "csv_text", "plain_text"),
    "settings": ("load_settings",),
    "reconciliation": ("InputHash", "Outcome", "Source", "reconcile_in_child"),
    "records": ("Entries", "entries_from"),
    "quantities": ("Result", "reconcile"),
    "reasons": ("Row", "why"),
    "transport": ("from_record", "to_record"),
    "trial": ("TrialInput", "diff_rows", "input_drift", "preview_step", "refused_rows", "run_trial", "source_settings",
              "stored_trial", "trace_row"),
    "mapping.check": ("checked",),
    "mapping.checked": ("CheckedMapping",),
    "mapping.difference": ("Change", "difference"),
    "mapping.faults": ("Fault", "MappingFaults"),
    "mapping.model": ("MappingSpec",),
    "mapping.parts": ("mapping_parts", "mapping_text"),
    "formula.functions": ("FunctionDoc", "formula_reference"),
    "connectors.csv.connector": ("read_csv",),
    "values": ("column_values", "sample_cells", "unmatched_values"),
    "mapping.reading": ("text_of",),
    "mapping.writing": ("as_yaml",),
    "answers": ("answer_json", "answer_sheets"),
    "bills": ("Bill", "PsaView", "bill_lines", "psa_view", "right_bill", "synced_bill"),
    "margins": ("Margin", "MarginTotal", "client_margins", "margin_totals"),
    "months": ("Drift", "compare_months"),
    "offers": ("OfferComparison", "Question", "compare_offers", "load_offers", "offers_of"),
    "offers_shown": ("as_policy", "offers_json"),
    "policies": ("Rules", "earlier_rules", "rules_from"),
    "workbook": ("workbook_bytes",),
    "compare": ("RunComparison", "compare_runs", "comparison_csv"),
    "crosswalk": ("Crosswalk", "Pair", "read_crosswalk", "with_exact"),
    "matching": ("Suggestion", "suggestions"),
    "matching_fields": ("Column", "FieldSuggestion", "best_fields", "field_suggestions", "seen_type"),
    "plan": ("Rehearsal", "inverse_plan", "make_plan", "rehearse_plan", "run_live"),
    "plan_checking": ("Decision", "PlanCheck", "check_plan", "resolve_plan"),
    "plan_export": ("export_plan",),
    "plan_model": ("Plan", "PlanRefused", "PlanRow", "PlanStale", "read_plan", "read_plan_file"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> Any:
    # Each name is loaded when first asked for: starting the application must not pay for DuckDB or jsonschema.
    if name not in _MODULE:
        raise AttributeError(f"module 'sandbox' has no attribute {name!r}")
    return getattr(import_module(f"sandbox.{_MODULE[name]}"), name)
