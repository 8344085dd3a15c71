"""`workbench up`: prepares, refuses a busy port, serves, ends when told; and the trail is looked after meanwhile."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from tests.factories.people import a_person
from workbench import clock
from workbench.config import Settings
from workbench.showcase import commands, serving
from workbench.trail.queries import newest_checkpoint, size
from workbench.web import transactions


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_up_without_serving_prepares_an_empty_folder(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new", testing=True)
    done = CliRunner().invoke(commands.up, ["--no-serve"], obj=settings)
    assert (done.exit_code, done.output) == (0, f"data folder    {settings.home}\n")
    assert (settings.home / "ninefold.db").exists()


def test_up_on_a_busy_port_says_so_and_exits_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(commands.up, ["--port", str(port)], obj=Settings(home=tmp_path / "new", testing=True))
    assert done.exit_code == 1
    assert f"127.0.0.1:{port} cannot be served on" in done.output
    assert not (tmp_path / "new").exists()


def test_demo_run_before_load_says_what_to_do(home: Path) -> None:
    done = CliRunner().invoke(commands.demo, ["run", "--language", "en"], obj=Settings(home=home, testing=True))
    assert done.exit_code == 1
    assert "Load it first: workbench demo load" in done.output


def test_up_serves_until_told_to_stop(home: Path) -> None:
    port = _free_port()
    command = [str(Path(sys.executable).parent / "workbench"), "up", "--port", str(port)]
    environment = {**os.environ, "NINEFOLD_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        assert lines[1] == f"serving        http://127.0.0.1:{port}  (Ctrl-C ends it)\n"
        assert _get(f"http://127.0.0.1:{port}/set-up") == 200
        time.sleep(1)
        assert _may_write(home)
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert (process.wait(timeout=20), rest) == (0, "")


def _get(address: str) -> int:
    """The status, asking again while the server is starting."""
    for _attempt in range(50):
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return int(answer.status)
        except ConnectionError:
            time.sleep(0.1)
    return 0


def _may_write(home: Path) -> bool:
    """Whether nobody holds the write lock."""
    connection = sqlite3.connect(home / "ninefold.db", timeout=5, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def test_checkpoint_is_signed_when_the_last_one_is_old(app: object, home: Path) -> None:
    settings = Settings(home=home, testing=True, checkpoint_seconds=60)
    assert serving.keep_checkpoint(settings) is False
    a_person()
    transactions.commit()
    assert serving.keep_checkpoint(settings) is True
    a_person()
    transactions.commit()
    assert serving.keep_checkpoint(settings) is False
    assert _may_write(home)
    clock.fix(clock.now() + timedelta(seconds=61))
    try:
        assert serving.keep_checkpoint(settings) is True
        assert serving.keep_checkpoint(settings) is False
    finally:
        clock.fix(None)
    last = newest_checkpoint()
    assert last is not None
    assert last.size == size()
