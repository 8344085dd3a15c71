"""Contracts of columns and masks on the way in: exact names of what is wrong, tokens that anybody can compute again."""
from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import duckdb
import pytest

from sandbox.connectors import receive_file
from sandbox.errors import InputRefused
from sandbox.receiving.contracts import held
from sandbox.receiving.masking import masked
from sandbox.tables import csv_text

SALT = b"a salt of this project"


def received_from(tmp_path: Path, header, rows):
    (tmp_path / "people.csv").write_text(csv_text(header, rows), encoding="utf-8", newline="")
    (tmp_path / "out").mkdir(exist_ok=True)
    return receive_file(tmp_path / "people.csv", {"delimiter": ","}, tmp_path / "out")


def rows_of(received):
    return duckdb.execute("SELECT * FROM read_parquet(?) ORDER BY _line", [str(received.path)]).fetchall()


def token(text, salt=SALT):
    return "h:" + hmac.new(salt, text.encode(), hashlib.sha256).hexdigest()[:24]


@pytest.mark.parametrize("salt", [SALT, "é" * 16, b"x" * 64, b"y" * 200])
def test_a_hash_is_hmac_of_the_text_with_the_salt(tmp_path, salt):
    texts = ["noé@bakery.example", "O'Neil\n2", "日本", "noé@bakery.example"]
    received = received_from(tmp_path, ("id", "mail"), [(number, text) for number, text in enumerate(texts)])
    key = salt.encode() if isinstance(salt, str) else salt
    assert [row[2] for row in rows_of(masked(received, {"mail": "hash"}, salt))] == [token(text, key) for text in texts]


def test_the_copy_never_holds_what_was_masked(tmp_path):
    rows = [("1", "Élodie Ñuñez-42", "06 12 34 56 78", "secret-one"), ("2", "", "", "secret-two"),
            ("3", "ǅ ß ² Ⅳ x\u0301", "+33", "secret-three")]
    received = received_from(tmp_path, ("id", "name", "phone", "note"), rows)
    kept = masked(received, {"name": "shape", "phone": "hash", "note": "drop"}, SALT)
    assert kept.columns == ("id", "name", "phone")
    assert kept.settings["masked"] == ["name", "note", "phone"]
    assert rows_of(kept) == [(2, "1", "Xxxxxx Xxxxx-99", token("06 12 34 56 78")), (3, "2", "", ""),
                             (4, "3", "X x 9 9 xx", token("+33"))]
    held_bytes = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert [word in held_bytes for word in (b"secret", b"lodie", b"06 12")] == [False, False, False]
    assert received.path.exists() is False


def test_refusals_do_not_tell_what_was_masked(tmp_path):
    (tmp_path / "t.csv").write_text("id,mail\n1,a@b.example\n2\n", encoding="utf-8")
    (tmp_path / "out").mkdir()
    kept = masked(receive_file(tmp_path / "t.csv", {}, tmp_path / "out"), {"mail": "hash"}, SALT)
    assert [(one.row, one.value, one.message) for one in kept.refused] == [(3, "", "1 cells where the header has 2")]


@pytest.mark.parametrize(("mask", "salt", "message"), [
    ({"mial": "hash"}, SALT, 'people.csv: column "mial" is to be masked but is missing; the nearest is "mail"'),
    ({"mail": "blur"}, SALT, 'people.csv: mask of column "mail" is blur; known: drop, hash, shape'),
    ({"mail": "hash"}, b"short", "people.csv: hashing needs a salt of 16 bytes or more"),
    ({"mail": "drop", "id": "drop"}, SALT, "people.csv: every column is dropped; keep at least one"),
])
def test_a_mask_that_does_not_fit_is_refused(tmp_path, mask, salt, message):
    with pytest.raises(InputRefused) as refusal:
        masked(received_from(tmp_path, ("id", "mail"), [("1", "x")]), mask, salt)
    assert str(refusal.value) == message


@pytest.mark.parametrize(("columns", "contract", "missing", "discarded", "stops"), [
    (["account", "sku"], "freeze", {}, (), False),
    (["account", "SKU code"], "allow", {"sku": "SKU code"}, (), True),
    (["account", "Sku"], "discard", {"sku": "Sku"}, ("Sku",), True),
    (["account"], "allow", {"sku": ""}, (), True),
    (["account", "sku", "extra"], "allow", {}, (), False),
    (["account", "sku", "extra"], "discard", {}, ("extra",), False),
    (["account", "sku", "extra"], "freeze", {}, (), True),
])
def test_a_contract_names_what_is_missing_and_new(columns, contract, missing, discarded, stops):
    found = held(columns, ["account", "sku"], contract)
    assert (found.missing, found.discarded, found.stops) == (missing, discarded, stops)
    assert found.new == tuple(column for column in columns if column not in ("account", "sku"))


def test_a_broken_contract_is_said_in_words():
    assert held(["account", "SKU code", "x"], ["account", "sku"], "freeze").in_words("usage") == (
        'source usage: column "sku" is missing; the nearest is "SKU code"',
        'source usage: column "x" is new; name it in the fields, or set the contract to allow or discard')
    assert held(["account", "sku", "x"], ["account", "sku"], "allow").in_words("usage") == ()
    assert held(["unit", "qty"], ["quantity"], "freeze").missing == {"quantity": "qty"}  # as `reconcile` names it
