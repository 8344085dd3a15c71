"""The tables of the foundation, continued: no file is longer than 400 lines."""

import sqlalchemy as sa
from alembic import op

import workbench.database

revision = "002"
down_revision = "001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "objective",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("measure", sa.String(length=300), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("baseline", sa.String(length=80), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_objective_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objective")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_objective_project_id_code")),
    )
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("layer", sa.String(length=20), nullable=False),
        sa.Column("expects", sa.Text(), nullable=False),
        sa.Column("is_confidential", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_participant_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
    )
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_participant_project_id"), ["project_id"], unique=False)
    op.create_table(
        "path",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("needs_covered", sa.String(length=500), nullable=False),
        sa.Column("cost", sa.String(length=200), nullable=False),
        sa.Column("way_back", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_path_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_path")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_path_project_id_code")),
    )
    op.create_table(
        "project_tool",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("tool_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_tool_project_id_project")),
        sa.ForeignKeyConstraint(["tool_id"], ["tool.id"], name=op.f("fk_project_tool_tool_id_tool")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_tool")),
        sa.UniqueConstraint("project_id", "tool_id", name=op.f("uq_project_tool_project_id_tool_id")),
    )
    with op.batch_alter_table("project_tool", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_tool_tool_id"), ["tool_id"], unique=False)
    op.create_table(
        "request_for_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("change_type", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("impact", sa.Text(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("back_out_plan", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_request_for_change_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_for_change")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_request_for_change_project_id_code")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("fit", sa.String(length=300), nullable=False),
        sa.Column("is_independent", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_source_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_source_project_id_code")),
    )
    op.create_table(
        "tool_connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("carries", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["tool.id"], name=op.f("fk_tool_connection_source_id_tool")),
        sa.ForeignKeyConstraint(["target_id"], ["tool.id"], name=op.f("fk_tool_connection_target_id_tool")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool_connection")),
    )
    with op.batch_alter_table("tool_connection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tool_connection_source_id"), ["source_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tool_connection_target_id"), ["target_id"], unique=False)
    op.create_table(
        "trial_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("period_on", sa.Date(), nullable=True),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("result_sha256", sa.String(length=64), nullable=False),
        sa.Column("is_live_unchanged", sa.Boolean(), nullable=False),
        sa.Column("run_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("run_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_trial_run_project_id_project")),
        sa.ForeignKeyConstraint(["run_by_id"], ["person.id"], name=op.f("fk_trial_run_run_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_run")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_trial_run_project_id_number")),
    )
    op.create_table(
        "waiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("condition_key", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("risk_accepted", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("granted_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name=op.f("fk_waiver_granted_by_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_waiver_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiver")),
    )
    with op.batch_alter_table("waiver", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_waiver_project_id"), ["project_id"], unique=False)
    op.create_table(
        "work_instruction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_work_instruction_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_instruction")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_work_instruction_project_id_code")),
    )
    op.create_table(
        "adoption_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("week_of", sa.Date(), nullable=False),
        sa.Column("new_way", sa.Integer(), nullable=False),
        sa.Column("old_way", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["adoption_measure.id"], name=op.f("fk_adoption_reading_measure_id_adoption_measure")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoption_reading")),
        sa.UniqueConstraint("measure_id", "week_of", name=op.f("uq_adoption_reading_measure_id_week_of")),
    )
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("checklist_id", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.String(length=40), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_answer_answered_by_id_person")),
        sa.ForeignKeyConstraint(["checklist_id"], ["checklist.id"], name=op.f("fk_answer_checklist_id_checklist")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("checklist_id", "item_key", name=op.f("uq_answer_checklist_id_item_key")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_answered_by_id"), ["answered_by_id"], unique=False)
        batch_op.create_index("ix_answer_checklist_step", ["checklist_id", "step"], unique=False)
    op.create_table(
        "decision_condition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("met_note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["gate_decision.id"], name=op.f("fk_decision_condition_decision_id_gate_decision")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_decision_condition_owner_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_decision_condition_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_condition")),
    )
    with op.batch_alter_table("decision_condition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_condition_decision_id"), ["decision_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decision_condition_project_id"), ["project_id"], unique=False)
    op.create_table(
        "disposition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.String(length=300), nullable=False),
        sa.Column("decision", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_disposition_decided_by_id_person")),
        sa.ForeignKeyConstraint(["run_id"], ["trial_run.id"], name=op.f("fk_disposition_run_id_trial_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposition")),
    )
    with op.batch_alter_table("disposition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disposition_run_id"), ["run_id"], unique=False)
    op.create_table(
        "evidence_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_evidence_version_added_by_id_person")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_version_evidence_id_evidence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_version")),
        sa.UniqueConstraint("evidence_id", "number", name=op.f("uq_evidence_version_evidence_id_number")),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("checklist_id", sa.Integer(), nullable=True),
        sa.Column("item_key", sa.String(length=40), nullable=False),
        sa.Column("raised_at", workbench.database.UTCDateTime(timezone=True), nullable=False),
        sa.Column("raised_by_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["checklist_id"], ["checklist.id"], name=op.f("fk_finding_checklist_id_checklist")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_finding_project_id_project")),
        sa.ForeignKeyConstraint(["raised_by_id"], ["person.id"], name=op.f("fk_finding_raised_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_finding_project_id_number")),
    )
    op.create_table(
        "answer_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_answer_evidence_answer_id_answer")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_answer_evidence_evidence_id_evidence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_evidence")),
        sa.UniqueConstraint("answer_id", "evidence_id", name=op.f("uq_answer_evidence_answer_id_evidence_id")),
    )
    with op.batch_alter_table("answer_evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_evidence_evidence_id"), ["evidence_id"], unique=False)


def downgrade() -> None:
    """Take them away, children first."""
    with op.batch_alter_table("answer_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_evidence_evidence_id"))
    op.drop_table("answer_evidence")
    op.drop_table("finding")
    op.drop_table("evidence_version")
    with op.batch_alter_table("disposition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_disposition_run_id"))
    op.drop_table("disposition")
    with op.batch_alter_table("decision_condition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_condition_project_id"))
        batch_op.drop_index(batch_op.f("ix_decision_condition_decision_id"))
    op.drop_table("decision_condition")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index("ix_answer_checklist_step")
        batch_op.drop_index(batch_op.f("ix_answer_answered_by_id"))
    op.drop_table("answer")
    op.drop_table("adoption_reading")
    op.drop_table("work_instruction")
    with op.batch_alter_table("waiver", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_waiver_project_id"))
    op.drop_table("waiver")
    op.drop_table("trial_run")
    with op.batch_alter_table("tool_connection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tool_connection_target_id"))
        batch_op.drop_index(batch_op.f("ix_tool_connection_source_id"))
    op.drop_table("tool_connection")
    op.drop_table("source")
    op.drop_table("request_for_change")
    with op.batch_alter_table("project_tool", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_tool_tool_id"))
    op.drop_table("project_tool")
    op.drop_table("path")
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participant_project_id"))
    op.drop_table("participant")
    op.drop_table("objective")
