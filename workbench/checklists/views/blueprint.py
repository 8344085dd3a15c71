"""The blueprint of checklists, and what its pages have in common: the checklist and the item in the address."""

from __future__ import annotations

from flask import Blueprint, g
from flask_babel import get_locale
from flask_babel import gettext as _

from workbench.checklists import queries
from workbench.checklists.actions import BARRED, check_may_answer
from workbench.checklists.queries import ItemAnswer, Opened
from workbench.checklists.rules import Barred
from workbench.people.rules import Permission as P
from workbench.web.fragments import DrawnRows
from workbench.web.refusals import NotThere, Refused

pages = Blueprint("checklists", __name__, url_prefix="/projects/<key>/checklists")
drawn = DrawnRows()
ALL = 100_000  # items on one page of an export


def language() -> str:
    """The language of the page, en or fr."""
    locale = get_locale()
    return str(locale.language) if locale is not None else "en"


def opened(checklist_id: int) -> Opened:
    """The checklist in the address with its pack; a pack that is gone is said so."""
    checklist = queries.checklist_in(g.rights.project_id, checklist_id)
    if checklist is None:
        raise NotThere
    exact, newest = queries.exact_pack(checklist), queries.installed(checklist.pack_id)
    pack = exact or newest
    if pack is None:
        raise Refused(_("The pack “%(pack)s” is not installed any more.", pack=checklist.pack_id))
    newer = newest.version if newest is not None and newest.digest != checklist.pack_digest else ""
    return Opened(checklist, queries.within(pack, checklist.parts), exact is not None, newer)


def closed_to(started: Opened) -> str:
    """Why the person at hand may not answer this checklist, in words; "" where they may."""
    if not started.is_pinned:
        return str(_("This checklist can be read, not answered."))
    why = queries.why_not(started.checklist, g.person, g.rights)
    if why is None and not g.rights.may(P.ANSWER_GIVE):
        why = Barred.NO_RIGHT
    return "" if why is None else str(BARRED[why])


def check_item(started: Opened, item_key: str) -> None:
    """Refuse where the person at hand may not answer this item."""
    found = check_may_answer(checklist=started.checklist, item_keys=[item_key], by=g.person, rights=g.rights)
    if found:
        raise Refused(found[item_key])


def item_of(started: Opened, item_key: str) -> ItemAnswer:
    """One item of an opened checklist with its answer."""
    try:
        item = started.pack.item(item_key)
    except KeyError as error:
        raise NotThere from error
    found = queries.item_answer(started.checklist, item)
    return queries.with_mapped(started.checklist, started.pack, [found])[0]
