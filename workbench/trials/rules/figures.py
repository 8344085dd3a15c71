"""Figures read off a screen: what is checked of them, and the file that they become."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

FIGURES_FILE = "figures.toml"


class FigureFault(StrEnum):
    """What is wrong with a typed row."""

    NO_CLIENT = "no_client"
    NO_SERVICE = "no_service"
    NOT_WHOLE = "not_whole"
    NO_SHOT = "no_shot"


@dataclass(frozen=True)
class Figure:
    """One typed row: its number in the table, the client, the service, the quantity, and the number of its screenshot."""

    number: int
    client: str
    service: str
    quantity: str
    shot: str


@dataclass(frozen=True)
class Shot:
    """A screenshot as the file names it, and the evidence it became."""

    name: str
    sha256: str
    evidence_id: int
    evidence_number: int


def figure_faults(figures: Iterable[Figure], shots: int) -> list[tuple[int, FigureFault]]:
    """(row, what is wrong) for every fault of the typed rows; `shots` is how many screenshots there are."""
    found = []
    for one in figures:
        if not one.client:
            found.append((one.number, FigureFault.NO_CLIENT))
        if not one.service:
            found.append((one.number, FigureFault.NO_SERVICE))
        if not (one.quantity.isascii() and one.quantity.isdigit() and len(one.quantity) <= 12):
            found.append((one.number, FigureFault.NOT_WHOLE))
        if not (one.shot.isascii() and one.shot.isdigit() and 1 <= int(one.shot) <= shots):
            found.append((one.number, FigureFault.NO_SHOT))
    return found


def figures_toml(figures: Sequence[Figure], shots: Sequence[Shot], read_on: date, read_by: str) -> str:
    """The file in the format `hand`: a row for each figure, with the screenshot that shows it."""
    parts = [f"read_on = {_text(read_on.isoformat())}\nread_by = {_text(read_by)}\n"]
    for one in figures:
        shot = shots[int(one.shot) - 1]
        cells = {
            "client": one.client, "service": one.service, "quantity": one.quantity, "screenshot": shot.name,
            "sha256": shot.sha256,
        }
        parts.append("[[row]]\n" + "".join(f"{name} = {_text(value)}\n" for name, value in cells.items()))
    return "\n".join(parts)


def _text(value: str) -> str:
    """A text as a basic TOML string."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else f"\\U{ord(sign):08X}" for sign in escaped) + '"'
