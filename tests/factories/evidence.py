"""Evidence, plainly made."""

from __future__ import annotations

import io
import itertools
from datetime import date
from pathlib import Path

from workbench.evidence import actions
from workbench.evidence.models import Evidence
from workbench.people.models import Person
from workbench.projects.models import Project

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
_number = itertools.count(1)


def a_file(
    project: Project,
    *,
    by: Person,
    home: Path,
    title: str = "Process map",
    data: bytes = b"",
    filename: str = "map.pdf",
    valid_until: date | None = None,
) -> Evidence:
    """A small PDF, unlike every other unless its bytes are given."""
    content = data or PDF + b"%" + str(next(_number)).encode()
    return actions.add_file(
        project=project,
        title=title,
        stream=io.BytesIO(content),
        filename=filename,
        home=home,
        by=by,
        valid_until=valid_until,
    )


def a_link(project: Project, *, by: Person, title: str = "Wiki page", valid_until: date | None = None) -> Evidence:
    """A link."""
    return actions.add_link(
        project=project, title=title, url="https://wiki.example.test/page", by=by, valid_until=valid_until
    )
