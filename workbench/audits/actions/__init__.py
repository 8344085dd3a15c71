"""The verbs of audits, by what they are about."""

from workbench.audits.actions.carrying_out import cancel_audit as cancel_audit
from workbench.audits.actions.carrying_out import close_audit as close_audit
from workbench.audits.actions.carrying_out import conclude_audit as conclude_audit
from workbench.audits.actions.carrying_out import open_audit as open_audit
from workbench.audits.actions.carrying_out import report_audit as report_audit
from workbench.audits.actions.lines import add_line as add_line
from workbench.audits.actions.lines import change_line as change_line
from workbench.audits.actions.lines import withdraw_line as withdraw_line
from workbench.audits.actions.planning import add_member as add_member
from workbench.audits.actions.planning import agree_plan as agree_plan
from workbench.audits.actions.planning import change_audit as change_audit
from workbench.audits.actions.planning import plan_audit as plan_audit
from workbench.audits.actions.planning import remove_member as remove_member
from workbench.audits.actions.programme import approve_programme as approve_programme
from workbench.audits.actions.programme import describe_programme as describe_programme
from workbench.audits.actions.programme import set_area as set_area
