"""The triggers of a sealed table: they refuse UPDATE and DELETE, whoever asks (trust.md §2). Used from the revision 004 on."""

from alembic import op

VERBS = ("UPDATE", "DELETE")


def seal(table: str) -> None:
    """Make the triggers; on PostgreSQL they call the function that the revision 003 made."""
    for verb in VERBS:
        name = f"sealed_{table}_{verb.lower()}"
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()")
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} never change once written'); END"
            )


def unseal(table: str) -> None:
    """Take the triggers away, before the table is dropped or rebuilt."""
    for verb in VERBS:
        on = f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""
        op.execute(f"DROP TRIGGER sealed_{table}_{verb.lower()}{on}")
