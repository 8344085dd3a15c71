"""`python -m tests.e2e.prepare FOLDER`: the demo with its trials, but without the PDF and the bundle, which take long."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from workbench.config import read_settings
from workbench.projects.queries import project_with_key
from workbench.showcase.loading import KEYS, folder, load
from workbench.showcase.sandbox import fill_sandbox
from workbench.showcase.serving import prepared
from workbench.showcase.trial import copy_exports, run_trials


def main(home: Path) -> None:
    """Load both demo projects, run their two months and fill their sandboxes."""
    settings = replace(read_settings({}), home=home, testing=True)  # light password hashes
    with prepared(settings):
        load(settings)
        exports = folder(settings) / "exports"
        copy_exports(exports)
        for language, key in KEYS.items():
            project = project_with_key(key)
            assert project is not None
            run_trials(settings, project, language=language, exports=exports)
            fill_sandbox(settings, project, language=language, exports=exports)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
