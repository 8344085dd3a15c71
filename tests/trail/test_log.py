"""The Merkle log against a naive reading of RFC 6962, RFC 8032's keys, and every flipped bit of its texts."""

from __future__ import annotations

import base64
import hashlib
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.trail import log


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, over the leaves' data."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = split(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:half]) + naive_root(leaves[half:])).digest()


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 §2.1.1."""
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if index < half:
        return [*naive_path(index, leaves[:half]), naive_root(leaves[half:])]
    return [*naive_path(index - half, leaves[half:]), naive_root(leaves[:half])]


def naive_consistency(old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 §2.1.2."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    half = split(len(leaves))
    if old <= half:
        return [*naive_consistency(old, leaves[:half], whole), naive_root(leaves[half:])]
    return [*naive_consistency(old - half, leaves[half:], False), naive_root(leaves[:half])]


def split(count: int) -> int:
    half = 1
    while half * 2 < count:
        half *= 2
    return half


def leaves_of(count: int) -> list[bytes]:
    return [b"leaf %d" % number for number in range(count)]


def hashes_of(count: int) -> list[bytes]:
    return [log.leaf_hash(leaf) for leaf in leaves_of(count)]


# The eight leaves of growing odd shape that implementers of RFC 6962 share, from the empty one on.
EIGHT = [bytes.fromhex(each) for each in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip


def test_empty_tree_has_the_hash_of_nothing() -> None:
    assert log.Frontier().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert log.Tree().root() == log.EMPTY_ROOT == log.root_of([])


def test_leaf_and_node_hashes_are_separated_by_a_prefix() -> None:
    assert log.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert log.node_hash(b"a" * 32, b"b" * 32) == hashlib.sha256(b"\x01" + b"a" * 32 + b"b" * 32).digest()


def test_eight_leaf_tree_has_the_known_roots() -> None:
    hashes = [log.leaf_hash(leaf) for leaf in EIGHT]
    assert log.root_of(hashes[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert log.root_of(hashes).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert [log.root_of(hashes[:size]) for size in range(9)] == [naive_root(EIGHT[:size]) for size in range(9)]


def test_every_proof_up_to_33_leaves_equals_the_naive_one() -> None:
    leaves = leaves_of(33)
    tree = log.Tree(hashes_of(33))
    for size in range(1, 34):
        root = naive_root(leaves[:size])
        assert tree.root(size) == root
        for index in range(size):
            proof = tree.inclusion_proof(index, size)
            assert proof == naive_path(index, leaves[:size])
            assert log.verify_inclusion(log.leaf_hash(leaves[index]), index, size, proof, root) is True
        for old in range(1, size + 1):
            path = tree.consistency_proof(old, size)
            assert path == naive_consistency(old, leaves[:size])
            assert log.verify_consistency(old, size, naive_root(leaves[:old]), root, path) is True


@given(st.integers(1, 3000), st.data())
def test_proofs_of_any_size_verify(size: int, data: st.DataObject) -> None:
    hashes = hashes_of(size)
    tree = log.Tree(hashes)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    proof = tree.inclusion_proof(index)
    path = tree.consistency_proof(old)
    assert log.root_of(hashes) == tree.root()
    assert log.verify_inclusion(hashes[index], index, size, proof, tree.root()) is True
    assert log.verify_consistency(old, size, tree.root(old), tree.root(), path) is True


@given(st.integers(2, 300), st.data())
def test_altered_proofs_are_refused(size: int, data: st.DataObject) -> None:
    hashes = hashes_of(size)
    tree = log.Tree(hashes)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size - 1))
    proof, path = tree.inclusion_proof(index), tree.consistency_proof(old)
    root, old_root = tree.root(), tree.root(old)
    for bad in altered(proof, data.draw(st.integers(0, 255))):
        assert log.verify_inclusion(hashes[index], index, size, bad, root) is False
    for bad in altered(path, data.draw(st.integers(0, 255))):
        assert log.verify_consistency(old, size, old_root, root, bad) is False
    assert log.verify_inclusion(hashes[index], (index + 1) % size, size, proof, root) is False
    assert log.verify_inclusion(flip(hashes[index], 7), index, size, proof, root) is False
    assert log.verify_inclusion(hashes[index], index, size, proof, flip(root, 0)) is False
    assert log.verify_consistency(old, size, flip(old_root, 3), root, path) is False
    assert log.verify_consistency(old, size, old_root, flip(root, 3), path) is False


def altered(proof: list[bytes], bit: int) -> list[list[bytes]]:
    flipped = [[*proof[:at], flip(each, bit), *proof[at + 1 :]] for at, each in enumerate(proof)]
    return [
        *flipped,
        proof[:-1],
        [*proof, b"\x00" * 32],
        [*proof[:-1], proof[-1][:31]],
        [*proof[:-1], proof[-1] + b"a"],
    ]


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_consistency_with_the_empty_log_needs_no_hashes() -> None:
    root = log.root_of(hashes_of(5))
    assert log.Tree(hashes_of(5)).consistency_proof(0) == []
    assert log.verify_consistency(0, 5, log.EMPTY_ROOT, root, []) is True
    assert log.verify_consistency(0, 0, log.EMPTY_ROOT, log.EMPTY_ROOT, []) is True
    assert log.verify_consistency(0, 5, root, root, []) is False
    assert log.verify_consistency(0, 0, log.EMPTY_ROOT, root, []) is False
    assert log.verify_consistency(5, 5, root, root, []) is True
    assert log.verify_consistency(5, 5, root, root, [root]) is False
    assert log.verify_consistency(6, 5, root, root, []) is False
    assert log.verify_consistency(3, 5, root, root, []) is False
    assert log.verify_consistency(4, 5, root, root, []) is False


def test_places_outside_the_log_are_refused() -> None:
    tree = log.Tree(hashes_of(3))
    for index, size in ((3, 3), (-1, 3), (0, 0), (0, 4)):
        with pytest.raises(log.LogError):
            tree.inclusion_proof(index, size)
    with pytest.raises(log.LogError):
        tree.consistency_proof(3, 2)
    assert log.verify_inclusion(tree.root(1), -1, 1, [], tree.root(1)) is False
    assert log.verify_inclusion(tree.root(1), 1, 1, [], tree.root(1)) is False


@given(st.integers(0, 500))
def test_frontier_survives_its_bytes(size: int) -> None:
    frontier = log.Frontier()
    for leaf in hashes_of(size):
        frontier.append(leaf)
    again = log.Frontier.from_bytes(frontier.to_bytes())
    assert again == frontier
    assert len(frontier.to_bytes()) == 8 + 32 * size.bit_count()
    frontier.append(log.leaf_hash(b"next"))
    again.append(log.leaf_hash(b"next"))
    assert again.root() == frontier.root() == naive_root([*leaves_of(size), b"next"])


def test_frontier_of_wrong_length_is_refused() -> None:
    with pytest.raises(log.LogError):
        log.Frontier.from_bytes(log.Frontier().to_bytes() + b"\x00" * 32)
    with pytest.raises(log.LogError):
        log.Frontier.from_bytes(b"\x00" * 7)


def test_canonical_sorts_keys_and_keeps_text() -> None:
    assert (
        log.canonical({"b": [1, None, True], "a": "é e\u0301 </"}) == '{"a":"é e\u0301 </","b":[1,null,true]}'.encode()
    )


@pytest.mark.parametrize("value", [1.5, {"a": float("nan")}, [b"x"], {1: "a"}, {"a": {2: 3}}, "\ud800", {"s": {1, 2}}])
def test_canonical_refuses_what_has_no_single_spelling(value: object) -> None:
    with pytest.raises(log.LogError):
        log.canonical(value)


@pytest.mark.parametrize(
    "text",
    [b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"1.0", b"1e3", b"NaN", b'"\\u00e9"', b"-0", b"\xff", b"{", b""],
)
def test_parse_canonical_refuses_other_spellings(text: bytes) -> None:
    with pytest.raises(log.LogError):
        log.parse_canonical(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # it looks at the clock of a machine that does other work too
@given(json_values)
def test_canonical_reads_back_as_written(value: object) -> None:
    assert log.parse_canonical(log.canonical(value)) == value


# RFC 8032 §7.1, test 1: seed, public key.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
KEY = log.SigningKey("ninefold.example/trail", SEED)
VKEY = KEY.vkey


def test_keys_have_the_signed_note_spelling() -> None:
    key_id = hashlib.sha256(b"ninefold.example/trail\n\x01" + PUBLIC).hexdigest()[:8]
    assert f"ninefold.example/trail+{key_id}+" + base64.b64encode(b"\x01" + PUBLIC).decode() == VKEY
    assert KEY.to_text() == f"PRIVATE+KEY+ninefold.example/trail+{key_id}+" + base64.b64encode(b"\x01" + SEED).decode()
    assert log.SigningKey.from_text(KEY.to_text()) == KEY
    assert log.VerifierKey.parse(VKEY) == KEY.verifier
    assert SEED.hex() not in repr(KEY)
    assert repr(SEED) not in repr(KEY)


@pytest.mark.parametrize("name", ["", "two words", "plus+sign", "tab\tname", "line\nname", "nbsp\u00a0name"])
def test_key_names_that_a_note_cannot_carry_are_refused(name: str) -> None:
    with pytest.raises(log.LogError):
        log.generate_key(name)


@pytest.mark.parametrize(
    "text", ["", "a", "a+b", VKEY + "\n", VKEY.upper(), VKEY.replace("example", "exampel"), VKEY[:-4], VKEY + "AAAA"]
)
def test_malformed_verifier_keys_are_refused(text: str) -> None:
    with pytest.raises(log.LogError):
        log.VerifierKey.parse(text)


def test_saved_key_is_private_and_never_overwritten(tmp_path: Path) -> None:
    key = log.generate_key("ninefold.example/trail")
    file = tmp_path / "log.key"
    log.save_key(key, file)
    assert log.load_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        log.save_key(KEY, file)
    assert log.load_key(file) == key


def test_checkpoint_has_the_c2sp_form_and_verifies() -> None:
    root = log.root_of(hashes_of(5))
    text = log.sign_checkpoint(KEY, 5, root)
    body, _, signature = text.partition("\n\n")
    assert body == f"ninefold.example/trail\n5\n{base64.b64encode(root).decode()}"
    assert signature.startswith("— ninefold.example/trail ")
    assert signature.endswith("\n")
    assert log.parse_and_verify_checkpoint(text, VKEY) == log.Checkpoint("ninefold.example/trail", 5, root)


def test_checkpoint_of_another_key_is_refused() -> None:
    other = log.generate_key(KEY.name)
    with pytest.raises(log.LogError):
        log.parse_and_verify_checkpoint(log.sign_checkpoint(other, 5, log.EMPTY_ROOT), VKEY)


def test_checkpoint_with_more_or_other_lines_is_refused() -> None:
    text = log.sign_checkpoint(KEY, 5, log.EMPTY_ROOT)
    body, _, signature = text.partition("\n\n")
    bad = [text + signature, text + "\n", text[:-1], f"{body}\nmore\n\n{signature}", text.replace("\n5\n", "\n05\n"),
           text.replace("\n", "\r\n"), text.replace("\n5\n", "\n\u0665\n"), " " + text, ""]  # fmt: skip
    for each in bad:
        with pytest.raises(log.LogError):
            log.parse_and_verify_checkpoint(each, VKEY)


def test_every_flipped_bit_of_a_checkpoint_is_refused() -> None:
    raw = log.sign_checkpoint(KEY, 5, log.EMPTY_ROOT).encode()
    for bit in range(len(raw) * 8):
        with pytest.raises((log.LogError, UnicodeDecodeError)):
            log.parse_and_verify_checkpoint(flip(raw, bit).decode(), VKEY)


def example_proof(extra: bytes | None) -> str:
    tree = log.Tree(hashes_of(11))
    checkpoint = log.sign_checkpoint(KEY, 11, tree.root())
    return log.Proof(6, tuple(tree.inclusion_proof(6)), checkpoint, extra).to_text()


@pytest.mark.parametrize("extra", [None, b"", b"leaf 6"])
def test_proof_text_reads_back_and_verifies(extra: bytes | None) -> None:
    text = example_proof(extra)
    proof = log.Proof.parse(text)
    assert proof.to_text() == text
    assert proof.extra == extra
    assert proof.verify(b"leaf 6", VKEY).size == 11
    with pytest.raises(log.LogError):
        proof.verify(b"leaf 7", VKEY)


def test_proof_text_has_the_c2sp_form() -> None:
    lines = example_proof(b"leaf 6").split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra bGVhZiA2", "index 6"]
    assert lines[3:7] == [base64.b64encode(each).decode() for each in naive_path(6, leaves_of(11))]
    assert lines[7:9] == ["", "ninefold.example/trail"]


def test_every_flipped_bit_of_a_proof_is_refused() -> None:
    raw = example_proof(None).encode()
    for bit in range(len(raw) * 8):
        with pytest.raises((log.LogError, UnicodeDecodeError)):
            log.Proof.parse(flip(raw, bit).decode()).verify(b"leaf 6", VKEY)
