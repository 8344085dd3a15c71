"""What may be typed about checklists, and the words in which they are shown."""

from workbench.checklists.forms.items import (
    HEAD as HEAD,
)
from workbench.checklists.forms.items import (
    MANDATORY as MANDATORY,
)
from workbench.checklists.forms.items import (
    STANDARDS as STANDARDS,
)
from workbench.checklists.forms.items import (
    STATES as STATES,
)
from workbench.checklists.forms.items import (
    AnswerItem as AnswerItem,
)
from workbench.checklists.forms.items import (
    AttachEvidence as AttachEvidence,
)
from workbench.checklists.forms.items import (
    StartChecklist as StartChecklist,
)
from workbench.checklists.forms.items import (
    also as also,
)
from workbench.checklists.forms.items import (
    cells as cells,
)
from workbench.checklists.forms.items import (
    shown as shown,
)
from workbench.checklists.forms.items import (
    tags as tags,
)
from workbench.checklists.forms.items import (
    typed_state as typed_state,
)
from workbench.checklists.forms.mapped import (
    KINDS as KINDS,
)
from workbench.checklists.forms.mapped import (
    TIES as TIES,
)
from workbench.checklists.forms.mapped import (
    TRANSITION_HEAD as TRANSITION_HEAD,
)
from workbench.checklists.forms.mapped import (
    WHY as WHY,
)
from workbench.checklists.forms.mapped import (
    ExcludeClause as ExcludeClause,
)
from workbench.checklists.forms.mapped import (
    GoOver as GoOver,
)
from workbench.checklists.forms.mapped import (
    IncludeClause as IncludeClause,
)
from workbench.checklists.forms.mapped import (
    TakeOver as TakeOver,
)
from workbench.checklists.forms.mapped import (
    elsewhere as elsewhere,
)
from workbench.checklists.forms.mapped import (
    proposed as proposed,
)
from workbench.checklists.forms.mapped import (
    standard as standard,
)
from workbench.checklists.forms.mapped import (
    transition_cells as transition_cells,
)
from workbench.checklists.forms.recurring import (
    Recur as Recur,
)
from workbench.checklists.forms.recurring import (
    heat_cells as heat_cells,
)
from workbench.checklists.forms.recurring import (
    heat_look as heat_look,
)
from workbench.checklists.forms.recurring import (
    last_run_cells as last_run_cells,
)
from workbench.checklists.forms.recurring import (
    last_run_head as last_run_head,
)
from workbench.checklists.forms.recurring import (
    run_cells as run_cells,
)
from workbench.checklists.forms.recurring import (
    run_head as run_head,
)
from workbench.checklists.forms.sheets import (
    ImportAnswers as ImportAnswers,
)
from workbench.checklists.forms.sheets import (
    fault_in_words as fault_in_words,
)
from workbench.checklists.forms.sheets import (
    note_changes as note_changes,
)
from workbench.checklists.forms.sheets import (
    take_over as take_over,
)
from workbench.checklists.forms.together import (
    ASKED as ASKED,
)
from workbench.checklists.forms.together import (
    ASKED_LOOKS as ASKED_LOOKS,
)
from workbench.checklists.forms.together import (
    FILTERS as FILTERS,
)
from workbench.checklists.forms.together import (
    AnswerTogether as AnswerTogether,
)
from workbench.checklists.forms.together import (
    AskTogether as AskTogether,
)
from workbench.checklists.forms.together import (
    AttachTogether as AttachTogether,
)
from workbench.checklists.forms.together import (
    JudgeTogether as JudgeTogether,
)
from workbench.checklists.forms.together import (
    Say as Say,
)
from workbench.checklists.forms.together import (
    Strike as Strike,
)
from workbench.checklists.forms.together import (
    SubmitTogether as SubmitTogether,
)
