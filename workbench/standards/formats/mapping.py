"""Ties the links of a mapping to the clauses of two packs."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.checklists.library import Pack
from workbench.standards.formats.base import MappingSet, Remark, Remarks, alike
from workbench.standards.formats.ciso import STRENGTH_OF


@dataclass(frozen=True)
class Tied:
    """A mapping whose links lead from clause to clause; those that lead nowhere are in the remarks."""

    mapping: MappingSet
    links: tuple[dict[str, str], ...]
    remarks: tuple[Remark, ...]


def tied(mapping: MappingSet, from_pack: Pack, to_pack: Pack) -> Tied:
    """The links with the refs of both packs. Spellings such as `a.5.1` and `A.5.1` are the same; doubles are dropped."""
    remarks, seen = Remarks(), set[tuple[str, str]]()
    here, there = _spellings(from_pack), _spellings(to_pack)
    links = []
    for link in mapping.links:
        start, end = here.get(alike(link.source)), there.get(alike(link.target))
        if start is None:
            remarks.add("no_clause", f"{from_pack.id} {link.source}")
        if end is None:
            remarks.add("no_clause", f"{to_pack.id} {link.target}")
        if start is None or end is None:
            continue
        if (start, end) in seen:
            remarks.add("link_twice", f"{start} → {end}")
            continue
        seen.add((start, end))
        note = {"note": link.note} if link.note else {}
        strength = STRENGTH_OF[link.relationship]
        links.append({"from": start, "to": end, "strength": strength, "relationship": link.relationship, **note})
    return Tied(mapping, tuple(links), remarks.all())


def _spellings(pack: Pack) -> dict[str, str]:
    """{what spellings of a ref have in common: the ref}; where two refs are alike, the first."""
    found: dict[str, str] = {}
    for clause in pack.clauses:
        found.setdefault(alike(clause.ref), clause.ref)
    return found
