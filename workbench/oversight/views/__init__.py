"""The pages of oversight, by what they are about; all on one blueprint."""

from workbench.oversight.views import (
    checks as checks,
)
from workbench.oversight.views import (
    handed as handed,
)
from workbench.oversight.views import (
    handover as handover,
)
from workbench.oversight.views import (
    matrix as matrix,
)
from workbench.oversight.views import (
    reviews as reviews,
)
from workbench.oversight.views.blueprint import pages as pages
