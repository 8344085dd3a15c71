"""The mirror: approved hosts, sources, readings, snapshots, edits on top, proposals about tools."""

import sqlalchemy as sa
from alembic import op

import workbench.database
from workbench.migrations.seals import seal, unseal

revision = "020"
down_revision = "019"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "approved_host",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.String(length=20), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("allows_private", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=False),
        sa.Column("approved_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_approved_host_approved_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approved_host")),
    )
    op.create_table(
        "connector_secret",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("scheme", sa.String(length=20), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("set_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_connector_secret_set_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connector_secret")),
        sa.UniqueConstraint("name", name=op.f("uq_connector_secret_name")),
    )
    op.create_table(
        "mirror_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("connector", sa.String(length=30), nullable=False),
        sa.Column("tool_id", sa.Integer(), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("contracts", sa.JSON(), nullable=False),
        sa.Column("masks", sa.JSON(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_mirror_source_added_by_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_mirror_source_project_id_project")),
        sa.ForeignKeyConstraint(["tool_id"], ["tool.id"], name=op.f("fk_mirror_source_tool_id_tool")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mirror_source")),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_mirror_source_project_id_name")),
    )
    op.create_table(
        "capability_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("tool_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("found_in", sa.String(length=300), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("proposed_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_capability_proposal_decided_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_capability_proposal_evidence_id_evidence")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_capability_proposal_project_id_project")),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["person.id"], name=op.f("fk_capability_proposal_proposed_by_id_person")
        ),
        sa.ForeignKeyConstraint(["tool_id"], ["tool.id"], name=op.f("fk_capability_proposal_tool_id_tool")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capability_proposal")),
    )
    with op.batch_alter_table("capability_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_capability_proposal_project_id"), ["project_id"], unique=False)
    op.create_table(
        "overlay_edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.JSON(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("was", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_overlay_edit_made_by_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_overlay_edit_project_id_project")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["mirror_source.id"], name=op.f("fk_overlay_edit_source_id_mirror_source")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["person.id"], name=op.f("fk_overlay_edit_withdrawn_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overlay_edit")),
    )
    with op.batch_alter_table("overlay_edit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_overlay_edit_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_overlay_edit_source_id"), ["source_id"], unique=False)
    op.create_table(
        "pull",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("source_before", sa.String(length=64), nullable=False),
        sa.Column("source_after", sa.String(length=64), nullable=False),
        sa.Column("requests", sa.JSON(), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("result_sha256", sa.String(length=64), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("pulled_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("pulled_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_pull_project_id_project")),
        sa.ForeignKeyConstraint(["pulled_by_id"], ["person.id"], name=op.f("fk_pull_pulled_by_id_person")),
        sa.ForeignKeyConstraint(["source_id"], ["mirror_source.id"], name=op.f("fk_pull_source_id_mirror_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pull")),
        sa.UniqueConstraint("source_id", "number", name=op.f("uq_pull_source_id_number")),
    )
    with op.batch_alter_table("pull", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pull_project_id"), ["project_id"], unique=False)
    op.create_table(
        "mirror_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("pull_id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=120), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("refused_count", sa.Integer(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("masked", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("removed_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_mirror_snapshot_project_id_project")),
        sa.ForeignKeyConstraint(["pull_id"], ["pull.id"], name=op.f("fk_mirror_snapshot_pull_id_pull")),
        sa.ForeignKeyConstraint(["removed_by_id"], ["person.id"], name=op.f("fk_mirror_snapshot_removed_by_id_person")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["mirror_source.id"], name=op.f("fk_mirror_snapshot_source_id_mirror_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mirror_snapshot")),
    )
    with op.batch_alter_table("mirror_snapshot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mirror_snapshot_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mirror_snapshot_source_id"), ["source_id"], unique=False)
    seal("pull")


def downgrade() -> None:
    """Take them away."""
    unseal("pull")
    with op.batch_alter_table("mirror_snapshot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mirror_snapshot_source_id"))
        batch_op.drop_index(batch_op.f("ix_mirror_snapshot_project_id"))
    op.drop_table("mirror_snapshot")
    with op.batch_alter_table("pull", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pull_project_id"))
    op.drop_table("pull")
    with op.batch_alter_table("overlay_edit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_overlay_edit_source_id"))
        batch_op.drop_index(batch_op.f("ix_overlay_edit_project_id"))
    op.drop_table("overlay_edit")
    with op.batch_alter_table("capability_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_capability_proposal_project_id"))
    op.drop_table("capability_proposal")
    op.drop_table("mirror_source")
    op.drop_table("connector_secret")
    op.drop_table("approved_host")
