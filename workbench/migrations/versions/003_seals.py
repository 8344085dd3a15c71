"""Sealed tables: a trigger refuses UPDATE and DELETE, whoever asks (trust.md §2)."""

from alembic import op

revision = "003"
down_revision = "002"

SEALED = (
    "trail_entry",
    "trail_checkpoint",
    "evidence_version",
    "trial_run",
    "disposition",
    "gate_decision",
    "waiver",
    "artefact_revision",
    "built_report",
)


def upgrade() -> None:
    """Make the triggers."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'rows of % never change once written', TG_TABLE_NAME; END $$"
        )
    for table in SEALED:
        for verb in ("UPDATE", "DELETE"):
            op.execute(_trigger(table, verb))


def _trigger(table: str, verb: str) -> str:
    name = f"sealed_{table}_{verb.lower()}"
    if op.get_bind().dialect.name == "postgresql":
        return f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    return (
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'rows of {table} never change once written'); END"
    )


def downgrade() -> None:
    """Take the triggers away."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in SEALED:
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER sealed_{table}_{verb}" + (f" ON {table}" if postgresql else ""))
    if postgresql:
        op.execute("DROP FUNCTION refuse_change()")
