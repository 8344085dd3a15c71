"""The words of the trail: what was done, and to what kind of record, as people read it."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

ACTS = {
    "artefact_written": _l("document of a step written"),
    "bundle_built": _l("bundle built"),
    "bundle_kept": _l("bundle kept"),
    "caution_disposed": _l("caution answered"),
    "change_request_changed": _l("request for change altered"),
    "change_requested": _l("change requested"),
    "checklist_started": _l("checklist started"),
    "condition_met": _l("condition met"),
    "consultation_noted": _l("consultation noted"),
    "criterion_waived": _l("criterion waived"),
    "evidence_added": _l("evidence added"),
    "evidence_attached": _l("evidence attached"),
    "evidence_detached": _l("evidence detached"),
    "evidence_put_back": _l("evidence put back"),
    "evidence_version_added": _l("new version of evidence"),
    "evidence_withdrawn": _l("evidence withdrawn"),
    "finding_raised": _l("finding raised"),
    "finding_withdrawn": _l("finding withdrawn"),
    "gate_decided": _l("gate decided"),
    "instruction_revised": _l("work instruction revised"),
    "instruction_written": _l("work instruction written"),
    "item_answered": _l("item answered"),
    "limitation_changed": _l("limitation changed"),
    "limitation_reported": _l("limitation recorded"),
    "measure_changed": _l("measure changed"),
    "measure_set": _l("measure set"),
    "member_added": _l("member added to the team"),
    "member_changed": _l("member of the team changed"),
    "member_removed": _l("member taken off the team"),
    "need_changed": _l("need changed"),
    "need_stated": _l("need stated"),
    "objective_judged": _l("objective judged"),
    "objective_set": _l("objective set"),
    "participant_named": _l("participant named"),
    "password_set": _l("password set"),
    "path_changed": _l("path changed"),
    "path_chosen": _l("path chosen"),
    "path_described": _l("path described"),
    "path_rejected": _l("path rejected"),
    "person_added": _l("person added"),
    "preference_set": _l("preference set"),
    "project_described": _l("project described"),
    "project_opened": _l("project opened"),
    "reading_corrected": _l("reading corrected"),
    "reading_noted": _l("reading noted"),
    "report_built": _l("report built"),
    "role_changed": _l("role changed"),
    "row_disposed": _l("row decided"),
    "signed_in": _l("signed in"),
    "source_changed": _l("source changed"),
    "source_noted": _l("source noted"),
    "tool_added": _l("tool added"),
    "tool_changed": _l("tool changed"),
    "tool_put_in_scope": _l("tool put in scope"),
    "tool_taken_out_of_scope": _l("tool taken out of scope"),
    "tools_connected": _l("tools connected"),
    "tools_disconnected": _l("tools disconnected"),
    "trial_run_done": _l("trial run done"),
}
OBJECTS = {
    "adoption_measure": _l("adoption measure"),
    "adoption_reading": _l("reading"),
    "answer": _l("answer"),
    "artefact_revision": _l("document of a step"),
    "built_report": _l("built file"),
    "checklist": _l("checklist"),
    "consultation": _l("consultation"),
    "decision_condition": _l("condition"),
    "disposition": _l("decision on a row"),
    "evidence": _l("evidence"),
    "finding": _l("finding"),
    "gate_decision": _l("gate decision"),
    "limitation": _l("limitation"),
    "membership": _l("place on the team"),
    "need": _l("need"),
    "objective": _l("objective"),
    "participant": _l("participant"),
    "path": _l("path"),
    "person": _l("person"),
    "project": _l("project"),
    "project_tool": _l("tool in scope"),
    "request_for_change": _l("request for change"),
    "source": _l("source"),
    "tool": _l("tool"),
    "tool_connection": _l("connection"),
    "trial_run": _l("trial run"),
    "waiver": _l("waiver"),
    "work_instruction": _l("work instruction"),
}


# What happens to the records of every register: the act is named after the table, such as need_added.
KEPT = {
    "_added": _l("added: %(what)s"),
    "_changed": _l("changed: %(what)s"),
    "_withdrawn": _l("withdrawn: %(what)s"),
    "_put_back": _l("put back: %(what)s"),
}


def act_in_words(act: str) -> str | LazyString:
    """What was done; the recorded name itself for an act of a version that this one does not know."""
    if act in ACTS:
        return ACTS[act]
    for suffix, words in KEPT.items():
        if act.endswith(suffix):
            table = act.removesuffix(suffix)
            return str(words) % {"what": OBJECTS.get(table, table.replace("_", " "))}
    return act.replace("_", " ")


def object_in_words(reference: str) -> str:
    """The record an entry is about, such as "answer 12" for answer:12."""
    kind, _colon, number = reference.partition(":")
    return f"{OBJECTS.get(kind, kind.replace('_', ' '))} {number}".strip()
