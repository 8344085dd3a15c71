"""What the commands of the sandbox have in common: how they refuse, and how they print the names of others."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

import sandbox
from workbench.terminal import printable

_ENDING = (signal.SIGTERM, signal.SIGHUP)
_BY_SIGNAL = 128  # and the number of the signal: the exit status that shells give
_OF_A_SHELL = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")  # what `<(…)` and a pipe give: somebody writes to it


class GivenFile(click.Path):
    """A file to read. A pipe that nobody writes to would hold the command for ever, and a device may never end."""

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(str(super().convert(value, param, ctx)))
        if not path.is_file() and not str(path).startswith(_OF_A_SHELL):
            self.fail(printable(no_file(str(path))), param, ctx)
        return path


class Unusable(click.ClickException):
    """A file or an option that cannot be taken as it stands: exit status 2."""

    exit_code = 2


def no_file(file: str) -> str:
    """Why this is no file that can be read."""
    if not file:
        return "there is no name of a file after ="
    if Path(file).is_dir():
        return f"{file} is a folder; a file was expected"
    return f"{file} is a pipe or a device; a file was expected" if Path(file).exists() else f"there is no file {file}"


@contextmanager
def ends_cleanly() -> Iterator[None]:
    """A command that is asked to end stops its child and removes what it had begun, as after Ctrl-C."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(_BY_SIGNAL + number)

    # Python sets handlers in the main thread alone; elsewhere somebody else answers for the process.
    is_ours = threading.current_thread() is threading.main_thread()
    before = {each: signal.signal(each, end) for each in _ENDING} if is_ours else {}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def warn_of_unhashed(folder: Path, record: Mapping[str, Any]) -> None:
    """Says of a run of an earlier version that nothing shows whether its files are as the run left them."""
    if not sandbox.is_hashed(record):
        click.echo(printable(f"Note: {folder.name}: the run kept no hashes of its files; nothing shows that they are as "
                             "it left them."), err=True)
