"""Where commands write their files, and what they say of names from others."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

from workbench.terminal import check_place, printable, write_whole


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    for data in (b"one", b"two"):
        write_whole(file, data)
    assert (file.read_bytes(), os.listdir(tmp_path)) == (b"two", ["report.pdf"])


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    target, link = tmp_path / "kept.pdf", tmp_path / "link.pdf"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_whole(link, b"new")
    assert (link.is_symlink(), target.read_bytes()) == (True, b"new")


def test_a_device_is_written_to_and_stays() -> None:
    before = os.stat(os.devnull)
    write_whole(Path(os.devnull), b"data")
    assert (os.stat(os.devnull).st_rdev, os.stat(os.devnull).st_mode) == (before.st_rdev, before.st_mode)


def test_names_as_long_as_a_folder_takes_are_written_and_longer_ones_refused(tmp_path: Path) -> None:
    write_whole(tmp_path / ("n" * 255), b"data")
    for verb in (check_place, lambda output: write_whole(output, b"data")):
        with pytest.raises(click.ClickException, match=r"cannot be written .File name too long"):
            verb(tmp_path / ("n" * 300))


@pytest.mark.parametrize(("name", "said"), [
    ("-", "“-” is no name for a file"), ("", " is a folder"), ("no/x.pdf", "there is no folder"),
    ("no\x1b[2J/x.pdf", r"no·\[2J"),
])
def test_a_place_where_nothing_can_be_written_is_refused(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(click.ClickException, match=said):
        check_place(Path(name) if name == "-" else tmp_path / name)


def test_what_moves_a_cursor_is_shown_as_a_point() -> None:
    assert printable("a\x1b[2J\u202eb\nc") == "a·[2J·b·c"
    assert printable("a\nb", keeps_lines=True) == "a\nb"
