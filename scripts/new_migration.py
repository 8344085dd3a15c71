"""Draws up the migration of one subject's tables: `python scripts/new_migration.py 013 inquiry` (written anew if it is there).

What differs between the subject's models and the revision before this number is put into the file; sealed tables get their
triggers. Tables of other subjects are left alone. Read the result before you keep it; a released one is never edited.
"""

import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext

from workbench import layout
from workbench.app import create_app
from workbench.config import Settings
from workbench.database import Base, db, upgrade

HEAD = '''"""{title}."""

import sqlalchemy as sa
from alembic import op

import workbench.database
from workbench.migrations.seals import seal, unseal

revision = "{number}"
down_revision = "{before}"


def upgrade() -> None:
    """Make the tables and columns."""
    {up}


def downgrade() -> None:
    """Take them away."""
    {down}
'''


def main(number: str, subject: str) -> None:
    """Write versions/<number>_<subject>.py."""
    # Every table must be known before they are compared; a subject's tables may be a package.
    for models in sorted([*layout.PACKAGE.glob("*/models.py"), *layout.PACKAGE.glob("*/models/__init__.py")]):
        importlib.import_module(f"workbench.{models.relative_to(layout.PACKAGE).parts[0]}.models")
    mine = {
        mapper.local_table.name: mapper.class_
        for mapper in Base.registry.mappers
        if f"{mapper.class_.__module__}.".startswith(f"workbench.{subject}.models.")
    }
    before = f"{int(number) - 1:03d}"
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(home=Path(folder), testing=True))
        with app.app_context():
            upgrade(db.engine, before)
            with db.engine.connect() as connection:
                options = {"render_as_batch": True, "include_object": _of(mine), "target_metadata": Base.metadata}
                context = MigrationContext.configure(connection, opts=options)
                found = produce_migrations(context, Base.metadata)
                known = set(context.connection.dialect.get_table_names(connection))
    up = render_python_code(found.upgrade_ops, render_as_batch=True)
    down = render_python_code(found.downgrade_ops, render_as_batch=True)
    new = [name for name, kind in mine.items() if kind.__sealed__ and name not in known]
    up += "".join(f'\n    seal("{name}")' for name in new)
    down = "".join(f'unseal("{name}")\n    ' for name in new) + down
    title = f"The tables of {subject}, as checklists, audits and findings need them"
    file = layout.MIGRATIONS / "versions" / f"{number}_{subject}.py"
    file.write_text(HEAD.format(title=title, number=number, before=before, up=up, down=down), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "check", "--fix", "-q", str(file)], check=False)  # noqa: S603 - our own file
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(file)], check=False)  # noqa: S603


def _of(mine: dict) -> object:
    def wanted(item: object, name: str, kind: str, reflected: bool, compared: object) -> bool:
        table = item if kind == "table" else getattr(item, "table", None)
        return table is None or table.name in mine

    return wanted


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
