"""Named reads about trial runs, their rows, and what was decided about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

import sandbox
from workbench.database import db
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trials import rules
from workbench.trials.models import Disposition, TrialRun
from workbench.trials.rules import Kind, Unexplained
from workbench.web.paging import Page
from workbench.web.refusals import NotThere

NEIGHBOURS = 12
FIGURES = ("included", "extra", "entitled", "used", "over", "unused")
COLUMNS = (
    "client", "service", "included", "extra", "entitled", "used", "included_used", "extra_used", "over", "unused",
    "verdict", "amount_over", "currency",
)


@dataclass(frozen=True)
class RunLine:
    """One run in a list: what it compared and what it came to."""

    number: int
    title: str
    period_on: date | None
    run_at: datetime
    run_by: str
    is_live_unchanged: bool
    totals: dict[str, int]


@dataclass(frozen=True)
class Filter:
    """Which rows of a run are shown: a part of the client's name, a verdict, and all, unexplained or open rows."""

    client: str = ""
    verdict: str = ""
    show: str = ""

    def as_args(self) -> dict[str, str]:
        """What of it stands in an address."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Line:
    """One row of the reconciliation as a page shows it."""

    row: sandbox.Row
    why: str
    unexplained: Unexplained | None
    disposition: Disposition | None

    @property
    def is_open(self) -> bool:
        """Whether it needs a decision that nobody has taken yet."""
        return self.unexplained is not None and self.disposition is None

    def as_json(self) -> dict[str, Any]:
        """The row in the format of the sandbox, why in the page's language, with what was decided."""
        decided = self.disposition
        return {
            **self.row.as_json(), "why": self.why, "decision": decided.decision if decided else None,
            "reason": decided.reason if decided else None,
        }


@dataclass(frozen=True)
class RunPage:
    """One run with everything its page shows."""

    project: Project
    run: TrialRun
    result: sandbox.Result
    lines: tuple[Line, ...]
    unexplained: tuple[Unexplained, ...]
    dispositions: dict[str, Disposition]
    evidence: tuple[int, int] | None  # its id and number
    runs: Sequence[RunLine]

    @property
    def open(self) -> list[Unexplained]:
        """What still needs a decision."""
        return [each for each in self.unexplained if each.key not in self.dispositions]

    @property
    def others(self) -> list[Unexplained]:
        """Unmatched names and refused records: what needs a decision but is no row of the table."""
        return [each for each in self.unexplained if each.kind not in (Kind.OVER, Kind.NOT_IN_CONTRACT)]

    def values(self, need: Unexplained) -> list[str]:
        """What stood in the fields of a refused record."""
        return [
            f"{one.field}: {one.value}" if one.field else one.value
            for one in self.result.refused if rules.refused_key(one.file, one.row) == need.key
        ]

    @property
    def clients(self) -> list[str]:
        """The clients of this run."""
        return sorted({line.row.client for line in self.lines})

    def shown(self, wanted: Filter) -> list[Line]:
        """The rows that the filter lets through."""
        part = wanted.client.casefold()
        return [
            line for line in self.lines
            if part in line.row.client.casefold()
            and wanted.verdict in ("", line.row.verdict)
            and (wanted.show != "unexplained" or line.unexplained is not None)
            and (wanted.show != "open" or line.is_open)
        ]

    def bills(self, wanted: Filter) -> tuple[str, sandbox.PsaView]:
        """What the contract bills beside what a PSA would bill: of the one client the filter leaves, else of all."""
        exact = {client for client in self.clients if wanted.client == client}  # one name may be a part of another
        left = exact or {client for client in self.clients if wanted.client.casefold() in client.casefold()}
        client = left.pop() if wanted.client and len(left) == 1 else None
        return client or "", sandbox.psa_view(self.result, client)

    def need(self, key: str) -> Unexplained:
        """The unexplained row of this key. Raises NotThere."""
        for each in self.unexplained:
            if each.key == key:
                return each
        raise NotThere

    def as_json(self, wanted: Filter) -> dict[str, Any]:
        """The rows shown in the format of the sandbox, each with its decision; names and refusals of the whole run."""
        shown = self.shown(wanted)
        public = {name: value for name, value in self.run.result.items() if name != "details"}
        return {
            "project": self.project.key, "run": self.run.number, "result_sha256": self.run.result_sha256,
            "filter": wanted.as_args(), **public, "rules": self.result.rules.as_json(), "rows": [line.as_json() for line in shown],
            "totals": totals_of(shown),
        }

    def as_csv(self, wanted: Filter) -> str:
        """The rows shown, one line each; every cell is safe to open in a spreadsheet."""
        header, *rows = self._sheet(wanted)
        return str(sandbox.csv_text([str(name) for name in header], rows))

    def as_xlsx(self, wanted: Filter) -> bytes:
        """A workbook: the rows shown, and the other parts of the whole run each on a sheet of its own."""
        header, *rows = self._sheet(wanted)
        amount = header.index("amount_over")
        typed = [[*row[:amount], row[amount] and Decimal(row[amount]), *row[amount + 1 :]] for row in rows]
        return bytes(sandbox.workbook_bytes({**sandbox.answer_sheets(self.result), "Rows": [header, *typed]}))

    def _sheet(self, wanted: Filter) -> list[list[Any]]:
        """The head and a line for each row shown; the contract where each has units of its own."""
        rows = [line.as_json() for line in self.shown(wanted)]
        pooled = [COLUMNS[0], "contract", *COLUMNS[1:]] if self.result.rules.pool == "contract" else COLUMNS
        header = [*pooled, "why", "from", "decision", "reason"]
        return [header, *([" ".join(row["from"]) if name == "from" else row.get(name) for name in header] for row in rows)]

    def same_client(self, key: str) -> list[str]:
        """The open keys of the client that this key is about, itself first."""
        client = next((each.client for each in self.unexplained if each.key == key), "")
        return [key, *(each.key for each in self.open if client and each.client == client and each.key != key)]

    def same_service(self, key: str) -> list[str]:
        """The open keys of the service that this key is about, itself first, where no package and no line knows the service.

        Its rows and the service itself ask the same, so that one decision may answer them all.
        """
        service = next((each.service for each in self.unexplained if each.key == key), "")
        if not any(each.kind is Kind.UNKNOWN_SERVICE and each.service == service for each in self.unexplained):
            return [key]
        return [key, *(each.key for each in self.open if each.service == service and each.key != key)]


def totals_of(lines: Sequence[Line]) -> dict[str, int]:
    """The sums of the rows shown."""
    return {name: sum(getattr(line.row, name) for line in lines) for name in FIGURES}


def result_of(run: TrialRun) -> sandbox.Result:
    """The result with what explains it, from what was stored."""
    return sandbox.from_record({"result": run.result, "details": run.result["details"]})


def rules_of(project_id: int, number: int) -> dict[str, str | None] | None:
    """The rules of the bill that a run used, all of them; None where there is no such run."""
    found = run(project_id, number)
    return None if found is None else result_of(found).rules.as_json()


def chosen_rules(done: TrialRun) -> dict[str, str]:
    """The rules of the bill that a run used, without its period; empty where they were those of every run."""
    kept = done.result["details"].get("rules", {})
    return {name: value for name, value in kept.items() if name != "period" and value}


def next_number(project_id: int) -> int:
    """The number of the project's next run; two that ask at once queue, so that each number is given once."""
    db.session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
    return (db.session.scalar(select(func.max(TrialRun.number)).where(TrialRun.project_id == project_id)) or 0) + 1


def run(project_id: int, number: int) -> TrialRun | None:
    """One run of this project."""
    return db.session.scalar(select(TrialRun).where(TrialRun.project_id == project_id, TrialRun.number == number))


def latest_run(project_id: int) -> TrialRun | None:
    """The project's newest run, whatever its period."""
    wanted = select(TrialRun).where(TrialRun.project_id == project_id)
    return db.session.scalar(wanted.order_by(TrialRun.number.desc()).limit(1))


def _lines(project_id: int) -> Select[Any]:
    columns = (
        TrialRun.number, TrialRun.title, TrialRun.period_on, TrialRun.run_at, Person.name, TrialRun.is_live_unchanged,
        TrialRun.result["totals"], func.count().over(),
    )
    joined = select(*columns).join(Person, Person.id == TrialRun.run_by_id)
    return joined.where(TrialRun.project_id == project_id).order_by(TrialRun.number.desc())


def runs_of_project(project_id: int, *, page: int = 1, per_page: int = 50) -> Page[RunLine]:
    """A page of the project's runs, newest first. One query."""
    found = db.session.execute(_lines(project_id).limit(per_page).offset((page - 1) * per_page)).all()
    return Page([RunLine(*row[:7]) for row in found], page, found[0][7] if found else 0, per_page)


def choices(project_id: int) -> list[tuple[int, str]]:
    """(number, title) of the newest runs, whose files can be used again."""
    wanted = select(TrialRun.number, TrialRun.title).where(TrialRun.project_id == project_id)
    found = db.session.execute(wanted.order_by(TrialRun.number.desc()).limit(50))
    return [(number, title) for number, title in found]


def dispositions(run_ids: Sequence[int]) -> dict[tuple[int, str], Disposition]:
    """The decision that counts for each row of these runs: the newest. Keyed by (run id, row key)."""
    wanted = select(Disposition).options(joinedload(Disposition.decided_by)).where(Disposition.run_id.in_(run_ids))
    return {(each.run_id, each.row_key): each for each in db.session.scalars(wanted.order_by(Disposition.id))}


def run_page(project_id: int, number: int, *, language: str = "en") -> RunPage:
    """One run with its project, decisions, evidence and neighbours, in four queries. Raises NotThere."""
    wanted = select(TrialRun, Project).join(Project, Project.id == TrialRun.project_id)
    wanted = wanted.options(joinedload(TrialRun.run_by))
    found = db.session.execute(wanted.where(TrialRun.project_id == project_id, TrialRun.number == number)).first()
    if found is None:
        raise NotThere
    done, project = found
    decided = {key: each for (_run, key), each in dispositions([done.id]).items()}
    neighbours = [RunLine(*row[:7]) for row in db.session.execute(_lines(project_id).limit(NEIGHBOURS))]
    return page_of(project, done, decided, _evidence_of(done), neighbours, language)


def page_of(
    project: Project, done: TrialRun, decided: dict[str, Disposition], evidence: tuple[int, int] | None,
    neighbours: Sequence[RunLine], language: str,
) -> RunPage:
    """A run with what was read about it. Asks the database nothing."""
    needs = in_words(done, language)
    by_key = {each.key: each for each in needs}
    result, lines = result_of(done), []
    for row in result.rows:
        key = rules.row_key(row.client, row.service, row.contract)
        lines.append(Line(row, sandbox.why(row, language), by_key.get(key), decided.get(key)))
    return RunPage(project, done, result, tuple(lines), tuple(needs), decided, evidence, neighbours)


def _evidence_of(done: TrialRun) -> tuple[int, int] | None:
    wanted = select(Evidence.id, Evidence.number).join(EvidenceVersion, EvidenceVersion.evidence_id == Evidence.id)
    same = (Evidence.project_id == done.project_id, EvidenceVersion.sha256 == done.result_sha256)
    found = db.session.execute(wanted.where(*same).order_by(Evidence.id.desc()).limit(1)).first()
    return (found[0], found[1]) if found else None


def in_words(done: TrialRun, language: str = "en") -> list[Unexplained]:
    """The unexplained rows of a run, each saying why in this language."""
    said = {
        rules.row_key(row.client, row.service, row.contract): sandbox.why(row, language)
        for row in result_of(done).rows if row.verdict in rules.UNEXPLAINED
    }
    words = {
        Kind.ONLY_IN_USAGE: _("The supplier counts it, but no contract names it."),
        Kind.ONLY_IN_CONTRACTS: _("It has a contract, but the supplier counts nothing for it."),
        Kind.UNKNOWN_SERVICE: _("It is in no package and on no contract line."),
    }
    return [
        replace(each, run=done.number, why=said.get(each.key) or words.get(each.kind, each.why))
        for each in rules.unexplained(done.result)
    ]


def newest_of_each_period(project_id: int) -> Sequence[TrialRun]:
    """The latest run of each period, oldest first: a later run of the same month takes the place of an earlier one."""
    newest = select(func.max(TrialRun.id)).where(TrialRun.project_id == project_id).group_by(TrialRun.period_on)
    return db.session.scalars(select(TrialRun).where(TrialRun.id.in_(newest)).order_by(TrialRun.number)).all()


def open_rows(project_id: int, *, language: str = "en") -> list[Unexplained]:
    """Unexplained rows without a decision in the latest run of each period; `run` of each says where. Two queries."""
    runs = newest_of_each_period(project_id)
    decided = dispositions([each.id for each in runs])
    return [need for each in runs for need in in_words(each, language) if (each.id, need.key) not in decided]


def live_unchanged(project_id: int) -> tuple[bool | None, str]:
    """Whether every source kept its bytes during the latest run of each period; None before the first run."""
    runs = newest_of_each_period(project_id)
    if not runs:
        return None, _("No trial run yet: run one in the sandbox.")
    changed = [
        _("%(file)s in run %(number)s", file=each["name"], number=run.number)
        for run in runs for each in run.inputs.values() if each["sha256"] != each["after"]
    ]
    if changed:
        return False, _("Changed while the trial ran: %(files)s.", files=", ".join(changed))
    count = sum(len(run.inputs) for run in runs)
    return True, _("%(count)s sources have the same SHA-256 before and after the trial.", count=count)
