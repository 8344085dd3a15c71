"""What connectors sign in with, and what masks hash with: one file each among the keys, written and never shown."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from workbench.config import kept_secret


def keep_secret(keys: Path, name: str, value: str) -> None:
    """Write the secret into a file of its own, mode 0600, in the place of an earlier one. `name` was checked before."""
    folder = keys / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = folder / f".{secrets.token_hex(8)}"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(value)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(folder / name)


def secrets_of(keys: Path, names: set[str]) -> dict[str, str]:
    """The secrets of these names, for a reading; those that are not kept are left out."""
    paths = {name: keys / "secrets" / name for name in names}
    return {name: path.read_text(encoding="utf-8") for name, path in paths.items() if path.is_file()}


def forget_secret(keys: Path, name: str) -> None:
    """Remove the secret."""
    (keys / "secrets" / name).unlink(missing_ok=True)


def salt(keys: Path, project_id: int) -> str:
    """The random salt of a project's hashed columns, made when it is first needed. It is shown nowhere."""
    folder = keys / "salts"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return kept_secret(folder / f"project-{project_id}")
