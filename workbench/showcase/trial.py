"""Runs the demo's trial of step 5: two months of exports, the decisions about their rows, the answers that follow."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select

from workbench import clock, layout
from workbench.checklists.queries import gates_checklist
from workbench.checklists.rules import GATES_PACK
from workbench.config import Settings
from workbench.database import db
from workbench.evidence.queries import evidence_in, files_of_project
from workbench.people.models import Person
from workbench.people.queries import person_with_email
from workbench.projects.models import Project
from workbench.showcase.acts import made_by, perform
from workbench.showcase.records import Diary, Run, diary, in_language
from workbench.showcase.telling import Story
from workbench.tools.queries import tool_named
from workbench.trials import actions, queries
from workbench.trials.models import TrialRun
from workbench.trials.rules import Decision, Kind, unexplained
from workbench.web import transactions

GOLDEN = "Bakery Noé"
EXPORTS = ("psa", "supplier", "aliases.csv", "settings.toml")


@dataclass(frozen=True)
class Golden:
    """What a month comes to for the golden client: counted units, what the contract bills, what a PSA would bill."""

    client: str
    period: str
    used: int
    entitled: int
    over: int
    unused: int
    packages: int
    extra_units: int
    amount: str
    synced_units: int
    synced_amount: str


def copy_exports(target: Path) -> bool:
    """Put the demo's exports where they are received from, unless they lie there already; says whether it did."""
    if target.exists():
        return _completed(target)
    fresh = target.with_name(f".{target.name}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name in EXPORTS:
        source = layout.DEMO / name
        if source.is_dir():
            shutil.copytree(source, fresh / name)
        else:
            shutil.copy2(source, fresh / name)
    fresh.rename(target)
    return True


def _completed(target: Path) -> bool:
    """Add the exports that an earlier edition of the demo did not have; those that lie there stay as they are."""
    given = [each for name in EXPORTS for each in (layout.DEMO / name, *(layout.DEMO / name).rglob("*")) if each.is_file()]
    missing = [each for each in given if not (target / each.relative_to(layout.DEMO)).exists()]
    for each in missing:
        place = target / each.relative_to(layout.DEMO)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(each, place)
    return bool(missing)


def run_trials(settings: Settings, project: Project, *, language: str, exports: Path) -> bool:
    """Run both months, decide, answer, in one transaction; says whether it did. A project with runs is left alone."""
    if queries.latest_run(project.id) is not None:
        return False
    told = diary()
    people = people_of(told)
    story = Story(project.key, language, settings.home, settings.keys, clock.today(), "", people, project)
    story.named = named_rows(told, project, language)
    with force_locale(language):
        for run in told.runs:
            done = _run(story, run, exports)
            story.named[run.period_on.isoformat()] = _evidence_of(project, done)
        for act in told.afterwards:
            perform(story, act)
    transactions.commit()
    return True


def people_of(told: Diary) -> dict[str, Person]:
    """The persons of the cast who are there, by their key."""
    found = {each.key: person_with_email(each.email) for each in told.cast}
    return {key: person for key, person in found.items() if person is not None}


def named_rows(told: Diary, project: Project, language: str) -> dict[str, Any]:
    """The rows that the acts after the trial refer to: the gates' checklist, evidence by title, tools, records in their order."""
    titled = {each.title: each.id for each in files_of_project(project.id)}
    named: dict[str, Any] = {GATES_PACK: gates_checklist(project.id)}
    seen: dict[type[Any], int] = {}
    for act in told.acts:
        if act.do in ("add_file", "add_link") and act.name:
            named[act.name] = evidence_in(project.id, titled[act.told(language)["title"]])
        elif act.do == "add_tool" and act.name:
            named[act.name] = tool_named(act.told(language)["name"])
        model = made_by(act)
        if model is not None:
            seen[model] = seen.get(model, -1) + 1
            if act.name:
                named[act.name] = _nth(model, project, seen[model])
    return named


def _nth(model: type[Any], project: Project, number: int) -> Any:
    wanted = select(model).where(model.project_id == project.id).order_by(model.id)
    return db.session.scalars(wanted.offset(number).limit(1)).one()


def _run(story: Story, run: Run, exports: Path) -> TrialRun:
    done = actions.run_trial(
        project=story.opened, title=run.title[story.language], period_on=run.period_on, files=files_of(run, exports),
        home=story.home, by=story.people[run.by],
    )
    for decision in run.decisions:
        said = in_language(decision, story.language)
        actions.dispose_all(
            run=done, row_keys=said.get("rows") or refused_keys(done.result), decision=Decision(said["decision"]),
            reason=said["reason"], by=story.people[said["by"]],
        )
    return done


def files_of(run: Run, exports: Path) -> dict[str, Path]:
    """The exports of one month, by their part in the reconciliation."""
    return {
        "packages": exports / "psa/packages.csv", "contracts": exports / "psa/contracts.csv", "usage": exports / run.usage,
        "clients": exports / "aliases.csv", "prices": exports / "psa/prices.csv", "settings": exports / "settings.toml",
    }


def refused_keys(result: Mapping[str, Any]) -> list[str]:
    """The keys of the records that could not be read."""
    return [each.key for each in unexplained(dict(result)) if each.kind is Kind.REFUSED]


def _evidence_of(project: Project, done: TrialRun) -> Any:
    filed = queries.run_page(project.id, done.number).evidence
    return evidence_in(project.id, filed[0]) if filed else None


def golden(project_id: int) -> tuple[Golden, ...]:
    """The figures of the golden client in the newest run of each month."""
    found = []
    for run in queries.newest_of_each_period(project_id):
        page = queries.run_page(project_id, run.number)
        wanted = queries.Filter(client=GOLDEN)
        totals, (_client, bills) = queries.totals_of(page.shown(wanted)), page.bills(wanted)
        found.append(
            Golden(
                GOLDEN, f"{run.period_on:%Y-%m}" if run.period_on else "", totals["used"], totals["entitled"], totals["over"],
                totals["unused"], bills.right.packages, bills.right.separate_units, _money(bills.right.amounts),
                bills.synced.separate_units, _money(bills.synced.amounts),
            )
        )
    return tuple(found)


def _money(amounts: Any) -> str:
    return " + ".join(f"{amount:.2f} {currency}" for currency, amount in amounts)
