"""Masks sensitive columns on the way in, so that a copy never holds them: drop, hash, or keep the shape alone."""
# ruff: noqa: S608 – names in SQL are quoted and texts escaped; nothing a person types is SQL
from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from sandbox.errors import InputRefused
from sandbox.naming import nearest
from sandbox.receiving.received import LINE, Received
from sandbox.receiving.writing import OWN_COLUMNS, PARQUET, fresh_path, literal, locked, quoted

KINDS = ("drop", "hash", "shape")
_TOKEN = 24  # hexadecimal digits of a hash: 96 bits, so that two values of a table do not meet
_BLOCK = 64  # bytes of a block of SHA-256
_MIN_SALT = 16


def masked(received: Received, mask: Mapping[str, str], salt: str | bytes, target: Path | None = None, *,
           is_kept: bool = False) -> Received:
    """The same table with these columns masked; the file with the clear values is removed unless it `is_kept`.

    `target` is where the masked table goes; without it the file has a name of ours beside the other.
    `drop` leaves the column out. `hash` gives `h:` and 24 digits of HMAC-SHA256 with the project's salt: equal values
    stay equal, an empty cell stays empty. `shape` keeps length, spaces and punctuation: letters become x or X, digits
    9. The names stand in the settings key `masked`. Refusals lose their values, which may be what was to be hidden.
    """
    if not mask:
        return received
    key = salt.encode() if isinstance(salt, str) else salt
    _check(received, mask, key)
    kept = [column for column in received.columns if mask.get(column) != "drop"]
    if not kept:
        raise InputRefused(f"{received.name}: every column is dropped; keep at least one")
    target = target or fresh_path(received.path.parent)
    with locked(target.parent, received.path) as connection:
        source = f"read_parquet({literal(str(received.path.resolve()))})"
        present = [str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        own = [column for column in present if column in OWN_COLUMNS and column != LINE]
        cells = [f"{_cell(quoted(column), mask.get(column, ''), key)} AS {quoted(column)}" for column in kept]
        connection.execute(f"COPY (SELECT {', '.join([LINE, *cells, *own])} FROM {source}) "
                           f"TO {literal(str(target.resolve()))} ({PARQUET})")
    if not is_kept:
        received.path.unlink()
    refused = tuple(type(one)(one.file, one.row, one.field, "", one.message) for one in received.refused)
    return Received(received.name, target, tuple(kept), received.rows, refused, received.refused_count,
                    {**received.settings, "masked": sorted(mask)})


def _check(received: Received, mask: Mapping[str, str], salt: bytes) -> None:
    for column, kind in mask.items():
        if column not in received.columns:
            near = nearest(column, received.columns)
            hint = f'; the nearest is "{near}"' if near else ""
            raise InputRefused(f'{received.name}: column "{column}" is to be masked but is missing{hint}')
        if kind not in KINDS:
            raise InputRefused(f'{received.name}: mask of column "{column}" is {kind}; known: {", ".join(KINDS)}')
    if "hash" in mask.values() and len(salt) < _MIN_SALT:
        raise InputRefused(f"{received.name}: hashing needs a salt of {_MIN_SALT} bytes or more")


def _cell(name: str, kind: str, salt: bytes) -> str:
    if kind == "hash":
        return f"CASE WHEN {name} IS NULL OR {name} = '' THEN '' ELSE {_token(name, salt)} END"
    if kind == "shape":
        shape = f"regexp_replace({name}, '[\\p{{Lu}}\\p{{Lt}}]', 'X', 'g')"
        # Small letters, letters without case and marks; an X of the line above stays one.
        shape = f"regexp_replace({shape}, '[\\p{{Ll}}\\p{{Lm}}\\p{{Lo}}\\p{{M}}]', 'x', 'g')"
        return f"regexp_replace({shape}, '\\p{{N}}', '9', 'g')"
    return name


def _token(name: str, salt: bytes) -> str:
    """HMAC-SHA256 written out, since DuckDB has SHA-256 alone."""
    key = (salt if len(salt) <= _BLOCK else hashlib.sha256(salt).digest()).ljust(_BLOCK, b"\x00")
    inner, outer = (bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5C))
    first = f"sha256(unhex('{inner.hex()}') || encode({name}))"
    return f"'h:' || left(sha256(unhex('{outer.hex()}') || unhex({first})), {_TOKEN})"
