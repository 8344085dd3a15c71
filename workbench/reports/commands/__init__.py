"""Commands about reports, bundles and exports."""

from workbench.reports.commands.building import bundle as bundle
from workbench.reports.commands.building import report as report
from workbench.reports.commands.formats import oscal as oscal
from workbench.reports.commands.signing import sign_report as sign_report
from workbench.reports.commands.signing import stamp_bundle as stamp_bundle
