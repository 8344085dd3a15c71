"""What happens to files shared with a guest: a link is made, its openings are noted, it is revoked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.people import queries as people
from workbench.people.models import Person
from workbench.people.rules import Permission
from workbench.projects.models import Project
from workbench.reports import queries
from workbench.reports.models import BuiltReport, SharedFile, SharedOpening, Sharing
from workbench.reports.rules import COUNTED_AGAIN, LONGEST_SHARING, SECRET_BYTES, SharingGuest
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, NotThere, Refused

LONGEST_ADDRESS = 64


def share(
    *, project: Project, guest: str, reason: str, days: int, built: Sequence[BuiltReport], by: Person
) -> tuple[Sharing, str]:
    """Make a link that opens built files of the project for so many days; gives it with its secret, which is kept nowhere.

    Raises BadValue where a choice cannot be, and Refused where `by` may not give one of the files out: a bundle holds the
    trail's entries as written, so it asks for the right to read those.
    """
    if not built:
        raise BadValue("files", _("Choose at least one file."))
    if any(each.project_id != project.id for each in built):
        raise NotThere
    if not 1 <= days <= LONGEST_SHARING:
        raise BadValue("days", _("Choose 1 to %(days)s days.", days=LONGEST_SHARING))
    _check_rights(project, built, by)
    secret, now = secrets.token_urlsafe(SECRET_BYTES), clock.now()
    made = Sharing(
        project_id=project.id, guest=guest, reason=reason, secret_sha256=queries.secret_hash(secret),
        ends_at=now + timedelta(days=days), made_at=now, made_by_id=by.id,
    )
    db.session.add(made)
    db.session.flush()
    files = [SharedFile(sharing_id=made.id, built_id=each.id) for each in built]
    db.session.add_all(files)
    after = {"files": [each.filename for each in built], "sha256": [each.sha256 for each in built], "ends_at": made.ends_at}
    record("reports_shared", made, by=by, project=project.key, after=after, reason=reason, private={"guest": guest}, also=files)
    return made, secret


def _check_rights(project: Project, built: Sequence[BuiltReport], by: Person) -> None:
    rights = people.rights_on(by, project.key)
    for each in built:
        needed = {Permission.REPORT_BUILD, queries.needed_to_read(each.key)}
        if rights is None or not needed <= rights.permissions:
            raise Refused(_("You may not share %(name)s: it holds what your role does not read.", name=each.filename), code=403)


def revoke_sharing(*, project: Project, sharing: Sharing, reason: str, by: Person) -> None:
    """End a link before its day; it leads nowhere from now on. What was taken away before stays with the guest."""
    if sharing.revoked_at is not None:
        raise Refused(_("This link was revoked already."))
    sharing.revoked_at, sharing.revoked_by_id, sharing.revoked_because = clock.now(), by.id, reason
    record("sharing_revoked", sharing, by=by, project=project.key, after={"revoked_at": sharing.revoked_at}, reason=reason)


def note_opening(*, secret: str, address: str, built_id: int | None = None) -> None:
    """Note that a guest opened a file, or the list (None), from a network address.

    The list looked at again from the same address within the hour is one opening; every file taken away is one. The link
    is looked up anew: raises NotThere where it ended or was revoked meanwhile.
    """
    found = queries.shared_by(secret)
    file = found.file(built_id) if found is not None and built_id is not None else None
    if found is None or (built_id is not None and file is None):
        raise NotThere
    now, address = clock.now(), address[:LONGEST_ADDRESS]
    if file is None and queries.was_listed_since(found.row.id, address, now - COUNTED_AGAIN):
        return
    opening = SharedOpening(sharing_id=found.row.id, built_id=file.id if file else None, opened_at=now, address=address)
    db.session.add(opening)
    after = {"sharing": found.row.id, **({"file": file.filename, "sha256": file.sha256} if file else {})}
    act, guest = "shared_file_opened" if file else "shared_list_opened", SharingGuest(f"guest of sharing {found.row.id}")
    record(act, opening, by=guest, project=found.project.key, after=after)
