"""Reads a pack's TOML file from disk, key by key, and words every fault found on the way."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
LANGUAGES = {"en": "English", "fr": "French"}
_TYPES = {
    str: "a string", bool: "true or false", int: "a whole number", float: "a number", list: "a list", dict: "a table",
}  # fmt: skip
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:u0000|U00000000)")  # the escape; the letter itself is no TOML
# Sentences of a standard are copyrighted and speak in this voice; a pack asks questions in our own words.
REQUIREMENT_VOICE = re.compile(r"\bshall\b|\bdoit déterminer\b|\bl['’]organisme doit\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shape:
    """How an identifier is written, for the machine and for the reader of a fault."""

    pattern: re.Pattern[str]
    words: str


ID = Shape(re.compile(r"[a-z][a-z0-9_]*"), "small letters, digits and _, such as iso9001_2015")
REF = Shape(
    re.compile(r"[A-Za-z0-9][A-Za-z0-9_.()-]{0,49}"),
    "at most 50 letters, digits, dots, hyphens, brackets and _, such as 8.5.6, A.5.9 or AC-2(1)",
)
KEY = Shape(
    re.compile(r"(?=.{3,60}$)[A-Za-z0-9][A-Za-z0-9._()-]*-[0-9]+"),
    "a clause or gate, a hyphen and a number, such as 8.5.6-1, at most 60 characters",
)


@dataclass(frozen=True, slots=True)
class Text:
    """One wording in both languages of the product; one of them may be empty in a pack that is not shipped."""

    en: str
    fr: str

    def in_(self, language: str) -> str:
        """The wording in this language, or in the one there is."""
        return (self.fr or self.en) if language[:2] == "fr" else (self.en or self.fr)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a pack, where, and what to do about it."""

    file: Path
    place: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.file), self.place, f"{self.problem}; {self.remedy}") if part)


class PackInvalid(ValueError):
    """A pack cannot be used; `faults` lists every reason."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class UnknownPack(LookupError):
    """No pack of that name is shipped."""


class Reader:
    """One TOML table read key by key. Whatever is missing, of the wrong type or left over becomes a fault.

    Every text is asked for in every language of the product; with `main` only in that one.
    """

    def __init__(self, value: object, place: str, faults: list[Fault], file: Path, main: str = "") -> None:
        self.place, self.faults, self.file, self.main = place, faults, file, main
        self.rest: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            self.fault(f"is {_type(value)}, expected a table", "see docs/formats/pack.md")

    def inner(self, value: object, place: str) -> Reader:
        """A table inside this one, read by the same rules."""
        return Reader(value, place, self.faults, self.file, self.main)

    def fault(self, problem: str, remedy: str) -> None:
        self.faults.append(Fault(self.file, self.place, problem, remedy))

    def take(self, key: str, kind: type[T], default: T, *, optional: bool = False) -> T:
        if key not in self.rest:
            if not optional:
                self.fault(f'"{key}" is missing', f"add {key} as {_TYPES[kind]}")
            return default
        value = self.rest.pop(key)
        if type(value) is kind:
            return value
        self.fault(f'"{key}" is {_type(value)}, expected {_TYPES[kind]}', f"correct {key}")
        return default

    def word(self, key: str, allowed: Iterable[str] | Shape | None = None, *, optional: bool = False) -> str:
        known = len(self.faults)
        value = self.take(key, str, "", optional=optional)
        if len(self.faults) == known and not (optional and value == ""):
            self._judge(key, value, allowed)
        return value

    def _judge(self, key: str, value: str, allowed: Iterable[str] | Shape | None) -> None:
        if not value.strip():
            self.fault(f'"{key}" is empty', f"write {key}")
        elif isinstance(allowed, Shape):
            if not allowed.pattern.fullmatch(value):
                self.fault(f'"{key}" is "{value}", which has the wrong shape', f"use {allowed.words}")
        elif allowed is not None and value not in allowed:
            self.fault(f'"{key}" is "{value}"', f"use one of: {', '.join(allowed)}")

    def words(self, key: str, allowed: Iterable[str] | None = None) -> tuple[str, ...]:
        values = self.take(key, list, [])
        for value in values:
            if not isinstance(value, str):
                self.fault(f'"{key}" holds {_type(value)}, expected strings', f"correct {key}")
            else:
                self._judge(key, value, allowed)
        return tuple(value for value in values if isinstance(value, str))

    def text(self, key: str) -> Text:
        return Text(**self._languages(key, str, ""))

    def maybe_text(self, key: str) -> Text | None:
        return self.text(key) if key in self.rest else None

    def texts(self, key: str) -> tuple[Text, ...]:
        lists = self._languages(key, list, [])
        if self.main and not all(lists.values()):
            longest = max(lists.values(), key=len)
            lists = {language: found or [""] * len(longest) for language, found in lists.items()}
        if len(lists["en"]) != len(lists["fr"]):
            self.fault(f'"{key}" has {len(lists["en"])} entries in English and {len(lists["fr"])} in French',
                       "give each entry in both languages, in the same order")  # fmt: skip
        asked = [lists[self.main]] if self.main and any(lists[self.main]) else lists.values()
        entries = [entry for each in lists.values() for entry in each]
        if not all(isinstance(entry, str) for entry in entries) or not all(entry.strip() for each in asked for entry in each):
            self.fault(f'"{key}" holds an empty entry or one that is not a string', "write every entry as a string")
        return tuple(Text(*map(str, pair)) for pair in zip(lists["en"], lists["fr"], strict=False))

    def _languages(self, key: str, kind: type[T], default: T) -> dict[str, T]:
        found, known, thing = dict.fromkeys(LANGUAGES, default), len(self.faults), key.replace("_", " ")
        needed = {self.main: LANGUAGES[self.main]} if self.main else LANGUAGES
        if key not in self.rest:
            self.fault(f'"{key}" is missing', f"write the {thing} in {' and '.join(needed.values())}")
        spoken = self.take(key, dict, {}, optional=True)
        if len(self.faults) > known:
            return found
        for stranger in sorted(set(spoken) - set(LANGUAGES)):
            self.fault(f'"{key}.{stranger}" is in a language packs do not speak', "write en and fr, and remove it")
        for language, name in LANGUAGES.items():
            value = spoken.get(language, default)
            if not isinstance(value, kind):
                problem = f'"{key}.{language}" is {_type(value)}, expected {_TYPES[kind]}'
                self.fault(problem, f"correct {key}.{language}")
            elif not (value.strip() if isinstance(value, str) else value):
                if language not in needed:
                    continue
                state = "empty" if language in spoken else "missing"
                self.fault(f'"{key}.{language}" is {state}', f"write the {thing} in {name}")
            else:
                found[language] = value
        return found

    def tables(self, key: str, *, optional: bool = False) -> list[Reader]:
        """Each table of an array; places count from 1 and carry the key or ref, which must be unique."""
        readers: list[Reader] = []
        seen: dict[str, int] = {}
        for number, value in enumerate(self.take(key, list, [], optional=optional), start=1):
            names = value if isinstance(value, dict) else {}
            own = str(names.get("key") or names.get("ref") or "")
            label = own or names.get("from")
            place = f'{key}[{number}] "{label}"' if label else f"{key}[{number}]"
            readers.append(self.inner(value, f"{self.place}, {place}" if self.place else place))
            if own and seen.setdefault(own, number) != number:
                readers[-1].fault(f'"{own}" is already used by {key}[{seen[own]}]', "give each its own")
        return readers

    def table(self, key: str) -> Reader:
        return self.inner(self.take(key, dict, {}), f"[{key}]")

    def close(self) -> None:
        for key in self.rest:
            self.fault(f'"{key}" is not a key of the format', "remove it or correct its spelling")


def _type(value: object) -> str:
    return _TYPES.get(type(value), f"a {type(value).__name__}")


def parse(file: Path, faults: list[Fault]) -> tuple[Reader, str]:
    """The file as a reader of its top table, with the SHA-256 of its bytes."""
    data = b""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        faults.append(Fault(file, "", "the file does not exist", "a pack is a folder that holds pack.toml"))
    except OSError as error:
        faults.append(Fault(file, "", f"cannot be read ({error.strerror})", "check the file and its rights"))
    return parse_bytes(data, file, faults)


def parse_bytes(data: bytes, file: Path, faults: list[Fault]) -> tuple[Reader, str]:
    """These bytes as a reader of their top table, with their SHA-256; `file` is how faults name them."""
    content: dict[str, Any] = {}
    try:
        content = tomllib.loads(data.decode("utf-8"))
        if _NUL.search(data):
            faults.append(Fault(file, "", "holds a NUL, a letter that no database keeps", "remove it"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        faults.append(Fault(file, f"line {line}", "is not UTF-8", "save the file as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault(file, "", f"is not TOML: {error}", "correct the syntax there"))
    except RecursionError:
        faults.append(Fault(file, "", "tables lie too deep in each other", "write the pack as docs/formats/pack.md shows"))
    return Reader(content, "", faults, file), hashlib.sha256(data).hexdigest()


def folder_faults(folder: Path) -> Iterator[Fault]:
    """A missing README, and lines of the folder's files that sound like a standard's own sentences."""
    if not (folder / "README.md").is_file():
        yield Fault(folder / "README.md", "", "the file does not exist", "say what the pack is")
    for file in sorted(folder.glob("*.*")):
        for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), start=1):
            if found := REQUIREMENT_VOICE.search(line):
                yield Fault(file, f"line {number}", f'"{found[0]}" is how a standard speaks', "ask in your own words")
