"""What the sandbox says about what the system and the schemas say inside other sentences."""

from __future__ import annotations

from workbench.trials.forms.sayings.marking import N_

SAYINGS = (
    N_("No such file or directory"),
    N_("Permission denied"),
    N_("Is a directory"),
    N_("No space left on device"),
    N_("Connection refused"),
    N_("Connection reset by peer"),
    N_("Network is unreachable"),
    N_("No route to host"),
    N_("%(value)s is a required property"),
    N_("Additional properties are not allowed (%(value)s was unexpected)"),
    N_("Additional properties are not allowed (%(value)s were unexpected)"),
    N_("%(value)s is too long"),
    N_("%(value)s is too short"),
    N_("%(value)s should be non-empty"),
    N_("%(value)s does not match %(pattern)s"),
    N_("%(value)s is less than the minimum of %(minimum)s"),
    N_("%(value)s is greater than the maximum of %(maximum)s"),
    N_("%(value)s is less than or equal to the minimum of %(minimum)s"),
    N_("%(value)s has non-unique elements"),
    N_("%(value)s was expected"),
)
