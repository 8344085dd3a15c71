"""The sheet of every report with what it may open, in the company's colour and on the paper that was asked for."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from workbench import layout
from workbench.reports import letters, pdf
from workbench.reports.kept_parts import KeptParts
from workbench.reports.rules import ACCENT, Identity, Paper

_PICTURE = re.compile(r'url\("data:image/svg\+xml,([^"]*)"\)')
_FACE = re.compile(r"@font-face \{.*?\n\}\n", re.DOTALL)
_ASSET = re.compile(re.escape(pdf.SCHEME) + r"([\w.-]+)")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# The faces of other scripts are no family that a sheet names: the engine looks there for what the named ones lack.
_OTHERS = '@font-face {{ font-family: "{1}"; src: url("{0}{1}") format("woff2") }}\n'
LOGO = {"image/png": "logo.png", "image/svg+xml": "logo.svg"}
# The colours of report.css that are shades of the accent.
DEEP, LIGHT, BAR, PALE = "#0d4243", "#b9d6d1", "#e3ebe8", "#eef3f1"
READABLE = 4.5
# stamping.py writes head, foot and number on the pages of parts; it takes the running lines from a sheet that has no number.
_PLACES = ("top-left", "top-right", "bottom-left", "bottom-right")
PART = "@page { " + " ".join(f"@{place} {{ content: none }}" for place in _PLACES) + " }"
LINES = (
    "@page { @bottom-right { content: none } } .lines { height: 0; overflow: hidden; visibility: hidden } "
    '.figures-of-pages { page: cover; break-before: page; font: 400 8pt "Source Sans 3" }'
)


@dataclass(frozen=True)
class Style:
    """The sheet and what it may open: fonts by path, pictures by their text or bytes."""

    css: str
    assets: Mapping[str, Path | str | bytes]

    def depends_on(self, page: str) -> str:
        """The hash of all that a page is set with besides its own text: sheet, fonts, pictures, engine."""
        digest = hashlib.sha256(f"{pdf.engine()}\n{self.css}".encode())
        for name in sorted({*_ASSET.findall(self.css), *_ASSET.findall(page)}):
            digest.update(f"\n{name} {_digest(self.assets.get(name, b''))}".encode())
        return digest.hexdigest()


def _digest(asset: Path | str | bytes) -> str:
    if isinstance(asset, Path):
        return _digest_of_file(asset)
    return hashlib.sha256(asset.encode() if isinstance(asset, str) else asset).hexdigest()


@cache
def _digest_of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def style(*, level: int = letters.EXTENDED, accent: str = ACCENT, paper: Paper = Paper.A4) -> Style:
    """Our bundled fonts (those of a level of `letters`), the state icons that pages print with, and the sheet of the reports."""
    folder = layout.STATIC / "css"
    assets: dict[str, Path | str | bytes] = {each.name: each for each in sorted((layout.STATIC / "fonts").glob("*.woff2"))}

    def asset(match: re.Match[str]) -> str:
        picture = unquote(match[1])
        name = f"state-{len(assets)}.svg"
        known = next((each for each, held in assets.items() if held == picture), name)
        assets[known] = picture
        return f'url("{pdf.SCHEME}{known}")'

    faces = _FACE.findall((folder / "fonts.css").read_text(encoding="utf-8").replace("../fonts/", pdf.SCHEME))
    is_latin = level == letters.LATIN
    fonts = "".join(_apart(each) for each in faces if "weight: 700" not in each and not (is_latin and "-latin-ext-" in each))
    others = [each for each in assets if each.startswith("dejavu-")] if level == letters.ALL else []
    fonts += "".join(_OTHERS.format(pdf.SCHEME, each) for each in others)
    # The icons of print.css, one source for paper from the browser and for reports; its other rules are for pages.
    lines = (folder / "print.css").read_text(encoding="utf-8").splitlines()
    states = _PICTURE.sub(asset, "\n".join(line for line in lines if line.startswith(".st-")))
    states = states.replace('.svg")', '.svg") "\\2060"')  # no line ends between a sign and its word
    own = coloured((folder / "report.css").read_text(encoding="utf-8"), accent)
    if not is_latin:
        own = re.sub(r'"(Source S\w+ \d)"', r'"\1", "\1 Extended"', own)
    if paper == Paper.LETTER:
        own = own.replace("size: A4", "size: letter")
    return Style("\n".join([fonts, states, own]), assets)


def _apart(face: str) -> str:
    """The second file of a face under a family of its own: the engine takes two files of one family and weight for one font."""
    return re.sub(r'(font-family: "[^"]*)"', r'\1 Extended"', face) if "-latin-ext-" in face else face


def style_for(page: str, identity: Identity, paper: Paper, more: str = "") -> Style:
    """The style of one page: no fonts that it does not need, the logo where there is one, and more rules at its end."""
    found = style(level=letters.level(page), accent=identity.accent, paper=paper)
    name = LOGO.get(identity.logo_type)
    assets = {**found.assets, name: identity.logo} if name and identity.logo else found.assets
    return Style(f"{found.css}\n{more}", assets)


def unpacked(
    assets: Mapping[str, Path | str | bytes], kept: KeptParts, *, is_for_one: bool = False
) -> dict[str, Path | str | bytes]:
    """The assets with their fonts unpacked, which takes the engine 0.1 s a face: once for an installation, not in each child.

    For one page alone those that are packed still stay so: it needs few of them.
    """
    if kept.folder is None:
        return dict(assets)
    return {name: _unpacked(each, kept, is_for_one) if isinstance(each, Path) else each for name, each in assets.items()}


def _unpacked(path: Path, kept: KeptParts, stays: bool) -> bytes | Path:
    key = hashlib.sha256(f"{pdf.engine()} {_digest_of_file(path)}".encode()).hexdigest()
    found = kept.read(key)
    if not found and stays:
        return path
    if not found:
        from fontTools.ttLib import woff2  # noqa: PLC0415 - cold start: needed once

        out = io.BytesIO()
        woff2.decompress(io.BytesIO(path.read_bytes()), out)
        found = out.getvalue()
        kept.keep(key, found)
    return found


def logo(identity: Identity) -> str:
    """The address of the company's logo among the assets; empty where there is none."""
    name = LOGO.get(identity.logo_type, "")
    return f"{pdf.SCHEME}{name}" if name and identity.logo else ""


def coloured(css: str, accent: str) -> str:
    """The sheet in another accent, dark enough that white text on it, and it on white, stay readable."""
    if not _COLOUR.fullmatch(accent) or accent.lower() == ACCENT:
        return css
    main = readable(accent)
    deep = readable(mixed(main, "#000000", 0.72), 7)
    new = {
        ACCENT: main, DEEP: deep, LIGHT: mixed(main, "#ffffff", 0.3), BAR: mixed(main, "#ffffff", 0.12),
        PALE: mixed(main, "#ffffff", 0.07),
    }  # fmt: skip
    return re.sub("|".join(new), lambda found: new[found[0]], css)


def readable(colour: str, ratio: float = READABLE) -> str:
    """The colour itself, or the first darker shade of it that has so much contrast with white."""
    for step in range(101):
        shade = mixed(colour, "#000000", 1 - step / 100)
        if contrast(shade, "#ffffff") >= ratio:
            return shade
    return "#000000"


def mixed(colour: str, other: str, share: float) -> str:
    """So much of a colour, the rest of another."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one * share + two * (1 - share)):02x}" for one, two in pairs)


def contrast(one: str, two: str) -> float:
    """The contrast of two colours as WCAG 2 counts it, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at:at + 2], 16) for at in (1, 3, 5))


def _luminance(colour: str) -> float:
    shares = [each / 255 for each in _channels(colour)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
