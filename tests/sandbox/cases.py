"""The worked case of the thesis, and small files to try the sandbox on."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sandbox.connectors.csv.connector import read_csv
from sandbox.reconciliation.quantities import Result, reconcile
from sandbox.reconciliation.records import entries_from

DEMO = Path(__file__).resolve().parents[2] / "demo"
BAKERY = "Bakery Noé"
P1 = tuple(("P1", f"S{number}", 1) for number in range(1, 6))
LINES = ((BAKERY, "C-007", "package", "P1", 10, "30.00", "EUR"), (BAKERY, "C-007", "service", "S3", 7, "4.00", "EUR"),
         (BAKERY, "C-007", "service", "S5", 5, "3.50", "EUR"))
LIST = (("P1", "30.00", "EUR"), ("S1", "5.00", "EUR"), ("S2", "4.00", "EUR"), ("S3", "4.00", "EUR"),
        ("S4", "6.00", "EUR"), ("S5", "3.50", "EUR"))
JANUARY = {"S1": 10, "S2": 10, "S3": 17, "S4": 10, "S5": 15}
FEBRUARY = {"S1": 10, "S2": 9, "S3": 19, "S4": 10, "S5": 14, "S6": 2}
HEADERS = {
    "packages": "package,service,units", "contracts": "client,contract,kind,item,quantity,unit_price,currency",
    "usage": "client,service,quantity", "clients": "alias,client", "prices": "service,unit_price,currency",
}


def counted(counts: dict[str, int], client: str = BAKERY) -> list[tuple[object, ...]]:
    return [(client, service, quantity) for service, quantity in counts.items()]


def file_text(role: str, rows: Sequence[Sequence[object]], header: str = "") -> str:
    return "\n".join([header or HEADERS[role], *(",".join(str(cell) for cell in row) for row in rows)]) + "\n"


def reconciled(usage: Sequence[Sequence[object]], *, packages: Sequence[Sequence[object]] = P1,
               contracts: Sequence[Sequence[object]] = LINES, sum_duplicates: bool = False,
               **others: Sequence[Sequence[object]]) -> Result:
    """The result of files written from these rows; a file is called after its role."""
    files = {"packages": packages, "contracts": contracts, "usage": usage, **others}
    tables = {role: read_csv(file_text(role, rows).encode(), f"{role}.csv") for role, rows in files.items()}
    return reconcile(entries_from(tables), sum_duplicates=sum_duplicates)


def written(folder: Path, **files: Sequence[Sequence[object]]) -> dict[str, Path]:
    """The same files on the disk, by role."""
    paths = {role: folder / f"{role}.csv" for role in files}
    for role, rows in files.items():
        paths[role].write_text(file_text(role, rows), encoding="utf-8")
    return paths
