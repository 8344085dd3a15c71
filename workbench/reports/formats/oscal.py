"""Answers to checklists as OSCAL assessment results (JSON), for tools that take such files in.

An answered line is an observation, a nonconformity a finding on a statement, a piece of evidence a resource with its
SHA-256. Names, times and order come from the data, so the same data give the same bytes. docs/formats/oscal-assessment-results.md
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from flask_babel import force_locale
from flask_babel import gettext as _

from workbench.checklists.actions import STATES
from workbench.checklists.library import Pack
from workbench.checklists.queries import ItemAnswer, Started, full_answers
from workbench.checklists.rules import AnswerState
from workbench.evidence.queries import File, files_of_project
from workbench.evidence.rules import ALLOWED
from workbench.findings.models import Finding
from workbench.projects.models import Project
from workbench.reports import conformity, redaction
from workbench.reports.manifest import EvidenceRow
from workbench.reports.rules import Kind, Options
from workbench.standards.formats import oscal_own

VERSION = "1.1.3"
NAMESPACE = "urn:ninefold:assessment"
MEDIA_TYPE = "application/oscal+json"
NONCONFORM = frozenset({AnswerState.MAJOR, AnswerState.MINOR, AnswerState.PARTLY})
_SPACE = re.compile(r"\s+")
_TOKEN = re.compile(r"[^A-Za-z0-9._-]")
Table = dict[str, Any]


def results(
    *, project: Project, checklists: Sequence[Started], language: str, organisation: str, options: Options | None = None
) -> bytes:
    """The file: one result for each checklist whose pack is there, without what the reader's level withholds."""
    chosen = options or Options()
    with force_locale(language):
        taken = [each for each in checklists if each.pack is not None and chosen.takes_pack(each.checklist.pack_id)]
        writer = _Writer(
            project, language, organisation, chosen, redaction.redactor_for(chosen, language, organisation),
            {each.id: each for each in files_of_project(project.id)},
        )
        document = writer.document(taken, full_answers(taken), _findings(project.id))
    return (json.dumps({"assessment-results": document}, ensure_ascii=False, indent=1) + "\n").encode()


def _findings(project_id: int) -> dict[tuple[int, str], list[Finding]]:
    """The nonconformities of the register by checklist and item. The day does not matter: their age is not told."""
    found: dict[tuple[int, str], list[Finding]] = {}
    for each in conformity.treated(project_id, date.max):
        if each.is_nonconformity and each.row.checklist_id is not None:
            found.setdefault((each.row.checklist_id, each.row.item_key), []).append(each.row)
    return found


@dataclass
class _Writer:
    """One file on its way. `people` and `used` gather who and which evidence it names."""

    project: Project
    language: str
    organisation: str
    options: Options
    redactor: redaction.Redactor
    files: Mapping[int, File]
    people: dict[int, str] = field(default_factory=dict)
    used: dict[int, File] = field(default_factory=dict)
    moments: list[datetime] = field(default_factory=list)

    def document(
        self, taken: Sequence[Started], answers: Mapping[int, Sequence[ItemAnswer]], found: Mapping[tuple[int, str], list[Finding]]
    ) -> Table:
        """The whole."""
        made = [
            self._result(each, each.pack, answers.get(each.checklist.id, ()), found) for each in taken if each.pack is not None
        ]
        resources = [self._plan(taken), *(self._resource(each) for _number, each in sorted(self.used.items()))]
        changed = max(self.moments, default=self.project.opened_at)
        told = {
            "metadata": self._metadata(changed),
            "import-ap": {"href": f"#{self._uuid('plan')}"},
            "results": made,
            "back-matter": {"resources": resources},
        }
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        return {"uuid": self._uuid(f"document:{digest}"), **told}  # another content, another document

    def _metadata(self, changed: datetime) -> Table:
        company = self._uuid("organisation")
        people = [
            {"uuid": self._uuid(f"person:{number}"), "type": "person", "name": self._said(name)}
            for number, name in sorted(self.people.items())
        ]
        responsible = [{"role-id": "publisher", "party-uuids": [company]}]
        if people:
            responsible.append({"role-id": "assessor", "party-uuids": [each["uuid"] for each in people]})
        return {
            "title": self._said(_("Results of the checklists of %(key)s, %(name)s", key=self.project.key, name=self.project.name)),
            "last-modified": moment(changed), "version": moment(changed), "oscal-version": VERSION,
            "props": [_prop("project", self.project.key), _prop("language", self.language),
                      _prop("confidentiality", str(self.options.confidentiality))],
            "roles": [{"id": "publisher", "title": _("Publisher")}, {"id": "assessor", "title": _("Who answered")}],
            "parties": [{"uuid": company, "type": "organization", "name": self.organisation or "Ninefold"}, *people],
            "responsible-parties": responsible,
        }

    def _result(
        self, started: Started, pack: Pack, answers: Sequence[ItemAnswer], found: Mapping[tuple[int, str], list[Finding]]
    ) -> Table:
        checklist = started.checklist
        ids = identifiers(pack)
        given = [each for each in answers if each.answer_state is not AnswerState.NOT_CHECKED]
        told = [(each, self._finding_rows(checklist.id, each, found)) for each in given]
        ended = checklist.closed_at or max((each.answered_at for each in given if each.answered_at), default=None)
        self.moments += [each for each in (checklist.started_at, ended) if each]
        result: Table = {
            "uuid": self._uuid(f"result:{checklist.id}"),
            "title": self._said(checklist.title or pack.title.in_(self.language)),
            "description": _("%(answered)s of %(total)s questions are answered.", answered=len(given), total=len(answers)),
            "start": moment(checklist.started_at), **({"end": moment(ended)} if ended else {}),
            "props": [
                _prop("pack-id", pack.id), _prop("pack-version", checklist.pack_version),
                _prop("pack-sha256", checklist.pack_digest),
                *(_prop(f"count-{state.replace('_', '-')}", str(sum(each.answer_state is state for each in answers)))
                  for state in AnswerState),
            ],
            "reviewed-controls": {"control-selections": [self._selection(ids, given)]},
        }
        observations = [self._observation(checklist.id, ids, each) for each in given]
        findings = [self._finding(checklist.id, ids, each, row) for each, rows in told for row in rows]
        return result | {name: rows for name, rows in (("observations", observations), ("findings", findings)) if rows}

    def _finding_rows(
        self, checklist_id: int, answer: ItemAnswer, found: Mapping[tuple[int, str], list[Finding]]
    ) -> list[Finding | None]:
        """The nonconformities raised on a line; None for one that is in the answer alone."""
        rows: list[Finding | None] = list(found.get((checklist_id, answer.key), ()))
        return rows or ([None] if answer.answer_state in NONCONFORM else [])

    def _selection(self, ids: Mapping[str, tuple[str, str]], given: Sequence[ItemAnswer]) -> Table:
        controls: dict[str, list[str]] = {}
        for each in given:
            control, statement = ids[each.key]
            controls.setdefault(control, []).append(statement)
        if not controls:
            return {"description": _("No question is answered yet.")}
        return {"include-controls": [{"control-id": each, "statement-ids": held} for each, held in controls.items()]}

    def _observation(self, checklist_id: int, ids: Mapping[str, tuple[str, str]], answer: ItemAnswer) -> Table:
        control, statement = ids[answer.key]
        own = self._uuid(f"observation:{checklist_id}:{answer.key}")
        at = answer.answered_at or self.project.opened_at
        self.moments.append(at)
        words = [answer.item.question.in_(self.language), str(STATES[answer.answer_state]), answer.note]
        made: Table = {
            "uuid": own, "title": answer.key,
            "description": self._said("\n\n".join(each.strip() for each in words if each.strip()), lines=True),
            "props": [
                _prop("answer", answer.answer_state.value), _prop("item-key", answer.key), _prop("control-id", control),
                _prop("statement-id", statement),
            ],
            "methods": ["EXAMINE" if answer.evidence else "UNKNOWN"],
            "types": ["finding" if answer.answer_state in NONCONFORM else "control-objective"],
            "collected": moment(at),
        }
        if answer.answered_by_id is not None:
            self.people[answer.answered_by_id] = answer.answered_by_name
            actor = {"type": "party", "actor-uuid": self._uuid(f"person:{answer.answered_by_id}"), "role-id": "assessor"}
            made["origins"] = [{"actors": [actor]}]
        if answer.evidence:
            made["relevant-evidence"] = [self._evidence(each.id, each.code, each.title) for each in answer.evidence]
        return made

    def _evidence(self, number: int, code: str, title: str) -> Table:
        if number in self.files:
            self.used[number] = self.files[number]
        told = f"{code} {self._title(title)}"
        return {"href": f"#{self._uuid(f'evidence:{number}')}", "description": told, "props": [_prop("code", code)]}

    def _finding(
        self, checklist_id: int, ids: Mapping[str, tuple[str, str]], answer: ItemAnswer, row: Finding | None
    ) -> Table:
        _control, statement = ids[answer.key]
        observation = self._uuid(f"observation:{checklist_id}:{answer.key}")
        target = {"type": "statement-id", "target-id": statement, "status": {"state": "not-satisfied", "reason": "fail"}}
        made: Table = {"target": target, "related-observations": [{"observation-uuid": observation}]}
        if row is None:
            words = answer.note or answer.item.question.in_(self.language)
            return {
                "uuid": self._uuid(f"answer:{checklist_id}:{answer.key}"),
                "title": f"{answer.key}: {STATES[answer.answer_state]}",
                "description": self._said(words, lines=True), "props": [_prop("answer", answer.answer_state.value)], **made,
            }
        self.moments += [each for each in (row.raised_at, row.closed_at, row.reopened_at) if each]
        words = "\n\n".join(each.strip() for each in (row.statement, row.requirement, row.evidence) if each.strip())
        return {
            "uuid": self._uuid(f"finding:{row.number}"), "title": f"{row.code}: {self._said(row.statement)[:200].strip()}",
            "description": self._said(words, lines=True),
            "props": [_prop("code", row.code), _prop("kind", row.kind), _prop("state", row.state)], **made,
        }

    def _plan(self, taken: Sequence[Started]) -> Table:
        """What stands for an assessment plan: OSCAL asks for one, and there is none as a file."""
        packs = ", ".join(f"{each.checklist.pack_id} {each.checklist.pack_version}" for each in taken)
        return {
            "uuid": self._uuid("plan"), "title": _("Plan of the assessment"),
            "description": _(
                "No assessment plan was written in OSCAL. What was put to the project: %(packs)s.", packs=packs or "–"
            ),
        }

    def _resource(self, file: File) -> Table:
        made: Table = {
            "uuid": self._uuid(f"evidence:{file.id}"), "title": f"{file.code} {self._title(file.title)}",
            "props": [_prop("code", file.code), _prop("kind", file.kind), _prop("version", str(file.number))],
        }
        self.moments.append(file.added_at)
        if file.state == "withdrawn":
            made["props"].append(_prop("state", file.state))
        if file.valid_until:
            made["props"].append(_prop("valid-until", file.valid_until.isoformat()))
        if file.sha256:
            hashes = [{"algorithm": "SHA-256", "value": file.sha256}]
            kind = {"media-type": file.media_type} if file.media_type else {}
            place = EvidenceRow(file.sha256, ALLOWED.get(file.media_type, "bin"), "", "").path  # as in the bundle
            made["rlinks"] = [{"href": place, **kind, "hashes": hashes}]
        elif file.url and self.options.shows(Kind.ADDRESSES):
            made["rlinks"] = [{"href": quote(file.url, safe=":/?#[]@!$&'()*+,;=%~")}]
        return made

    def _title(self, title: str) -> str:
        return self._said(title) if self.options.shows(Kind.FILES) else redaction.withheld()

    def _said(self, text: str, *, lines: bool = False) -> str:
        """Words of people without what is withheld; in one line where OSCAL asks for one."""
        told = self.redactor.text(text)
        return told.strip() if lines else _SPACE.sub(" ", told).strip()

    def _uuid(self, part: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAMESPACE}:{self.project.key}:{part}"))


def identifiers(pack: Pack) -> dict[str, tuple[str, str]]:
    """{item: (id of its control, id of its statement)}, those of the catalogue that `packs export --format oscal` writes."""
    if pack.kind != "gates":
        return oscal_own.identifiers(pack)
    counts: dict[str, int] = {}
    found = {}
    for each in pack.items:
        control = f"gate-{each.step}"
        found[each.key] = (control, f"{control}_smt{counts.get(control, 0)}")
        counts[control] = counts.get(control, 0) + 1
    return found


def moment(at: datetime) -> str:
    """A time as OSCAL writes it, in UTC."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _prop(name: str, value: str) -> Table:
    return {"name": _TOKEN.sub("-", name), "ns": NAMESPACE, "value": _SPACE.sub(" ", value).strip() or "–"}
