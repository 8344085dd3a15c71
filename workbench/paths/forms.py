"""What may be typed about ways forward, their scores, hypotheses and meetings, and the words for them."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import shorten
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from workbench.evidence.queries import choices as evidence_choices
from workbench.inquiry.queries import needs
from workbench.paths import queries
from workbench.paths.rules import HIGHEST, PathState, Purpose, Reversibility, Verdict, capability
from workbench.projects.forms import HUBS
from workbench.registers.forms import RecordForm, Reference, choice, several
from workbench.tools.forms import ABLE, CAPABILITIES
from workbench.tools.queries import choices as tool_choices
from workbench.web.forms import Form, line, text

STATES = {
    PathState.OPEN: _l("open"), PathState.CHOSEN: _l("chosen"), PathState.CONFIRMED: _l("confirmed by the trial"),
    PathState.REJECTED: _l("rejected"), PathState.KILLED: _l("killed by a limitation"),
    PathState.WITHDRAWN: _l("withdrawn"),
}
LOOKS = {
    PathState.OPEN: "open", PathState.CHOSEN: "chosen", PathState.CONFIRMED: "passed", PathState.REJECTED: "rejected",
    PathState.KILLED: "fail", PathState.WITHDRAWN: "withdrawn",
}
REVERSIBILITY = {
    Reversibility.EASY: _l("easy to leave"), Reversibility.HARD: _l("hard to leave"),
    Reversibility.NONE: _l("no way back"),
}
VERDICTS = {
    Verdict.OPEN: _l("not tried yet"), Verdict.HELD: _l("it held"), Verdict.REFUTED: _l("refuted"),
    Verdict.DROPPED: _l("dropped"),
}
PURPOSES = {
    Purpose.DECISION: _l("decision on the path"), Purpose.PRESENTATION: _l("presentation of the advance"),
    Purpose.BRIEFING: _l("briefing"),
}


def need_choices(project_id: int) -> list[tuple[int, str]]:
    """The project's needs as a list to choose from."""
    standing = (each for each in needs(project_id) if each.withdrawn_at is None)
    return [(each.id, f"{each.code} {shorten(each.statement, 100, placeholder='…')}") for each in standing]


def capability_choices(project_id: int) -> list[tuple[str, str]]:
    """Every capability of every tool in scope: ("7:export", "PSA: export")."""
    return [
        (capability(number, kind), _("%(tool)s: %(capability)s", tool=name, capability=word))
        for number, name in tool_choices(project_id) for kind, word in CAPABILITIES.items()
    ]


class Ticks(SelectMultipleField):
    """Boxes to tick."""

    widget, option_widget = ListWidget(prefix_label=False), CheckboxInput()


class DescribePath(Form):
    """A way forward."""

    name = line(_l("Name"), DataRequired())
    description = text(_l("Description"), description=_l("What changes, and who does what."))
    tool_ids = Ticks(_l("Tools it touches"), coerce=int, choices=[])
    needs = Ticks(_l("What the tools must be able to do"), choices=[])
    needs_covered = line(_l("Needs covered"), maximum=500, description=_l("Their codes, such as N-1, N-3."))
    cost = line(_l("Cost"))
    effort = line(_l("Effort"), description=_l("Such as 12 days of the technical team."))
    reversibility = choice(_l("Can it be left again?"), REVERSIBILITY, empty=_l("not said"))
    way_back = text(_l("Way back"), description=_l("How to return to the present way if it fails."))
    data_exposure = text(
        _l("Data exposure"), description=_l("Which data leaves which tool, and who could see it on the way.")
    )

    def offer(self, project_id: int) -> Self:
        """Fill the boxes with the tools in the project's scope."""
        self.tools = tool_choices(project_id)
        self.tool_ids.choices = [SelectChoice(str(number), name) for number, name in self.tools]
        self.needs.choices = [SelectChoice(value, word) for value, word in capability_choices(project_id)]
        return self


class GiveReason(Form):
    """Why a way forward is chosen, rejected, confirmed or taken back."""

    reason = text(
        _l("Reason"), DataRequired(), description=_l("Name the limitation, the need or the cost that decided.")
    )


class ChooseKilled(GiveReason):
    """Why a path that a limitation killed is chosen nevertheless."""

    in_spite_of = text(
        _l("In spite of the limitation"), DataRequired(), maximum=2000,
        description=_l("What is accepted, by whom, and until when."),
    )
    waiver = line(_l("Waiver"), DataRequired(), maximum=60, description=_l("The number or the date of the waiver."))


class KillPath(GiveReason):
    """Which limitation makes a way forward impossible."""

    limitation_id = SelectField(_l("Limitation"), coerce=int, choices=[], validators=[InputRequired()])

    def offer(self, project_id: int) -> Self:
        """Fill the list with the project's limitations."""
        self.limitation_id.choices = [SelectChoice(str(number), words) for number, words in queries.limitations(project_id)]
        return self


class ScoreForm(Form):
    """The scores of every path on every criterion; the fields v<path>_<criterion> and n<path>_<criterion> are made for each."""

    seen = HiddenField()

    def given(self) -> dict[tuple[int, int], tuple[int | None, str]]:
        """{(path, criterion): (score or None, note)}."""
        named = {each.name[1:]: each.data for each in self if each.name.startswith("v") and "_" in each.name}
        found = {}
        for cell, value in named.items():
            path_id, criterion_id = (int(part) for part in cell.split("_"))
            found[path_id, criterion_id] = (int(value) if value else None, self[f"n{cell}"].data)
        return found


def score_form(matrix: queries.Matrix) -> ScoreForm:
    """The form of a matrix, filled with the scores that stand."""
    places = [SelectChoice("", "–"), *(SelectChoice(str(each), str(each)) for each in range(HIGHEST + 1))]
    fields: dict[str, Any] = {}
    values: dict[str, Any] = {"seen": matrix.seen}
    for each in matrix.criteria:
        for path in matrix.paths:
            cell, score = f"{path.id}_{each.id}", matrix.scores.get(path.id, {}).get(each.id)
            label = _("Score of %(path)s on %(criterion)s", path=path.code, criterion=each.code)
            fields[f"v{cell}"] = SelectField(label, choices=places)
            fields[f"n{cell}"] = line(_("Note on %(path)s, %(criterion)s", path=path.code, criterion=each.code), maximum=300)
            values[f"v{cell}"] = "" if score is None or score.value is None else str(score.value)
            values[f"n{cell}"] = "" if score is None else score.note
    kind: type[ScoreForm] = type("ScorePaths", (ScoreForm,), fields)
    return kind.of_request(**values)


class StateHypothesis(RecordForm):
    """What the trial must show."""

    statement = text(_l("Hypothesis"), DataRequired(), maximum=2000, description=_l("One thing that the trial can refute."))
    success_measure = text(
        _l("Success measure"), DataRequired(), maximum=2000, description=_l("What is counted, and which count is a success.")
    )
    expected = text(_l("Expected result"), maximum=2000)
    need_id = Reference(_l("Need"), need_choices)
    capability = SelectField(
        _l("Unknown capability"), choices=[], description=_l("Where it is tried whether a tool can do something.")
    )

    def offer(self, project_id: int) -> Self:
        """Fill the lists with the project's needs and the capabilities of its tools."""
        offered = capability_choices(project_id)
        self.capability.choices = [SelectChoice("", _("none")), *(SelectChoice(value, word) for value, word in offered)]
        return super().offer(project_id)


class NoteMeeting(RecordForm):
    """A meeting and what it brought up."""

    purpose = choice(_l("Purpose"), PURPOSES)
    held_on = DateField(_l("Held on"), validators=[InputRequired()])
    hubs = several(_l("Hubs that attended"), HUBS)
    attendees = text(
        _l("Who attended"), maximum=2000,
        description=_l("Functions, such as head of billing. Leave out the name of anybody who wishes to stay unnamed."),
    )
    minutes = text(_l("Minutes of the meeting"))
    brought_up = text(_l("What it brought up"), description=_l("What nobody had said before."))
    evidence_id = Reference(_l("Evidence"), evidence_choices)


def paths_table(cards: Iterable[queries.Card], withdrawn: Iterable[Any] = ()) -> list[list[Any]]:
    """The ways forward as a table, head first: what each costs and needs, its place, and why it was taken or left."""
    head = [
        _("Code"), _("Path"), _("State"), _("Reason"), _("Sum"), _("Place"), _("Tools touched"), _("What it needs"),
        _("Needs covered"), _("Cost"), _("Effort"), _("Can it be left again?"), _("Way back"), _("Data exposure"),
        _("Description"), _("Limitation"), _("In spite of it, because"), _("Withdrawn"),
    ]
    rows = [_path_cells(card.path, card.total, card.rank, card.tools, card.needs) for card in cards]
    return [head, *rows, *(_path_cells(path, None, None, (), ()) for path in withdrawn)]


def _path_cells(path: Any, total: int | None, rank: int | None, tools: Iterable[str], needs: Iterable[Any]) -> list[Any]:
    needed = [
        f"{_('%(tool)s: %(capability)s', tool=need.tool, capability=CAPABILITIES[need.kind])} ({ABLE[need.state]})"
        for need in needs
    ]
    is_gone = path.state == PathState.WITHDRAWN
    return [
        path.code, path.name, STATES[path.state], path.withdrawn_reason if is_gone else path.confirmed_reason or path.reason,
        total, rank, ", ".join(tools), "; ".join(needed), path.needs_covered, path.cost, path.effort,
        REVERSIBILITY[path.reversibility] if path.reversibility else "", path.way_back, path.data_exposure, path.description,
        "" if is_gone or path.killed_by is None else path.killed_by.code, path.in_spite_of, path.withdrawn_at,
    ]


def matrix_table(found: queries.Matrix) -> list[list[Any]]:
    """The decision matrix as a table, head first: a line for each criterion, a score and its note for each path."""
    head = [_("Code"), _("Criterion"), _("Weight")]
    for path in found.paths:
        head += [path.code, _("Note on %(code)s", code=path.code)]
    rows: list[list[Any]] = [head]
    for each in found.criteria:
        given = [found.scores.get(path.id, {}).get(each.id) for path in found.paths]
        rows.append([each.code, each.name, each.weight, *(cell for one in given for cell in (
            (one.value, one.note) if one else (None, ""))
        )])
    return [*rows, ["", _("Weighted sum"), found.highest, *(
        cell for path in found.paths for cell in (found.totals.get(path.id), "")
    )]]
