"""What all formats have in common: limits, faults with their place, what was left out, and the result of a reading."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.checklists import library
from workbench.checklists.library import Pack
from workbench.checklists.store import Fault, PackInvalid
from workbench.standards.formats import toml

LARGEST_FILE = 20_000_000
MOST_NODES = 20_000
DEEPEST = 30
LONGEST_ID = 46
LONGEST_REF = 34  # with "-99" behind it a key still fits everywhere
EXAMPLES = 5
MOST_FAULTS = 200
Document = dict[str, Any]
_LINE = re.compile(r"line ([0-9]+)")


@dataclass(frozen=True, slots=True)
class Remark:
    """One kind of thing that was not taken over, or taken over changed: how often, with examples."""

    code: str
    count: int
    examples: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The form in which an edition keeps it."""
        return {"code": self.code, "count": self.count, "examples": list(self.examples)}


class Remarks:
    """Gathers what a format has to say about a reading."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, list[str]]] = {}

    def add(self, code: str, example: str = "", count: int = 1) -> None:
        """Count one kind once more; the first few examples are kept."""
        known, examples = self._found.get(code, (0, []))
        if example and len(examples) < EXAMPLES and example not in examples:
            examples.append(shortened(example, 80))
        self._found[code] = (known + count, examples)

    def all(self) -> tuple[Remark, ...]:
        """Each kind once, in the order in which it was met first."""
        return tuple(Remark(code, count, tuple(examples)) for code, (count, examples) in self._found.items())


@dataclass(frozen=True, slots=True)
class MappedLink:
    """One line of a mapping between two frameworks, as its file writes it."""

    source: str
    target: str
    relationship: str
    note: str


@dataclass(frozen=True, slots=True)
class MappingSet:
    """A mapping between two frameworks that are named by the id a pack of them has."""

    name: str
    from_pack: str
    to_pack: str
    source: str
    links: tuple[MappedLink, ...]


@dataclass(frozen=True)
class Imported:
    """What came out of a file: a pack with the bytes to publish, mappings, remarks and counts."""

    pack: Pack | None
    body: bytes
    format: str  # toml | xlsx | ciso | oscal
    nodes: int
    assessable: int
    remarks: tuple[Remark, ...]
    mappings: tuple[MappingSet, ...] = ()


@dataclass
class Faults:
    """The faults of one file; too many are counted, not listed."""

    name: str
    found: list[Fault] = field(default_factory=list)
    beyond: int = 0

    def add(self, place: str, problem: str, remedy: str) -> None:
        """One more fault at this place."""
        if len(self.found) >= MOST_FAULTS:
            self.beyond += 1
            return
        self.found.append(Fault(Path(self.name), place, problem, remedy))

    def stop(self, place: str, problem: str, remedy: str) -> PackInvalid:
        """A fault after which reading on makes no sense: raise what this returns."""
        self.add(place, problem, remedy)
        return self.error()

    def error(self) -> PackInvalid:
        """All faults as one refusal, by line where the file has lines."""
        self.found.sort(key=lambda fault: int(found[1]) if (found := _LINE.match(fault.place)) else 0)
        if self.beyond:
            more = Fault(Path(self.name), "", f"{self.beyond} more faults are not listed", "correct these first")
            return PackInvalid([*self.found, more])
        return PackInvalid(self.found)

    def check(self) -> None:
        """Raise when there is any fault."""
        if self.found:
            raise self.error()


class Refs:
    """Gives each node the ref that a pack can bear: short, plain and unique."""

    def __init__(self, remarks: Remarks) -> None:
        self._used: set[str] = set()
        self._remarks = remarks

    def take(self, wished: str) -> str:
        """The ref for what the file calls `wished`; where it has to be another one, that is remarked."""
        plain = plain_ref(wished)
        ref, number = plain, 2
        while ref.lower() in self._used:
            ref, number = f"{plain[: LONGEST_REF - 6]}_{number}", number + 1
        self._used.add(ref.lower())
        if ref != wished:
            self._remarks.add("ref_changed", f"{wished} → {ref}")
        return ref


def plain_ref(wished: str) -> str:
    """A text as a ref: accents off, anything else than letters, digits and ( ) . - _ turned into _."""
    plain = unicodedata.normalize("NFKD", wished).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9_.()-]+", "_", plain).strip("_")
    plain = re.sub(r"^[^A-Za-z0-9]+", "", plain) or "n" + _short_digest(wished)
    if len(plain) <= LONGEST_REF:
        return plain
    return f"{plain[: LONGEST_REF - 9]}_{_short_digest(wished)}"


def plain_id(wished: str) -> str:
    """A text as a pack's id: small letters, digits and _."""
    plain = unicodedata.normalize("NFKD", wished.lower()).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    plain = plain if plain[:1].isalpha() else f"p_{plain}".rstrip("_")
    return plain if len(plain) <= LONGEST_ID else f"{plain[: LONGEST_ID - 9].rstrip('_')}_{_short_digest(wished)}"


def plain_version(wished: str, remarks: Remarks) -> str:
    """A version as numbers with dots between them: the first such numbers in what the file says, else 1."""
    found = re.search(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}", wished)
    plain = found[0][:20] if found else "1"
    if wished and plain != wished:
        remarks.add("version_changed", f"{wished} → {plain}")
    return plain


def alike(ref: str) -> str:
    """What two spellings of one number have in common: `AC-2(1)` and `ac-2.1` give the same."""
    plain = unicodedata.normalize("NFKD", ref.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", ".", plain).strip(".")


def shortened(text: str, limit: int = 120) -> str:
    """One line of a text, cut between words where it is longer."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return line[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def spoken(english: str, french: str = "") -> dict[str, str]:
    """A text table with the languages that say something."""
    return {language: words for language, words in (("en", english), ("fr", french)) if words.strip()}


def finished(
    document: Document, *, name: str, kind: str, nodes: int, remarks: Remarks, mappings: tuple[MappingSet, ...] = ()
) -> Imported:
    """The document as a checked pack with the bytes that will be published. PackInvalid with every fault."""
    body = toml.write(document)
    pack = library.read(body, name)
    bearing = sum(clause.bearing for clause in pack.clauses)
    return Imported(pack, body, kind, nodes, bearing, remarks.all(), mappings)


def _short_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def walked(value: Any, depth: int = 0) -> Iterator[int]:
    """The depth of every container inside a value that was read, until it is too deep."""
    yield depth
    if depth > DEEPEST + 1:
        return
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for each in inner:
        if isinstance(each, Mapping | list):
            yield from walked(each, depth + 1)
