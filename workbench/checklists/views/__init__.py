"""The pages of checklists: one blueprint, a module for each group of pages."""

from workbench.checklists.views import applicability as applicability
from workbench.checklists.views import attachments as attachments
from workbench.checklists.views import bulk as bulk
from workbench.checklists.views import items as items  # each module adds its pages to the blueprint
from workbench.checklists.views import mapped as mapped
from workbench.checklists.views import recurring as recurring
from workbench.checklists.views import respondents as respondents
from workbench.checklists.views import sheets as sheets
from workbench.checklists.views import transition as transition
from workbench.checklists.views import upgrading as upgrading
from workbench.checklists.views.blueprint import drawn as drawn
from workbench.checklists.views.blueprint import pages as pages
