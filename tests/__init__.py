"""The tests; see CONTRIBUTING.md for where each kind lies."""

from __future__ import annotations

import os
import sys

# A run starts hundreds of processes that load the same modules: each is compiled once, whatever the shell asks for.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
