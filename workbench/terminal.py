"""What commands say and write: names from others move no cursor, and no file is left half written."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

import click


def printable(text: str, *, keeps_lines: bool = False) -> str:
    """Names come from files of others: what would move a terminal's cursor is shown as a point."""
    return "".join(sign if sign.isprintable() or (keeps_lines and sign == "\n") else "·" for sign in text)


def check_place(output: Path) -> None:
    """Say at once, and not after a minute's work, that the file cannot be written there."""
    shown = printable(str(output))
    folder = output.absolute().parent
    try:
        if str(output) == "-":
            raise click.ClickException("“-” is no name for a file. Give one, or /dev/stdout.")
        if not folder.is_dir():
            raise click.ClickException(f"{shown} cannot be written: there is no folder {printable(str(folder))}.")
        if output.is_dir():
            raise click.ClickException(f"{shown} is a folder: give the name of a file in it.")
        if not os.access(folder, os.W_OK) or (output.exists() and not os.access(output, os.W_OK)):
            raise click.ClickException(f"{shown} cannot be written: no right to write there.")
        output.lstat()
    except FileNotFoundError:
        return
    except OSError as error:  # such as a name that is too long
        raise _unwritten(output, error) from error


def write_whole(output: Path, data: bytes) -> None:
    """Whole or not at all: a file of that name keeps its content until the new one is there. A link stays, and what it leads to
    is written; a device or a pipe is written to.
    """
    try:
        target = output.resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        temporary = target.with_name(f".{secrets.token_hex(8)}")
        try:
            temporary.write_bytes(data)
            temporary.replace(target)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritten(output, error) from error


def _unwritten(output: Path, error: OSError) -> click.ClickException:
    return click.ClickException(f"{printable(str(output))[:200]} cannot be written ({error.strerror}).")
