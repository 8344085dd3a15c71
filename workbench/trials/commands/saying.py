"""What the commands of the sandbox have in common: how they refuse, and how they print the names of others."""

from __future__ import annotations

import click


class Unusable(click.ClickException):
    """A file or an option that cannot be taken as it stands: exit status 2."""

    exit_code = 2


def printable(text: str, *, keeps_lines: bool = False) -> str:
    """Names come from files of others: what would move a terminal's cursor is shown as a point."""
    return "".join(sign if sign.isprintable() or (keeps_lines and sign == "\n") else "·" for sign in text)
