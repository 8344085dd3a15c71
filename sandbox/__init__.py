"""The sandbox: receives copies of live exports and reconciles them; it has nothing that sends."""
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.child import Limits, run_task
    from sandbox.compare import RunComparison, compare_runs, comparison_csv
    from sandbox.connectors import connector_for, discover, proposed, receive_file
    from sandbox.connectors.csv.connector import read_csv
    from sandbox.connectors.rest.openapi import Offer, Offered, openapi_offer, openapi_tables
    from sandbox.errors import InputRefused, RunCancelled, RunStopped, SandboxError
    from sandbox.formula.functions import FunctionDoc, formula_reference
    from sandbox.http.approvals import Approval, why_refused
    from sandbox.knowledge import Proposal, capabilities_from_openapi, capabilities_from_sample
    from sandbox.mapping.check import checked
    from sandbox.mapping.checked import CheckedMapping
    from sandbox.mapping.difference import Change, difference
    from sandbox.mapping.faults import Fault, MappingFaults
    from sandbox.mapping.model import MappingSpec
    from sandbox.mapping.parts import mapping_parts, mapping_text
    from sandbox.mapping.reading import text_of
    from sandbox.mapping.writing import as_yaml
    from sandbox.matching.crosswalk import Crosswalk, Pair, crosswalk_pairs, read_crosswalk, with_exact
    from sandbox.matching.fields import Column, FieldSuggestion, best_fields, field_suggestions, seen_type
    from sandbox.matching.names import Suggestion, suggestions
    from sandbox.mirror.browsing import RowPage, ShownRow, identifying_columns, table_rows
    from sandbox.mirror.mirror import Mirror, Pull, SourceCheck, pull, receive_export, unchanged
    from sandbox.mirror.overlay import (
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
    from sandbox.mirror.sources import Offering, checked_source, offerings, sniffed, source_tables
    from sandbox.mirror.values import column_values, sample_cells, unmatched_values
    from sandbox.naming import nearest
    from sandbox.offers.offers import OfferComparison, Question, compare_offers, load_offers, offers_of
    from sandbox.offers.shown import as_policy, offers_json
    from sandbox.plan.checking import Decision, PlanCheck, check_plan, resolve_plan
    from sandbox.plan.export import export_plan
    from sandbox.plan.model import Plan, PlanRefused, PlanRow, PlanStale, read_plan, read_plan_file
    from sandbox.plan.plan import Rehearsal, inverse_plan, make_plan, rehearse_plan, run_live
    from sandbox.receiving.contracts import Held, held
    from sandbox.receiving.received import Received
    from sandbox.receiving.snapshots import Snapshot, SnapshotStore
    from sandbox.reconciliation.answers import answer_json, answer_sheets
    from sandbox.reconciliation.bills import Bill, PsaView, bill_lines, psa_view, right_bill, synced_bill
    from sandbox.reconciliation.margins import Margin, MarginTotal, client_margins, margin_totals
    from sandbox.reconciliation.months import Drift, compare_months
    from sandbox.reconciliation.policies import Rules, earlier_rules, rules_from
    from sandbox.reconciliation.quantities import Result, reconcile
    from sandbox.reconciliation.reasons import Row, why
    from sandbox.reconciliation.records import Entries, entries_from
    from sandbox.reconciliation.run import InputHash, Outcome, Source, reconcile_in_child
    from sandbox.reconciliation.settings import load_settings
    from sandbox.reconciliation.transport import from_record, to_record
    from sandbox.rows_csv import difference_cells, difference_header
    from sandbox.run_files import check_files, is_hashed
    from sandbox.starting import keep_ready
    from sandbox.tables import Record, Refusal, Table, csv_text, plain_text
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
    from sandbox.workbook import workbook_bytes

__all__ = [
    "connector_for", "discover", "proposed", "receive_file",
    "InputRefused", "RunCancelled", "RunStopped", "SandboxError",
    "Mirror", "Pull", "Snapshot", "SnapshotStore", "SourceCheck", "Table", "pull", "receive_export", "unchanged",
    "CellEdit", "Edit", "FakeRow", "Orphan", "Overlaid", "Withdrawn", "applied", "edits_as_json",
    "edits_from", "marked",
    "InputHash", "Limits", "Outcome", "Source", "keep_ready", "reconcile_in_child", "run_task",
    "Entries", "Refusal", "Result", "Row", "entries_from", "from_record", "load_settings", "reconcile", "to_record",
    "why",
    "Bill", "PsaView", "bill_lines", "psa_view", "right_bill", "synced_bill",
    "Drift", "Margin", "MarginTotal", "Rules", "answer_json", "answer_sheets", "client_margins",
    "compare_months", "margin_totals",
    "earlier_rules", "rules_from", "workbook_bytes",
    "OfferComparison", "Question", "as_policy", "compare_offers", "load_offers", "offers_json", "offers_of",
    "csv_text", "plain_text", "difference_cells", "difference_header", "check_files", "is_hashed",
    "TrialInput", "diff_rows", "input_drift", "preview_step", "refused_rows", "run_trial", "source_settings",
    "stored_trial", "trace_row",
    "Change", "CheckedMapping", "Fault", "MappingFaults", "MappingSpec", "as_yaml", "checked", "difference", "text_of",
    "RunComparison", "compare_runs", "comparison_csv",
    "Decision", "Plan", "PlanCheck", "PlanRefused", "PlanRow", "PlanStale", "Rehearsal", "check_plan", "export_plan",
    "inverse_plan", "make_plan", "read_plan", "read_plan_file", "rehearse_plan", "resolve_plan", "run_live",
    "Column", "Crosswalk", "FieldSuggestion", "Pair", "Suggestion", "best_fields",
    "crosswalk_pairs", "field_suggestions", "read_crosswalk",
    "suggestions", "with_exact",
    "FunctionDoc", "column_values", "formula_reference", "mapping_parts", "mapping_text", "sample_cells", "seen_type",
    "Record", "nearest", "read_csv", "unmatched_values",
    "Received", "Approval", "Offer", "Offered", "Proposal", "capabilities_from_openapi",
    "capabilities_from_sample", "openapi_offer",
    "openapi_tables", "why_refused",
    "Held", "Offering", "RowPage", "ShownRow", "checked_source", "held", "identifying_columns", "offerings", "sniffed",
    "source_tables", "table_rows",
]

_HOME = {
    "mirror.browsing": ("RowPage", "ShownRow", "identifying_columns", "table_rows"),
    "receiving.contracts": ("Held", "held"),
    "mirror.sources": ("Offering", "checked_source", "offerings", "sniffed", "source_tables"),
    "connectors": ("connector_for", "discover", "proposed", "receive_file"),
    "http.approvals": ("Approval", "why_refused"),
    "connectors.rest.openapi": ("Offer", "Offered", "openapi_offer", "openapi_tables"),
    "receiving.received": ("Received",),
    "knowledge": ("Proposal", "capabilities_from_openapi", "capabilities_from_sample"),
    "child": ("Limits", "run_task"),
    "starting": ("keep_ready",),
    "errors": ("InputRefused", "RunCancelled", "RunStopped", "SandboxError"),
    "mirror.mirror": ("Mirror", "Pull", "SourceCheck", "pull", "receive_export", "unchanged"),
    "mirror.overlay": ("CellEdit", "Edit", "FakeRow", "Orphan", "Overlaid", "Withdrawn", "applied",
                       "edits_as_json", "edits_from", "marked"),
    "receiving.snapshots": ("Snapshot", "SnapshotStore"),
    "tables": ("Record", "Refusal", "Table", "csv_text", "plain_text"),
    "reconciliation.settings": ("load_settings",),
    "reconciliation.run": ("InputHash", "Outcome", "Source", "reconcile_in_child"),
    "reconciliation.records": ("Entries", "entries_from"),
    "reconciliation.quantities": ("Result", "reconcile"),
    "reconciliation.reasons": ("Row", "why"),
    "reconciliation.transport": ("from_record", "to_record"),
    "trial": ("TrialInput", "diff_rows", "input_drift", "preview_step", "refused_rows", "run_trial", "source_settings",
              "stored_trial", "trace_row"),
    "rows_csv": ("difference_cells", "difference_header"),
    "run_files": ("check_files", "is_hashed"),
    "mapping.check": ("checked",),
    "mapping.checked": ("CheckedMapping",),
    "mapping.difference": ("Change", "difference"),
    "mapping.faults": ("Fault", "MappingFaults"),
    "mapping.model": ("MappingSpec",),
    "mapping.parts": ("mapping_parts", "mapping_text"),
    "formula.functions": ("FunctionDoc", "formula_reference"),
    "connectors.csv.connector": ("read_csv",),
    "mirror.values": ("column_values", "sample_cells", "unmatched_values"),
    "mapping.reading": ("text_of",),
    "mapping.writing": ("as_yaml",),
    "reconciliation.answers": ("answer_json", "answer_sheets"),
    "reconciliation.bills": ("Bill", "PsaView", "bill_lines", "psa_view", "right_bill", "synced_bill"),
    "reconciliation.margins": ("Margin", "MarginTotal", "client_margins", "margin_totals"),
    "reconciliation.months": ("Drift", "compare_months"),
    "offers.offers": ("OfferComparison", "Question", "compare_offers", "load_offers", "offers_of"),
    "offers.shown": ("as_policy", "offers_json"),
    "reconciliation.policies": ("Rules", "earlier_rules", "rules_from"),
    "naming": ("nearest",),
    "workbook": ("workbook_bytes",),
    "compare": ("RunComparison", "compare_runs", "comparison_csv"),
    "matching.crosswalk": ("Crosswalk", "Pair", "crosswalk_pairs", "read_crosswalk", "with_exact"),
    "matching.names": ("Suggestion", "suggestions"),
    "matching.fields": ("Column", "FieldSuggestion", "best_fields", "field_suggestions", "seen_type"),
    "plan.plan": ("Rehearsal", "inverse_plan", "make_plan", "rehearse_plan", "run_live"),
    "plan.checking": ("Decision", "PlanCheck", "check_plan", "resolve_plan"),
    "plan.export": ("export_plan",),
    "plan.model": ("Plan", "PlanRefused", "PlanRow", "PlanStale", "read_plan", "read_plan_file"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> Any:
    # Each name is loaded when first asked for: starting the application must not pay for DuckDB or jsonschema.
    if name not in _MODULE:
        raise AttributeError(f"module 'sandbox' has no attribute {name!r}")
    return getattr(import_module(f"sandbox.{_MODULE[name]}"), name)
