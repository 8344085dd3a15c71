"""Findings, plainly made."""

from __future__ import annotations

from typing import Any

from workbench.findings import actions
from workbench.findings.models import Finding
from workbench.findings.rules import FindingKind
from workbench.people.models import Person
from workbench.projects.models import Project


def a_finding(project: Project, *, by: Person, **facts: Any) -> Finding:
    """A minor nonconformity that stands."""
    known = {
        "kind": FindingKind.MINOR, "requirement": "own procedure: quantities are read from the export",
        "evidence": "the February invoices, typed by hand", "statement": "Quantities are typed instead of read.", **facts,
    }
    return actions.raise_finding(project=project, by=by, **known)
