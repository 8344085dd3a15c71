"""What may be added as evidence, and how long it holds."""

from __future__ import annotations

import re
from enum import StrEnum

# By content, never by the name a file comes with (trust.md §4).
ALLOWED: dict[str, str] = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "text/plain": "txt",
    "text/csv": "csv",
    "application/json": "json",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}


_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")


class EvidenceKind(StrEnum):
    """Where evidence comes from."""

    FILE = "file"
    LINK = "link"
    SYSTEM = "system"  # a result of Ninefold itself: a reconciliation, a diff, a reading


class EvidenceState(StrEnum):
    """Withdrawn evidence stays readable; it no longer proves anything."""

    CURRENT = "current"
    WITHDRAWN = "withdrawn"


def check_media_type(text: str) -> None:
    """Raise ValueError for what is no media type; empty for a link. It becomes a header of the answer that sends the file."""
    if text and not _MEDIA_TYPE.fullmatch(text):
        raise ValueError(text)
