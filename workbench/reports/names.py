"""What a reader of the lowest level may not see by name: persons, clients, evidence files, hosts of the installation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask_babel import force_locale
from sqlalchemy import Text, cast, literal, select, union_all

from workbench.database import Base, db
from workbench.lifecycle.artefacts import asked
from workbench.lifecycle.steps import STEPS
from workbench.projects.forms import FUNCTIONS, HUBS, LAYERS
from workbench.trail.models import EarlierEntry
from workbench.trail.queries import event_of

# Columns that hold one name of a person, certainly.
_NAMES = (
    ("person", "name"), ("gate_decision", "signed_name"), ("approval", "signed_name"), ("artefact_signature", "signed_name"),
    ("audit_signature", "signed_name"), ("audit_meeting", "recorded_name"), ("instruction_approval", "signed_name"),
    ("post_implementation_review", "signed_name"), ("review_snapshot", "signed_name"), ("hand_over", "from_name"),
    ("hand_over", "made_by_name"), ("hand_over_share", "to_name"), ("practice_user", "name"), ("audit_member", "name"),
    ("audit_person_met", "name"),
)
# Columns that hold the name of a person or of a role.
_VOICES = (
    ("participant", "name"), ("consultation", "said_by"), ("consultation", "accepted_by"), ("guest_link", "addressee"),
    ("audit_distribution", "name"), ("rehearsal", "observed_by"), ("baseline", "measured_by"), ("limitation", "reported_by"),
    ("promise", "promised_by"), ("question", "asked_by"), ("support_contact", "who"),
)
# Columns in which names stand among other words.
_LISTS = (
    ("audit_meeting", "attendees"), ("meeting", "attendees"), ("audit_agenda", "auditor"), ("audit_agenda", "auditees"),
    ("audit", "told"), ("management_review", "participants"), ("need", "source"), ("connection", "key_custody"),
    ("adoption_measure", "counted_from"),
)
# Questions of documents, and columns of their tables, that are answered with names among other words.
_ANSWERS = {
    "specification_note": ("sponsor",), "raci": ("activities/consulted", "activities/informed"),
    "governance_matrix": ("domains/who",), "closing_statement": ("handed_over",),
}
# Columns that name companies, tools and roles, which are not withheld where they are said to have spoken.
_ORGANISATIONS = (("tool", "vendor"), ("tool", "name"), ("practice_role", "name"))
_BETWEEN = re.compile(r"[,;:\n/()&]|\s(?:and|et|with|avec|by|par)\s")
_CLIENTS = ("client", "clients_only_in_usage", "clients_only_in_contracts", "left", "rights", "from_client", "to_client")


@dataclass(frozen=True)
class Names:
    """In a fixed order. `persons` are certain; `voices` may be roles as well, and only two words or more are taken apart."""

    persons: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


def names_withheld() -> Names:
    """Everything that carries a name in this installation. A fixed number of queries."""
    told: dict[str, list[str]] = {}
    for kind, text in db.session.execute(_texts()):
        told.setdefault(kind, []).append(str(text or "").strip())
    listed = [part.strip() for text in (*told.get("lists", ()), *_answered()) for part in _BETWEEN.split(text)]
    voices = [part.strip() for text in told.get("voices", ()) for part in (text, *_BETWEEN.split(text))]
    nobody = _roles() | _companies(told.get("organisations", ()))
    every = (*voices, *filter(_looks_personal, listed), *_of_artefacts())
    addresses = [host for text in told.get("addresses", ()) if (host := _host(text))]
    return Names(
        persons=_once((*told.get("names", ()), *_named_elsewhere())),
        voices=_once(text for text in every if _plainly(text) not in nobody),
        clients=_once(_clients()),
        files=_once((*told.get("files", ()), *_input_files())),
        hosts=_once((*told.get("hosts", ()), *addresses, *_hosts_of_sources())),
    )


def _texts() -> Any:
    """(kind, text) of every column named above, in one query."""
    wanted = {
        "names": _NAMES, "voices": _VOICES, "lists": _LISTS, "files": (("evidence_version", "filename"),),
        "hosts": (("approved_host", "host"), ("connector_secret", "host")),
        "addresses": (("evidence_version", "url"), ("source", "url")), "organisations": _ORGANISATIONS,
    }
    parts = []
    for kind, columns in wanted.items():
        for place, (name, column) in enumerate(columns):
            table = Base.metadata.tables[name]
            text = cast(table.c[column], Text).label("text")
            parts.append(select(literal(kind), text, literal(place).label("place"), table.c.id))
    every = union_all(*parts).subquery()
    return select(every.c[0], every.c.text).order_by(every.c[0], every.c.place, every.c.id)


def _plainly(text: str) -> str:
    return " ".join(text.casefold().split())


def _companies(texts: Iterable[str]) -> set[str]:
    """Companies, tools and roles. One who is their own company stays a person; where somebody confidential works stays unsaid."""
    parties = list(_rows("participant", "name", "organisation", "is_confidential"))
    open_ = {_plainly(organisation or "") for _name, organisation, is_confidential in parties if not is_confidential}
    kept = {_plainly(each[0]) for each in parties} | {_plainly(each[1] or "") for each in parties if each[2]}
    return (open_ | {_plainly(text) for text in texts}) - kept


def _roles() -> frozenset[str]:
    """What hubs, layers and functions are called, in each language."""
    found = set()
    for language in ("en", "fr"):
        with force_locale(language):
            found |= {_plainly(str(word)) for words in (HUBS, LAYERS, FUNCTIONS) for word in words.values()}
    return frozenset(found)


def _looks_personal(text: str) -> bool:
    words = text.split()
    return 1 < len(words) < 6 and words[0][:1].isupper() and words[-1][:1].isupper()


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if len(text) > 1 and any(each.isalpha() for each in text)))


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # what was typed is no address
        return ""


def _rows(name: str, *columns: str) -> Iterator[Sequence[Any]]:
    table = Base.metadata.tables[name]
    yield from db.session.execute(select(*(table.c[each] for each in columns)).order_by(table.c.id))


def _clients() -> Iterator[str]:
    services: set[str] = set()
    for (client,) in _rows("audit", "client"):
        yield client or ""
    for (result,) in _rows("trial_run", "result"):
        yield from _found(result, _CLIENTS)
        services |= set(_found(result, ("service",)))
    joined: dict[int, list[str]] = {}
    for number, left, rights in _rows("crosswalk_decision", "crosswalk_id", "left", "rights"):
        joined.setdefault(number, []).extend((left, *rights))
    for texts in joined.values():  # a crosswalk of services names no client
        yield from () if services.intersection(texts) else texts


def _found(value: Any, keys: Sequence[str], wanted: bool = False) -> Iterator[str]:
    """The texts under these keys, however deep."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _found(each, keys, key in keys)
    elif isinstance(value, list):
        for each in value:
            yield from _found(each, keys, wanted)
    elif wanted and isinstance(value, str):
        yield value


def _input_files() -> Iterator[str]:
    for (inputs,) in _rows("trial_run", "inputs"):
        yield from _found(inputs, ("name",))
    for (recipe,) in _rows("mapping_run", "recipe"):
        yield from _found(recipe, ("file",))
    for (settings,) in _rows("mirror_snapshot", "settings"):
        yield from _found(settings, ("file", "filename"))


def _hosts_of_sources() -> Iterator[str]:
    for (settings,) in _rows("mirror_source", "settings"):
        yield from (_host(text) or text for text in _found(settings, ("host", "url", "address", "database", "user")))


def _named_elsewhere() -> Iterator[str]:
    """How earlier logs name the persons that were found here by their e-mail, perhaps under another name."""
    wanted = select(EarlierEntry.leaf).where(EarlierEntry.person_id.is_not(None)).order_by(EarlierEntry.id)
    yield from (event_of(bytes(leaf)).name for leaf in db.session.scalars(wanted))


def _answered() -> Iterator[str]:
    """What documents answer with names among other words."""
    for kind, body in _rows("artefact_revision", "kind", "body"):
        for place in _ANSWERS.get(kind, ()):
            field, _slash, column = place.partition("/")
            answer: Any = (body or {}).get(field) or ()
            yield from (str(row.get(column) or "") for row in answer) if column else (str(answer or ""),)


def _of_artefacts() -> Iterator[str]:
    """The cells of documents that ask for a person."""
    asking = {
        kind.KEY: {(each.name, column.name) for each in asked(kind)
                   for column in each.metadata.get("columns", ()) if column.kind == "person"}
        for step in STEPS for kind in step.artefacts
    }
    for kind, body in _rows("artefact_revision", "kind", "body"):
        for field, column in sorted(asking.get(kind, ())):
            for row in (body or {}).get(field) or ():
                yield str(row.get(column) or "")
