"""Database servers of the tests' own, in temporary folders: PostgreSQL on a socket, and either on a port of loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def postgresql_binaries() -> Path | None:
    """The folder that holds `initdb` and `postgres`, or None where no server is installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


@contextmanager
def postgresql_server(port: int = 0) -> Iterator[str]:
    """Start a cluster, give its address without a database name, and take it away again. As root it runs as `postgres`.

    With a port it listens on loopback too.
    """
    binaries = postgresql_binaries()
    assert binaries is not None
    folder = Path(tempfile.mkdtemp(prefix="ninefold-pg-"))
    runner: list[str] = []
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        runner = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]

    def run(*command: str) -> None:
        subprocess.run([*runner, *command], check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    data = folder / "data"
    run(
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "ninefold",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    )
    listens = f"-c listen_addresses=127.0.0.1 -c port={port}" if port else "-c listen_addresses=''"
    options = f"{listens} -c unix_socket_directories={folder} -c fsync=off"
    run(str(binaries / "pg_ctl"), "-D", str(data), "-o", options, "-w", "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql+psycopg://ninefold@/{{name}}?{f'port={port}&' if port else ''}host={folder}"
    finally:
        run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql_database(server: str, name: str, *, template: str = "template1") -> Iterator[str]:
    """A fresh database on that server, or a copy of one that nobody is connected to."""
    host = server.partition("host=")[2]
    with psycopg.connect(f"host={host} user=ninefold dbname=postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')  # type: ignore[arg-type]
    try:
        yield server.format(name=name)
    finally:
        with psycopg.connect(f"host={host} user=ninefold dbname=postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mariadb_server(port: int, *options: str) -> Iterator[None]:
    """Start a MariaDB server on that port of loopback, whose `root` has no password, and take it away again."""
    folder = Path(tempfile.mkdtemp(prefix="ninefold-maria-"))
    data, runner = folder / "data", ["--user=mysql"] if os.geteuid() == 0 else []
    if runner:
        user = pwd.getpwnam("mysql")
        os.chown(folder, user.pw_uid, user.pw_gid)
    common = ["--no-defaults", f"--datadir={data}", *runner]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
                   check=True, **quiet)  # type: ignore[call-overload]
    server = subprocess.Popen(["mariadbd", *common, f"--port={port}", "--bind-address=127.0.0.1",  # type: ignore[call-overload]
                               f"--socket={folder}/socket", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0",
                               "--innodb-buffer-pool-size=16M", "--key-buffer-size=1M", *options], **quiet)
    try:
        _wait_for(port, server)
        yield
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
            continue
        return
    raise RuntimeError("the MariaDB server did not start")
