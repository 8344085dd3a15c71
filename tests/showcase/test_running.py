"""Running the demo: figures, decisions, report and bundle."""

from __future__ import annotations

import io
import zipfile

import pytest

from workbench.config import Settings
from workbench.projects.queries import project_with_key
from workbench.showcase import running
from workbench.showcase.loading import NotLoadable
from workbench.showcase.trial import copy_exports, golden
from workbench.trials.queries import run_page, runs_of_project


@pytest.mark.parametrize("key", ["INV-1", "FAC-1"])
def test_golden_figures_of_both_months(shown: Settings, key: str) -> None:
    project = project_with_key(key)
    assert project is not None
    seen = [
        (each.period, each.used, each.entitled, each.over, each.unused, each.packages, each.extra_units, each.amount,
         each.synced_units, each.synced_amount)
        for each in golden(project.id)
    ]
    assert seen == [
        ("2026-01", 62, 62, 0, 0, 10, 12, "345.50 EUR", 62, "570.50 EUR"),
        ("2026-02", 64, 62, 4, 2, 10, 12, "345.50 EUR", 64, "571.00 EUR"),
    ]


def test_every_other_row_carries_a_decision_with_its_reason(shown: Settings) -> None:
    project = project_with_key("FAC-1")
    assert project is not None
    pages = [run_page(project.id, line.number, language="fr") for line in runs_of_project(project.id).rows]
    assert {page.run.title: (len(page.unexplained), len(page.open)) for page in pages} == {
        "Février 2026": (9, 2), "Janvier 2026": (6, 0)
    }
    assert all(each.reason for page in pages for each in page.dispositions.values())


def test_exports_that_lie_there_are_not_copied_again(shown: Settings) -> None:
    usage = shown.home / "demo/exports/supplier/usage-2026-01.csv"
    usage.write_text("changed by somebody", encoding="utf-8")
    assert copy_exports(shown.home / "demo/exports") is False
    later = shown.home / "demo/exports/psa/2026-03/contracts.csv"
    later.unlink()
    assert (copy_exports(shown.home / "demo/exports"), later.is_file()) == (True, True)
    assert usage.read_text(encoding="utf-8") == "changed by somebody"


def test_run_of_a_project_that_is_not_there_is_refused(shown: Settings) -> None:
    with pytest.raises(NotLoadable, match="no demo project INV-7"):
        running.run(shown, "INV-7")


@pytest.mark.pdf
def test_run_builds_report_and_verified_bundle_once(shown: Settings) -> None:
    first = running.run(shown, "INV-1")
    assert [(each.what, each.is_new) for each in first.done] == [
        ("exports of the tools", False), ("trial of January and February, with decisions", False),
        ("mirror, mapping and plans in the sandbox", False), ("audit report", True), ("evidence bundle, verified", True),
    ]
    assert [each.key for each in first.open_rows] == ["row|Bakery Noé|S6", "service|S6"]
    assert first.is_live_unchanged
    report, bundle = shown.home / "demo/INV-1-audit-report.pdf", shown.home / "demo/INV-1-bundle.zip"
    with zipfile.ZipFile(bundle) as packed:
        assert packed.read("report.pdf") == report.read_bytes()
    assert [each.is_new for each in running.run(shown, "INV-1").done] == [False] * 5
    broken = shown.home / "demo/broken.zip"
    _flip(bundle.read_bytes(), broken)
    with pytest.raises(running.BundleBroken, match=r"evidence/index\.csv"):
        running.verify(broken)


def _flip(data: bytes, target: object) -> None:
    """The same bundle with one byte of its evidence index changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(str(target), "w") as written:
        for name in packed.namelist():
            content = packed.read(name)
            if name == "evidence/index.csv":
                content = bytes([content[0] ^ 1]) + content[1:]
            written.writestr(name, content)
