"""The company's letterhead: what a logo may hold, who may change it, and what reports and the trail say of it."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Inspector
from tests.factories.people import a_person
from workbench.database import db
from workbench.people.rules import Role
from workbench.reports import logos, queries
from workbench.reports.actions import change_letterhead
from workbench.reports.rules import Identity
from workbench.trail.models import Entry
from workbench.web.refusals import BadValue

PAGE = "/letterhead"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><style>.a{fill:#111}</style><path class="a" d="M0 0h9v9z"/></svg>'


def a_png(width: int = 32, height: int = 32) -> bytes:
    """A grey picture."""
    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress((b"\0" + b"\x80" * width) * min(height, 64))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


def svg(inside: str, root: str = 'viewBox="0 0 9 9"') -> bytes:
    """An SVG with that in it."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {root}>{inside}</svg>'.encode()


def test_a_picture_is_known_by_its_content(app: Flask) -> None:
    assert [logos.logo_type(each) for each in (a_png(), SVG, svg("<g/>", 'width="9px" height="4mm"'))] == [
        logos.PNG, logos.SVG, logos.SVG,
    ]


@pytest.mark.parametrize(("data", "said"), [
    (b"%PDF-1.7", "by its content this file is neither"),
    (b"\x89PNG\r\n\x1a\n" + b"0" * 40, "does not match its checksum"),
    (a_png()[:-12], "does not end where it should"),
    (a_png() + b"<script>", "does not end where it should"),
    (a_png(8, 32), "8 × 32 pixels"),
    (a_png(40_000, 40_000), "40000 × 40000 pixels"),
    (a_png(32, 80), "its pixels are not those of its size"),
    (b"\x89PNG\r\n\x1a\n" + b"0" * logos.LARGEST, "larger than 1 MB"),
    (svg("<script>alert(1)</script>"), "“script”"),
    (svg("<foreignObject/>"), "“foreignObject”"),
    (svg('<image href="#a"/>'), "“image”"),
    (svg('<use href="#a"/>'), "“use”"),
    (svg('<g onload="x()"/>'), "“onload”"),
    (svg('<path xlink:href="https://example.test/"/>'), "“href”"),
    (svg('<path fill="url(https://example.test/#a)"/>'), "“fill”"),
    (svg('<path style="fill:\\75rl(x)"/>'), "“style”"),
    (svg("<style>@import 'x.css';</style>"), "imports or fetches"),
    (svg("<style>a{b:url(//x)}</style>"), "imports or fetches"),
    (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, "document type"),
    (b'<?xml-stylesheet href="x"?>' + SVG, "sheet from elsewhere"),
    (b"<html><svg></svg></html>", "another element than svg"),
    (svg("<g/>", ""), "does not say its size"),
    (svg("<g>"), "cannot be read"),
    (svg("<g>" * 60 + "</g>" * 60), "too large"),
    (svg("<g/>" * 6000), "too large"),
    (SVG + b"\xff", "not written in UTF-8"),
])
def test_what_could_harm_or_is_broken_is_refused_by_name(app: Flask, data: bytes, said: str) -> None:
    with pytest.raises(BadValue) as refused:
        logos.logo_type(data)
    assert refused.value.field == "logo"
    assert said in refused.value.message


def test_colours_and_clips_of_the_file_itself_are_fine(app: Flask) -> None:
    inside = '<defs><linearGradient id="g"/></defs><path fill="url(#g)"/>'
    assert logos.logo_type(svg(inside)) == logos.SVG


def test_the_letterhead_is_what_reports_carry(app: Flask, home: Path) -> None:
    admin = a_person(role=Role.ADMIN)
    wish = {"address": "1 Quay\nNordpont", "accent": "#AA3311", "home": home, "by": admin}
    assert queries.identity(home, "Settings Ltd") == Identity("Settings Ltd")
    change_letterhead(organisation="", logo=SVG, **wish)
    seen = queries.identity(home, "Settings Ltd")
    assert seen == Identity("Settings Ltd", "1 Quay\nNordpont", "#aa3311", SVG, logos.SVG)
    change_letterhead(organisation="Nordpont SA", **wish)
    change_letterhead(organisation="Nordpont SA", **wish)
    assert (queries.identity(home, "x").organisation, queries.identity(home, "x").logo) == ("Nordpont SA", SVG)
    change_letterhead(organisation="Nordpont SA", without_logo=True, **wish)
    assert queries.identity(home, "x").logo == b""
    assert db.session.query(Entry).filter_by(act="letterhead_changed").count() == 3
    with pytest.raises(BadValue, match="not a colour"):
        change_letterhead(organisation="", address="", accent="red", home=home, by=admin)


def test_an_admin_changes_it_on_its_page(client: Inspector, home: Path) -> None:
    client.sign_in(a_person(role=Role.ADMIN))
    assert "Letterhead" in client.get(PAGE).text
    typed = {"organisation": "Nordpont SA", "address": "", "accent": "#123456"}
    assert client.post(PAGE, {**typed, "logo": (io.BytesIO(b"GIF89a"), "x.png")}).status_code in (200, 422)
    answer = client.post(PAGE, {**typed, "logo": (io.BytesIO(a_png()), "x.svg")})
    assert (answer.status_code, answer.location) == (303, PAGE)
    shown = client.get(PAGE).text
    assert [each for each in ("Nordpont SA", 'fill="#123456"', f'src="{PAGE}/logo"') if each not in shown] == []
    picture = client.get(f"{PAGE}/logo")
    assert (picture.data, picture.headers["Content-Type"], picture.headers["X-Content-Type-Options"]) == (
        a_png(), "image/png", "nosniff",
    )


def test_nobody_else_sees_the_page_or_the_way_to_it(client: Inspector) -> None:
    client.sign_in(a_person(role=Role.QUALITY_LEAD))
    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get("/projects/").text
