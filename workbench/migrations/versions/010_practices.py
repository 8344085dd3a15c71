"""The tables of practices, as the nine steps in full need them."""

import sqlalchemy as sa
from alembic import op

import workbench.database
from workbench.migrations.seals import seal, unseal

revision = "010"
down_revision = "009"

SEALED = ("instruction_edition", "instruction_approval", "task_done", "acknowledgement")


def upgrade() -> None:
    """Make the tables and columns."""
    op.create_table(
        "channel",
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=120), nullable=False),
        sa.Column("criterion", sa.String(length=300), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("cadence", sa.String(length=120), nullable=False),
        sa.Column("minutes_per_month", sa.Integer(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_channel_owner_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_channel_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_channel_project_id_code")),
    )
    op.create_table(
        "offer_comparison",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("usage", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_offer_comparison_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_comparison")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_offer_comparison_project_id_code")),
    )
    op.create_table(
        "practice_role",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_critical", sa.Boolean(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_practice_role_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_role")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_practice_role_project_id_code")),
    )
    op.create_table(
        "question",
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("hub", sa.String(length=30), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("is_faq", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_question_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_question_project_id_code")),
    )
    op.create_table(
        "support_contact",
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=200), nullable=False),
        sa.Column("hours", sa.String(length=120), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("tested_on", sa.Date(), nullable=True),
        sa.Column("tested_by_id", sa.Integer(), nullable=True),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_support_contact_project_id_project")),
        sa.ForeignKeyConstraint(["tested_by_id"], ["person.id"], name=op.f("fk_support_contact_tested_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_contact")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_support_contact_project_id_code")),
    )
    op.create_table(
        "offer_line",
        sa.Column("comparison_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("price", sa.String(length=20), nullable=False),
        sa.Column("fee", sa.String(length=20), nullable=False),
        sa.Column("allowance", sa.String(length=20), nullable=False),
        sa.Column("overage", sa.String(length=20), nullable=False),
        sa.Column("seen_in", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["offer_comparison.id"], name=op.f("fk_offer_line_comparison_id_offer_comparison")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_offer_line_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_line")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_offer_line_project_id_code")),
    )
    op.create_index(op.f("ix_offer_line_comparison_id"), "offer_line", ["comparison_id"], unique=False)
    op.create_table(
        "practice_user",
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("hub", sa.String(length=30), nullable=False),
        sa.Column("is_occasional", sa.Boolean(), nullable=False),
        sa.Column("is_champion", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_practice_user_person_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_practice_user_project_id_project")),
        sa.ForeignKeyConstraint(["role_id"], ["practice_role.id"], name=op.f("fk_practice_user_role_id_practice_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_user")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_practice_user_project_id_code")),
    )
    op.create_index(op.f("ix_practice_user_role_id"), "practice_user", ["role_id"], unique=False)
    op.create_table(
        "reminder",
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_reminder_channel_id_channel")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_reminder_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_reminder_project_id_code")),
    )
    op.create_table(
        "announcement",
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("instruction_id", sa.Integer(), nullable=True),
        sa.Column("edition_number", sa.Integer(), nullable=True),
        sa.Column("tells_old_way_stop", sa.Boolean(), nullable=False),
        sa.Column("go_live_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_announcement_channel_id_channel")),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["work_instruction.id"], name=op.f("fk_announcement_instruction_id_work_instruction")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_announcement_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_announcement_project_id_code")),
    )
    op.create_table(
        "competence",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("skill", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("assessed_by_id", sa.Integer(), nullable=True),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["assessed_by_id"], ["person.id"], name=op.f("fk_competence_assessed_by_id_person")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_competence_evidence_id_evidence")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_competence_project_id_project")),
        sa.ForeignKeyConstraint(["user_id"], ["practice_user.id"], name=op.f("fk_competence_user_id_practice_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competence")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_competence_project_id_code")),
    )
    op.create_index(op.f("ix_competence_user_id"), "competence", ["user_id"], unique=False)
    op.create_table(
        "instruction_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instruction_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=120), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("what_changed", sa.Text(), nullable=False),
        sa.Column("written_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instruction_id"],
            ["work_instruction.id"],
            name=op.f("fk_instruction_edition_instruction_id_work_instruction"),
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["practice_role.id"], name=op.f("fk_instruction_edition_role_id_practice_role")
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["person.id"], name=op.f("fk_instruction_edition_written_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction_edition")),
        sa.UniqueConstraint("instruction_id", "number", name=op.f("uq_instruction_edition_instruction_id_number")),
    )
    op.create_table(
        "practice_task",
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("in_sandbox", sa.Boolean(), nullable=False),
        sa.Column("instruction_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["work_instruction.id"], name=op.f("fk_practice_task_instruction_id_work_instruction")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_practice_task_project_id_project")),
        sa.ForeignKeyConstraint(["role_id"], ["practice_role.id"], name=op.f("fk_practice_task_role_id_practice_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_task")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_practice_task_project_id_code")),
    )
    op.create_index(op.f("ix_practice_task_role_id"), "practice_task", ["role_id"], unique=False)
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("meaning", sa.String(length=300), nullable=False),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["instruction_edition.id"], name=op.f("fk_acknowledgement_edition_id_instruction_edition")
        ),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_acknowledgement_evidence_id_evidence")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_acknowledgement_person_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_acknowledgement_project_id_project")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["practice_user.id"], name=op.f("fk_acknowledgement_user_id_practice_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement")),
        sa.UniqueConstraint("edition_id", "user_id", name=op.f("uq_acknowledgement_edition_id_user_id")),
    )
    op.create_index(op.f("ix_acknowledgement_project_id"), "acknowledgement", ["project_id"], unique=False)
    op.create_index(op.f("ix_acknowledgement_user_id"), "acknowledgement", ["user_id"], unique=False)
    op.create_table(
        "instruction_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("signed_name", sa.String(length=120), nullable=False),
        sa.Column("meaning", sa.String(length=300), nullable=False),
        sa.Column("signed_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["instruction_edition.id"],
            name=op.f("fk_instruction_approval_edition_id_instruction_edition"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_instruction_approval_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruction_approval")),
        sa.UniqueConstraint("edition_id", name=op.f("uq_instruction_approval_edition_id")),
    )
    op.create_table(
        "old_way",
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("stops_on", sa.Date(), nullable=True),
        sa.Column("disabled", sa.Text(), nullable=False),
        sa.Column("exceptions", sa.Text(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("announcement_id", sa.Integer(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_at", workbench.database.UTCDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_old_way_announcement_id_announcement")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_old_way_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_way")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_old_way_project_id_code")),
    )
    op.create_table(
        "task_done",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("observer_id", sa.Integer(), nullable=False),
        sa.Column("in_sandbox", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["observer_id"], ["person.id"], name=op.f("fk_task_done_observer_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_task_done_project_id_project")),
        sa.ForeignKeyConstraint(["task_id"], ["practice_task.id"], name=op.f("fk_task_done_task_id_practice_task")),
        sa.ForeignKeyConstraint(["user_id"], ["practice_user.id"], name=op.f("fk_task_done_user_id_practice_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_done")),
    )
    op.create_index(op.f("ix_task_done_project_id"), "task_done", ["project_id"], unique=False)
    op.create_index(op.f("ix_task_done_user_id"), "task_done", ["user_id"], unique=False)
    with op.batch_alter_table("work_instruction", schema=None) as batch_op:
        batch_op.add_column(sa.Column("role_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("kind", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("offer_comparison_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_work_instruction_offer_comparison_id_offer_comparison"),
            "offer_comparison",
            ["offer_comparison_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_work_instruction_role_id_practice_role"), "practice_role", ["role_id"], ["id"]
        )

    for table in SEALED:
        seal(table)


def downgrade() -> None:
    """Take them away."""
    for table in SEALED:
        unseal(table)
    op.drop_index(op.f("ix_task_done_user_id"), table_name="task_done")
    op.drop_index(op.f("ix_task_done_project_id"), table_name="task_done")
    op.drop_table("task_done")
    op.drop_table("old_way")
    op.drop_table("instruction_approval")
    op.drop_index(op.f("ix_acknowledgement_user_id"), table_name="acknowledgement")
    op.drop_index(op.f("ix_acknowledgement_project_id"), table_name="acknowledgement")
    op.drop_table("acknowledgement")
    op.drop_index(op.f("ix_practice_task_role_id"), table_name="practice_task")
    op.drop_table("practice_task")
    op.drop_table("instruction_edition")
    op.drop_index(op.f("ix_competence_user_id"), table_name="competence")
    op.drop_table("competence")
    op.drop_table("announcement")
    op.drop_table("reminder")
    with op.batch_alter_table("work_instruction", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_work_instruction_role_id_practice_role"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_work_instruction_offer_comparison_id_offer_comparison"), type_="foreignkey")
        batch_op.drop_column("offer_comparison_id")
        batch_op.drop_column("kind")
        batch_op.drop_column("role_id")
    op.drop_index(op.f("ix_practice_user_role_id"), table_name="practice_user")
    op.drop_table("practice_user")
    op.drop_index(op.f("ix_offer_line_comparison_id"), table_name="offer_line")
    op.drop_table("offer_line")
    op.drop_table("support_contact")
    op.drop_table("question")
    op.drop_table("practice_role")
    op.drop_table("offer_comparison")
    op.drop_table("channel")
