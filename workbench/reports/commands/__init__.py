"""Commands about reports, bundles and exports."""

from workbench.reports.commands.building import bundle as bundle
from workbench.reports.commands.building import report as report
