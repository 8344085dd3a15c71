"""Nobody audits their own work: what the records say somebody did in the area to be audited."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select

from workbench.audits.models import Audit
from workbench.audits.rules import belongs_to_area, is_own_work
from workbench.checklists.models import Answer, Checklist
from workbench.database import db
from workbench.people.models import Membership
from workbench.projects.models import Project
from workbench.trail.models import Entry


@dataclass(frozen=True)
class Conflict:
    """Why somebody cannot audit: member (of the team, `what` the role), answers or acts (`what` the act), how often."""

    kind: str
    what: str
    count: int = 1


def conflicts(
    project: Project, person_ids: Collection[int], *, since: date | None = None, until: date | None = None
) -> dict[int, list[Conflict]]:
    """{person: what speaks against their auditing this project}, of the days from `since` to `until`. Three queries."""
    found: dict[int, list[Conflict]] = {each: [] for each in person_ids}
    if not found:
        return found
    for person_id, role, functions in _memberships(project.id, found):
        if belongs_to_area(functions):
            found[person_id].append(Conflict("member", role))
    for person_id, count in _answers(project.id, found, since, until):
        found[person_id].append(Conflict("answers", "", count))
    for person_id, acts in _acts(project.key, found, since, until).items():
        found[person_id] += [Conflict("acts", act, count) for act, count in acts.most_common()]
    return found


def _memberships(project_id: int, person_ids: Collection[int]) -> list[tuple[int, str, list[str]]]:
    wanted = select(Membership.person_id, Membership.role, Membership.functions)
    chosen = wanted.where(Membership.project_id == project_id, Membership.person_id.in_(sorted(person_ids)))
    return [(person_id, role, functions) for person_id, role, functions in db.session.execute(chosen)]


def _answers(
    project_id: int, person_ids: Collection[int], since: date | None, until: date | None
) -> list[tuple[int, int]]:
    """How many items of the area's own checklists each one answered; those of audits are not its own."""
    wanted = (
        select(Answer.answered_by_id, func.count())
        .join(Checklist, Checklist.id == Answer.checklist_id)
        .where(Checklist.project_id == project_id, Answer.answered_by_id.in_(sorted(person_ids)))
        .where(Checklist.occasion.not_in(select(Audit.number).where(Audit.project_id == project_id)))
        .group_by(Answer.answered_by_id)
        .order_by(Answer.answered_by_id)
    )
    if since is not None:
        wanted = wanted.where(Answer.answered_at >= _start(since))
    if until is not None:
        wanted = wanted.where(Answer.answered_at < _start(until + timedelta(days=1)))
    return [(person_id, count) for person_id, count in db.session.execute(wanted)]


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _acts(
    key: str, person_ids: Collection[int], since: date | None, until: date | None
) -> dict[int, Counter[str]]:
    """{person: {act: how often}} of the entries that tell of work on the area; who wrote them stands in the entry alone."""
    found: dict[int, Counter[str]] = {}
    wanted = select(Entry.act, Entry.leaf).where(Entry.project == key).execution_options(yield_per=1000)
    for act, leaf in db.session.execute(wanted):
        if not is_own_work(act):
            continue
        told = json.loads(leaf)
        day = datetime.fromisoformat(told["at"]).date()
        if told["person"] in person_ids and (since or day) <= day <= (until or day):
            found.setdefault(told["person"], Counter())[act] += 1
    return found
