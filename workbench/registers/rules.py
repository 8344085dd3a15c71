"""What a register is: which rows, which form writes them, what the list shows. The subjects declare theirs in registers.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.people.rules import Permission


def _never(row: Any) -> str:
    return ""


def _nothing(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    """No rule beyond what the form asks."""


def _no_field(facts: Mapping[str, Any]) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Verb:
    """Something more that can be done with a record: a button that leads to a page of the subject.

    `endpoint` lies in the register's own blueprint, unless it names another one ("trials.judge_hypothesis"), and takes
    `key` and `record_id`; `when` says for which rows it shows.
    """

    label: Any
    endpoint: str
    when: Callable[[Any], bool] = bool
    permission: Permission = Permission.RECORD_WRITE


@dataclass(frozen=True)
class Further:
    """A field of the row, beside those of the form, that list, page and export show: verbs set it, such as a state.

    `said(row)` words what is computed, such as an age; where `in_list` is false the list leaves the field out.
    """

    name: str
    label: Any
    words: Mapping[Any, Any] = field(default_factory=dict)
    said: Callable[[Any], str] | None = None
    in_list: bool = True


@dataclass(frozen=True)
class Register:
    """A table of records of one kind in a project.

    `key` stands in the address; `prefix` begins the codes; `columns` are the form's fields that the list shows, the first
    one naming the record. The trail's acts are named after the table: need_added, need_changed, need_withdrawn,
    need_put_back. `fixed` fields cannot be changed once added. `check(project, facts, row)` raises BadValue or Refused;
    row is None for a new record. `keeps(row)` says why a row may not be changed or withdrawn any more, "" where it may.
    `guarded` fields are told only to those who write records, of rows for which `is_guarded`; everybody else, and every
    export and report, gets `instead(row, field)`. `private(facts)` names the fields that enter the trail as hashes.
    `looks` gives a field's values the look of a state: {field: {value: state}}. `boards` are other pages of the project
    about these records: (label, endpoint that takes `key`). `figures` are fields of text of which a plain number is told, and
    exported, as a number.
    """

    key: str
    model: type[Any]
    form: type[Any]
    prefix: str
    title: Any
    one: Any  # "Add a need": the label of the first action
    purpose: Any  # what belongs here, in one sentence
    columns: tuple[str, ...]
    digits: int = 1
    verbs: tuple[Verb, ...] = ()
    fixed: tuple[str, ...] = ()
    writes: Permission = Permission.RECORD_WRITE
    check: Callable[[Any, Mapping[str, Any], Any], None] = _nothing
    keeps: Callable[[Any], str] = _never
    guarded: tuple[str, ...] = ()
    is_guarded: Callable[[Any], bool] = bool
    instead: Callable[[Any, str], str] = lambda row, name: "–"
    private: Callable[[Mapping[str, Any]], tuple[str, ...]] = _no_field
    looks: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    further: tuple[Further, ...] = ()
    boards: tuple[tuple[Any, str], ...] = ()
    figures: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The name of its table."""
        return str(self.model.__tablename__)


@dataclass(frozen=True)
class Column:
    """A column of an overview: the name it has in the rows, and how its values are said and look.

    With `words` the values can be filtered by; `said(value)` words any other; `look(value)` gives the look of a state.
    """

    name: str
    label: Any
    words: Mapping[Any, Any] = field(default_factory=dict)
    said: Callable[[Any], str] | None = None
    look: Callable[[Any], str] = lambda value: ""


@dataclass(frozen=True)
class Overview:
    """Rows of one kind from every project that a person may see, as one list.

    `rows(projects)` is a select of labelled columns, among them `id`, limited to `projects` (a select of their numbers);
    `sort` is the column that orders them unless another is asked for; `address(row)` is where one row is looked at.
    """

    key: str
    title: Any
    purpose: Any
    rows: Callable[[Any], Any]
    columns: tuple[Column, ...]
    sort: str
    address: Callable[[Any], str]
    permission: Permission = Permission.SESSION_USE


@dataclass(frozen=True)
class Cell:
    """One value as it is shown: its label, the text, and the look of a state where it has one.

    `value` is the number, day or time that the text says; None for any other text.
    """

    name: str
    label: str
    text: str
    look: str = ""
    value: Any = None
