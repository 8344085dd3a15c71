"""The product as people start it: the demo prepared by `workbench up --demo`, a server of its own on a free port."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

ROOT = Path(__file__).resolve().parent.parent.parent
WORKBENCH = Path(sys.executable).with_name("workbench")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


def chromium() -> str:
    """The installed Chromium; nothing is ever downloaded."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found is not None, "no Chromium: apt-get install chromium"
    return found


def prepare(home: Path) -> None:
    """The demo with its trials in this data folder, by a process of its own."""
    run(home, sys.executable, "-m", "tests.e2e.prepare", str(home))


def run(home: Path, *words: str) -> str:
    """Run one program on this data folder."""
    done = subprocess.run(
        words, cwd=ROOT, env=environment(home), capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def environment(home: Path) -> dict[str, str]:
    """The environment of this data folder, and of nothing else that is set on the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NINEFOLD_")}
    return {**kept, "NINEFOLD_HOME": str(home), "NINEFOLD_SIGN_IN_LIMIT": "1000 per minute"}


def demo_password(home: Path) -> str:
    """The one password of the demo's persons, as `up --demo` wrote it down."""
    said = (home / "demo" / "sign-in.txt").read_text(encoding="utf-8")
    found = re.search(r"password[^:\n]*:\s*(\S+)", said, re.IGNORECASE)
    assert found is not None
    return found.group(1)


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of a running server on this data folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (home / "server.log").open("w", encoding="utf-8") as log:
        command = [str(WORKBENCH), "up", "--host", "127.0.0.1", "--port", str(port)]
        server = subprocess.Popen(command, env=environment(home), stdout=log, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, server, home)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(address: str, server: subprocess.Popen[bytes], home: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert server.poll() is None, (home / "server.log").read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(f"{address}/static/favicon.svg", timeout=10):
                return
        except (URLError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError("the server did not answer within a minute")
