"""What the sandbox refuses, in sentences a person can act on."""
from __future__ import annotations

# The exit status of a child that ran out of memory: by then it may be unable to say anything longer.
OUT_OF_MEMORY = 3
# How the name of a run's own folder begins, which its child removes where the parent no longer can.
RUN_FOLDER = ".ninefold-run-"


class SandboxError(Exception):
    """The root of every refusal of this package; its text is meant to be shown."""


class InputRefused(SandboxError):
    """A file or a setting that cannot be read as it stands."""


class ValueRefused(InputRefused):
    """A refusal that quotes values of a source; `hidden` says the same without them, for a source that is masked."""

    def __init__(self, text: str, hidden: str) -> None:
        super().__init__(text)
        self.hidden = hidden


class RunStopped(SandboxError):
    """A run that was ended because it passed one of its limits."""


class RunCancelled(SandboxError):
    """A run that a person ended."""


class ReadOnlyViolation(SandboxError):
    """An attempt to write to a source; nothing was written."""
