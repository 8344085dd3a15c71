"""What may be typed about reports, and the words for it."""

from workbench.reports.forms.building import LANGUAGES as LANGUAGES
from workbench.reports.forms.building import Build as Build
from workbench.reports.forms.choosing import Choose as Choose
from workbench.reports.forms.choosing import ChooseAndKeep as ChooseAndKeep
from workbench.reports.forms.choosing import ChooseBundle as ChooseBundle
from workbench.reports.forms.choosing import Reason as Reason
from workbench.reports.forms.letterhead import ChangeLetterhead as ChangeLetterhead
from workbench.reports.forms.sharing import SHARING_LOOKS as SHARING_LOOKS
from workbench.reports.forms.sharing import SHARING_ORDERS as SHARING_ORDERS
from workbench.reports.forms.sharing import SHARING_STATES as SHARING_STATES
from workbench.reports.forms.sharing import Share as Share
from workbench.reports.queries import needed_to_read as needed_to_read
from workbench.reports.telling import CADENCES as CADENCES
from workbench.reports.telling import MOVES as MOVES
from workbench.reports.telling import all_chosen as all_chosen
from workbench.reports.telling import title_of as title_of
