"""Taking over criteria that were worded anew: what is kept, what is asked again, and what stays as it was decided."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.factories.lifecycle import a_decision
from tests.factories.people import a_person
from tests.lifecycle.asking import answer, gate, missing
from workbench.checklists import library
from workbench.checklists.actions import upgrade_checklist
from workbench.checklists.proofs import renewal
from workbench.checklists.queries import gates_checklist, step_answers
from workbench.checklists.rules import GATES_PACK, AnswerState
from workbench.lifecycle.gates import snapshot_digest
from workbench.people.models import Person
from workbench.people.rules import Role
from workbench.projects.models import Project
from workbench.trail.queries import history, verify
from workbench.web.refusals import Refused
from workbench.web.transactions import commit

Ready = tuple[Project, Person, Person]
NEW = "Every tool in scope is drawn with its owner, in one picture."


@pytest.fixture
def renewed(ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ready]:
    """The next version of the gates pack installed: G1-01 worded anew, G1-02 gone, G1-99 new."""
    shelf = tmp_path / "packs"
    shutil.copytree(library.PACKS, shelf)
    file = shelf / GATES_PACK / "pack.toml"
    text = file.read_text("utf-8").replace('version = "0.1"', 'version = "0.2"', 1)
    head, *items = re.split(r"(?=^\[\[items\]\]$)", text, flags=re.MULTILINE)
    by_key = {re.search(r'key = "([^"]+)"', each).group(1): each for each in items}  # type: ignore[union-attr]
    by_key["G1-01"] = re.sub(r'question\.en = ".*"', f'question.en = "{NEW}"', by_key["G1-01"])
    added = by_key.pop("G1-02").replace("G1-02", "G1-99")
    file.write_text(head + "".join(by_key.values()).rstrip() + "\n\n" + added, "utf-8")
    monkeypatch.setattr(library, "PACKS", shelf)
    library.pack.cache_clear()
    yield ready
    library.pack.cache_clear()


def test_gate_asks_to_take_over_what_is_installed(renewed: Ready) -> None:
    project, _contributor, _sponsor = renewed
    assert missing(project)[0] == "criteria_taken_over"
    line = gate(project).conditions[0]
    assert line.link == ("lifecycle.upgrade", {"key": project.key})
    assert line.reason.startswith("The project answers version 0.1; version 0.2 is installed.")


def test_renewal_tells_what_is_reworded_added_and_removed(renewed: Ready) -> None:
    project, _contributor, _sponsor = renewed
    checklist = gates_checklist(project.id)
    assert checklist is not None
    change = renewal(checklist)
    assert change is not None
    assert [(old.question.en == NEW, new.question.en) for old, new in change.reworded if old] == [(False, NEW)]
    assert ([each.key for each in change.added], [key for key, _old in change.removed]) == (["G1-99"], ["G1-02"])
    assert (change.is_known, len(change.same)) == (True, checklist.total - 2)


def test_answers_of_unchanged_items_go_over_with_their_evidence(renewed: Ready, keys: Path) -> None:
    project, contributor, _sponsor = renewed
    old = {each.key: each for each in step_answers(project.id, 1)}
    before = gates_checklist(project.id)
    made = upgrade_checklist(project=project, pack_id=GATES_PACK, by=contributor)
    commit()
    now = {each.key: each for each in step_answers(project.id, 1)}
    assert gates_checklist(project.id) == made
    assert before is not None
    assert (before.pack_version, made.pack_version) == ("0.1", "0.2")
    assert missing(project) == ["item:G1-01", "item:G1-99"]
    for key, each in now.items():
        if key not in ("G1-01", "G1-99"):
            assert (each.answer_state, each.note, each.evidence) == (old[key].answer_state, old[key].note, old[key].evidence)
    assert (now["G1-01"].answer_state, now["G1-01"].evidence) == (AnswerState.NOT_CHECKED, ())
    event = history("checklist", made.id)[0]
    assert (event.act, event.old["version"], event.new["reworded"], event.new["added"], event.new["removed"]) == (
        "checklist_upgraded", "0.1", ["G1-01"], ["G1-99"], ["G1-02"],
    )
    assert verify(keys).faults == ()
    with pytest.raises(Refused, match="installed now already"):
        upgrade_checklist(project=project, pack_id=GATES_PACK, by=contributor)


def test_who_answered_before_the_upgrade_does_not_decide_after_it(renewed: Ready, keys: Path) -> None:
    project, contributor, _sponsor = renewed
    upgrade_checklist(project=project, pack_id=GATES_PACK, by=contributor)
    lead = a_person(role=Role.QUALITY_LEAD)
    for key in ("G1-01", "G1-99"):
        answer(project, key, AnswerState.NOT_APPLICABLE, by=lead, note="drawn elsewhere")
    lines = {each.key: each for each in gate(project).conditions}
    assert contributor.name not in lines["approver_is_independent"].reason
    assert lead.name not in lines["approver_is_independent"].reason
    assert missing(project) == []


def test_wording_that_was_not_kept_counts_as_reworded(renewed: Ready) -> None:
    project, contributor, _sponsor = renewed
    checklist = gates_checklist(project.id)
    assert checklist is not None
    checklist.pack_digest = "0" * 64
    made = upgrade_checklist(project=project, pack_id=GATES_PACK, by=contributor)
    assert {each.answer_state for each in step_answers(project.id, 1)} == {AnswerState.NOT_CHECKED}
    assert made.counts["not_checked"] == made.total


def test_decision_keeps_what_it_was_taken_on(
    ready: Ready, keys: Path, request: pytest.FixtureRequest
) -> None:
    project, contributor, sponsor = ready
    made = a_decision(project, 1, by=sponsor, keys=keys)
    frozen = made.snapshot_sha256
    commit()
    request.getfixturevalue("renewed")
    upgrade_checklist(project=project, pack_id=GATES_PACK, by=contributor)
    commit()
    assert (snapshot_digest(made.snapshot), made.snapshot_sha256) == (frozen, frozen)


def test_page_shows_the_changes_and_takes_them_over(client: FlaskClient, renewed: Ready) -> None:
    project, _contributor, _sponsor = renewed
    old = gates_checklist(project.id)
    assert old is not None
    wording = "The process is drawn as it is really done"
    client.sign_in(a_person(role=Role.QUALITY_LEAD))  # type: ignore[attr-defined]
    page = client.get(f"/projects/{project.key}/upgrade").text
    for text in (NEW, wording, "G1-99", "Take over", "version 0.2"):
        assert text in page
    answer = client.post(f"/projects/{project.key}/upgrade")
    assert (answer.status_code, gates_checklist(project.id).pack_version) == (303, "0.2")  # type: ignore[union-attr]
    assert "There is nothing to take over" in client.get(f"/projects/{project.key}/upgrade").text
    assert wording in client.get(f"/projects/{project.key}/checklists/{old.id}?step=1").text
