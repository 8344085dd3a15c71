"""What people decide about names: a crosswalk is begun, names are matched, left aside or opened again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trials import queries, store
from workbench.trials.models import Crosswalk, CrosswalkDecision
from workbench.web.refusals import BadValue, Refused

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


@dataclass(frozen=True)
class Decided:
    """What is decided about one name: `rights` for mapped, a reason for ignored, neither for unmapped again."""

    left: str
    state: str
    rights: tuple[str, ...] = ()
    reason: str = ""
    score: int | None = None
    is_suggested: bool = False


def add_crosswalk(
    *, project: Project, name: str, title: str, left_column: str, right_column: str, left_at: str, right_at: str, by: Person
) -> Crosswalk:
    """Begin a crosswalk of two lists of names; `left_at` and `right_at` say where the names come from."""
    if not _NAME.fullmatch(name):
        raise BadValue("name", _("A name has small letters, digits, _ and -, a letter first, such as clients."))
    if queries.crosswalks.crosswalk_named(project.id, name) is not None:
        raise BadValue("name", _("This project has a crosswalk %(name)s already.", name=name))
    if left_column == right_column:
        raise BadValue("right_column", _("The two columns need different names."))
    made = Crosswalk(
        project_id=project.id, name=name, title=title or name, left_column=left_column, right_column=right_column,
        left_at=left_at, right_at=right_at,
    )
    db.session.add(made)
    record("crosswalk_begun", made, by=by, project=project.key, after={
        "name": name, "left": f"{left_column} < {left_at}", "right": f"{right_column} < {right_at}",
    })
    return made


def keep_names(*, home: Path, project: Project, filename: str, stream: BinaryIO) -> str:
    """Keep a file of names; gives what `left_at` and `right_at` call it."""
    return store.FILE + store.keep_upload(home, project.key, filename, stream)


def change_names(*, project: Project, crosswalk: Crosswalk, left_at: str, right_at: str, by: Person) -> None:
    """Take the names from other places from now on; what was decided stays."""
    before = {"left_at": crosswalk.left_at, "right_at": crosswalk.right_at}
    crosswalk.left_at, crosswalk.right_at = left_at, right_at
    record("crosswalk_names_changed", crosswalk, by=by, project=project.key, before=before,
           after={"left_at": left_at, "right_at": right_at})


def decide_names(
    *, project: Project, crosswalk: Crosswalk, decided: Sequence[Decided], rights: Sequence[str], by: Person
) -> list[CrosswalkDecision]:
    """Record decisions about names, one entry for all; a later one takes the place of an earlier one.

    Raises BadValue naming the name for which a right name is unknown, or a reason is missing.
    """
    if crosswalk.withdrawn_at is not None:
        raise Refused(_("The crosswalk %(name)s is withdrawn. Put it back first.", name=crosswalk.name))
    known, standing = set(rights), queries.crosswalks.decisions(crosswalk.id)
    for one in decided:
        _check(one, known, rights)
    made = [
        CrosswalkDecision(
            crosswalk_id=crosswalk.id, left=one.left, rights=list(one.rights), state=one.state, score=one.score,
            is_suggested=one.is_suggested, reason=one.reason, decided_at=clock.now(), decided_by_id=by.id,
        )
        for one in decided
        if (one.left not in standing and one.state != "unmapped") or (
            one.left in standing and (standing[one.left].state, tuple(standing[one.left].rights)) != (one.state, one.rights))
    ]
    if not made:
        return []
    db.session.add_all(made)
    db.session.flush()
    record(
        "names_decided", made[0], by=by, project=project.key, also=made[1:],
        before=_told({one.left: standing[one.left] for one in made if one.left in standing}),
        after={"crosswalk": crosswalk.name, **_told({one.left: one for one in made})},
    )
    return made


def _check(one: Decided, known: set[str], rights: Sequence[str]) -> None:
    if one.state == "ignored" and not one.reason.strip():
        raise BadValue("reason", _("“%(name)s” is left aside: say why.", name=one.left))
    if one.state == "mapped" and not one.rights:
        raise BadValue("", _("“%(name)s”: write the name it stands for.", name=one.left))
    strange = [right for right in one.rights if known and right not in known]
    if strange:
        near = get_close_matches(strange[0], rights, n=1)
        hint = _("The nearest is “%(near)s”.", near=near[0]) if near else _("Nothing is like it.")
        raise BadValue("", _("“%(name)s”: there is no “%(right)s” on the right.", name=one.left, right=strange[0]) + " " + hint)


def _told(decisions: Mapping[str, CrosswalkDecision]) -> dict[str, str]:
    """At most a hundred decisions in the words of an entry; each row is pinned by its state all the same."""
    return {f"name: {left}": "; ".join(one.rights) or one.state for left, one in list(decisions.items())[:100]}


def import_crosswalk(
    *, project: Project, crosswalk: Crosswalk, data: bytes, filename: str, rights: Sequence[str], by: Person
) -> int:
    """Take over the decisions of a crosswalk file; gives how many changed something.

    Raises Refused with all rows that cannot be taken as its details; then nothing is taken.
    """
    found: dict[str, Decided] = {}
    known = set(rights)
    pairs, faults = store.crosswalk_pairs(data, filename)
    for row, pair in pairs:
        before = found[pair.left].rights if pair.left in found else ()
        mapped = (*before, pair.right) if pair.right else before
        found[pair.left] = Decided(pair.left, pair.state, mapped, pair.reason)
        try:
            _check(Decided(pair.left, pair.state, (pair.right,) if pair.right else (), pair.reason), known, rights)
        except BadValue as fault:
            faults.append((row, _("%(file)s, row %(row)s: %(fault)s", file=filename, row=row, fault=fault.message)))
    if faults:
        told = tuple(text for _row, text in sorted(faults))
        raise Refused(told[0], told)
    return len(decide_names(project=project, crosswalk=crosswalk, decided=list(found.values()), rights=rights, by=by))


def withdraw_crosswalk(*, project: Project, crosswalk: Crosswalk, reason: str, by: Person) -> None:
    """Put a crosswalk aside; what was decided stays. A withdrawn one is put back."""
    if not reason.strip():
        raise BadValue("reason", _("A reason is needed: the auditor reads it."))
    was = crosswalk.withdrawn_at is not None
    crosswalk.withdrawn_at = None if was else clock.now()
    crosswalk.withdrawn_reason = None if was else reason.strip()
    act = "crosswalk_put_back" if was else "crosswalk_withdrawn"
    record(act, crosswalk, by=by, project=project.key, reason=reason.strip(), after={"name": crosswalk.name})
