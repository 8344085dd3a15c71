"""The named reads of checklists, by what they are about."""

from workbench.checklists.queries.applicability import (
    Applies as Applies,
)
from workbench.checklists.queries.applicability import (
    Excluded as Excluded,
)
from workbench.checklists.queries.applicability import (
    above as above,
)
from workbench.checklists.queries.applicability import (
    applies as applies,
)
from workbench.checklists.queries.applicability import (
    below as below,
)
from workbench.checklists.queries.applicability import (
    excluded_items as excluded_items,
)
from workbench.checklists.queries.applicability import (
    exclusion_of as exclusion_of,
)
from workbench.checklists.queries.applicability import (
    exclusions as exclusions,
)
from workbench.checklists.queries.applicability import (
    exclusions_now as exclusions_now,
)
from workbench.checklists.queries.applicability import (
    exclusions_over as exclusions_over,
)
from workbench.checklists.queries.applicability import (
    off_by as off_by,
)
from workbench.checklists.queries.applicability import (
    stored_answers as stored_answers,
)
from workbench.checklists.queries.assigned import (
    Asked as Asked,
)
from workbench.checklists.queries.assigned import (
    Said as Said,
)
from workbench.checklists.queries.assigned import (
    answers_to as answers_to,
)
from workbench.checklists.queries.assigned import (
    asked_of as asked_of,
)
from workbench.checklists.queries.assigned import (
    assignments as assignments,
)
from workbench.checklists.queries.assigned import (
    comment_counts as comment_counts,
)
from workbench.checklists.queries.assigned import (
    comment_on as comment_on,
)
from workbench.checklists.queries.assigned import (
    comments_on as comments_on,
)
from workbench.checklists.queries.assigned import (
    is_struck as is_struck,
)
from workbench.checklists.queries.assigned import (
    items_with as items_with,
)
from workbench.checklists.queries.assigned import (
    may_answer as may_answer,
)
from workbench.checklists.queries.assigned import (
    respondents as respondents,
)
from workbench.checklists.queries.assigned import (
    why_item_not as why_item_not,
)
from workbench.checklists.queries.assigned import (
    why_not as why_not,
)
from workbench.checklists.queries.editions import (
    Offer as Offer,
)
from workbench.checklists.queries.editions import (
    as_pinned as as_pinned,
)
from workbench.checklists.queries.editions import (
    editions_by_digest as editions_by_digest,
)
from workbench.checklists.queries.editions import (
    exact_pack as exact_pack,
)
from workbench.checklists.queries.editions import (
    exact_packs as exact_packs,
)
from workbench.checklists.queries.editions import (
    installed as installed,
)
from workbench.checklists.queries.editions import (
    is_pinned as is_pinned,
)
from workbench.checklists.queries.editions import (
    items_of as items_of,
)
from workbench.checklists.queries.editions import (
    newest_editions as newest_editions,
)
from workbench.checklists.queries.editions import (
    offers as offers,
)
from workbench.checklists.queries.editions import (
    wording as wording,
)
from workbench.checklists.queries.items import (
    PER_PAGE as PER_PAGE,
)
from workbench.checklists.queries.items import (
    WORST_FIRST as WORST_FIRST,
)
from workbench.checklists.queries.items import (
    EvidenceRef as EvidenceRef,
)
from workbench.checklists.queries.items import (
    ItemAnswer as ItemAnswer,
)
from workbench.checklists.queries.items import (
    MatrixRow as MatrixRow,
)
from workbench.checklists.queries.items import (
    Opened as Opened,
)
from workbench.checklists.queries.items import (
    Started as Started,
)
from workbench.checklists.queries.items import (
    Wanted as Wanted,
)
from workbench.checklists.queries.items import (
    answer_to as answer_to,
)
from workbench.checklists.queries.items import (
    answered as answered,
)
from workbench.checklists.queries.items import (
    chapter_of as chapter_of,
)
from workbench.checklists.queries.items import (
    chapters as chapters,
)
from workbench.checklists.queries.items import (
    checklist_all as checklist_all,
)
from workbench.checklists.queries.items import (
    checklist_in as checklist_in,
)
from workbench.checklists.queries.items import (
    checklist_page as checklist_page,
)
from workbench.checklists.queries.items import (
    checklists_of_project as checklists_of_project,
)
from workbench.checklists.queries.items import (
    clause_matrix as clause_matrix,
)
from workbench.checklists.queries.items import (
    counted as counted,
)
from workbench.checklists.queries.items import (
    gates_checklist as gates_checklist,
)
from workbench.checklists.queries.items import (
    item_answer as item_answer,
)
from workbench.checklists.queries.items import (
    item_in as item_in,
)
from workbench.checklists.queries.items import (
    link_between as link_between,
)
from workbench.checklists.queries.items import (
    matrix_of as matrix_of,
)
from workbench.checklists.queries.items import (
    newest_checklist as newest_checklist,
)
from workbench.checklists.queries.items import (
    packs_to_start as packs_to_start,
)
from workbench.checklists.queries.items import (
    page_of as page_of,
)
from workbench.checklists.queries.items import (
    part_of as part_of,
)
from workbench.checklists.queries.items import (
    started_with as started_with,
)
from workbench.checklists.queries.items import (
    step_answers as step_answers,
)
from workbench.checklists.queries.items import (
    with_evidence as with_evidence,
)
from workbench.checklists.queries.items import (
    within as within,
)
from workbench.checklists.queries.mapped import (
    Mapped as Mapped,
)
from workbench.checklists.queries.mapped import (
    Through as Through,
)
from workbench.checklists.queries.mapped import (
    mapped_evidence as mapped_evidence,
)
from workbench.checklists.queries.mapped import (
    mapped_evidence_of as mapped_evidence_of,
)
from workbench.checklists.queries.mapped import (
    proposals_of as proposals_of,
)
from workbench.checklists.queries.mapped import (
    standing_checklists as standing_checklists,
)
from workbench.checklists.queries.mapped import (
    with_mapped as with_mapped,
)
from workbench.checklists.queries.mapped import (
    with_off as with_off,
)
from workbench.checklists.queries.occasions import (
    checklists_of_occasion as checklists_of_occasion,
)
from workbench.checklists.queries.recurring import (
    Heat as Heat,
)
from workbench.checklists.queries.recurring import (
    HeatMap as HeatMap,
)
from workbench.checklists.queries.recurring import (
    HeatRow as HeatRow,
)
from workbench.checklists.queries.recurring import (
    Run as Run,
)
from workbench.checklists.queries.recurring import (
    due_runs as due_runs,
)
from workbench.checklists.queries.recurring import (
    has_run as has_run,
)
from workbench.checklists.queries.recurring import (
    heat_map as heat_map,
)
from workbench.checklists.queries.recurring import (
    last_runs as last_runs,
)
from workbench.checklists.queries.recurring import (
    occasion_of as occasion_of,
)
from workbench.checklists.queries.recurring import (
    recurrence_in as recurrence_in,
)
from workbench.checklists.queries.recurring import (
    running_recurrences as running_recurrences,
)
from workbench.checklists.queries.recurring import (
    runs_of as runs_of,
)
from workbench.checklists.queries.recurring import (
    title_of as title_of,
)
from workbench.checklists.queries.sheets import (
    Difference as Difference,
)
from workbench.checklists.queries.sheets import (
    Preview as Preview,
)
from workbench.checklists.queries.sheets import (
    answer_differs as answer_differs,
)
from workbench.checklists.queries.sheets import (
    changes_of as changes_of,
)
from workbench.checklists.queries.sheets import (
    differences as differences,
)
from workbench.checklists.queries.sheets import (
    evidence_by_code as evidence_by_code,
)
from workbench.checklists.queries.sheets import (
    import_in as import_in,
)
from workbench.checklists.queries.sheets import (
    preview as preview,
)
from workbench.checklists.queries.sheets import (
    sheet_lines as sheet_lines,
)
from workbench.checklists.queries.transition import (
    AGAIN as AGAIN,
)
from workbench.checklists.queries.transition import (
    CARRIED as CARRIED,
)
from workbench.checklists.queries.transition import (
    GONE as GONE,
)
from workbench.checklists.queries.transition import (
    NEW as NEW,
)
from workbench.checklists.queries.transition import (
    Done as Done,
)
from workbench.checklists.queries.transition import (
    Line as Line,
)
from workbench.checklists.queries.transition import (
    Report as Report,
)
from workbench.checklists.queries.transition import (
    later_editions as later_editions,
)
from workbench.checklists.queries.transition import (
    planned_transition as planned_transition,
)
from workbench.checklists.queries.transition import (
    transition_of as transition_of,
)
from workbench.checklists.queries.whole import (
    checklists_of_occasions as checklists_of_occasions,
)
from workbench.checklists.queries.whole import (
    full_answers as full_answers,
)
