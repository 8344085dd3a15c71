"""Acts of the diary that take more than a call of an action: files, gates, documents, scores, readers, weekly counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from workbench import clock
from workbench.adoption import actions as adoption
from workbench.adoption.models import Survey
from workbench.adoption.rules import ITEMS, Criterion, Perspective, monday_of
from workbench.checklists import actions as checklists
from workbench.checklists.rules import GATES_PACK, AnswerState
from workbench.evidence import actions as evidence
from workbench.lifecycle import actions as lifecycle
from workbench.lifecycle.artefacts import read
from workbench.lifecycle.queries import conditions_of_project
from workbench.lifecycle.rules import Outcome
from workbench.lifecycle.steps import ARTEFACTS
from workbench.paths import actions as paths
from workbench.people.models import Person
from workbench.practices import actions as practices
from workbench.practices import queries as practice_queries
from workbench.practices.rules import UserLine
from workbench.showcase.records import day_of
from workbench.showcase.telling import Doing, Story, body_of, call
from workbench.trials import actions as trials
from workbench.trials.rules import Decision

Facts = dict[str, Any]


def _start_checklist(story: Story, by: Person, facts: Facts) -> Any:
    made = checklists.start_checklist(project=story.opened, pack_id=facts["pack"], by=by)
    story.named[facts["pack"]] = made
    return made


def _add_file(story: Story, by: Person, facts: Facts) -> Any:
    valid_until = day_of(facts["valid_until"], story.today) if "valid_until" in facts else None
    with story.file(facts["file"]).open("rb") as stream:
        return evidence.add_file(
            project=story.opened, title=facts["title"], stream=stream, filename=facts["file"], home=story.home, by=by,
            valid_until=valid_until, note=facts.get("note", ""),
        )


def _add_version(story: Story, by: Person, facts: Facts) -> Any:
    with story.file(facts["file"]).open("rb") as stream:
        return evidence.add_version(
            project=story.opened, evidence=story.row(facts["evidence"]), stream=stream, filename=facts["file"],
            home=story.home, by=by, note=facts.get("note", ""),
        )


def _answer(story: Story, by: Person, facts: Facts) -> Any:
    """Answer an item and put the evidence to it; the gates' checklist unless another pack is named."""
    checklist = story.named[facts.get("pack", GATES_PACK)]
    made = checklists.answer_item(
        project=story.opened, checklist=checklist, item_key=facts["item"], by=by, note=facts.get("note", ""),
        state=AnswerState(facts.get("state", AnswerState.CONFORM)),
    )
    for name in facts.get("evidence", ()):
        checklists.attach_evidence(
            project=story.opened, checklist=checklist, item_key=facts["item"], evidence=story.row(name), by=by
        )
    return made


def _answer_all(story: Story, by: Person, facts: Facts) -> None:
    """Answer several items, each in a line “item | evidence, evidence | note”; without evidence it is not applicable."""
    for line in facts["lines"]:
        item, names, note = (part.strip() for part in line.split("|", 2))
        proof = [each.strip() for each in names.split(",") if each.strip()]
        state = AnswerState.CONFORM if proof else AnswerState.NOT_APPLICABLE
        _answer(story, by, {"item": item, "evidence": proof, "note": note, "state": state})


def _write_artefact(story: Story, by: Person, facts: Facts) -> Any:
    kind = ARTEFACTS[facts["kind"]]
    artefact = read(kind, body_of(story, kind, facts["body"]))
    return lifecycle.write_artefact(project=story.opened, artefact=artefact, by=by)


def _sign_artefact(story: Story, by: Person, facts: Facts) -> Any:
    return lifecycle.sign_artefact(project=story.opened, kind=ARTEFACTS[facts["kind"]], by=by, password=story.password)


def _decide_gate(story: Story, by: Person, facts: Facts) -> Any:
    """Sign a decision with the signer's real password; its conditions can be named for the act that meets them."""
    wanted = facts.get("conditions", [])
    asked = [
        lifecycle.Asked(each["text"], story.people[each["owner"]].id, day_of(each["due_on"], story.today)) for each in wanted
    ]
    made = lifecycle.decide_gate(
        project=story.opened, step=facts["step"], outcome=Outcome(facts["outcome"]), reason=facts["reason"], by=by,
        password=story.password, keys=story.keys, back_to=facts.get("back_to"), also=facts.get("also", ()),
        conditions=asked, language=story.language,
    )
    named = {each["text"]: each["as"] for each in wanted if "as" in each}
    for row in conditions_of_project(story.opened.id):
        if row.decision_id == made.id and row.text in named:
            story.named[named[row.text]] = row
    return made


def _meet_condition(story: Story, by: Person, facts: Facts) -> None:
    lifecycle.meet_condition(project=story.opened, condition=story.row(facts["condition"]), note=facts["note"], by=by)


def _score_paths(story: Story, by: Person, facts: Facts) -> int:
    """Score paths: `path` names one, `scores` are {criterion: 0 to 5}; or `paths` = {path: {criterion: 0 to 5}}."""
    table = facts["paths"] if "paths" in facts else {facts["path"]: facts["scores"]}
    given = {
        (story.row(path).id, story.row(criterion).id): (value, facts.get("notes", {}).get(criterion, ""))
        for path, scores in table.items()
        for criterion, value in scores.items()
    }
    return paths.score_paths(project=story.opened, given=given, by=by)


def _run_trial(story: Story, by: Person, facts: Facts) -> Any:
    """Run a trial with files of the diary, named by their part in the reconciliation."""
    files = {role: story.file(name) for role, name in facts["files"].items()}
    return trials.run_trial(
        project=story.opened, title=facts["title"], period_on=day_of(facts["period_on"], story.today), files=files,
        home=story.home, by=by,
    )


def _dispose_rows(story: Story, by: Person, facts: Facts) -> Any:
    """Decide about rows of a run, by their keys: row|client|service, client|name, service|name."""
    return trials.dispose_all(
        run=story.row(facts["run"]), row_keys=facts["rows"], decision=Decision(facts["decision"]),
        reason=facts["reason"], by=by,
    )


def _line_of(story: Story, name: str) -> UserLine:
    found = practice_queries.user(story.opened.id, story.row(name).id)
    if found is None:
        raise LookupError(f"{name!r} is no user of this practice")
    return found


def _record_tasks(story: Story, by: Person, facts: Facts) -> None:
    """Record that `users` did a practice task, seen by `observer` on `done_on`; the day of the act unless it is said."""
    for name in facts["users"]:
        practices.record_task_done(
            project=story.opened, task=story.row(facts["task"]), user=_line_of(story, name), by=by,
            done_on=_day(story, facts, "done_on"), observer_id=story.people[facts["observer"]].id,
            in_sandbox=facts.get("in_sandbox", True), note=facts.get("note", ""),
        )


def _acknowledge(story: Story, by: Person, facts: Facts) -> None:
    """`users` have read the edition in force of an instruction; of somebody else a champion says so, with `reason`."""
    instruction = story.row(facts["instruction"])
    for name in facts["users"]:
        number = next(each.id for each in practice_queries.in_force(story.opened.id) if each.instruction_id == instruction.id)
        edition = practice_queries.edition_of_project(story.opened.id, number)
        if edition is not None:
            practices.acknowledge_edition(
                project=story.opened, edition=edition, user=_line_of(story, name), by=by, reason=facts.get("reason", "")
            )


def _note_reading(story: Story, by: Person, facts: Facts) -> Any:
    """Note a week's count: that of the week before the day of the act, unless `week_of` says another."""
    if "week_of" in facts:
        facts["week_of"] = monday_of(day_of(facts["week_of"], story.today)).isoformat()
    else:
        facts["week_of"] = (monday_of(clock.today()) - timedelta(weeks=1)).isoformat()
    return call(adoption.note_reading, story, by, facts)


def _correct_reading(story: Story, by: Person, facts: Facts) -> None:
    reading = story.row(facts["reading"])
    left = {name: getattr(reading, name) for name in ("new_way", "old_way", "errors", "minutes")}
    call(adoption.correct_reading, story, by, {**left, **facts})


def _observe_ladder(story: Story, by: Person, facts: Facts) -> None:
    """`users` were seen on a rung of the ladder."""
    for name in facts["users"]:
        told = {"user_id": name, "level": facts["level"], "note": facts["note"]}
        call(adoption.observe, story, by, {**told, "seen_on": _day(story, facts, "seen_on").isoformat()})


def _open_survey(story: Story, by: Person, facts: Facts) -> Survey:
    made, _token = adoption.open_survey(project=story.opened, title=facts["title"], by=by)
    return made


def _answer_survey(story: Story, by: Person, facts: Facts) -> None:
    """One anonymous answer: a score for each statement in order, and effectiveness, capability and efficiency."""
    adoption.answer_survey(
        project=story.opened, survey=story.row(facts["survey"]), perspective=Perspective(facts["perspective"]),
        scores=dict(zip(ITEMS, facts["scores"], strict=True)), person=by,
        ratings=dict(zip((each.value for each in Criterion), facts["ratings"], strict=True)),
    )


def _day(story: Story, facts: Facts, name: str) -> date:
    return day_of(facts[name], story.today) if name in facts else clock.today()


VERBS: dict[str, Doing] = {
    "start_checklist": _start_checklist,
    "add_file": _add_file,
    "add_version": _add_version,
    "answer": _answer,
    "answer_all": _answer_all,
    "write_artefact": _write_artefact,
    "sign_artefact": _sign_artefact,
    "decide_gate": _decide_gate,
    "meet_condition": _meet_condition,
    "score_paths": _score_paths,
    "run_trial": _run_trial,
    "dispose_rows": _dispose_rows,
    "record_tasks": _record_tasks,
    "acknowledge": _acknowledge,
    "note_reading": _note_reading,
    "correct_reading": _correct_reading,
    "observe_ladder": _observe_ladder,
    "open_survey": _open_survey,
    "answer_survey": _answer_survey,
}
