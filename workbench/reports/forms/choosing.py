"""What may be chosen for a report, and for one that is kept under a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, RadioField, SelectField, SelectMultipleField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from workbench.projects.forms import CONFIDENTIALITY
from workbench.projects.forms import options as listed
from workbench.projects.rules import Confidentiality
from workbench.reports.forms.building import LANGUAGES
from workbench.reports.queries import Report
from workbench.reports.rules import LOWEST_FIRST, Cadence, FileFormat, Moving, Options, Paper, Period
from workbench.reports.telling import CADENCES, FORMATS, MOVES, PAPERS, level_in_words
from workbench.web.forms import Form, line, text

Pairs = Sequence[tuple[str, str]]  # (value, label)
ALL_OF_THEM = _l("None ticked: all of them.")


def _boxes(label: Any, **kwargs: Any) -> SelectMultipleField:
    widget, box = ListWidget(prefix_label=False), CheckboxInput()
    return SelectMultipleField(label, choices=[], widget=widget, option_widget=box, validate_choice=True, **kwargs)


class Choose(Form):
    """Everything that may be chosen for one report; what it does not offer is taken out."""

    language = SelectField(_l("Language"), choices=listed(LANGUAGES), validators=[InputRequired()])
    first = DateField(_l("First day"), validators=[Optional()])
    last = DateField(_l("Last day"), validators=[Optional()])
    steps = _boxes(_l("Steps"), description=ALL_OF_THEM)
    packs = _boxes(_l("Checklists"), description=ALL_OF_THEM)
    subjects = _boxes("")
    level = RadioField(_l("Who will read it"), choices=[], default=Confidentiality.CONFIDENTIAL, validators=[InputRequired()])
    annexes = _boxes(_l("Appendices"))
    paper = SelectField(_l("Paper"), choices=listed(PAPERS), default=Paper.A4)
    file_format = SelectField(_l("File"), choices=listed(FORMATS), default=FileFormat.PDF)
    is_archival = BooleanField(
        _l("For the archive (PDF/A-3, PDF/UA-1)"),
        description=_l("Keeps for decades and reads aloud; takes longer to build. The data lie in the file as attachments."),
    )

    @classmethod
    def offered(
        cls, report: Report, *, language: str, steps: Pairs, packs: Pairs, subjects: Pairs, options: Options | None = None,
        **kwargs: Any,
    ) -> Self:
        """The form for one report of a project, filled with what was chosen before."""
        chosen = options or Options()
        every = [name for name, _title in report.ANNEXES]
        form = cls.of_request(data={
            "language": language, "first": chosen.period.first, "last": chosen.period.last,
            "steps": [str(each) for each in chosen.steps], "packs": list(chosen.packs), "subjects": list(chosen.subjects),
            "level": str(chosen.confidentiality), "annexes": [each for each in every if each not in chosen.without],
            "paper": str(chosen.paper), "file_format": str(chosen.file_format), "is_archival": chosen.is_archival, **kwargs,
        })
        form._offer("steps", list(steps))
        form._offer("packs", list(packs))
        form._offer("subjects", list(subjects))
        if subjects:
            form.subjects.label.text = str(report.SUBJECTS)
            form.subjects.description = str(getattr(report, "NONE_CHOSEN", ALL_OF_THEM))
        form._offer("annexes", [(name, str(title)) for name, title in report.ANNEXES])
        if form.level is not None:
            form.level.choices = listed(_levels())
        form._every = every
        return form

    _every: Sequence[str] = ()

    def parts(self) -> list[Any]:
        """The fields that ask for a part of what there is."""
        return [self[name] for name in ("subjects", "steps", "packs") if name in self._fields]

    def is_part(self) -> bool:
        """Whether a part is asked for, or what was sent about it is to be mended: its fields are then shown."""
        return any(field.data or field.errors for field in self.parts())

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        if choices:
            self[name].choices = listed(dict(choices))
        else:
            del self[name]

    def validate_last(self, field: Any) -> None:
        """The period ends after it began."""
        if field.data and self.first.data and field.data < self.first.data:
            raise ValidationError(_("The period ends before it begins."))

    def validate_is_archival(self, field: Any) -> None:
        """Only a PDF is made for the archive."""
        if field.data and self._format() != FileFormat.PDF:
            raise ValidationError(_("Only a PDF is made for the archive: leave this out, or choose PDF as the file."))

    def options(self) -> Options:
        """What was chosen."""
        kept = self._ticked("annexes")
        return Options(
            period=Period(self.first.data, self.last.data), steps=tuple(sorted(int(each) for each in self._ticked("steps"))),
            packs=self._ticked("packs"), subjects=self._ticked("subjects"), confidentiality=self._level(),
            without=tuple(each for each in self._every if each not in kept), paper=Paper(self.paper.data),
            is_archival=bool(self.is_archival.data), file_format=self._format(),
        )

    def _level(self) -> Confidentiality:
        return Confidentiality(self.level.data)

    def _format(self) -> FileFormat:
        return FileFormat(self.file_format.data)

    def _ticked(self, name: str) -> tuple[str, ...]:
        field = self._fields.get(name)
        return tuple(field.data or ()) if field is not None else ()


def _levels() -> dict[str, str]:
    """Every level of readers with what such a report withholds, the highest first."""
    return {
        str(each): _("%(level)s. %(withheld)s", level=str(CONFIDENTIALITY[each]).capitalize(), withheld=level_in_words(each))
        for each in reversed(LOWEST_FIRST)
    }


class ChooseBundle(Choose):
    """The same for the report in a bundle, which withholds nothing and is a PDF."""

    level = None
    file_format = None

    def _level(self) -> Confidentiality:
        return Confidentiality.CONFIDENTIAL

    def _format(self) -> FileFormat:
        return FileFormat.PDF


class ChooseAndKeep(Choose):
    """The same under a name, with the days it is built on by itself."""

    moves = SelectField(
        _l("Period each time"), choices=listed(MOVES), default=Moving.FIXED,
        description=_l("A period that moves is counted back from the day of building and takes the place of the days above."),
    )
    title = line(_l("Name"), DataRequired())
    cadence = SelectField(
        _l("Build it by itself"), choices=listed(CADENCES), default=Cadence.NEVER,
        description=_l("On the next Monday, or on the first day of the next month, quarter or year."),
    )

    def plan(self) -> dict[str, Any]:
        """Name, options and days, as the action asks for them."""
        return {
            "title": self.title.data, "language": self.language.data, "options": self.options(),
            "moving": Moving(self.moves.data), "cadence": Cadence(self.cadence.data),
        }


class Reason(Form):
    """Why something is withdrawn."""

    reason = text(_l("Reason"), DataRequired(), maximum=1000)
