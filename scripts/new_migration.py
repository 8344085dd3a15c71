"""Draws up a migration from the difference between the tables and a fresh database: `python scripts/new_migration.py 002 what`."""

import importlib
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from workbench import layout
from workbench.app import create_app
from workbench.config import Settings
from workbench.database import db, upgrade

for models in sorted(layout.PACKAGE.glob("*/models.py")):  # every table must be known before they are compared
    importlib.import_module(f"workbench.{models.parent.name}.models")
number, what = sys.argv[1], "_".join(sys.argv[2:])
with tempfile.TemporaryDirectory() as folder:
    app = create_app(Settings(home=Path(folder), testing=True))
    with app.app_context():
        if any((layout.MIGRATIONS / "versions").glob("*.py")):
            upgrade(db.engine)
        config = Config()
        config.set_main_option("script_location", str(layout.MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        config.attributes["engine"] = db.engine
        command.revision(config, message=what.replace("_", " "), rev_id=number, autogenerate=True)
