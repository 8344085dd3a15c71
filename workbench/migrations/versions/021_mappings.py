"""Mappings, names decided, runs of mappings, promotion plans."""

import sqlalchemy as sa
from alembic import op

import workbench.database
from workbench.migrations.seals import seal, unseal

revision = "021"
down_revision = "020"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "crosswalk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("left_column", sa.String(length=200), nullable=False),
        sa.Column("right_column", sa.String(length=200), nullable=False),
        sa.Column("left_at", sa.String(length=400), nullable=False),
        sa.Column("right_at", sa.String(length=400), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_crosswalk_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crosswalk")),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_crosswalk_project_id_name")),
    )
    op.create_table(
        "mapping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("draft_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("draft_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["draft_by_id"], ["person.id"], name=op.f("fk_mapping_draft_by_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_mapping_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mapping")),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_mapping_project_id_name")),
    )
    op.create_table(
        "crosswalk_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("crosswalk_id", sa.Integer(), nullable=False),
        sa.Column("left", sa.Text(), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("is_suggested", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["crosswalk_id"], ["crosswalk.id"], name=op.f("fk_crosswalk_decision_crosswalk_id_crosswalk")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_crosswalk_decision_decided_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crosswalk_decision")),
    )
    with op.batch_alter_table("crosswalk_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_crosswalk_decision_crosswalk_id"), ["crosswalk_id"], unique=False)
    op.create_table(
        "mapping_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("mapping_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_mapping_version_made_by_id_person")),
        sa.ForeignKeyConstraint(["mapping_id"], ["mapping.id"], name=op.f("fk_mapping_version_mapping_id_mapping")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_mapping_version_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mapping_version")),
        sa.UniqueConstraint("mapping_id", "number", name=op.f("uq_mapping_version_mapping_id_number")),
    )
    with op.batch_alter_table("mapping_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mapping_version_project_id"), ["project_id"], unique=False)
    op.create_table(
        "mapping_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("period_on", sa.Date(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("again_of_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("result_sha256", sa.String(length=64), nullable=False),
        sa.Column("drift", sa.JSON(), nullable=False),
        sa.Column("engine", sa.String(length=30), nullable=False),
        sa.Column("is_live_unchanged", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("run_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("run_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["again_of_id"], ["mapping_run.id"], name=op.f("fk_mapping_run_again_of_id_mapping_run")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_mapping_run_project_id_project")),
        sa.ForeignKeyConstraint(["run_by_id"], ["person.id"], name=op.f("fk_mapping_run_run_by_id_person")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["mapping_version.id"], name=op.f("fk_mapping_run_version_id_mapping_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mapping_run")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_mapping_run_project_id_number")),
    )
    with op.batch_alter_table("mapping_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mapping_run_version_id"), ["version_id"], unique=False)
    op.create_table(
        "promotion_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("inverse_of_id", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("made_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_promotion_plan_evidence_id_evidence")),
        sa.ForeignKeyConstraint(
            ["inverse_of_id"], ["promotion_plan.id"], name=op.f("fk_promotion_plan_inverse_of_id_promotion_plan")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_promotion_plan_made_by_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_promotion_plan_project_id_project")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["promotion_plan.id"], name=op.f("fk_promotion_plan_replaces_id_promotion_plan")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["mapping_run.id"], name=op.f("fk_promotion_plan_run_id_mapping_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_plan")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_promotion_plan_project_id_number")),
    )
    with op.batch_alter_table("promotion_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_promotion_plan_run_id"), ["run_id"], unique=False)
    op.create_table(
        "plan_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("live", sa.JSON(), nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("checked_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["checked_by_id"], ["person.id"], name=op.f("fk_plan_check_checked_by_id_person")),
        sa.ForeignKeyConstraint(["plan_id"], ["promotion_plan.id"], name=op.f("fk_plan_check_plan_id_promotion_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_check")),
    )
    with op.batch_alter_table("plan_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_check_plan_id"), ["plan_id"], unique=False)
    op.create_table(
        "plan_rehearsal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("is_equal", sa.Boolean(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("rehearsed_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("rehearsed_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["promotion_plan.id"], name=op.f("fk_plan_rehearsal_plan_id_promotion_plan")
        ),
        sa.ForeignKeyConstraint(
            ["rehearsed_by_id"], ["person.id"], name=op.f("fk_plan_rehearsal_rehearsed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_rehearsal")),
    )
    with op.batch_alter_table("plan_rehearsal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_rehearsal_plan_id"), ["plan_id"], unique=False)
    seal("crosswalk_decision")
    seal("mapping_run")
    seal("promotion_plan")
    seal("mapping_version")
    seal("plan_check")
    seal("plan_rehearsal")
    for table in ("hypothesis", "weakness"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("mapping_run_number", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    for table in ("weakness", "hypothesis"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("mapping_run_number")
    unseal("crosswalk_decision")
    unseal("mapping_run")
    unseal("promotion_plan")
    unseal("mapping_version")
    unseal("plan_check")
    unseal("plan_rehearsal")
    with op.batch_alter_table("plan_rehearsal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_rehearsal_plan_id"))
    op.drop_table("plan_rehearsal")
    with op.batch_alter_table("plan_check", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_check_plan_id"))
    op.drop_table("plan_check")
    with op.batch_alter_table("promotion_plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_promotion_plan_run_id"))
    op.drop_table("promotion_plan")
    with op.batch_alter_table("mapping_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mapping_run_version_id"))
    op.drop_table("mapping_run")
    with op.batch_alter_table("mapping_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mapping_version_project_id"))
    op.drop_table("mapping_version")
    with op.batch_alter_table("crosswalk_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_crosswalk_decision_crosswalk_id"))
    op.drop_table("crosswalk_decision")
    op.drop_table("mapping")
    op.drop_table("crosswalk")
