"""What the sandbox says, in the person's language: it speaks English, and every sentence a page can show stands here."""

from workbench.trials.forms.sayings.lookup import expected_said as expected_said
from workbench.trials.forms.sayings.lookup import place_said as place_said
from workbench.trials.forms.sayings.lookup import said as said
from workbench.trials.forms.sayings.origins import origin_said as origin_said
