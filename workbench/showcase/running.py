"""Takes a loaded demo project through its trial, its report and its bundle, and says what was done and where it lies."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import force_locale

from workbench.config import Settings
from workbench.people.queries import person_with_email
from workbench.projects.models import Project
from workbench.projects.queries import project_with_key
from workbench.reports.actions import build_bundle, build_report, read_built
from workbench.reports.models import BuiltReport
from workbench.showcase.loading import KEYS, NotLoadable, folder
from workbench.showcase.records import diary
from workbench.showcase.sandbox import fill_sandbox
from workbench.showcase.trial import Golden, copy_exports, golden, run_trials
from workbench.trials.queries import live_unchanged, open_rows
from workbench.trials.rules import Unexplained
from workbench.web import transactions

BUNDLED = KEYS["en"]
LONGEST_CHECK = 120  # seconds


class BundleBroken(Exception):
    """The bundle that was just built does not verify; the message is what its own verifier said."""


@dataclass(frozen=True)
class Done:
    """One thing that running came to: what, where it lies, and whether it was made now."""

    what: str
    place: Path | None
    is_new: bool


@dataclass(frozen=True)
class Summary:
    """What running a demo project came to."""

    key: str
    language: str
    done: tuple[Done, ...]
    golden: tuple[Golden, ...]
    open_rows: tuple[Unexplained, ...]
    is_live_unchanged: bool


def run(settings: Settings, project_key: str) -> Summary:
    """Mirror the exports, run the trial, build report and bundle, verify the bundle; what is there is not made again.

    Raises NotLoadable where the project is not there, PdfFailed where no PDF can be made on this machine, and
    BundleBroken where the bundle does not verify.
    """
    project = project_with_key(project_key)
    language = next((each for each, key in KEYS.items() if key == project_key), "")
    if project is None or not language:
        raise NotLoadable(f"There is no demo project {project_key}. Load it first: workbench demo load")
    exports = folder(settings) / "exports"
    done = [Done("exports of the tools", exports, copy_exports(exports))]
    ran = run_trials(settings, project, language=language, exports=exports)
    done.append(Done("trial of January and February, with decisions", settings.home / "sandbox" / project.key, ran))
    tried = fill_sandbox(settings, project, language=language, exports=exports)
    done.append(Done("mirror, mapping and plans in the sandbox", settings.home / "sandbox" / project.key, tried))
    done += _papers(settings, project, language)
    with force_locale(language):
        left, (same, _words) = open_rows(project.id, language=language), live_unchanged(project.id)
    return Summary(project.key, language, tuple(done), golden(project.id), tuple(left), bool(same))


def _papers(settings: Settings, project: Project, language: str) -> Iterator[Done]:
    """The audit report of each project, and of the first the evidence bundle, verified as a stranger would verify it.

    A bundle holds the report, so that the first project's is taken out of it: the same bytes, set once.
    """
    report = folder(settings) / f"{project.key}-audit-report.pdf"
    if project.key != BUNDLED:
        yield Done("audit report", report, _made(settings, project, language, report, _report))
        return
    bundle = folder(settings) / f"{project.key}-bundle.zip"
    is_new = _made(settings, project, language, bundle, build_bundle)
    if is_new or not report.exists():
        with _appearing(report) as fresh, zipfile.ZipFile(bundle) as packed:
            fresh.write_bytes(packed.read("report.pdf"))
        yield Done("audit report", report, True)
    else:
        yield Done("audit report", report, False)
    yield Done("evidence bundle, verified" if is_new else "evidence bundle", bundle, is_new)


def _made(settings: Settings, project: Project, language: str, target: Path, build: Callable[..., BuiltReport]) -> bool:
    """Build what is missing; the file appears whole, and a bundle only once it has verified."""
    if target.exists():
        return False
    wish: dict[str, Any] = {
        "project": project, "language": language, "home": settings.home, "keys": settings.keys,
        "organisation": organisation(settings), "by": person_with_email(diary().person("simon").email),
        "pause": transactions.commit,
    }
    with force_locale(language):
        built = build(**wish)
    transactions.commit()
    data = read_built(built, home=settings.home)
    with _appearing(target) as fresh:
        fresh.write_bytes(data)
        if target.suffix == ".zip":
            verify(fresh)
    return True


def organisation(settings: Settings) -> str:
    """Whose name stands on the demo's reports: the one of the settings, or else the company of the story."""
    return diary().company if settings.organisation == Settings.organisation else settings.organisation


def _report(**wish: Any) -> BuiltReport:
    return build_report(key="audit_report", **wish)


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A name beside the target that takes its place at the end, or is gone where something failed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{secrets.token_hex(4)}-{target.name}")
    try:
        yield fresh
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def verify(bundle: Path) -> str:
    """Unpack a bundle and run its own verifier as its README says, with nothing but the standard library.

    Gives what it said; raises BundleBroken where it found something.
    """
    with tempfile.TemporaryDirectory(prefix="ninefold-verify-") as place:
        with zipfile.ZipFile(bundle) as packed:
            packed.extractall(place)
        python = shutil.which("python3") or sys.executable
        said = subprocess.run(  # noqa: S603 - the verifier of the bundle this installation has just built
            [python, "-I", "-S", "verify.py"], cwd=place, capture_output=True, text=True, timeout=LONGEST_CHECK, check=False
        )
    if said.returncode != 0:
        raise BundleBroken(said.stdout + said.stderr)
    return said.stdout
