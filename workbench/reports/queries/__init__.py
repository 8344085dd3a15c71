"""Named reads about reports."""

from workbench.reports.queries.building import Report as Report
from workbench.reports.queries.building import built_report as built_report
from workbench.reports.queries.building import built_reports as built_reports
from workbench.reports.queries.building import catalogue as catalogue
from workbench.reports.queries.building import checkpoint_to_print as checkpoint_to_print
from workbench.reports.queries.building import identity as identity
from workbench.reports.queries.building import last_change as last_change
from workbench.reports.queries.building import point_of as point_of
