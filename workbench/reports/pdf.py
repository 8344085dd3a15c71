"""The only file that speaks to WeasyPrint: the parent starts a child process with limits, the child sets the pages.

The child (`python -m workbench.reports.pdf`) reads one JSON job {html, css, assets: {id: path}, texts: {id: text}, limits} from
standard input and writes the PDF to standard output. It has no database, no secrets and no network; it opens nothing but the
assets of its job.
"""

from __future__ import annotations

import ctypes
import gc
import json
import logging
import os
import resource
import signal
import subprocess  # the child is our own module under our own interpreter
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workbench import layout

log = logging.getLogger("workbench.reports")
SCHEME = "wb-asset:"
MEDIA_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2"}
NEEDS_PANGO, OUT_OF_MEMORY = 3, 4
REFUSED = "refused: "
LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0")
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
NO_PANGO = f"PDFs need Pango, which is not installed. On Debian or Ubuntu: sudo apt-get install {PACKAGES}"
# What a page has no business doing once WeasyPrint is loaded; a second guard behind the fetcher.
FORBIDDEN = frozenset(
    {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"}
)


class PdfFailed(Exception):
    """The PDF could not be made; the message says why and what to do."""

    @property
    def message(self) -> str:
        """The words, under the name that every refusal has."""
        return str(self)


@dataclass(frozen=True)
class Limits:
    """What setting one document may use."""

    memory_mb: int = 1536
    cpu_seconds: int = 60
    wall_seconds: float = 90


def render(html: str, css: str, assets: Mapping[str, Path | str], limits: Limits | None = None) -> bytes:
    """The PDF of a page; the same input gives the same bytes. An asset is a file, or a text such as a picture's SVG.

    Raises PdfFailed.
    """
    limits = limits or Limits()
    job = {
        "html": html,
        "css": css,
        "limits": asdict(limits),
        "assets": {name: str(each.resolve()) for name, each in assets.items() if isinstance(each, Path)},
        "texts": {name: each for name, each in assets.items() if isinstance(each, str)},
    }
    with tempfile.TemporaryDirectory(prefix="ninefold-pdf-") as folder:
        code, made, said = _child(json.dumps(job).encode(), Path(folder), limits)
        if code == -signal.SIGSEGV:  # a library below us crashed, which it rarely does twice on the same page
            log.warning("setting the pages crashed; it is tried once more")
            code, made, said = _child(json.dumps(job).encode(), Path(folder), limits)
    for line in said.splitlines():
        if line.startswith(REFUSED):
            log.warning("a report asked for an address outside its assets: %s", line.removeprefix(REFUSED))
    if code != 0 or not made.startswith(b"%PDF-"):
        raise PdfFailed(_reason(code, said, limits))
    return made


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


def _child(job: bytes, folder: Path, limits: Limits) -> tuple[int, bytes, str]:
    command = [sys.executable, "-P", "-s", "-B", "-X", "utf8", "-m", "workbench.reports.pdf"]
    with subprocess.Popen(  # noqa: S603 - a fixed command, no shell
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=child_environment(folder),
        start_new_session=True,
    ) as child:
        try:
            made, said = child.communicate(job, timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired as late:
            _end(child.pid)
            raise PdfFailed(
                f"setting the pages was ended after {limits.wall_seconds:g} s; the report is too large"
            ) from late
        except BaseException:
            _end(child.pid)
            raise
    return child.returncode, made, said.decode(errors="replace")


def child_environment(folder: Path) -> dict[str, str]:
    """All that the child inherits. A fixed hash seed keeps the order of sets, and with it the bytes, the same."""
    return {
        "PYTHONPATH": str(layout.PACKAGE.parent),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
    }


def _end(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _reason(code: int, said: str, limits: Limits) -> str:
    if code == NEEDS_PANGO:
        return NO_PANGO
    if code == -signal.SIGXCPU:
        return f"setting the pages was ended after {limits.cpu_seconds} s of computing; the report is too large"
    if code == OUT_OF_MEMORY or "MemoryError" in said:
        return f"setting the pages was ended: it needs more than {limits.memory_mb} MB of memory"
    lines = [line for line in said.strip().splitlines() if not line.startswith(REFUSED)]
    return f"the pages could not be set: {lines[-1] if lines else f'exit status {code}'}"


# Below this line: the child.


def main() -> int:
    """Set one document."""
    # What libraries print must not end up among the PDF's bytes.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    job = json.load(sys.stdin.buffer)
    _limit(job["limits"])
    gc.disable()
    try:
        made = _set(job)
    except MemoryError:
        return OUT_OF_MEMORY
    except ImportError as error:
        print(error, file=sys.stderr)
        return NEEDS_PANGO
    with out:
        out.write(made)
    return 0


def _limit(limits: Mapping[str, Any]) -> None:
    memory, seconds = limits["memory_mb"] * 1024 * 1024, limits["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _set(job: Mapping[str, Any]) -> bytes:
    weasyprint, fonts, fetcher = _engine(job["assets"], job["texts"])
    sys.addaudithook(_refuse)
    faces = fonts.FontConfiguration()
    sheet = weasyprint.CSS(string=job["css"], base_url=None, url_fetcher=fetcher, font_config=faces)
    page = weasyprint.HTML(string=job["html"], base_url=None, url_fetcher=fetcher)
    made: bytes = page.write_pdf(stylesheets=[sheet], font_config=faces, pdf_tags=True, presentational_hints=False)
    return made


def _engine(assets: Mapping[str, str], texts: Mapping[str, str]) -> tuple[Any, Any, Any]:
    """WeasyPrint, its fonts module, and a fetcher that knows one scheme and a dict: no files, no hosts, no redirects."""
    try:
        import weasyprint  # noqa: PLC0415 - cold start: 0.4 s that only this child pays
        from weasyprint.text import fonts  # noqa: PLC0415 - cold start
        from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - cold start
    except OSError as error:
        raise ImportError(str(error)) from error

    class AssetFetcher(URLFetcher):  # type: ignore[misc]
        """Answers `wb-asset:<id>` from the job's own list; every other address is refused and noted."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            """The asset of an address of our scheme."""
            name = url.removeprefix(SCHEME) if url.startswith(SCHEME) else ""
            if name not in assets and name not in texts:
                print(f"{REFUSED}{url[:200]!a}", file=sys.stderr)
                raise ValueError("only the assets of this report may be opened")
            body = texts[name].encode() if name in texts else Path(assets[name]).read_bytes()
            return URLFetcherResponse(url, body, {"Content-Type": MEDIA_TYPES[Path(name).suffix]})

        def open(self, url: Any, data: Any = None, timeout: Any = None) -> Any:
            """The other door of the base class, closed the same way."""
            return self.fetch(url if isinstance(url, str) else url.full_url)

    return weasyprint, fonts, AssetFetcher()


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in FORBIDDEN:
        print(f"{REFUSED}{event}", file=sys.stderr)
        raise PermissionError(f"{event} is not allowed while pages are set")


if __name__ == "__main__":
    sys.exit(main())
