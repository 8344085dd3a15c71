"""A report as a Word document: from its HTML, through the company's template or ours, written by a child with limits."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import signal
import subprocess  # the child is our own module under our own interpreter
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench import layout
from workbench.evidence import store
from workbench.reports import pdf
from workbench.reports.formats import blocks
from workbench.reports.rules import Identity
from workbench.web.refusals import BadValue

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEMPLATE = layout.TEMPLATES / "reports" / "word" / "audit_report.docx"
LARGEST = 5_000_000  # bytes of a company's template
LIMITS = pdf.Limits(memory_mb=1024, cpu_seconds=120, wall_seconds=180)
TRIAL = pdf.Limits(memory_mb=512, cpu_seconds=20, wall_seconds=40)
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
# Fields that take something from elsewhere, or run it, when the document is opened.
_REACHING = re.compile(r"\b(INCLUDETEXT|INCLUDEPICTURE|INCLUDE|DDEAUTO|DDE|LINK|IMPORT|RD|MACROBUTTON|DATABASE|EMBED)\b")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_ACTIVE = re.compile(r"vbaProject|activeX|embeddings/|\.bin$|afchunk", re.IGNORECASE)
# Why the child refuses a template, or did not end; what else it says are Jinja's own words.
REASONS = {
    "crossed": _l("a tag that opens in one paragraph, row or cell closes in another; begin both with p, tr or tc, such as "
                  "{%p for …%} and {%p endfor %}"),
    "unopenable": _l("it cannot be opened as a Word document"),
    "placeless": _l("it has no place for the report: write {{ body }} in a paragraph of its own, or {{ section.body }} between "
                    "{%p for section in sections %} and {%p endfor %}"),
    "late": _l("it takes too long to fill"),
    "costly": _l("it needs too much memory or computing"),
}


_RUNNING = frozenset({"vbaProject", "wordVbaData", "oleObject", "package", "control", "activeXControlBinary", "aFChunk"})


class WordFailed(pdf.PdfFailed):
    """The Word document could not be written; the message says why and what to do."""


def word(page: str, *, identity: Identity, key: str, checkpoint: str, template: bytes = b"") -> bytes:
    """The document of a report's HTML as document.html gives it; the same input gives the same bytes. Raises WordFailed.

    Without a `template` ours is taken. `checkpoint` is the hash that the properties name.
    """
    told = blocks.told(page)
    task = {
        "context": context(told, identity, key, checkpoint), "sections": told.sections, "language": told.language,
        "created": told.meta.get("dcterms.created", "1980-01-01T00:00:00+00:00"),
        "logo": base64.b64encode(identity.logo if identity.logo_type == "image/png" else b"").decode(),
    }
    answer = _child(task, template or TEMPLATE.read_bytes(), LIMITS)
    if "refused" in answer:
        where = f" ({answer['where']})" if answer["where"] else ""
        raise WordFailed(_("the Word document could not be written: %(why)s%(where)s", why=_why(answer), where=where))
    return base64.b64decode(answer["docx"])


def context(told: blocks.Told, identity: Identity, key: str, checkpoint: str) -> dict[str, Any]:
    """What a template may print beside `sections`, `body` and `logo` (docs/formats/word-template.md)."""
    with force_locale(told.language):
        words = {
            "contents": str(_("Contents")), "page": str(_("page")), "of": str(_("of")),
            "later": str(_("The page numbers come when Word updates this table.")),
        }
    pairs = [[{"label": label, "text": text} for label, text in rows] for rows in (told.facts, told.seal)]
    return {
        "document_title": told.title, "language": told.language, "words": words, "checkpoint": checkpoint,
        "report": {"title": told.cover.get("kind", told.title)},
        "project": {"key": key, "name": told.cover.get("title", "")},
        "organisation": told.cover.get("organisation", identity.organisation),
        "address": told.cover.get("address", ""), "mark": told.cover.get("mark", ""), "cover": pairs[0], "seal": pairs[1],
    }


def check_template(data: bytes) -> None:
    """Raise BadValue for the field "word_template", naming the part and the tag, where reports could not be written with it."""
    if len(data) > LARGEST:
        raise _bad(_("The file is larger than %(limit)s MB.", limit=LARGEST // 1_000_000))
    if store.media_type(data, "template.docx") != MEDIA_TYPE:
        raise _bad(_("A Word document (.docx) without macros is expected; by its content this file is none."))
    _check_parts(data)
    answer = _child(SAMPLE, data, TRIAL)
    if "refused" in answer:
        where = _(" It is in %(place)s.", place=answer["where"]) if answer["where"] else ""
        raise _bad(_("The template cannot be filled: %(why)s.%(where)s", why=_why(answer).rstrip("."), where=where))


def _why(answer: Mapping[str, Any]) -> str:
    return str(REASONS.get(answer["refused"], answer["refused"]))


def _bad(message: str) -> BadValue:
    return BadValue("word_template", str(message))


def _check_parts(data: bytes) -> None:
    """Nothing in it runs, and nothing of it is fetched from elsewhere when somebody opens the report."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if _ACTIVE.search(name):
                raise _bad(_("The template holds something that can run or that lies in it as a file: %(name)s. Take it out.",
                             name=name))
            if name == "[Content_Types].xml" and b"vbaProject" in archive.read(name).replace(b"\0", b""):
                raise _bad(_("The template holds something that can run or that lies in it as a file: %(name)s. Take it out.",
                             name="vbaProject"))
            if name.endswith(".rels"):
                _check_relations(name, archive.read(name))
            elif name.endswith(".xml"):
                _check_fields(name, archive.read(name))


def _check_relations(name: str, body: bytes) -> None:
    if _own_type(body):
        raise _bad(_("%(name)s has a document type of its own.", name=name))
    try:
        relations = list(ElementTree.fromstring(body).iter(_RELATION))  # noqa: S314 - no document type, so no entities
    except ElementTree.ParseError as error:
        raise _bad(_("%(name)s cannot be read.", name=name)) from error
    for each in relations:
        kind = each.get("Type", "").rpartition("/")[2]
        if kind in _RUNNING:
            raise _bad(_("The template holds something that can run or that lies in it as a file: %(name)s. Take it out.",
                         name=each.get("Target", "")[:100]))
        if each.get("TargetMode", "").casefold() == "external" and not _is_address(kind, each.get("Target", "")):
            raise _bad(_("The template fetches something from elsewhere when it is opened: %(target)s (%(kind)s, in %(name)s). "
                         "Put it into the file, or take it out.", target=each.get("Target", "")[:100], kind=kind, name=name))


def _is_address(kind: str, target: str) -> bool:
    return kind == "hyperlink" and target.casefold().startswith(("https://", "http://", "mailto:"))


def _check_fields(name: str, body: bytes) -> None:
    if _own_type(body):
        raise _bad(_("%(name)s has a document type of its own.", name=name))
    try:
        tree = ElementTree.fromstring(body)  # noqa: S314 - no document type, so no entities
    except ElementTree.ParseError as error:
        raise _bad(_("%(name)s cannot be read.", name=name)) from error
    said = "".join(_instructions(tree))
    found = _REACHING.search(said.upper())
    if found:
        raise _bad(_("The template has a field that reaches elsewhere when it is opened: %(field)s, in %(name)s.",
                     field=found[0], name=name))
    if "{{" in said or "{%" in said:
        raise _bad(_("The template has a tag within a field, in %(name)s. Write it beside the field.", name=name))


def _instructions(tree: ElementTree.Element) -> Iterator[str]:
    """What the fields of a part are told to do: the words of one field, however many pieces it is in, then a line end."""
    for each in tree.iter():
        if each.tag in (f"{_WORD}instrText", f"{_STRICT}instrText"):
            yield each.text or ""
        elif each.tag in (f"{_WORD}fldSimple", f"{_STRICT}fldSimple"):
            yield f"\n{each.get(f'{_WORD}instr') or each.get(f'{_STRICT}instr') or ''}\n"
        elif each.tag in (f"{_WORD}fldChar", f"{_STRICT}fldChar"):
            yield "\n"


def _own_type(body: bytes) -> bool:
    """Whether a part has a document type, in whatever letters it is written."""
    plain = body.replace(b"\0", b"")
    return b"<!DOCTYPE" in plain or b"<!ENTITY" in plain


def _child(task: Mapping[str, Any], template: bytes, limits: pdf.Limits) -> dict[str, Any]:
    asked = {**task, "template": base64.b64encode(template).decode(),
             "limits": {"memory_mb": limits.memory_mb, "cpu_seconds": limits.cpu_seconds}}
    command = [sys.executable, "-P", "-s", "-B", "-X", "utf8", "-m", "workbench.reports.formats.docx_child"]
    with tempfile.TemporaryDirectory(prefix="ninefold-word-") as folder:
        # A fixed hash seed keeps the order of sets, and with it the bytes, the same.
        inherited = {"PYTHONPATH": str(layout.PACKAGE.parent), "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8",
                     "PYTHONHASHSEED": "0"}
        with subprocess.Popen(  # noqa: S603 - a fixed command, no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=Path(folder), env=inherited,
            start_new_session=True,
        ) as child:
            try:
                said, errors = child.communicate(json.dumps(asked).encode() + b"\n", timeout=limits.wall_seconds)
            except BaseException as error:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                if isinstance(error, subprocess.TimeoutExpired):
                    return {"refused": "late", "where": ""}
                raise
    if child.returncode != 0:
        last = errors.decode(errors="replace").strip().splitlines()[-1:] or [f"exit status {child.returncode}"]
        why = "costly" if child.returncode < 0 or "MemoryError" in last[0] else last[0][:200]
        return {"refused": why, "where": ""}
    answer: dict[str, Any] = json.loads(said)
    return answer


# What a template is tried with: every name it may print, and each kind of block.
SAMPLE: Mapping[str, Any] = {
    "context": {
        "document_title": "Report ABC-1", "language": "en", "checkpoint": "hash", "report": {"title": "Report"},
        "words": {"contents": "Contents", "page": "page", "of": "of", "later": "…"}, "organisation": "Company",
        "project": {"key": "ABC-1", "name": "Project"}, "address": "Street\nPlace", "mark": "internal",
        "cover": [{"label": "Scope", "text": "All"}], "seal": [{"label": "Key", "text": "abc"}],
    },
    "sections": [
        {"id": "one", "number": "1", "title": "Section", "wide": False, "blocks": [
            {"kind": "heading", "level": 2, "runs": [["Heading", ""]], "ids": []},
            {"kind": "text", "runs": [["Text & <signs>", "b"]], "look": "", "ids": []},
            {"kind": "item", "runs": [["Item", ""]], "level": 1, "number": "", "ids": []},
        ]},
        {"id": "two", "number": "2", "title": "Table", "wide": True, "blocks": [
            {"kind": "table", "widths": [50, 50], "heads": [], "look": "", "caption": "", "ids": [], "rows": [
                {"look": "", "cells": [
                    {"runs": [["Cell", ""]], "span": 1, "rows": 1, "num": False, "head": False},
                    {"runs": [["2", ""]], "span": 1, "rows": 1, "num": True, "head": False},
                ]},
            ]},
        ]},
    ],
    "language": "en", "created": "2026-01-01T00:00:00+00:00", "logo": "",
}
