"""Parts joined into one PDF: pages, running lines, links, bookmarks, document properties, and one tree of tags over all."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from workbench.reports import outline
from workbench.reports.fonts import Fonts
from workbench.reports.stamping import Stamp

LEAF = 64  # names in one leaf of a tree


@dataclass(frozen=True)
class Properties:
    """What the file says of itself. `created` is a moment as ISO 8601 writes it."""

    title: str
    author: str = ""
    subject: str = ""
    language: str = "en"
    created: str = ""
    creator: str = "Ninefold"
    engine: str = ""


class Joint:
    """Parts on their way into one PDF. Each has a place; those of `places` may come in whatever order, others after all of them.

    A part is opened when it comes and copied when those before it are there, so that the same parts give the same bytes.
    Used as a context: every part stays open until the whole is written, for its streams are copied then.
    """

    def __init__(self, places: Iterable[int]) -> None:
        self.pdf = Pdf.new()
        self.awaited = deque(places)
        self.opened: dict[int, Pdf] = {}
        self.parts: dict[int, Part] = {}
        self.stack = ExitStack()

    def __enter__(self) -> Joint:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stack.close()

    def take(self, place: int, body: bytes) -> None:
        """Take in the part of this place."""
        source = self.stack.enter_context(pikepdf.open(io.BytesIO(body)))
        if place not in self.awaited:
            self._copy(place, source)
            return
        self.opened[place] = source
        while self.awaited and self.awaited[0] in self.opened:
            before = self.awaited.popleft()
            self._copy(before, self.opened.pop(before))

    def _copy(self, place: int, source: Pdf) -> None:
        pages = [self.pdf.copy_foreign(page.obj) for page in source.pages]
        at = {page.objgen: number for number, page in enumerate(source.pages)}
        names = {name: (at[to[0].objgen], to[2], to[3]) for name, to in _names(source)}
        tags = self.pdf.copy_foreign(source.Root.StructTreeRoot)  # after the pages, which its elements name
        self.parts[place] = Part(pages, names, tags, list(outline.read(source)))

    def count(self, place: int) -> int:
        """How many pages the part of this place has."""
        return len(self.parts[place].pages)

    def places(self, gap: int, pages: int) -> dict[str, int]:
        """The page, from 1, on which each name stands, with so many pages left for the part of the place `gap`."""
        found: dict[str, int] = {}
        before = 0
        for place in sorted({*self.parts, gap}):
            if place == gap:
                before += pages
                continue
            part = self.parts[place]
            for name, (number, _x, _y) in part.names.items():
                found.setdefault(name, before + number + 1)
            before += len(part.pages)
        return found

    def joined(self, frame: bytes, words: tuple[str, str], properties: Properties, *, is_covered: bool) -> bytes:
        """One PDF of the parts in the order of their places. A cover carries no running lines."""
        joined = _Joined(self.pdf)
        for place in sorted(self.parts):
            joined.add(self.parts[place])
        stamp = Stamp.of(self.pdf, self.stack.enter_context(pikepdf.open(io.BytesIO(frame))), words, joined.fonts)
        total = len(self.pdf.pages)
        for number, page in enumerate(self.pdf.pages, 1):
            if number > 1 or not is_covered:
                stamp.on(self.pdf, page, number, total)
        return joined.finish(properties)


@dataclass(frozen=True)
class Part:
    """A part within the file: its pages, its names with (page from 0, x, y), its tags, its bookmarks."""

    pages: list[Any]
    names: Mapping[str, tuple[int, Any, Any]]
    tags: Any
    bookmarks: list[outline.Bookmark]


class _Joined:
    """The file in the making."""

    def __init__(self, pdf: Pdf) -> None:
        self.pdf = pdf
        self.key = 0  # the next number of the parent tree
        self.structure = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        self.document = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=self.structure, K=Array()))
        self.parents: list[Any] = []
        self.ids: list[tuple[bytes, Any]] = []
        self.names: dict[str, Any] = {}
        self.bookmarks: list[outline.Bookmark] = []
        self.fonts = Fonts(pdf)

    def add(self, part: Part) -> None:
        """The pages of a part with all that leads to them and all that is said of them."""
        first = len(self.pdf.pages)
        for page in part.pages:
            self.pdf.pages.append(pikepdf.Page(page))
        for name, (number, x, y) in part.names.items():
            self.names.setdefault(name, Array([part.pages[number], Name.XYZ, x, y, 0]))
        self.bookmarks.extend(replace(each, page=first + each.page) for each in part.bookmarks)
        self._tags(part)
        if part.pages:
            self.fonts.gather(part.pages[0].Resources.Font)

    def _tags(self, part: Part) -> None:
        """Hang the part's tree below our document; the numbers by which its pages find their tags move on by an offset."""
        root = part.tags
        top_element = root.K[0]
        top_element.S, top_element.P = Name.Part, self.document
        self.document.K.append(top_element)
        numbers, top = list(root.ParentTree.Nums), 0
        for at in range(0, len(numbers), 2):
            top = max(top, int(numbers[at]) + 1)
            self.parents += [int(numbers[at]) + self.key, numbers[at + 1]]
        for page in part.pages:
            page.StructParents = int(page.StructParents) + self.key
            for note in page.get("/Annots", ()):
                if "/StructParent" in note:
                    note.StructParent = int(note.StructParent) + self.key
        self.key += top
        if "/IDTree" in root:
            names = list(root.IDTree.Names)
            self.ids += [(bytes(names[at]), names[at + 1]) for at in range(0, len(names), 2)]

    def finish(self, properties: Properties) -> bytes:
        """Write what belongs to the file as a whole."""
        root = self.pdf.Root
        self.structure.K = Array([self.document])
        self.structure.ParentTree = self.pdf.make_indirect(_tree("/Nums", self.parents, self.pdf))
        self.structure.ParentTreeNextKey = self.key
        if self.ids:
            flat = [each for name, at in sorted(self.ids, key=lambda each: each[0]) for each in (String(name), at)]
            self.structure.IDTree = self.pdf.make_indirect(_tree("/Names", flat, self.pdf))
        root.StructTreeRoot = self.structure
        root.MarkInfo = Dictionary(Marked=True)
        root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.D)]))
        if self.names:
            flat = [each for name in sorted(self.names, key=_bytes) for each in (String(name), self.names[name])]
            root.Names = Dictionary(Dests=self.pdf.make_indirect(_tree("/Names", flat, self.pdf)))
        outline.write(self.pdf, self.bookmarks)
        self.fonts.finish()
        describe(self.pdf, properties)
        return written(self.pdf)


def _bytes(name: str) -> bytes:
    return bytes(String(name))


def _names(source: Pdf) -> list[tuple[str, Any]]:
    found: Any = source.Root.get("/Names", {})
    held = list(found.Dests.Names) if "/Dests" in found else []
    return [(str(held[at]), held[at + 1]) for at in range(0, len(held), 2)]


def _tree(kind: str, flat: Sequence[Any], pdf: Pdf) -> Dictionary:
    """A tree of names or numbers in leaves of one size, from keys and values in order."""
    if len(flat) <= 2 * LEAF:
        return Dictionary({kind: Array(flat)})
    leaves = []
    for at in range(0, len(flat), 2 * LEAF):
        leaf = flat[at:at + 2 * LEAF]
        leaves.append(pdf.make_indirect(Dictionary({kind: Array(leaf), "/Limits": Array([leaf[0], leaf[-2]])})))
    return Dictionary(Kids=Array(leaves))


def describe(pdf: Pdf, properties: Properties, claims: Mapping[str, str] | None = None) -> None:
    """The document's properties, as its dictionary and as XMP hold them; `claims` are elements of the XMP by name."""
    told = {
        "/Title": properties.title, "/Author": properties.author, "/Subject": properties.subject,
        "/Creator": properties.creator, "/Producer": properties.engine, "/CreationDate": _pdf_date(properties.created),
    }  # fmt: skip
    pdf.trailer.Info = pdf.make_indirect(Dictionary({name: String(value) for name, value in told.items() if value}))
    pdf.Root.Lang = String(properties.language)
    stream = pikepdf.Stream(pdf, _xmp(properties, claims or {}).encode())
    stream.Type, stream.Subtype = Name.Metadata, Name.XML
    pdf.Root.Metadata = pdf.make_indirect(stream)


def written(pdf: Pdf) -> bytes:
    """The bytes; the same content gives the same."""
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate, force_version="1.7")
    return out.getvalue()


def _pdf_date(moment: str) -> str:
    """2026-02-01T09:00:00+00:00 as PDF writes it: D:20260201090000+00'00."""
    if len(moment) < 19:
        return ""
    digits = "".join(each for each in moment[:19] if each.isdigit())
    zone = moment[19:].replace(":", "'")
    return f"D:{digits}{zone or 'Z'}"


def _xmp(properties: Properties, claims: Mapping[str, str]) -> str:
    claimed = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in claims.items())
    title, author, subject = (escape(each) for each in (properties.title, properties.author, properties.subject))
    created = f"<xmp:CreateDate>{escape(properties.created)}</xmp:CreateDate>" if properties.created else ""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" '
        'xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">'
        f'{claimed}<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>'
        f"<dc:language><rdf:Bag><rdf:li>{escape(properties.language)}</rdf:li></rdf:Bag></dc:language>"
        + (f"<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>" if author else "")
        + (f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>' * bool(subject))
        + f"<xmp:CreatorTool>{escape(properties.creator)}</xmp:CreatorTool>{created}"
        + (f"<pdf:Producer>{escape(properties.engine)}</pdf:Producer>" if properties.engine else "")
        + '</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="r"?>'
    )
