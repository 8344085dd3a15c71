"""Named reads about audits, by what they are about."""

from workbench.audits.queries.audits import Followed as Followed
from workbench.audits.queries.audits import Previous as Previous
from workbench.audits.queries.audits import all_audits as all_audits
from workbench.audits.queries.audits import audit as audit
from workbench.audits.queries.audits import checklists_of as checklists_of
from workbench.audits.queries.audits import choices_of_followed as choices_of_followed
from workbench.audits.queries.audits import findings_of as findings_of
from workbench.audits.queries.audits import follow_ups as follow_ups
from workbench.audits.queries.audits import line_in as line_in
from workbench.audits.queries.audits import lines_of as lines_of
from workbench.audits.queries.audits import meetings_of as meetings_of
from workbench.audits.queries.audits import member as member
from workbench.audits.queries.audits import members as members
from workbench.audits.queries.audits import page_of_project as page_of_project
from workbench.audits.queries.audits import previous_findings as previous_findings
from workbench.audits.queries.audits import role_in as role_in
from workbench.audits.queries.audits import signatures_of as signatures_of
from workbench.audits.queries.independence import Conflict as Conflict
from workbench.audits.queries.independence import conflicts as conflicts
from workbench.audits.queries.programme import Area as Area
from workbench.audits.queries.programme import area_row as area_row
from workbench.audits.queries.programme import areas as areas
from workbench.audits.queries.programme import audits_of_year as audits_of_year
from workbench.audits.queries.programme import next_serial as next_serial
from workbench.audits.queries.programme import programme as programme
from workbench.audits.queries.programme import years as years
