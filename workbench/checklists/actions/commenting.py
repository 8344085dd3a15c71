"""Comments on an item: they never change; one that should not stand is struck through with the reason."""

from __future__ import annotations

from flask_babel import gettext as _

from workbench import clock
from workbench.checklists import queries
from workbench.checklists.models import Checklist, Comment
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused

LONGEST_COMMENT = 5_000


def add_comment(*, project: Project, checklist: Checklist, item_key: str, text: str, by: Person) -> Comment:
    """Say something about an item."""
    if not text.strip() or len(text) > LONGEST_COMMENT:
        raise BadValue("text", _("Write between 1 and %(most)s characters.", most=LONGEST_COMMENT))
    made = _written(checklist, item_key, text.strip(), by)
    after = {"checklist": checklist.pack_id, "item": item_key, "text": made.text}
    record("item_commented", made, by=by, project=project.key, after=after)
    return made


def strike_comment(
    *, project: Project, checklist: Checklist, comment: Comment, reason: str, by: Person, may_assign: bool
) -> Comment:
    """Strike a comment through; it stays readable. Only its author may, and those who ask people for answers."""
    if comment.written_by_id != by.id and not may_assign:
        raise Refused(_("Only its author strikes a comment through, or who asks for answers."))
    if queries.is_struck(comment):
        raise Refused(_("This comment is struck through already."))
    if not reason.strip():
        raise BadValue("reason", _("Say why; the trail keeps the reason."))
    made = _written(checklist, comment.item_key, reason.strip(), by, strikes_id=comment.id)
    after = {"checklist": checklist.pack_id, "item": comment.item_key, "comment": comment.id}
    record("comment_struck", made, by=by, project=project.key, after=after, reason=reason.strip())
    return made


def _written(checklist: Checklist, item_key: str, text: str, by: Person, *, strikes_id: int | None = None) -> Comment:
    made = Comment(
        checklist_id=checklist.id, item_key=item_key, text=text, strikes_id=strikes_id, written_by_id=by.id,
        written_at=clock.now(),
    )
    db.session.add(made)
    return made
