"""Whether a file is a logo that may stand on a report: a PNG or a plain SVG, judged by its content alone."""

from __future__ import annotations

import re
import struct
import zlib
from xml.etree import ElementTree

from flask_babel import gettext as _

from workbench.web.refusals import BadValue

LARGEST = 1_000_000  # bytes
LEAST, MOST = 16, 3_000  # pixels a side
PNG, SVG = "image/png", "image/svg+xml"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Values a pixel has, by the kind of colours; the seven passes of an interlaced picture: left, top, step across, step down.
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_ELEMENTS = frozenset((
    "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "defs", "title", "desc",
    "linearGradient", "radialGradient", "stop", "clipPath", "style",
))
_MOST_ELEMENTS, _DEEPEST = 5_000, 40
_WITHIN = re.compile(r"url\(\s*['\"]?#[\w.-]+['\"]?\s*\)", re.IGNORECASE)  # a colour or a clip of the file itself
_SIZE = re.compile(r"\d+(?:\.\d+)?(?:px|pt|mm|cm|in)?")


def logo_type(data: bytes) -> str:
    """The media type of a logo. Raises BadValue for the field "logo" that says what is wrong with it."""
    if len(data) > LARGEST:
        raise _bad(_("The file is larger than 1 MB."))
    if data.startswith(_SIGNATURE):
        _check_png(data)
        return PNG
    if b"<svg" in data[:4096]:
        _check_svg(data)
        return SVG
    raise _bad(_("A PNG or an SVG is expected; by its content this file is neither."))


def _bad(message: str) -> BadValue:
    return BadValue("logo", str(message))


def _check_png(data: bytes) -> None:
    """The whole of its structure with every checksum, and its size in pixels."""
    place, kinds, packed = len(_SIGNATURE), [], []
    while place + 12 <= len(data):
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        body, check = data[place + 8 : place + 8 + size], data[place + 8 + size : place + 12 + size]
        if len(check) < 4 or zlib.crc32(kind + body) != struct.unpack(">I", check)[0]:
            raise _bad(_("The PNG is damaged: a part of it does not match its checksum."))
        kinds.append(kind)
        packed += [body] if kind == b"IDAT" else []
        place += 12 + size
    if not kinds or kinds[0] != b"IHDR" or kinds[-1] != b"IEND" or b"IDAT" not in kinds or place != len(data):
        raise _bad(_("The PNG is damaged: it does not end where it should."))
    _check_size(*struct.unpack(">II", data[16:24]))
    if _unpacked(b"".join(packed)) != _expected(data[16:29]):
        raise _bad(_("The PNG is damaged: its pixels are not those of its size. Save it anew from a picture program."))


def _expected(head: bytes) -> int:
    """How many bytes the pixels of such a header take: each row has one more, that of its filter."""
    width, height, depth, colours, _packing, _filter, is_interlaced = struct.unpack(">IIBBBBB", head)
    bits = depth * _CHANNELS.get(colours, 0)
    passes = _ADAM7 if is_interlaced else ((0, 0, 1, 1),)
    sizes = (((width - left + across - 1) // across, (height - top + down - 1) // down) for left, top, across, down in passes)
    return sum((1 + (wide * bits + 7) // 8) * high for wide, high in sizes) if bits else -1


def _unpacked(packed: bytes) -> int:
    """How many bytes the pixels unpack to, never holding more than a piece of them; -1 where they do not, or far too many."""
    engine, count, most = zlib.decompressobj(), 0, (1 + MOST * 8) * MOST * 2
    try:
        while not engine.eof and count <= most:
            piece = engine.decompress(packed, 65_536)
            count, packed = count + len(piece), engine.unconsumed_tail
            if not piece and not packed:
                return -1
    except zlib.error:
        return -1
    return count if engine.eof else -1


def _check_size(width: int, height: int) -> None:
    if not (LEAST <= width <= MOST and LEAST <= height <= MOST):
        raise _bad(_(
            "The picture measures %(width)s × %(height)s pixels; each side has between %(least)s and %(most)s.",
            width=width, height=height, least=LEAST, most=MOST,
        ))


def _check_svg(data: bytes) -> None:
    """Only shapes, texts and colours: nothing that runs, nothing that is fetched, nothing that unfolds."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad(_("The SVG is not written in UTF-8.")) from error
    if "<!" in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL) or "<?xml-stylesheet" in text:
        raise _bad(_("The SVG declares a document type, entities or a sheet from elsewhere. Save it as plain SVG without them."))
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - no document type, so no entities; the size is limited
    except (ElementTree.ParseError, ValueError) as error:
        raise _bad(_("The SVG cannot be read (%(reason)s).", reason=str(error)[:100])) from error
    if root.tag != f"{_NAMESPACE}svg":
        raise _bad(_("The file begins with another element than svg."))
    has_size = all(_SIZE.fullmatch(root.get(name, "").strip()) for name in ("width", "height"))
    if not has_size and len(root.get("viewBox", "").replace(",", " ").split()) != 4:
        raise _bad(_("The SVG does not say its size: it needs a viewBox, or a width and a height."))
    waiting, count = [(root, 1)], 0
    while waiting:
        element, depth = waiting.pop()
        count += 1
        if count > _MOST_ELEMENTS or depth > _DEEPEST:
            raise _bad(_("The SVG is too large: at most %(count)s elements, please.", count=_MOST_ELEMENTS))
        _check_element(element)
        waiting += [(each, depth + 1) for each in element]


def _check_element(element: ElementTree.Element) -> None:
    name = str(element.tag).removeprefix(_NAMESPACE)
    if name not in _ELEMENTS:
        shown = name.rpartition("}")[2][:40]
        raise _bad(_("The SVG holds “%(name)s”, which a logo may not. Save it as plain SVG of shapes and colours.", name=shown))
    for attribute, value in element.attrib.items():
        short = attribute.rpartition("}")[2].lower()
        is_link = short in ("href", "src") and not (attribute in ("href", _LINK) and value.startswith("#"))
        if short.startswith("on") or is_link or short == "base" or _reaches_out(value):
            raise _bad(_("The SVG holds the attribute “%(name)s”, which could run or fetch something.", name=short[:40]))
    if name == "style" and ("@" in (element.text or "") or _reaches_out(element.text or "")):
        raise _bad(_("The style sheet in the SVG imports or fetches something."))


def _reaches_out(text: str) -> bool:
    """Whether a text names anything outside of the file; an escape could hide such a name."""
    rest = _WITHIN.sub("", text).lower()
    return "url(" in rest or "\\" in rest or any(word in rest for word in ("javascript:", "data:", "expression(", "://", "@import"))
