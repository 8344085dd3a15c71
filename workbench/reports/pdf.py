"""The only file that speaks to WeasyPrint: what a child that sets pages may do, and the child itself.

The child (`python -m workbench.reports.pdf`, started by workers.py) reads from standard input one line of JSON {sheets: [css],
assets: {id: path}, texts: {id: text}, bytes: {id: base64}, limits}, then a line {html, sheet, mark, variant} for each document. For
each it writes the length and its own memory (8 and 4 bytes, big-endian: bytes, MB), then the PDF. It has no database, no secrets,
no network and no fonts but those of its assets; it opens nothing but them.
"""

from __future__ import annotations

import base64
import ctypes
import gc
import json
import logging
import os
import resource
import signal
import struct
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from workbench import layout

log = logging.getLogger("workbench.reports")
SCHEME = "wb-asset:"
ELSEWHERE = "wb-to:"  # a link to a place in another part of the same report
REPLY = struct.Struct(">QI")
MEDIA_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2"}
NEEDS_PANGO, OUT_OF_MEMORY = 3, 4
REFUSED = "refused: "
LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0")
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
NO_PANGO = f"PDFs need Pango, which is not installed. On Debian or Ubuntu: sudo apt-get install {PACKAGES}"
ARCHIVAL = "pdf/a-3a"
# Elements that may hold text themselves; NonStruct may too, and goes with what holds it.
HOLD_TEXT = frozenset(["/P", "/TD", "/TH", "/H1", "/H2", "/H3", "/H4", "/LBody", "/Lbl", "/Caption", "/NonStruct"])
# What a page has no business doing once WeasyPrint is loaded; a second guard behind the fetcher.
FORBIDDEN = frozenset(
    {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"}
)
# No folder of fonts: a machine's own fonts would give other pages, and so other bytes.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><cachedir>{}</cachedir></fontconfig>"""
# Pango crashes where there is no font at all, so a style that brings none gets this one.
BASE = "source-sans-3-latin-400-normal.woff2"
FACE = f'@font-face {{ font-family: "Source Sans 3"; src: url("{SCHEME}{BASE}") format("woff2") }}\n'


class PdfFailed(Exception):
    """The PDF could not be made; the message says why and what to do."""

    @property
    def message(self) -> str:
        """The words, under the name that every refusal has."""
        return str(self)


@dataclass(frozen=True)
class Limits:
    """What setting one part of a document may use."""

    memory_mb: int = 1536
    cpu_seconds: int = 60
    wall_seconds: float = 90


@cache
def missing_libraries() -> str:
    """Empty where PDFs can be made on this machine, else what to install. Looks only, so that a page may ask."""
    if sys.platform != "linux":
        return ""  # the names differ; the child says what it lacks
    try:
        for name in LIBRARIES:
            ctypes.CDLL(name)
    except OSError:
        return NO_PANGO
    return ""


@cache
def engine() -> str:
    """What sets the pages, with its versions: pages that another engine set are not taken for ours."""
    packages = [f"{name} {metadata.version(name)}" for name in ("weasyprint", "pydyf", "fonttools", "tinycss2")]
    return " ".join([*packages, f"pango {_pango()}", f"child {FORMAT}"])


def _pango() -> str:
    try:
        version = ctypes.CDLL(LIBRARIES[0]).pango_version_string
    except (OSError, AttributeError):
        return ""
    version.restype = ctypes.c_char_p
    return str(version().decode())


def child_command() -> list[str]:
    """How a child is started."""
    return [sys.executable, "-P", "-s", "-B", "-X", "utf8", "-m", "workbench.reports.pdf"]


def child_environment(folder: Path) -> dict[str, str]:
    """All that the child inherits. A fixed hash seed keeps the order of sets, and with it the bytes, the same."""
    fonts = folder / "fonts.conf"
    fonts.write_text(FONTS.format(folder / "fontconfig"), encoding="utf-8")
    return {
        "PYTHONPATH": str(layout.PACKAGE.parent),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "FONTCONFIG_FILE": str(fonts),
    }


def reason(code: int, said: str, limits: Limits) -> str:
    """Why a child ended, in words, from its exit status and what it wrote to standard error."""
    if code == NEEDS_PANGO:
        return NO_PANGO
    if code == -signal.SIGXCPU:
        return f"setting the pages was ended after {limits.cpu_seconds} s of computing; the report is too large"
    if code == OUT_OF_MEMORY or "MemoryError" in said:
        return f"setting the pages was ended: it needs more than {limits.memory_mb} MB of memory"
    lines = [line for line in said.strip().splitlines() if not line.startswith((REFUSED, "Fontconfig"))]
    return f"the pages could not be set: {lines[-1] if lines else f'exit status {code}'}"


# Below this line: the child.
FORMAT = 1  # of what `_mark` leaves in a PDF; a new number makes the kept parts of an older one unfit


def main() -> int:
    """Set the documents that come in, one after the other."""
    # What libraries print must not end up among the PDF's bytes.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.nice(10)  # whoever waits for a page of the workbench comes first
    setup = json.loads(sys.stdin.buffer.readline())
    limits = setup["limits"]
    memory = limits["memory_mb"] * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _allow(limits["cpu_seconds"])
    gc.disable()
    try:
        _serve(Setter(setup), out, limits["cpu_seconds"])
    except MemoryError:
        return OUT_OF_MEMORY
    except ImportError as error:
        print(error, file=sys.stderr)
        return NEEDS_PANGO
    return 0


def _serve(setter: Setter, out: Any, seconds: int) -> None:
    gc.freeze()  # what was loaded stays: collecting between documents looks at the documents alone
    for line in sys.stdin.buffer:
        _allow(seconds)
        made = setter.set(json.loads(line))
        gc.collect()
        out.write(REPLY.pack(len(made), _memory()))
        out.write(made)
        out.flush()


def _allow(seconds: int) -> None:
    """So many seconds of computing from now on, for the document that comes."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds, resource.RLIM_INFINITY))


def _memory() -> int:
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() >> 20
    except OSError:  # only Linux says what is in use now
        return 0


class Setter:
    """WeasyPrint with the style and the assets of one report."""

    def __init__(self, setup: Mapping[str, Any]) -> None:
        from weasyprint.pdf.fonts import Font  # noqa: PLC0415 - cold start

        given = {name: base64.b64decode(body) for name, body in setup["bytes"].items()}
        self.weasyprint, fonts, self.fetcher = _engine(setup["assets"], setup["texts"], given)
        sys.addaudithook(_refuse)
        self.font, self.subset = Font, Font.subset
        self.sheets, self.faces = setup["sheets"], fonts.FontConfiguration
        self.known: dict[int, tuple[Any, Any]] = {}

    def style(self, number: int) -> tuple[Any, Any]:
        """A sheet with the fonts it names, parsed when it is first needed."""
        if number not in self.known:
            faces, css = self.faces(), self.sheets[number]
            text = css if BASE in css else FACE + css
            sheet = self.weasyprint.CSS(string=text, base_url=None, url_fetcher=self.fetcher, font_config=faces)
            self.known[number] = faces, sheet
        return self.known[number]

    def set(self, job: Mapping[str, Any]) -> bytes:
        """The PDF of one document."""
        faces, sheet = self.style(job["sheet"])
        page = self.weasyprint.HTML(string=job["html"], base_url=None, url_fetcher=self.fetcher)
        document = page.render(font_config=faces, stylesheets=[sheet], presentational_hints=False)
        # A part carries whole fonts: the parts of a report then carry the same ones, and joined they are kept once.
        self.font.subset = self.subset if not job["mark"] else _whole
        archival = {"pdf_variant": ARCHIVAL} if job["variant"] else {}
        made: bytes = document.write_pdf(
            finisher=lambda found, pdf: _mark(found, pdf, job["mark"]), pdf_tags=True, **archival
        )
        return made


def _whole(_font: Any, _letters: Any, _hinting: Any) -> None:
    """Leave a font as it is."""


def _mark(document: Any, pdf: Any, mark: str) -> None:
    """Make a PDF fit to be joined: names of header cells that no other part has, links to other parts, its bookmarks."""
    from pydyf import Array, Dictionary, String  # noqa: PLC0415 - cold start

    names: dict[str, str] = {}
    for each in _dictionaries(pdf):
        if each.get("S") in ("/TH", "/TD"):
            names |= _renamed(each, mark, String)
        elif each.get("Subtype") == "/Link" and "A" in each:
            _lead_elsewhere(each, String)
    root = next(each for each in _dictionaries(pdf) if each.get("Type") == "/StructTreeRoot")
    _lean(pdf)
    if names:
        ordered = [item for name in sorted(names) for item in (String(name), names[name])]
        root["IDTree"] = Dictionary({"Names": Array(ordered)})
    if mark:
        pdf.catalog["Bookmarks"] = Array(
            item for level, label, place, x, y in _bookmarks(document) for item in (level, String(label), place, x, y)
        )


def _lean(pdf: Any) -> None:
    """Tags without the elements that say nothing: the text of a cell or paragraph belongs to it, not to a span for each line."""
    elements: dict[bytes, Any] = {each.reference: each for each in _dictionaries(pdf) if each.get("Type") == "/StructElem"}
    moved: dict[bytes, bytes] = {}
    for each in reversed(elements.values()):  # what stands below comes later
        if each["S"] not in HOLD_TEXT:
            continue
        kids: list[Any] = []
        for kid in each["K"]:
            below = elements.get(kid) if isinstance(kid, bytes) else None
            if below is None or not _says_nothing(below, each):
                kids.append(kid)
                continue
            kids += below["K"]
            moved[kid] = each.reference
        each["K"][:] = kids
    root = next(each for each in _dictionaries(pdf) if each.get("Type") == "/StructTreeRoot")
    parents = pdf.objects[int(root["ParentTree"].split()[0])]["Nums"]
    for page in parents[1::2]:
        if isinstance(page, list):
            page[:] = [_last(moved, each) for each in page]


def _dictionaries(pdf: Any) -> list[Any]:
    return [each for each in pdf.objects if isinstance(each, dict)]


def _says_nothing(element: Any, above: Any) -> bool:
    is_plain = element["S"] in ("/Span", "/NonStruct") and element.keys() <= {"Type", "S", "K", "Pg", "P"}
    return is_plain and element["Pg"] == above["Pg"] and all(isinstance(each, int) for each in element["K"])


def _last(moved: dict[bytes, bytes], reference: bytes) -> bytes:
    while reference in moved:
        reference = moved[reference]
    return reference


def _renamed(cell: Any, mark: str, string: Any) -> dict[str, str]:
    names = {}
    if "ID" in cell:
        cell["ID"] = string(f"{mark}{cell['ID'].string}")
        names[cell["ID"].string] = cell.reference
    headers = cell["A"].get("Headers") if "A" in cell else None
    if headers:
        headers[:] = [string(f"{mark}{each.string}") for each in headers]
    elif headers is not None:
        del cell["A"]["Headers"]
    return names


def _lead_elsewhere(link: Any, string: Any) -> None:
    target = link["A"]["URI"].string
    if target.startswith(ELSEWHERE):
        del link["A"]
        name = unquote(target.removeprefix(ELSEWHERE))
        link["Dest"] = string(name)
        link["Contents"] = string(name)


def _bookmarks(document: Any) -> Iterator[tuple[int, str, int, float, float]]:
    """(level, label, page of this document, x and y in points from its lower left corner), in order."""
    for place, page in enumerate(document.pages):
        for level, label, (x, y), _state in page.bookmarks:
            yield level, label, place, round(x * 0.75, 2), round((page.height - y) * 0.75, 2)


def _engine(assets: Mapping[str, str], texts: Mapping[str, str], given: Mapping[str, bytes]) -> tuple[Any, Any, Any]:
    """WeasyPrint, its fonts module, and a fetcher that knows one scheme and a dict: no files, no hosts, no redirects."""
    try:
        import weasyprint  # noqa: PLC0415 - cold start: 0.4 s that only this child pays
        from weasyprint.text import fonts  # noqa: PLC0415 - cold start
        from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - cold start
    except OSError as error:
        raise ImportError(str(error)) from error
    known = {name: text.encode() for name, text in texts.items()} | dict(given)
    assets = {BASE: str(layout.STATIC / "fonts" / BASE)} | dict(assets)

    class AssetFetcher(URLFetcher):  # type: ignore[misc]
        """Answers `wb-asset:<id>` from the job's own list; every other address is refused and noted."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            """The asset of an address of our scheme."""
            name = url.removeprefix(SCHEME) if url.startswith(SCHEME) else ""
            if name not in assets and name not in known:
                print(f"{REFUSED}{url[:200]!a}", file=sys.stderr)
                raise ValueError("only the assets of this report may be opened")
            body = known[name] if name in known else Path(assets[name]).read_bytes()
            return URLFetcherResponse(url, body, {"Content-Type": MEDIA_TYPES[Path(name).suffix]})

        def open(self, url: Any, data: Any = None, timeout: Any = None) -> Any:
            """The other door of the base class, closed the same way."""
            return self.fetch(url if isinstance(url, str) else url.full_url)

    return weasyprint, fonts, AssetFetcher()


def _refuse(event: str, arguments: Sequence[Any]) -> None:
    if event in FORBIDDEN:
        print(f"{REFUSED}{event}", file=sys.stderr)
        raise PermissionError(f"{event} is not allowed while pages are set")


if __name__ == "__main__":
    sys.exit(main())
