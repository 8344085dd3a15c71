"""Pages of audits: the programme, one audit, and what is written down while auditing."""

from workbench.audits.views import auditing as auditing
from workbench.audits.views import lines as lines
from workbench.audits.views import planning as planning
from workbench.audits.views import programme as programme
from workbench.audits.views.blueprint import pages as pages
