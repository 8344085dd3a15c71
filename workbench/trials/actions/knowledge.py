"""What is learnt about a tool: proposals from its description or a copy of its data, each confirmed or dismissed by a person."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _

import sandbox
from workbench import clock
from workbench.database import db
from workbench.evidence.actions import LIMIT, add_file, add_result
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.tools import queries as tools
from workbench.tools.actions import set_capability
from workbench.tools.models import Tool
from workbench.tools.rules import Able, CapabilityKind
from workbench.trail.actions import record
from workbench.trials import queries, rules, store
from workbench.trials.models import CapabilityProposal
from workbench.web.refusals import BadValue, Refused

LARGEST_DESCRIPTION = 10_000_000  # bytes


def learn_from_description(
    *, project: Project, tool: Tool, filename: str, stream: BinaryIO, home: Path, by: Person, limit: int = LIMIT
) -> list[CapabilityProposal]:
    """Propose what an OpenAPI description says of the tool; the file becomes evidence. Raises BadValue where it is none."""
    _check_scope(project, tool)
    data = stream.read(LARGEST_DESCRIPTION + 1)
    if len(data) > LARGEST_DESCRIPTION:
        raise BadValue("file", _("A description has at most %(most)s MB.", most=LARGEST_DESCRIPTION // 1_000_000))
    found = store.from_description(data)
    kept = add_file(
        project=project, title=_("Description of %(tool)s", tool=tool.name), stream=io.BytesIO(data),
        filename=rules.file_name(filename), home=home, by=by, limit=limit,
    )
    return _propose(project, tool, found, kept.id, by)


def learn_from_snapshot(
    *, project: Project, tool: Tool, snapshot_id: int, home: Path, by: Person
) -> list[CapabilityProposal]:
    """Propose what a received table says of the tool; what was seen becomes evidence. Raises BadValue where it is gone."""
    _check_scope(project, tool)
    known = queries.knowledge.snapshot_of(project.id, snapshot_id)
    if known is None:
        raise BadValue("snapshot_id", _("This snapshot is not kept any more; choose another one."))
    snapshot, source = known
    is_export = source.connector not in ("rest", "sql")
    found = store.from_snapshot(home, project.key, snapshot.store_id, snapshot.table_name, is_export=is_export)
    seen = {
        "tool": tool.name, "source": source.name, "table": snapshot.table_name, "rows": snapshot.row_count,
        "columns": snapshot.columns, "content_sha256": snapshot.content_sha256, "proposals": [vars(each) for each in found],
    }
    kept = add_result(
        project=project, title=_("What %(table)s shows of %(tool)s", table=snapshot.table_name, tool=tool.name), home=home,
        data=json.dumps(seen, ensure_ascii=False, indent=2).encode(), filename=f"{project.key}-knowledge.json",
        media_type="application/json", by=by,
    )
    return _propose(project, tool, found, kept.id, by)


def _check_scope(project: Project, tool: Tool) -> None:
    if tools.scope_link(project.id, tool.id) is None:
        raise BadValue("tool_id", _("%(name)s is not in the scope of this project.", name=tool.name))


def _propose(
    project: Project, tool: Tool, found: Sequence[sandbox.Proposal], evidence_id: int, by: Person
) -> list[CapabilityProposal]:
    """One row for each answer; an earlier one about the same that nobody decided gives way. Unknown is no answer."""
    made = [
        CapabilityProposal(
            project_id=project.id, tool_id=tool.id, kind=each.capability, state=each.answer, because=each.because,
            found_in="; ".join(each.evidence)[:300], evidence_id=evidence_id, proposed_at=clock.now(), proposed_by_id=by.id,
        )
        for each in found if each.answer != Able.UNKNOWN
    ]
    if not made:
        raise BadValue("file", _("Nothing in it says what the tool can do."))
    kinds = {each.kind for each in made}
    earlier = [each for each in queries.knowledge.open_proposals(project.id, tool.id) if each.kind in kinds]
    for each in earlier:
        each.outcome, each.decided_at, each.decided_by_id = "replaced", clock.now(), by.id
    db.session.add_all(made)
    db.session.flush()
    record(
        "capabilities_proposed", made[0], by=by, project=project.key, also=[*made[1:], *earlier],
        after={"tool": tool.name, "proposals": {each.kind: each.state for each in made}, "replaced": len(earlier)},
    )
    return made


def confirm_proposal(*, project: Project, proposal: CapabilityProposal, note: str, by: Person) -> None:
    """Take a proposal into the register of tools, with the note that says how it is known and its evidence."""
    _check_open(proposal)
    tool = tools.tool(proposal.tool_id)
    if tool is None or not note.strip():
        raise BadValue("note", _("Say how this is known; the register keeps it."))
    known = tools.capability(tool.id, proposal.kind)
    # Where the answer stays as it is, the limitation behind it stays too: only another answer overrules it.
    kept = tools.limitation(project.id, known.limitation_id) if known and known.state == proposal.state else None
    set_capability(
        project=project, tool=tool, kind=CapabilityKind(proposal.kind), state=Able(proposal.state), by=by, note=note,
        evidence_id=proposal.evidence_id, limitation_id=kept.id if kept else None,
    )
    _decide(project, proposal, "confirmed", note, by)


def dismiss_proposal(*, project: Project, proposal: CapabilityProposal, reason: str, by: Person) -> None:
    """Put a proposal aside, with the reason; the register of tools stays as it is."""
    _check_open(proposal)
    if not reason.strip():
        raise BadValue("note", _("Say why; the trail keeps the reason."))
    _decide(project, proposal, "dismissed", reason, by)


def _check_open(proposal: CapabilityProposal) -> None:
    if proposal.outcome != "open":
        raise Refused(_("This proposal was decided already."))


def _decide(project: Project, proposal: CapabilityProposal, outcome: str, reason: str, by: Person) -> None:
    proposal.outcome, proposal.reason = outcome, reason.strip()
    proposal.decided_at, proposal.decided_by_id = clock.now(), by.id
    record(
        f"capability_proposal_{outcome}", proposal, by=by, project=project.key, reason=reason.strip(),
        before={"outcome": "open"}, after={"outcome": outcome, "kind": proposal.kind, "state": proposal.state},
    )
