"""The child that writes Word documents (`python -m workbench.reports.formats.docx_child`): a template of a company is a
program of its own, so it runs here, with limits, without a database, secrets or network.

It reads one line of JSON {template: base64, context, sections, logo: base64, created, limits} and answers with one line
of JSON: {docx: base64} or {refused: words, where}.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import resource
import sys
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from workbench.reports.formats import word_body, word_styles

BODY = re.compile("\ue000([a-z]+):?(\\d*)\ue001")  # where the blocks of a section, the whole report, or the logo come
EPOCH = (1980, 1, 1, 0, 0, 0)
_LONGEST_PROPERTY = 255  # characters, the limit of the file format
_TAGS = re.compile(r"<[^>]+>")
_PARAGRAPH = re.compile(r"<w:p([ >])")
_SAID = re.compile(r"\{[{%#].*?[}%#]\}")
# What a child that only writes has no business doing.
FORBIDDEN = frozenset({
    "socket.connect", "socket.getaddrinfo", "socket.bind", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork",
})
FILTERS = (
    "abs", "batch", "capitalize", "default", "d", "e", "escape", "first", "format", "join", "last", "length", "count", "list",
    "lower", "map", "reject", "rejectattr", "replace", "reverse", "select", "selectattr", "slice", "sort", "string", "title",
    "trim", "truncate", "upper", "wordcount",
)


class Refused(Exception):
    """The template cannot be used; a key of docx.REASONS or Jinja's own words say why, `where` names the tag."""

    def __init__(self, words: str, where: str = "") -> None:
        super().__init__(words)
        self.where = where


def main() -> int:
    """Read, write, answer."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    task = json.loads(sys.stdin.buffer.readline())
    memory = task["limits"]["memory_mb"] * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (task["limits"]["cpu_seconds"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)
    try:
        answer = {"docx": base64.b64encode(written(task)).decode()}
    except Refused as refusal:
        answer = {"refused": str(refusal), "where": refusal.where}
    out.write(json.dumps(answer).encode() + b"\n")
    out.flush()
    return 0


def _refuse(event: str, arguments: Any) -> None:
    if event in FORBIDDEN:
        raise PermissionError(f"{event} is not allowed while a document is written")


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja in which a template cannot switch off that what it prints is text and never markup."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        made = super()._parse(source, name, filename)
        for each in made.find_all(nodes.EvalContextModifier):
            raise TemplateSyntaxError("autoescape cannot be changed", each.lineno, name, filename)
        return made


def environment() -> ImmutableSandboxedEnvironment:
    """Jinja for templates of strangers: no globals, few filters, nothing that is not there is taken for empty."""
    found = _Sandbox(autoescape=True, undefined=StrictUndefined)
    found.globals.clear()
    found.filters = {name: found.filters[name] for name in FILTERS}
    return found


class Template(DocxTemplate):  # type: ignore[misc]
    """docxtpl that remembers where it is, and that refuses what would come out broken."""

    lines: tuple[str, ...] = ()
    part = ""

    def render_xml_part(self, src_xml: str, part: Any, context: Any, jinja_env: Any = None) -> str:
        """One part of the document; what is not well formed afterwards is refused and not mended by leaving out."""
        self.lines, self.part = tuple(_PARAGRAPH.sub(r"\n<w:p\1", src_xml).splitlines()), str(part.partname).lstrip("/")
        made: str = super().render_xml_part(src_xml, part, context, jinja_env)
        try:
            etree.fromstring(made.encode(), parser=etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
        except etree.XMLSyntaxError as error:
            raise Refused("crossed", self.part) from error
        return made

    def place(self, line: int) -> str:
        """The text of the paragraph that a line of the template is."""
        words = [_TAGS.sub("", each).strip() for each in self.lines[max(0, line - 1) : line]]
        said = " ".join(word for word in words if word)
        return f"{self.part}: {(' '.join(_SAID.findall(said)) or said)[:160]}" if said else self.part


def written(task: Mapping[str, Any]) -> bytes:
    """The document. Raises Refused."""
    template = _opened(base64.b64decode(task["template"]))
    try:
        template.render(_context(task), environment(), autoescape=True)
    except TemplateError as error:
        line = getattr(error, "lineno", None) or _line_of(error)
        raise Refused(str(error.message or error), template.place(line) if line else template.part) from error
    except Refused:
        raise
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError, RecursionError, IndexError) as error:
        line = _line_of(error)
        raise Refused(str(error)[:200], template.place(line) if line else template.part) from error
    document: Document = template.docx
    _fill(document, task)
    _describe(document, task)
    stream = io.BytesIO()
    document.save(stream)
    return repacked(stream.getvalue())


def _opened(data: bytes) -> Template:
    template = Template(io.BytesIO(data))
    try:
        template.init_docx()
    except (KeyError, ValueError, zipfile.BadZipFile, etree.XMLSyntaxError, AttributeError) as error:
        raise Refused("unopenable") from error
    body = template.docx.element.body
    if body is None or body.find(qn("w:sectPr")) is None:
        raise Refused("unopenable")
    return template


def _line_of(error: BaseException) -> int:
    """The line of the template in which it went wrong."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _context(task: Mapping[str, Any]) -> dict[str, Any]:
    sections = [
        {"id": each["id"], "number": each["number"], "title": each["title"], "body": f"\ue000section:{place}\ue001"}
        for place, each in enumerate(task["sections"])
    ]
    return {**task["context"], "sections": sections, "body": "\ue000body\ue001", "logo": "\ue000logo\ue001"}


def _fill(document: Document, task: Mapping[str, Any]) -> None:
    """Put blocks, and the logo, where the template has their marks."""
    sections = task["sections"]
    word_styles.complete(document.styles.element)
    styles = {each.name: each.style_id for each in document.styles if each.name}
    body = document.element.body
    paper = word_body.Paper(_all_names(styles), body.sectPr, word_body.linked_places(sections))
    own = [int(each.get(qn("w:id"), "0")) for each in body.iter(qn("w:bookmarkStart"))]
    paper.marks = max(own, default=0)  # ours follow the bookmarks of the template
    told = 0
    for paragraph in [each for each in body.iter(qn("w:p")) if BODY.search(_words(each))]:
        found = BODY.search(_words(paragraph))
        if found is None or found[1] == "logo":
            continue
        told += 1
        wanted = sections if found[1] == "body" else [sections[int(found[2])]]
        _replace(paper, paragraph, wanted, has_headings=found[1] == "body")
    if not told:
        raise Refused("placeless")
    _finish(paper, document)
    _place_logo(document, task)


def _all_names(styles: Mapping[str, str]) -> dict[str, str]:
    """Styles by their name; python-docx calls the headings "Heading 1" where files say "heading 1"."""
    return {**styles, **{name.replace("Heading", "heading").replace("Caption", "caption"): key for name, key in styles.items()}}


def _words(paragraph: Any) -> str:
    return "".join(each.text or "" for each in paragraph.iter(qn("w:t")))


def _replace(paper: word_body.Paper, paragraph: Any, sections: Iterable[Mapping[str, Any]], *, has_headings: bool) -> None:
    """Put the elements of sections where a paragraph was. A section whose pages lie begins with its heading on them."""
    may_turn = paragraph.getparent().tag == qn("w:body")
    for section in sections:
        before = paragraph if has_headings else _heading_above(paragraph, section)
        for each in word_body.turned(paper, bool(section["wide"])) if may_turn else ():
            before.addprevious(each)
        made = [word_body.heading(paper, section)] if has_headings else []
        for each in [*made, *word_body.body(paper, section["blocks"], may_turn=may_turn)]:
            paragraph.addprevious(each)
    paragraph.getparent().remove(paragraph)


def _heading_above(paragraph: Any, section: Mapping[str, Any]) -> Any:
    """The template's own heading of the section, where it stands right above."""
    above = paragraph.getprevious()
    is_heading = above is not None and above.tag == qn("w:p") and section["title"] in _words(above)
    return above if is_heading else paragraph


def _finish(paper: word_body.Paper, document: Document) -> None:
    """The last pages: they lie where the report ended so and nothing of the template comes after it."""
    body = document.element.body
    if paper.is_wide:
        section = word_body.shaped(paper, True)
        body.replace(body.sectPr, section)
    if paper.has_turned:
        for each in body.sectPr.findall(qn("w:titlePg")):
            body.sectPr.remove(each)


def _place_logo(document: Document, task: Mapping[str, Any]) -> None:
    parts = [document.element.body, *(part.element for part in _headers(document))]
    data = base64.b64decode(task["logo"])
    for root in parts:
        for text in [each for each in root.iter(qn("w:t")) if BODY.search(each.text or "")]:
            text.text = BODY.sub("", text.text)
            if data and root is document.element.body:
                from docx.text.run import Run  # noqa: PLC0415 - cold start

                picture = Run(text.getparent(), document._body).add_picture(io.BytesIO(data), height=Mm(14))
                picture._inline.docPr.set("descr", task["context"]["organisation"])


def _headers(document: Document) -> list[Any]:
    found = []
    for section in document.sections:
        found += [each for each in (section.header, section.footer, section.first_page_header, section.first_page_footer)
                  if not each.is_linked_to_previous]
    return [each.part for each in found]


def _describe(document: Document, task: Mapping[str, Any]) -> None:
    """The properties of the document: from the report and its checkpoint, never from this moment."""
    context, core = task["context"], document.core_properties
    moment = datetime.fromisoformat(task["created"]).astimezone(UTC).replace(tzinfo=None)
    core.title, core.subject = context["document_title"][:_LONGEST_PROPERTY], context["project"]["name"][:_LONGEST_PROPERTY]
    core.author = context["organisation"][:_LONGEST_PROPERTY]
    core.created = core.modified = moment
    core.last_printed = moment
    core.language, core.last_modified_by, core.revision = task["language"], core.author, 1
    core.comments, core.keywords, core.identifier = "", context["project"]["key"], context["checkpoint"]
    looks = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    if looks is not None and looks.find(qn("w:lang")) is None:
        etree.SubElement(looks, qn("w:lang"))
    for each in document.styles.element.iter(qn("w:lang")):
        each.set(qn("w:val"), {"en": "en-GB", "fr": "fr-FR"}.get(task["language"], task["language"]))


def repacked(data: bytes) -> bytes:
    """The same file with its parts in a fixed order and without a time: the same document has the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda each: (each != "[Content_Types].xml", each)):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            new.writestr(entry, old.read(name), compresslevel=6)
    return stream.getvalue()


if __name__ == "__main__":
    sys.exit(main())
