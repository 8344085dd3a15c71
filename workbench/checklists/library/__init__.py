"""Reads and validates the packs; nothing else knows the file format (docs/formats/pack.md)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from workbench.checklists import store
from workbench.checklists.library.reading import read_bytes, read_crosswalk, read_folder, read_tables
from workbench.checklists.library.shapes import CLAUSE_KINDS as CLAUSE_KINDS
from workbench.checklists.library.shapes import DOCUMENTED_INFORMATION as DOCUMENTED_INFORMATION
from workbench.checklists.library.shapes import STRENGTHS as STRENGTHS
from workbench.checklists.library.shapes import Clause as Clause
from workbench.checklists.library.shapes import Crosswalk as Crosswalk
from workbench.checklists.library.shapes import DocumentedInformation as DocumentedInformation
from workbench.checklists.library.shapes import Group as Group
from workbench.checklists.library.shapes import Grouping as Grouping
from workbench.checklists.library.shapes import Item as Item
from workbench.checklists.library.shapes import Link as Link
from workbench.checklists.library.shapes import Neighbour as Neighbour
from workbench.checklists.library.shapes import Pack as Pack
from workbench.checklists.library.shapes import Ref as Ref
from workbench.checklists.library.shapes import Step as Step
from workbench.checklists.store import Fault, PackInvalid, Reader, UnknownPack

PACKS = Path(__file__).resolve().parents[1] / "packs"
_sound: dict[tuple[Path, int, int], Pack] = {}  # packs without fault by file, time and size: `check` looks at each once


def load(folder: Path) -> Pack:
    """The pack in `folder`, or PackInvalid with every fault."""
    found, faults = read_folder(folder)
    if faults:
        raise PackInvalid(faults)
    return found


def read(data: bytes, name: str) -> Pack:
    """A pack that is not shipped, or PackInvalid with every fault; `name` is how the faults call it."""
    found, faults = read_bytes(data, name)
    if faults:
        raise PackInvalid(faults)
    return found


def faults_of(tables: Mapping[str, object], name: str) -> tuple[Pack, list[Fault]]:
    """As far as it can be read, the pack that these tables of a file are, with every fault: for a draft."""
    return read_tables(Reader(tables, "", [], Path(name)))


def pack_ids(shelf: Path | None = None) -> tuple[str, ...]:
    """The names of the packs on a shelf (of the shipped ones where none is named), without reading them."""
    return tuple(sorted(file.parent.name for file in (shelf or PACKS).glob("*/pack.toml")))


@cache
def pack(pack_id: str) -> Pack:
    """A shipped pack, read once per process at its first use."""
    if pack_id not in pack_ids():
        raise UnknownPack(f'no pack is called "{pack_id}"; there are: {", ".join(pack_ids())}')
    return load(PACKS / pack_id)


def library() -> dict[str, Pack]:
    """Every shipped pack by its id."""
    return {pack_id: pack(pack_id) for pack_id in pack_ids()}


@cache
def crosswalk(from_pack: str, to_pack: str) -> Crosswalk | None:
    """The shipped crosswalk between two packs, if there is one."""
    found = (walk for walk in crosswalks() if (walk.from_pack, walk.to_pack) == (from_pack, to_pack))
    return next(found, None)


@cache
def crosswalks() -> tuple[Crosswalk, ...]:
    """Every shipped crosswalk; each lies in the folder of the pack it leads to."""
    packs = library()
    return tuple(load_crosswalk(file, packs) for file in sorted(PACKS.glob("*/crosswalk_*.toml")))


def load_crosswalk(file: Path, packs: Mapping[str, Pack]) -> Crosswalk:
    """The crosswalk in `file`, or PackInvalid when a link ends nowhere or a clause is left out."""
    walk, faults = read_crosswalk(file, packs)
    if faults:
        raise PackInvalid(faults)
    return walk


@cache
def neighbours(pack_id: str, ref: str) -> tuple[Neighbour, ...]:
    """The clauses of other shipped packs that say something like this one, strongest first.

    Links count in both directions. One step over to another edition of the same standard is taken, before or after a
    direct link; the weakest link on the way says how strong the whole is.
    """
    direct, best = _linked(), dict[tuple[str, str], Neighbour]()
    for target, strength, is_edition in direct.get((pack_id, ref), ()):
        _keep(best, Neighbour(*target, strength))
        for further, second, is_second_edition in direct.get(target, ()):
            if is_edition != is_second_edition and further[0] != pack_id:
                weakest = max(strength, second, key=STRENGTHS.index)
                _keep(best, Neighbour(*further, weakest, (" ".join(target),)))
    places = {each: number for number, each in enumerate(pack_ids())}
    return tuple(sorted(best.values(), key=lambda each: (STRENGTHS.index(each.strength), places[each.pack_id], each.clause)))


def _keep(best: dict[tuple[str, str], Neighbour], found: Neighbour) -> None:
    """Keep the stronger of two ways to the same clause, and the direct one of equals."""
    known = best.get((found.pack_id, found.clause))
    if known is None or _rank(found) < _rank(known):
        best[found.pack_id, found.clause] = found


def _rank(found: Neighbour) -> tuple[int, int]:
    return STRENGTHS.index(found.strength), len(found.via)


@cache
def _linked() -> dict[tuple[str, str], list[tuple[tuple[str, str], str, bool]]]:
    """{clause: [(other clause, strength, whether it is another edition's)]}, each link in both directions."""
    found: dict[tuple[str, str], list[tuple[tuple[str, str], str, bool]]] = {}
    for walk in crosswalks():
        for link in walk.links:
            ends = (walk.from_pack, link.from_clause), (walk.to_pack, link.to_clause)
            for here, there in (ends, ends[::-1]):
                found.setdefault(here, []).append((there, link.strength, walk.kind == "transition"))
    return found


def examine(folder: Path) -> tuple[Pack, list[Fault]]:
    """All that `workbench packs check` looks at: the pack, its README, its tree, its references and its crosswalks."""
    found, faults = _looked_at(folder)
    packs = _neighbours(folder) | {found.id: found}
    faults = [*faults, *store.folder_faults(folder), *_tree_faults(folder, found)]
    for number, item in enumerate(found.items, start=1):
        faults += [
            Fault(folder / "pack.toml", f'items[{number}] "{item.key}"', f'{ref.standard} has no clause "{ref.clause}"',
                  "correct the reference")
            for ref in item.refs if ref.standard in packs and not packs[ref.standard].has_clause(ref.clause)
        ]  # fmt: skip
    for file in sorted(folder.glob("crosswalk_*.toml")):
        faults += read_crosswalk(file, packs)[1]
    return found, faults


def _neighbours(folder: Path) -> dict[str, Pack]:
    """The sound packs a folder may refer to: those beside it and the shipped ones."""
    folders = {shelf / name for shelf in (PACKS, folder.resolve().parent) for name in pack_ids(shelf)}
    sound = (found for found, faults in map(_looked_at, sorted(folders)) if not faults)
    return {found.id: found for found in sound}


def _looked_at(folder: Path) -> tuple[Pack, list[Fault]]:
    """The pack in a folder with its faults; a sound one is not read again while its file stays as it is."""
    file = folder.resolve() / "pack.toml"
    known = (file, file.stat().st_mtime_ns, file.stat().st_size) if file.is_file() else None
    if known in _sound:
        return _sound[known], []
    found, faults = read_folder(folder)
    if known is not None and not faults:
        _sound[known] = found
    return found, faults


def _tree_faults(folder: Path, found: Pack) -> Iterator[Fault]:
    """Where a folder holds tree.csv (id, kind, parent), the pack has exactly these clauses in exactly this tree."""
    file = folder / "tree.csv"
    if not file.is_file() or not found.clauses:
        return
    with file.open(encoding="utf-8", newline="") as stream:
        tree = {row["id"]: (row["kind"], row["parent"]) for row in csv.DictReader(stream)}
    for number, clause in enumerate(found.clauses, start=1):
        place = f'clauses[{number}] "{clause.ref}"'
        kind, parent = tree.get(clause.ref, ("", ""))
        if clause.ref not in tree:
            yield Fault(folder / "pack.toml", place, "tree.csv does not know it", "remove the clause or correct tree.csv")
        elif (clause.kind or kind, clause.parent or "") != (kind, parent):
            told = f"{kind} under {parent}" if parent else kind
            yield Fault(folder / "pack.toml", place, f"tree.csv has it as {told}", "correct kind or parent")
    for ref in tree:
        if not found.has_clause(ref):
            yield Fault(folder / "pack.toml", "", f'"{ref}" of tree.csv is not among the clauses', "add the clause")
