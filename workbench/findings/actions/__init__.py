"""What happens to findings: raising, treating, judging, closing; and the organisation's grades."""

from workbench.findings.actions.grading import add_grade as add_grade
from workbench.findings.actions.grading import change_grade as change_grade
from workbench.findings.actions.grading import put_back_grade as put_back_grade
from workbench.findings.actions.grading import withdraw_grade as withdraw_grade
from workbench.findings.actions.judging import check_effectiveness as check_effectiveness
from workbench.findings.actions.judging import close_finding as close_finding
from workbench.findings.actions.judging import dispose_finding as dispose_finding
from workbench.findings.actions.judging import reopen_finding as reopen_finding
from workbench.findings.actions.raising import change_finding as change_finding
from workbench.findings.actions.raising import raise_finding as raise_finding
from workbench.findings.actions.raising import withdraw_finding as withdraw_finding
from workbench.findings.actions.treating import add_action as add_action
from workbench.findings.actions.treating import cancel_action as cancel_action
from workbench.findings.actions.treating import change_action as change_action
from workbench.findings.actions.treating import finish_action as finish_action
from workbench.findings.actions.treating import state_cause as state_cause
