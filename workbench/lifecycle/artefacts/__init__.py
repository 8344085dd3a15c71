"""What a step leaves behind in words: each kind is one frozen dataclass; form, page and report lines come from its fields."""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, ClassVar


@dataclass(frozen=True)
class Artefact:
    """Base of every kind. `KEY` is its name in the database, `TITLE` (English, French) what people read."""

    KEY: ClassVar[str] = ""
    TITLE: ClassVar[tuple[str, str]] = ("", "")

    def body(self) -> dict[str, Any]:
        """The fields as JSON holds them."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}

    def missing(self) -> tuple[str, ...]:
        """The names of the fields that are asked for and still empty."""
        return tuple(each.name for each in fields(self) if each.metadata["required"] and not getattr(self, each.name))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def text(english: str, french: str, *, required: bool = True) -> Any:
    """A field of running text, with its question in both languages."""
    return field(default="", metadata={"kind": "text", "en": english, "fr": french, "required": required})


def lines(english: str, french: str, *, required: bool = True) -> Any:
    """A field of short lines, one entry a line."""
    return field(default=(), metadata={"kind": "lines", "en": english, "fr": french, "required": required})


def choice(english: str, french: str, options: dict[str, tuple[str, str]]) -> Any:
    """A field with one of a few answers: {key: (English, French)}."""
    return field(
        default="", metadata={"kind": "choice", "en": english, "fr": french, "required": True, "options": options}
    )


def read(kind: type[Artefact], body: dict[str, Any]) -> Artefact:
    """The artefact of a stored body; a field added later is empty, one that is gone is left out."""
    known: dict[str, Any] = {}
    for each in fields(kind):
        value = body.get(each.name, None if each.default is MISSING else each.default)
        known[each.name] = tuple(value) if isinstance(value, list) else value
    return kind(**known)


def asked(kind: type[Artefact]) -> tuple[Field[Any], ...]:
    """The fields in the order in which they are asked."""
    return fields(kind)
