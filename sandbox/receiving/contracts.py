"""The column contract of a table: what came against what was agreed, before anything is computed from it."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.naming import nearest as nearest_name

_NAMED = 12  # columns of a file that a message lists
_ALIKE = 0.5  # share of the letters of a column that was renamed

@dataclass(frozen=True)
class Held:
    """How a contract was kept: what is missing, what is new, and which new columns are left out.

    `missing` is {agreed column that did not come: the column that came whose name is nearest, empty where none is}.
    """

    missing: Mapping[str, str]
    new: tuple[str, ...]
    discarded: tuple[str, ...]
    contract: str

    @property
    def stops(self) -> bool:
        """A missing column always stops a run, a new one under `freeze`."""
        return bool(self.missing) or (self.contract == "freeze" and bool(self.new))

    def in_words(self, source: str) -> tuple[str, ...]:
        """One sentence for each reason to stop; `source` is what messages call the table."""
        if not self.stops:
            return ()
        said = [f'source {source}: column "{column}" is missing' + (f'; the nearest is "{nearest}"' if nearest else "")
                for column, nearest in self.missing.items()]
        # Where nothing is like it, the file may be another one: what it holds tells.
        other = next((place for place, nearest in enumerate(self.missing.values()) if not nearest), None)
        if other is not None and self.new:
            said[other] += f"; the file has {', '.join(self.new[:_NAMED])}{', …' if len(self.new) > _NAMED else ''}"
        # A column that is named as the nearest of a missing one was renamed, it is not new besides.
        new = [column for column in self.new if column not in self.missing.values()]
        if self.contract == "freeze":
            said += [f'source {source}: column "{column}" is new; name it in the fields, or set the contract to allow '
                     f"or discard" for column in new]
        return tuple(said)


def held(columns: Sequence[str], expected: Sequence[str], contract: str) -> Held:
    """Compares the columns that came with the agreed ones; `contract` is freeze, allow or discard.

    Names are taken to the letter; a renamed column is one that is missing, with the new name as its nearest.
    """
    new = tuple(column for column in columns if column not in expected)
    missing = {column: nearest_name(column, new or columns, _ALIKE) for column in expected if column not in columns}
    # Under freeze a new column is a finding, under allow it comes along, under discard it is left out.
    return Held(missing, new, new if contract == "discard" else (), contract)
