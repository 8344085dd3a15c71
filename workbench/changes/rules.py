"""Step 6 as rules: kinds and states of a change, who has to agree, what a plan may not hold, what looks like a secret."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from workbench.flow import Flow, Transition
from workbench.people.rules import Function, Hub
from workbench.people.rules import Permission as P
from workbench.risks.rules import Level, level
from workbench.trail.rules import plain


class ChangeType(StrEnum):
    """Standard is authorised beforehand; normal is assessed each time; emergency is assessed afterwards."""

    STANDARD = "standard"
    NORMAL = "normal"
    EMERGENCY = "emergency"


class RequestState(StrEnum):
    """Where a request for change stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    AUTHORISED = "authorised"
    REJECTED = "rejected"
    SCHEDULED = "scheduled"
    IMPLEMENTED = "implemented"
    BACKED_OUT = "backed_out"
    REVIEWED = "reviewed"
    WITHDRAWN = "withdrawn"


S = RequestState
FLOW = Flow(
    Transition("change", S.DRAFT, S.DRAFT, needs=P.RECORD_WRITE),
    Transition("change", S.SUBMITTED, S.DRAFT, needs=P.RECORD_WRITE),
    Transition("change", S.REJECTED, S.DRAFT, needs=P.RECORD_WRITE),
    Transition("change", S.AUTHORISED, S.DRAFT, needs=P.RECORD_WRITE),
    Transition("change", S.SCHEDULED, S.DRAFT, needs=P.RECORD_WRITE),
    Transition("submit", S.DRAFT, S.SUBMITTED, needs=P.RECORD_WRITE),
    Transition("authorise", S.SUBMITTED, S.AUTHORISED, needs=P.PROJECT_READ),
    Transition("reject", S.SUBMITTED, S.REJECTED, needs=P.PROJECT_READ),
    Transition("schedule", S.AUTHORISED, S.SCHEDULED, needs=P.RECORD_WRITE),
    Transition("implement", S.SCHEDULED, S.IMPLEMENTED, needs=P.RECORD_WRITE),
    Transition("implement_urgently", S.SUBMITTED, S.IMPLEMENTED, needs=P.RECORD_WRITE),
    Transition("back_out", S.SCHEDULED, S.BACKED_OUT, needs=P.RECORD_WRITE),
    Transition("back_out", S.IMPLEMENTED, S.BACKED_OUT, needs=P.RECORD_WRITE),
    Transition("review", S.IMPLEMENTED, S.REVIEWED, needs=P.RECORD_WRITE),
    Transition("review", S.BACKED_OUT, S.REVIEWED, needs=P.RECORD_WRITE),
    Transition("withdraw", S.DRAFT, S.WITHDRAWN, needs=P.RECORD_WRITE),
    Transition("withdraw", S.SUBMITTED, S.WITHDRAWN, needs=P.RECORD_WRITE),
)
GONE = frozenset({S.REJECTED, S.WITHDRAWN})
FREED = GONE | {S.BACKED_OUT}  # another request may carry the plan
DONE = frozenset({S.IMPLEMENTED, S.BACKED_OUT, S.REVIEWED})
AGREED = frozenset({S.AUTHORISED, S.SCHEDULED})

# What a request says: an approval is given on exactly this, and on the plan. TOLD are its texts, asked before it is submitted.
TOLD = ("reason", "affected", "data_involved", "implementation_plan", "tests", "back_out_plan", "communication")
ASKED = ("likelihood", "impact_level", "items", "window", *TOLD)
ASKED_AT_ONCE = ("likelihood", "impact_level", "reason", "back_out_plan")  # papers of an emergency may follow
TEXTS = ("title", "impact", "items_touched", "outage", "cost_of_not_doing", *TOLD)
CONTENT = (*TEXTS, "change_type", "likelihood", "impact_level", "tool_ids", "window_start", "window_end", "planned_on")
REVIEW_DAYS, URGENT_DAYS = 30, 5  # calendar days of a normal change, working days of an emergency


def missing(row: Any) -> list[str]:
    """What a request does not say yet, of what it is asked; an emergency is asked the least before it is submitted."""
    asked = ASKED_AT_ONCE if row.change_type == ChangeType.EMERGENCY else ASKED
    return [name for name in asked if not _says(row, name)]


def missing_at_last(row: Any) -> list[str]:
    """What a request does not say yet, of what every request has to say in the end, also an emergency."""
    return [name for name in ASKED if not _says(row, name)]


def _says(row: Any, name: str) -> bool:
    if name == "items":
        return bool(row.items_touched or row.tool_ids)
    if name == "window":
        return row.window_start is not None and row.window_end is not None
    return bool(getattr(row, name))


def content_of(row: Any) -> dict[str, Any]:
    """What a request says, as it is frozen with an approval."""
    said = {name: getattr(row, name) for name in CONTENT}
    return {name: plain(value) for name, value in said.items()}


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of what a request says."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def level_of(row: Any) -> Level | None:
    """How high the risk of a request is; None while it is not rated."""
    if not row.likelihood or not row.impact_level:
        return None
    return level(row.likelihood, row.impact_level)


def lacking(row: Any, *, newest: str, rehearsed: bool, also: Sequence[str] = ()) -> list[str]:
    """What keeps a request from being submitted. `newest` is the digest of the plan's newest version; `also`: of checks."""
    found = missing(row)
    if row.change_type == ChangeType.NORMAL and not row.plan_sha256:
        found.append("plan")
    if row.plan_sha256 and newest != row.plan_sha256:
        found.append("plan_newer")
    if row.plan_fake_rows or row.plan_sensitive_cells:
        found.append("plan_clean")
    found += also
    if row.change_type == ChangeType.STANDARD and level_of(row) not in (Level.LOW, None):
        found.append("low_risk")
    if level_of(row) is Level.CRITICAL and row.change_type == ChangeType.NORMAL and not rehearsed:
        found.append("rehearsal")
    return found


def given_on(row: Any) -> str:
    """What an answer given now would be given on: the round, the text and the plan."""
    return bound(row.round or 0, digest(content_of(row)), row.plan_sha256 or "")


def bound(round_number: int, content_sha256: str, plan_sha256: str) -> str:
    """The round, the text and the plan that an answer was given on, as one text to compare."""
    return f"{round_number}:{content_sha256}:{plan_sha256}"


# ── Who has to agree ──────────────────────────────────────────────────────────


class Verdict(StrEnum):
    """What the votes on a request amount to."""

    PENDING = "pending"
    AUTHORISED = "authorised"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Terms:
    """What a yes takes: how many approvals, from which hubs and which functions."""

    quorum: int
    hubs: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Vote:
    """One signed answer. `given_on` names the round, the text and the plan that it was given on."""

    person_id: int
    hub: str
    functions: frozenset[str]
    approves: bool
    given_on: str


# Who authorises by risk: the highest levels ask for more than one.
AUTHORITY: dict[Level, frozenset[str]] = {
    Level.LOW: frozenset({Function.PROCESS_OWNER}),
    Level.MEDIUM: frozenset({Function.CHANGE_AUTHORITY}),
    Level.HIGH: frozenset({Function.CHANGE_AUTHORITY, Function.SPONSOR}),
    Level.CRITICAL: frozenset({Function.SPONSOR}),
}


def terms(change_type: str, level: Level | None, quorum: int) -> Terms:
    """What a yes takes: one approval for a standard change, else the quorum with the owner's and the technical hub."""
    if change_type == ChangeType.STANDARD:
        return Terms(1)
    functions = AUTHORITY[level] if level is not None else frozenset()
    return Terms(max(quorum, 2), frozenset({Hub.ADMINISTRATION, Hub.TECHNICAL}), functions)


def counted(asked: Collection[int], votes: Iterable[Vote], *, given_on: str, authors: Collection[int]) -> list[Vote]:
    """The votes that count: by somebody asked, not an author, on what the request says now; the first of each person."""
    found: dict[int, Vote] = {}
    for vote in votes:
        if vote.person_id in asked and vote.person_id not in authors and vote.given_on == given_on:
            found.setdefault(vote.person_id, vote)
    return list(found.values())


def outcome(
    asked: Collection[int], votes: Iterable[Vote], *, given_on: str, authors: Collection[int], terms: Terms
) -> Verdict:
    """What the votes amount to: one rejection rejects; a yes takes the quorum and every hub and function of the terms."""
    valid = counted(asked, votes, given_on=given_on, authors=authors)
    if any(not each.approves for each in valid):
        return Verdict.REJECTED
    hubs = {each.hub for each in valid}
    functions = {function for each in valid for function in each.functions}
    if len(valid) >= terms.quorum and terms.hubs <= hubs and terms.functions <= functions:
        return Verdict.AUTHORISED
    return Verdict.PENDING


# ── Days ──────────────────────────────────────────────────────────────────────


def working_days_after(day: date, count: int) -> date:
    """The day that lies so many working days after a day; Saturdays and Sundays do not count."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def review_due(change_type: str, done_on: date) -> date | None:
    """Until when a change is reviewed; None for a standard one, of which samples are looked at."""
    if change_type == ChangeType.EMERGENCY:
        return working_days_after(done_on, URGENT_DAYS)
    return done_on + timedelta(days=REVIEW_DAYS) if change_type == ChangeType.NORMAL else None


@dataclass(frozen=True)
class Slot:
    """The window of a change and the tools it touches."""

    id: int
    start: datetime
    end: datetime
    tools: frozenset[int]


def conflicts(slots: Sequence[Slot]) -> dict[int, dict[int, frozenset[int]]]:
    """{change: {other change: the tools both touch}} where two windows overlap."""
    found: dict[int, dict[int, frozenset[int]]] = {}
    running: list[Slot] = []
    for slot in sorted(slots, key=lambda each: (each.start, each.id)):
        running = [each for each in running if each.end > slot.start]
        for other in running:
            shared = slot.tools & other.tools
            if shared:
                found.setdefault(slot.id, {})[other.id] = shared
                found.setdefault(other.id, {})[slot.id] = shared
        running.append(slot)
    return found


# ── What a plan may not hold ──────────────────────────────────────────────────

FAKE = "[FAKE]"
LARGEST_TEXT = 20_000_000  # bytes of text read from one plan
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})")
_RESERVED = re.compile(r"(?:^|\.)(?:test|invalid|localhost|example(?:\.(?:com|org|net))?)$", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.])(?:(?:\+|00)[1-9](?:[ .()/-]?\d){8,13}|0[1-9](?:[ .-]?\d{2}){4})(?![\w])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
_MARKUP = re.compile(r"<[^<>]*>")
_PARTS = re.compile(r"xl/(sharedStrings|worksheets/.+)\.xml|word/document\.xml|ppt/slides/.+\.xml|content\.xml")


@dataclass(frozen=True)
class PlanFindings:
    """How many rows of a plan carry the mark of a fake, and how many cells hold something personal in the clear."""

    fake_rows: int
    unmasked_cells: int


def plan_scan(data: bytes) -> PlanFindings | None:
    """Look through a plan, text or office file, row by row; None where it cannot be read as text (PDF, picture)."""
    rows = _rows_of_office(data) if data[:4] == b"PK\x03\x04" else _rows_of_text(data)
    return None if rows is None else rows_scan(rows)


def rows_scan(rows: Sequence[Sequence[str]]) -> PlanFindings:
    """Look through the cells of a plan, row by row."""
    fake = sum(any(FAKE in cell.upper() for cell in row) for row in rows)
    return PlanFindings(fake, sum(is_personal(cell) for row in rows for cell in row))


def _rows_of_text(data: bytes) -> list[list[str]] | None:
    if b"\x00" in data or data[:5] == b"%PDF-":
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=mark))
    except csv.Error:  # a text, not a table
        return [[line] for line in text.splitlines()]


def _rows_of_office(data: bytes) -> list[list[str]] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [each for each in archive.infolist() if _PARTS.fullmatch(each.filename)]
            if not parts or sum(each.file_size for each in parts) > LARGEST_TEXT:
                return None
            texts = [archive.read(each).decode("utf-8", "replace") for each in parts]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, OSError):
        return None
    return [[piece] for text in texts for piece in _MARKUP.split(text) if piece.strip()]


def is_personal(text: str) -> bool:
    """Whether a cell holds what looks like an e-mail address, a telephone number or an IBAN that nobody masked."""
    if any(not _RESERVED.search(found) for found in _EMAIL.findall(text)):
        return True
    return bool(_PHONE.search(text)) or any(_is_iban(found) for found in _IBAN.findall(text))


def _is_iban(text: str) -> bool:
    bare = text.replace(" ", "")
    return 15 <= len(bare) <= 34 and int("".join(str(int(each, 36)) for each in bare[4:] + bare[:4])) % 97 == 1


# ── What looks like a secret ──────────────────────────────────────────────────

_TOLD_SECRETS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\b(?:Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{12,}", re.IGNORECASE),
    re.compile(r"://[^/\s:@]+:[^/\s@]+@"),  # an address with its password
    re.compile(r"(?i)\b(?:password|passwd|pwd|secret|token|api[_ -]?key|mot de passe)\s*=\s*\S+"),
    re.compile(r"(?i)\b(?:password|passwd|pwd|secret|token|api[_ -]?key|mot de passe)\s*:\s*(?=\S*\d)\S{6,}"),
    re.compile(r"\b[0-9a-fA-F]{32,}\b"),
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}")
_PIECE = re.compile(r"[A-Za-z0-9+_=-]{20,}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WORDY = re.compile(r"(?:[A-Z]?[a-z]{2,}+|[A-Z]++)*+\d{0,8}")


def looks_like_secret(text: str) -> bool:
    """Whether a text seems to hold a key or a password rather than where it is kept."""
    if any(each.search(text) for each in _TOLD_SECRETS) or any(map(_is_mixed, _BASE64.findall(text))):
        return True
    return any(_is_dense(piece) for piece in _PIECE.findall(text))


def _is_mixed(piece: str) -> bool:
    return not (piece.isdigit() or piece.islower() or piece.isupper()) and any(each.isdigit() for each in piece)


def _is_dense(piece: str) -> bool:
    """Long, not made of words, and with many different letters: nobody types this by heart."""
    if _UUID.fullmatch(piece) or not any(each.isalpha() for each in piece):
        return False
    if all(_WORDY.fullmatch(part) for part in re.split(r"[-_+=]", piece)):
        return False
    shares = [count / len(piece) for count in Counter(piece).values()]
    return -sum(share * math.log2(share) for share in shares) >= 3.0


# ── Acceptance ────────────────────────────────────────────────────────────────

_PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


FIRST_YEAR, LAST_YEAR = 1900, 9998  # of the calendar: a month before and after every one of them is a date


def is_period(text: str) -> bool:
    """Whether a text names a month, such as 2026-05."""
    return bool(_PERIOD.fullmatch(text))


def months_around(month: date) -> tuple[str, str]:
    """The month before and the month after, as an address holds them."""
    before, after = month - timedelta(days=1), month + timedelta(days=31)
    return f"{before:%Y-%m}", f"{after:%Y-%m}"


def amount(text: str) -> Decimal | None:
    """An amount as typed, with a point or a comma; None where it is none."""
    try:
        found = Decimal(text.replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
