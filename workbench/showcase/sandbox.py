"""What the demo does in the sandbox: it mirrors the exports, decides names, tries a mapping, chooses, checks and rehearses."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from flask_babel import force_locale

from workbench import clock, layout
from workbench.config import Settings
from workbench.evidence.queries import evidence_in
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.showcase.acts import perform
from workbench.showcase.records import diary
from workbench.showcase.telling import Doing, Story, call
from workbench.showcase.trial import named_rows, people_of
from workbench.trials import queries
from workbench.trials.actions import crosswalks, mappings, mirror, overlay, plans, pulls, runs
from workbench.trials.models import MappingRun, MirrorSnapshot, PromotionPlan
from workbench.trials.rules.plans import Choice
from workbench.trials.store.runs import sources_of
from workbench.web import transactions

Facts = dict[str, Any]
LIVE = "psa.contracts"  # the table that the demo's mapping is held against


def fill_sandbox(settings: Settings, project: Project, *, language: str, exports: Path) -> bool:
    """Tell what was done in the sandbox, in one transaction; says whether it did. A project with a mirror is left alone."""
    if queries.mirror.sources(project.id, withdrawn=True):
        return False
    told = diary()
    people = people_of(told)
    story = Story(project.key, language, settings.home, settings.keys, clock.today(), "", people, project, files=exports)
    story.named = named_rows(told, project, language)
    with force_locale(language):
        for act in told.sandbox:
            perform(story, act, VERBS)
    transactions.commit()
    return True


def _snapshot(story: Story, table: str) -> MirrorSnapshot:
    """The newest snapshot of `source.table`."""
    found: MirrorSnapshot = queries.crosswalks.newest_tables(story.opened.id)[table][0]
    return found


def _add_source(story: Story, by: Person, facts: Facts) -> Any:
    return call(mirror.add_source, story, by, facts)


def _receive(story: Story, by: Person, facts: Facts) -> Any:
    """Receive a file of the exports as a table of a source."""
    path = story.file(facts["file"])
    arrived = pulls.Arrived(path, path.name, facts["table"])
    return pulls.pull_now(source=story.row(facts["source"]), home=story.home, keys=story.keys, by=by, arrived=arrived)


def _add_fake(story: Story, by: Person, facts: Facts) -> Any:
    snapshot = _snapshot(story, facts["table"])
    return overlay.add_fake(
        snapshot=snapshot, cells=facts["cells"], name_column=facts["name_column"], reason=facts["reason"], by=by
    )


def _edit_row(story: Story, by: Person, facts: Facts) -> Any:
    """Put other texts in the place of cells; each is told as “from -> to”."""
    moved = {column: words.split(" -> ") for column, words in facts["cells"].items()}
    return overlay.edit_row(
        snapshot=_snapshot(story, facts["table"]), key=facts["key"], cells={name: new for name, (_old, new) in moved.items()},
        was={name: old for name, (old, _new) in moved.items()}, reason=facts["reason"], home=story.home, by=by,
    )


def _add_crosswalk(story: Story, by: Person, facts: Facts) -> Any:
    return call(crosswalks.add_crosswalk, story, by, facts)


def _decide_names(story: Story, by: Person, facts: Facts) -> Any:
    """Decide names, each in a line “left | right”, or “left | | reason” where it is left aside."""
    decided = []
    for line in facts["lines"]:
        left, right, reason = (part.strip() for part in f"{line} | ".split("|")[:3])
        decided.append(crosswalks.Decided(left, "mapped" if right else "ignored", (right,) if right else (), reason))
    return crosswalks.decide_names(
        project=story.opened, crosswalk=story.row(facts["crosswalk"]), decided=decided,
        rights=sorted({right for one in decided for right in one.rights}), by=by,
    )


def _save_mapping(story: Story, by: Person, facts: Facts) -> Any:
    """Save a file as the next version of a mapping; the first one begins it."""
    text = (layout.DEMO / "mappings" / story.language / facts["file"]).read_text(encoding="utf-8")
    found = queries.mappings.mapping_named(story.opened.id, facts["name"])
    if found is None:
        found = mappings.add_mapping(project=story.opened, name=facts["name"], title=facts["title"], text=text, by=by)
    else:
        mappings.keep_draft(project=story.opened, mapping=found, text=text, by=by)
    return mappings.save_version(project=story.opened, mapping=found, note=facts["note"], by=by)


def _run_mapping(story: Story, by: Person, facts: Facts) -> MappingRun:
    """Run a version on the newest tables, or the recipe of an earlier run on them."""
    version = story.row(facts["version"])
    chosen = {
        name: f"crosswalk:{story.row(table).id}" if table in story.named else f"snapshot:{_snapshot(story, table).id}"
        for name, table in sources_of(version.text).items()
    }
    wish = runs.Wish(
        version_id=version.id, title=facts["title"], period_on=date.fromisoformat(facts["period_on"]), chosen=chosen,
        again=story.row(facts["again"]).number if "again" in facts else 0, note=facts.get("note", ""),
    )
    return runs.run_mapping_now(project=story.opened, wish=wish, home=story.home, keys=story.keys, by=by)


def _make_plan(story: Story, by: Person, facts: Facts) -> PromotionPlan:
    """Choose rows of a run, each “contract item”; the plan's file is named too."""
    rows = tuple((LIVE, tuple(row.split())) for row in facts["rows"])
    made = plans.make_plan(
        project=story.opened, run=story.row(facts["run"]), title=facts["title"], choice=Choice(rows=rows), home=story.home, by=by
    )
    story.named[facts["file"]] = evidence_in(story.opened.id, made.evidence_id or 0)
    return made


def _check_plan(story: Story, by: Person, facts: Facts) -> Any:
    live = {LIVE: {"snapshot": _snapshot(story, LIVE).id}}
    return plans.check_plan(plan=story.row(facts["plan"]), live=live, home=story.home, by=by)


def _rehearse_plan(story: Story, by: Person, facts: Facts) -> Any:
    return plans.rehearse_plan(plan=story.row(facts["plan"]), home=story.home, by=by)


VERBS: dict[str, Doing] = {
    "add_source": _add_source,
    "receive": _receive,
    "add_fake": _add_fake,
    "edit_row": _edit_row,
    "add_crosswalk": _add_crosswalk,
    "decide_names": _decide_names,
    "save_mapping": _save_mapping,
    "run_mapping": _run_mapping,
    "make_plan": _make_plan,
    "check_plan": _check_plan,
    "rehearse_plan": _rehearse_plan,
}
