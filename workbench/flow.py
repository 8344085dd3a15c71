"""States as a table: who may move a record from which state to which, and the drawing of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class TransitionRefused(Exception):
    """The record's state does not allow this verb; the page answers 409."""

    def __init__(self, verb: str, state: str) -> None:
        super().__init__(f"“{verb}” is not possible while the state is “{state}”.")
        self.verb, self.state = verb, state


@dataclass(frozen=True)
class Transition:
    """One arrow of the diagram: `verb` leads from `source` to `target` for those who hold the permission `needs`."""

    verb: str
    source: StrEnum
    target: StrEnum
    needs: Any = None


class Flow:
    """The arrows of one kind of record."""

    def __init__(self, *transitions: Transition) -> None:
        self.transitions = transitions
        self._by_step = {(t.verb, t.source): t for t in transitions}

    def target(self, verb: str, state: StrEnum) -> StrEnum:
        """The state that `verb` leads to from `state`; raises TransitionRefused where there is no such arrow."""
        found = self._by_step.get((verb, state))
        if found is None:
            raise TransitionRefused(verb, state.value)
        return found.target

    def open_to(self, state: StrEnum, permissions: frozenset[Any]) -> tuple[Transition, ...]:
        """The arrows that leave `state` for somebody with these permissions."""
        return tuple(t for t in self.transitions if t.source == state and (t.needs is None or t.needs in permissions))

    def as_mermaid(self) -> str:
        """The diagram as Mermaid text, in the order of the table; `make docs` writes it into docs/flows.md."""
        lines = ["stateDiagram-v2"]
        lines += [f"    {t.source.value} --> {t.target.value}: {t.verb}" for t in self.transitions]
        return "\n".join(lines)
