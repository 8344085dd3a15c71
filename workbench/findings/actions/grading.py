"""The organisation's own scale: adding, changing, withdrawing and putting back a grade."""

from __future__ import annotations

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.findings import queries
from workbench.findings.models import Grade
from workbench.findings.rules import FindingKind
from workbench.people.models import Person
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused


def add_grade(
    *, code: str, label_en: str, label_fr: str, kind: FindingKind, by: Person, position: int | None = None
) -> Grade:
    """Add a grade to the scale; without a position it comes last."""
    _check(code, label_en, label_fr)
    last = max((each.position for each in queries.all_grades()), default=0)
    made = Grade(
        code=code.strip(), label_en=label_en.strip(), label_fr=label_fr.strip(), kind=kind,
        position=last + 1 if position is None else position,
    )
    db.session.add(made)
    record("grade_added", made, by=by, after=_facts(made))
    return made


def _check(code: str, label_en: str, label_fr: str, own: Grade | None = None) -> None:
    for name, value in (("code", code), ("label_en", label_en), ("label_fr", label_fr)):
        if not value.strip():
            raise BadValue(name, _("A grade needs a code, and what it means in both languages."))
    known = queries.grade_with_code(code.strip())
    if known is not None and known is not own:
        raise BadValue("code", _("There is a grade with this code already."))


def _facts(row: Grade) -> dict[str, str | int]:
    return {
        "code": row.code, "label_en": row.label_en, "label_fr": row.label_fr, "kind": row.kind, "position": row.position
    }


def change_grade(*, grade: Grade, code: str, label_en: str, label_fr: str, position: int, by: Person) -> None:
    """Say a grade anew. The kind it stands for stays: findings carry it already."""
    _check(code, label_en, label_fr, grade)
    before = _facts(grade)
    grade.code, grade.label_en, grade.label_fr = code.strip(), label_en.strip(), label_fr.strip()
    grade.position = position
    record("grade_changed", grade, by=by, before=before, after=_facts(grade))


def withdraw_grade(*, grade: Grade, by: Person) -> None:
    """Offer a grade no more; the findings that carry it keep it."""
    if grade.withdrawn_at is not None:
        raise Refused(_("%(code)s is withdrawn already.", code=grade.code))
    grade.withdrawn_at = clock.now()
    record("grade_withdrawn", grade, by=by, after={"code": grade.code})


def put_back_grade(*, grade: Grade, by: Person) -> None:
    """Offer a withdrawn grade again."""
    if grade.withdrawn_at is None:
        raise Refused(_("%(code)s is not withdrawn.", code=grade.code))
    grade.withdrawn_at = None
    record("grade_put_back", grade, by=by, after={"code": grade.code})
