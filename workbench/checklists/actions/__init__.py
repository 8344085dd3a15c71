"""The verbs of checklists, by what they are about."""

from workbench.checklists.actions.answering import (
    BARRED as BARRED,
)
from workbench.checklists.actions.answering import (
    STATES as STATES,
)
from workbench.checklists.actions.answering import (
    Kept as Kept,
)
from workbench.checklists.actions.answering import (
    answer_item as answer_item,
)
from workbench.checklists.actions.answering import (
    asked_item as asked_item,
)
from workbench.checklists.actions.answering import (
    attach_evidence as attach_evidence,
)
from workbench.checklists.actions.answering import (
    check_open as check_open,
)
from workbench.checklists.actions.answering import (
    detach_evidence as detach_evidence,
)
from workbench.checklists.actions.answering import (
    hold as hold,
)
from workbench.checklists.actions.answering import (
    pinned as pinned,
)
from workbench.checklists.actions.answering import (
    start_checklist as start_checklist,
)
from workbench.checklists.actions.applicability import (
    exclude_clause as exclude_clause,
)
from workbench.checklists.actions.applicability import (
    include_clause as include_clause,
)
from workbench.checklists.actions.assigning import (
    ASKED as ASKED,
)
from workbench.checklists.actions.assigning import (
    JUDGED as JUDGED,
)
from workbench.checklists.actions.assigning import (
    Together as Together,
)
from workbench.checklists.actions.assigning import (
    assign_items as assign_items,
)
from workbench.checklists.actions.assigning import (
    check_may_answer as check_may_answer,
)
from workbench.checklists.actions.assigning import (
    judge_items as judge_items,
)
from workbench.checklists.actions.assigning import (
    submit_items as submit_items,
)
from workbench.checklists.actions.attachments import (
    Attached as Attached,
)
from workbench.checklists.actions.attachments import (
    attach_files as attach_files,
)
from workbench.checklists.actions.bulk import (
    answer_items as answer_items,
)
from workbench.checklists.actions.bulk import (
    attach_to_items as attach_to_items,
)
from workbench.checklists.actions.commenting import (
    LONGEST_COMMENT as LONGEST_COMMENT,
)
from workbench.checklists.actions.commenting import (
    add_comment as add_comment,
)
from workbench.checklists.actions.commenting import (
    strike_comment as strike_comment,
)
from workbench.checklists.actions.proposals import (
    TIES as TIES,
)
from workbench.checklists.actions.proposals import (
    take_over_answers as take_over_answers,
)
from workbench.checklists.actions.recurring import (
    check_recurrence as check_recurrence,
)
from workbench.checklists.actions.recurring import (
    start_due_checklists as start_due_checklists,
)
from workbench.checklists.actions.sheets import (
    HEADS as HEADS,
)
from workbench.checklists.actions.sheets import (
    answers_workbook as answers_workbook,
)
from workbench.checklists.actions.sheets import (
    apply_answers as apply_answers,
)
from workbench.checklists.actions.sheets import (
    discard_answers as discard_answers,
)
from workbench.checklists.actions.sheets import (
    in_every_language as in_every_language,
)
from workbench.checklists.actions.sheets import (
    read_answers as read_answers,
)
from workbench.checklists.actions.starting import (
    close_checklists as close_checklists,
)
from workbench.checklists.actions.starting import (
    reserve_checklists as reserve_checklists,
)
from workbench.checklists.actions.transition import (
    migrate_checklist as migrate_checklist,
)
from workbench.checklists.actions.upgrading import (
    upgrade_checklist as upgrade_checklist,
)
