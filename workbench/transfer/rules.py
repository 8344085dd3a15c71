"""What of a project goes into its file: the tables, what stays behind and why, and where numbers hide outside of keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

FORMAT, VERSION = "ninefold-project", 1
MOST_BYTES = 512_000_000  # of a file
DEEPEST, LONGEST_TEXT, MOST_ROWS = 40, 20_000_000, 500_000
WHOLE = 2**31 - 1  # the largest number a column of whole numbers holds on every database
# Acts that do not change what a file holds: one who only moved a project gets the same bytes again.
MOVES = ("project_exported", "project_imported")

# Rows of the installation that a project's rows refer to: they come along, and are found again by what names them.
SHARED = {
    "person": "e-mail", "tool": "name", "audit_programme": "year", "finding_grade": "code", "hand_over": "",
    "pack_wording": "digest", "pack_edition": "digest", "capability": "tool and kind", "tool_connection": "both tools",
}
LEFT_OUT = {
    "answer_import": "a spreadsheet read and not yet taken over; what was taken over stands in the answers",
    "approved_host": "which hosts may be read is for each installation to approve",
    "connector_secret": "secrets never leave an installation",
    "job": "work under way in one installation",
    "letterhead": "how the reports of one installation look",
    "management_review": "a review looks over all projects of an installation; its report is a built file",
    "pack_draft": "a pack being adapted belongs to the installation; what was published comes along",
    "pack_mapping": "mappings between packs belong to the installation",
    "review_action": "belongs to a management review",
    "review_decision": "belongs to a management review",
    "review_snapshot": "belongs to a management review",
    "submission": "answers to forms, kept for a few days",
    "trail_checkpoint": "the one that covers the project's entries is in the history",
    "trail_earlier_entry": "is the history itself",
    "trail_earlier_log": "is the history itself",
    "trail_entry": "the project's entries are in the history",
    "trail_head": "the log of one installation",
    "trail_private_value": "personal values beside the log, which can be erased, are not multiplied",
}
# Columns that stay behind: what opens something, and what a person has in one installation only. "" is what they become.
HELD_BACK = {
    "person": ("password", "role", "language", "theme", "active", "fs_uniquifier", "created_at", "version"),
    "guest_link": ("token_sha256",), "sharing": ("secret_sha256",), "survey": ("token_sha256",),
    "hand_over": ("items", "left"),  # what it moved on other projects is not this project's
}

# Numbers of rows that stand in JSON or text: {(table, column): ((path, table they name), ...)}. In a path "*" is any name
# and "[]" any element; a column of text holds "<number>:<rest>".
SOFT: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("approval", "content"): (("tool_ids/[]", "tool"),),
    ("checklist", "reserved_for"): (("[]", "person"),),
    ("hypothesis", "capability"): (("", "tool"),),
    ("mapping_run", "recipe"): (
        ("inputs/*/snapshot", "mirror_snapshot"), ("inputs/*/edits/[]", "overlay_edit"),
        ("inputs/*/crosswalk", "crosswalk"), ("overlay/[]", "overlay_edit"),
    ),
    ("path", "tool_ids"): (("[]", "tool"),),
    ("plan_check", "live"): (("*/snapshot", "mirror_snapshot"),),
    ("plan_check", "result"): (("evidence", "evidence"),),
    ("plan_rehearsal", "result"): (("evidence", "evidence"), ("live/*/snapshot", "mirror_snapshot")),
    ("request_for_change", "tool_ids"): (("[]", "tool"),),
}
# A digest over content that names numbers is taken anew over the numbers it has now: {table: (content, digest)}.
DIGESTED = {"approval": ("content", "content_sha256")}
# JSON columns looked at and found to name no row by its number (codes, words, digests, counts).
PLAIN = {
    "adoption_verification": ("functions",), "approval": ("functions",), "artefact_revision": ("body",),
    "artefact_signature": ("signed_functions",), "audit": ("packs",), "audit_signature": ("content",),
    "built_report": ("options",), "checklist": ("parts", "excluded", "counts"), "crosswalk_decision": ("rights",),
    "exclusion": ("before",), "finding": ("whys", "fishbone"), "gate_decision": ("also", "signed_functions", "snapshot"),
    "mapping_run": ("result", "drift"), "meeting": ("hubs",), "membership": ("functions",),
    "mirror_snapshot": ("columns", "masked", "settings"), "mirror_source": ("settings", "contracts", "masks"),
    "named_report": ("options",), "objective": ("limitation_codes",), "overlay_edit": ("key", "cells", "was"),
    "pack_edition": ("languages", "kinds", "remarks"), "pack_wording": ("items",), "post_implementation_review": ("answers",),
    "promotion_plan": ("chosen", "counts"), "pull": ("settings", "requests", "refused"),
    "survey_answer": ("scores", "ratings"), "transition": ("report",), "trial_run": ("inputs", "result"),
}
# Which columns say the SHA-256 of bytes in the evidence store.
STORED = {"evidence_version": "sha256", "built_report": "sha256"}
# Columns that pages offer as a link.
LINKS = {("evidence_version", "url"), ("source", "url")}
_PLACE = re.compile(r"[^\x00-\x1f\x7f\\/]{1,200}")
# What the sandbox makes anew when it is asked for, or keeps only until it is read.
PASSING = ("arrivals", "overlays")


class BadFile(Exception):
    """The file cannot be taken in: `place` is a JSON pointer, `what` says what stands there and what was expected."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place or '/'}: {what}")
        self.place, self.what = place or "/", what


@dataclass
class Outcome:
    """What taking in a file did, or would do: how many rows of each table, and whom and what was found here already."""

    key: str = ""
    sha256: str = ""
    is_dry: bool = False
    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    entries: int = 0
    logs: list[str] = field(default_factory=list)
    persons_found: list[str] = field(default_factory=list)
    persons_made: list[str] = field(default_factory=list)
    tools_found: list[str] = field(default_factory=list)
    tools_made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The outcome as JSON can hold it."""
        return dict(vars(self))


def is_safe_place(place: str) -> bool:
    """Whether a file's place in the sandbox's folder stays inside it: plain names, at most eight deep, none hidden."""
    parts = place.split("/")
    return len(parts) <= 8 and parts[0] not in PASSING and all(
        _PLACE.fullmatch(part) is not None and not part.startswith(".") for part in parts
    )


def renumber(value: Any, path: str, change: Callable[[int], int | None]) -> Any:
    """The value with each number at `path` changed; what is no number stays, and so does everything beside the path."""
    if not path:
        return change(value) if isinstance(value, int) and not isinstance(value, bool) else value
    name, _slash, rest = path.partition("/")
    if name == "[]":
        return [renumber(each, rest, change) for each in value] if isinstance(value, list) else value
    if not isinstance(value, dict):
        return value
    return {key: renumber(each, rest, change) if name in ("*", key) else each for key, each in value.items()}
