"""The child that sets pages: same bytes, nothing fetched, limits kept, reasons said."""

from __future__ import annotations

import http.server
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reports.conftest import text_of
from workbench.reports import looks, pdf, workers

HEAD = '<meta name="dcterms.created" content="2026-02-01T09:00:00+00:00">'
PAGE = f'<!doctype html><html lang="fr"><head>{HEAD}</head><body>{{}}</body></html>'
CANARY = "canary-7c1f"


class Host:
    """A server on loopback that counts what it is asked for, and a file that must not be read."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(302)
                self.send_header("Location", "/again")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Keep the test's output clean."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.file = folder / "secret.txt"
        self.file.write_text(CANARY)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """The counting server."""
    made = Host(tmp_path)
    yield made
    made.server.shutdown()
    made.server.server_close()


def hostile(url: str, file: str) -> list[tuple[str, str]]:
    """Payloads as (HTML, CSS)."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="20" height="20">'
        '<image xlink:href="{0}/svg-image" width="9" height="9"/><use href="{0}/use.svg#a"/><use xlink:href="file://{1}#a"/></svg>'
    )
    return [
        (f'<img src="file://{file}"><img src="{file}">', ""),
        (f'<img src="{url}/img.png"><img srcset="{url}/set.png 2x">', ""),
        (f'<img src="//127.0.0.1/x.png"><base href="{url}/"><img src="relative.png">', ""),
        ('<img src="data:text/plain,hello">', ""),
        (f'<object data="file://{file}"></object><embed src="{url}/embed">', ""),
        (f'<iframe src="{url}/frame"></iframe>', ""),
        (f'<link rel="stylesheet" href="{url}/sheet.css"><link rel="attachment" href="file://{file}">', ""),
        (f'<a rel="attachment" href="{url}/attached">a</a><link rel="attachment" href="{url}/attached">', ""),
        (f"<style>@import url({url}/import.css); p {{ background: url({url}/style.png) }}</style><p>x</p>", ""),
        (
            "<p>x</p>",
            f'@import "{url}/imported.css"; p {{ background: url("file://{file}"); content: url({url}/c.png) }}',
        ),
        ("<p>x</p>", f"@font-face {{ font-family: F; src: url({url}/font.woff2) }} p {{ font-family: F }}"),
        (
            "<ul><li>x</li></ul>",
            f"li {{ list-style-image: url({url}/bullet.png) }} @page {{ background: url({url}/page.png) }}",
        ),
        (svg.format(url, file), ""),
        (f'<p style="background: url({url}/inline.png)">x</p>', ""),
        (f'<img src="wb-asset:../../{file}"><img src="WB-ASSET:known.svg"><img src="wb-asset:">', ""),
    ]


@pytest.mark.pdf
def test_hostile_pages_fetch_nothing(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    known = {"known.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>'}
    payloads = hostile(host.url, str(host.file))
    page = "".join(html for html, _css in payloads)
    with caplog.at_level(logging.WARNING, logger="workbench.reports"):
        made = workers.render(PAGE.format(page), "\n".join(css for _html, css in payloads if "@import" not in css), known)
        imported = workers.render(PAGE.format("<p>x</p>"), payloads[9][1], known)
    assert host.asked == []
    assert CANARY.encode() not in made + imported
    assert CANARY not in text_of(made)
    assert b"/EmbeddedFile" not in made + imported
    noted = " ".join(record.getMessage() for record in caplog.records)
    wanted = ("img.png", "attached", "import.css", "font.woff2", str(host.file))
    assert [name for name in wanted if name not in noted] == []


@pytest.mark.pdf
def test_an_asset_is_opened_by_its_name_alone() -> None:
    green = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="#0a0"/></svg>'
    page = PAGE.format('<img src="wb-asset:green.svg" alt="">')
    with_asset, without = workers.render(page, "", {"green.svg": green}), workers.render(page, "", {})
    assert len(with_asset) > len(without)


@pytest.mark.pdf
def test_the_same_page_gives_the_same_bytes_in_another_process() -> None:
    sheet = looks.style()
    page = PAGE.format('<h1 id="a">Éléments</h1><p class="status st-conform">conforme</p><a href="#a">1</a>')
    assert workers.render(page, sheet.css, sheet.assets) == workers.render(page, sheet.css, sheet.assets)


@pytest.mark.pdf
def test_a_page_that_takes_too_long_is_ended() -> None:
    endless = PAGE.format("<p>line</p>" * 30_000)
    with pytest.raises(pdf.PdfFailed) as wall:
        workers.render(endless, "", {}, pdf.Limits(wall_seconds=2))
    with pytest.raises(pdf.PdfFailed) as cpu:
        workers.render(endless, "", {}, pdf.Limits(cpu_seconds=2))
    assert str(wall.value) == "setting the pages was ended after 2 s; the report is too large"
    assert str(cpu.value) == "setting the pages was ended after 2 s of computing; the report is too large"


@pytest.mark.pdf
def test_a_page_that_needs_too_much_memory_is_ended() -> None:
    with pytest.raises(pdf.PdfFailed) as refused:
        workers.render(PAGE.format("<p>line</p>" * 20_000), "", {}, pdf.Limits(memory_mb=250))
    assert "250 MB" in str(refused.value) or "could not be set" in str(refused.value)


def test_missing_pango_names_the_packages() -> None:
    said = pdf.reason(pdf.NEEDS_PANGO, "cannot load library", pdf.Limits())
    assert said == (
        "PDFs need Pango, which is not installed. On Debian or Ubuntu: "
        "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    )


def test_the_child_inherits_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NINEFOLD_DATABASE_URL", "postgresql+psycopg://user:password@host/base")
    assert sorted(pdf.child_environment(tmp_path)) == ["FONTCONFIG_FILE", "HOME", "LANG", "PYTHONHASHSEED", "PYTHONPATH", "TMPDIR"]


@pytest.mark.parametrize("event", sorted(pdf.FORBIDDEN))
def test_the_second_guard_stops_what_a_page_has_no_business_doing(event: str) -> None:
    with pytest.raises(PermissionError):
        pdf._refuse(event, ())


def test_every_state_icon_is_an_asset_of_its_own() -> None:
    sheet = looks.style()
    pictures = [each for each in sheet.assets.values() if isinstance(each, str)]
    assert "data:" not in sheet.css
    assert len(pictures) == len(set(pictures)) > 20
    assert all(each.startswith("<svg ") for each in pictures)
