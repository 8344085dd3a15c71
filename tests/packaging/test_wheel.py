"""The wheel: what it holds, and that it runs from an empty environment outside the checkout."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from urllib.error import URLError

import pytest

pytestmark = pytest.mark.wheel
ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "requirements" / "runtime.lock"
# One file of every kind that is no Python module, and of every package that a command loads by name.
NEEDED = (
    "workbench/templates/layout/base.html", "workbench/templates/people/sign_in.html",
    "workbench/templates/reports/audit_report.html", "workbench/static/css/theme.css", "workbench/static/app.js",
    "workbench/static/vendor/bootstrap/LICENSE", "workbench/checklists/packs/lifecycle_gates/pack.toml",
    "workbench/checklists/packs/iso9001_2015/pack.toml", "workbench/checklists/packs/iso9001_2026/README.md",
    "workbench/migrations/env.py", "workbench/migrations/versions/001_foundation.py",
    "workbench/translations/fr/LC_MESSAGES/messages.mo", "workbench/demo/psa/contracts.csv",
    "workbench/demo/supplier/usage-2026-01.csv", "sandbox/formats/reconciliation.json",
    "sandbox/connectors/csv/connector.py", "sandbox/engines/worker.py", "workbench/showcase/commands.py",
    "workbench/reports/verify.py",
)  # fmt: skip


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a release is."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), folder=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def contents(wheel: Path) -> list[str]:
    """The names of all files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an empty environment with the locked packages and the wheel, far from the checkout.

    The packages are those that the tests run on, which were installed from the same lock; a heavy run installs them anew.
    """
    folder = tmp_path_factory.mktemp("installed")
    _run(sys.executable, "-m", "venv", str(folder / "env"), folder=folder)
    programs = folder / "env" / "bin"
    pip = (str(programs / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile")
    if os.environ.get("NINEFOLD_HEAVY") != "1":
        lent = next((folder / "env" / "lib").glob("python3*/site-packages")) / "lent.pth"
        lent.write_text("\n".join(each for each in sys.path if each.endswith("site-packages")) + "\n", encoding="utf-8")
        _run(*pip, "--no-deps", "--no-index", "--ignore-installed", str(wheel), folder=folder)
        return programs
    try:
        _run(*pip, "--require-hashes", "-r", str(LOCK), folder=folder)
    except AssertionError as error:
        if "NewConnectionError" in str(error) or "Could not find a version" in str(error):
            pytest.skip("the package index cannot be reached: run make check-wheel where it can")
        raise
    _run(*pip, "--no-deps", "--no-index", str(wheel), folder=folder)
    return programs


def test_wheel_holds_everything_that_runs(contents: list[str]) -> None:
    assert [name for name in NEEDED if name not in contents] == []


def test_wheel_holds_every_template_static_and_demo_file_of_the_checkout(contents: list[str]) -> None:
    mapped = {
        f"workbench/{each.relative_to(ROOT).as_posix()}"
        for name in ("templates", "demo")
        for each in _files(ROOT / name)
    }
    static = {each.relative_to(ROOT).as_posix() for each in _files(ROOT / "workbench" / "static")}
    assert sorted((mapped | static) - set(contents)) == []


def test_wheel_holds_nothing_else_of_the_checkout(contents: list[str]) -> None:
    roots = {name.partition("/")[0] for name in contents}
    assert roots == {"workbench", "sandbox", f"ninefold-{version('ninefold')}.dist-info"}
    assert [name for name in contents if "/tests/" in name or "__pycache__" in name or name.endswith(".pyc")] == []


def test_wheel_holds_no_python_under_templates(contents: list[str]) -> None:
    assert [name for name in contents if name.startswith("workbench/templates/") and name.endswith(".py")] == []


def test_installed_command_says_its_version(installed: Path, tmp_path: Path) -> None:
    assert _workbench(installed, tmp_path, "--version") == f"workbench, version {version('ninefold')}\n"


def test_installed_packs_are_whole(installed: Path, tmp_path: Path) -> None:
    assert "lifecycle_gates" in _workbench(installed, tmp_path, "packs", "check")


def test_installed_workbench_serves_its_first_pages(installed: Path, tmp_path: Path) -> None:
    _workbench(installed, tmp_path, "db", "upgrade")
    assert (tmp_path / "home" / "ninefold.db").is_file()
    with_server = _served(installed, tmp_path)
    address = next(with_server)
    pages = {path: _fetched(address + path) for path in ("/set-up", "/sign-in", "/static/css/theme.css")}
    next(with_server, None)
    assert {path: status for path, (status, _text) in pages.items()} == dict.fromkeys(pages, 200)
    assert "<h1>" in pages["/set-up"][1]


@pytest.mark.heavy
def test_installed_workbench_loads_its_demo(installed: Path, tmp_path: Path) -> None:
    _workbench(installed, tmp_path, "db", "upgrade")
    _workbench(installed, tmp_path, "demo", "load")
    assert _workbench(installed, tmp_path, "trail", "verify").endswith("the trail is whole\n")


def _files(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file() and "__pycache__" not in each.parts]


def _workbench(installed: Path, folder: Path, *words: str) -> str:
    return _run(str(installed / "workbench"), *words, folder=folder)


def _environment(folder: Path) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("NINEFOLD_", "PYTHON", "VIRTUAL_ENV"))
    }
    return {**kept, "NINEFOLD_HOME": str(folder / "home")}


def _run(*words: str, folder: Path) -> str:
    done = subprocess.run(
        words, cwd=folder, env=_environment(folder), capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _served(installed: Path, folder: Path) -> Iterator[str]:
    """The address of a running `workbench up`; it ends when the generator goes on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(installed / "workbench"), "up", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=folder, env=_environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + 60
        while not _answers(address) and time.monotonic() < end:
            assert server.poll() is None, "workbench up ended by itself"
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def _answers(address: str) -> bool:
    try:
        return _fetched(f"{address}/sign-in")[0] == 200
    except (URLError, ConnectionError):
        return False


def _fetched(address: str) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.status, answer.read().decode()
