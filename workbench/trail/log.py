"""The Merkle log: canonical JSON, tree, proofs and signed checkpoints (RFC 6962, C2SP formats; knows no database)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_ED25519 = b"\x01"
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}")
_KEY_NAME = re.compile(r"[^\s+\x00-\x20\x7f]+")

NodeReader = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree (level, index): the leaves index << level up to (index + 1) << level."""


class LogError(ValueError):
    """A proof, checkpoint, key or canonical text is malformed or does not verify; the message says which and why."""


def canonical(obj: object) -> bytes:
    """UTF-8, keys sorted by code point, no spaces, no floats; text is kept as it is (no Unicode normalisation)."""
    _refuse_inexact(obj)
    try:
        return _encode(obj).encode()
    except UnicodeEncodeError as error:
        raise LogError(f"text that UTF-8 cannot hold: {error.reason}") from error


def parse_canonical(data: bytes) -> Any:
    """Reads canonical JSON and refuses every other spelling of the same value, duplicate keys included."""
    try:
        value = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise LogError(f"not JSON: {error}") from error
    if canonical(value) != data:
        raise LogError("not canonical JSON")
    return value


def _refuse_inexact(obj: object) -> None:
    if isinstance(obj, dict) and all(isinstance(key, str) for key in obj):
        obj = list(obj.values())
    if isinstance(obj, list | tuple):
        for value in obj:
            _refuse_inexact(value)
    elif obj is not None and not isinstance(obj, str | int):
        raise LogError(f"canonical JSON cannot hold a {type(obj).__name__} (keys are text, numbers are whole)")


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The roots of the complete subtrees that `size` leaves fall into, largest first: one for each bit of size."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Adds one leaf hash; amortised two hashes, whatever the size of the log."""
        size = self.size
        hashes = self.hashes
        while size & 1:
            leaf = hashlib.sha256(b"\x01" + hashes.pop() + leaf).digest()
            size >>= 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        return _fold(self.hashes)

    def to_bytes(self) -> bytes:
        return self.size.to_bytes(8, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        size = int.from_bytes(data[:8], "big")
        if len(data) != 8 + HASH_SIZE * size.bit_count():
            raise LogError("a frontier of the wrong length")
        return cls(size, [data[at : at + HASH_SIZE] for at in range(8, len(data), HASH_SIZE)])


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over any number of leaf hashes, in constant memory."""
    frontier = Frontier()
    for leaf in leaf_hashes:
        frontier.append(leaf)
    return frontier.root()


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Joins subtree roots from the right, as RFC 6962 splits a tree that is not full."""
    result = hashes[-1] if hashes else EMPTY_ROOT
    for left in hashes[-2::-1]:
        result = node_hash(left, result)
    return result


def range_root(node: NodeReader, start: int, end: int) -> bytes:
    """The root of the leaves start..end, where start is a multiple of the largest power of two in the range."""
    hashes = []
    for level in range((end - start).bit_length() - 1, -1, -1):
        if (end - start) >> level & 1:
            hashes.append(node(level, start >> level))
            start += 1 << level
    return _fold(hashes)


def inclusion_path(node: NodeReader, index: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of the first `size` leaves, sibling of the leaf first."""
    if not 0 <= index < size:
        raise LogError(f"no leaf {index} in a log of {size}")
    path = []
    level = 0
    while 1 << level < size:
        sibling = index ^ 1
        start = sibling << level
        end = start + (1 << level)
        if end <= size:
            path.append(node(level, sibling))
        elif start < size:
            path.append(range_root(node, start, size))
        index >>= 1
        level += 1
    return path


def consistency_path(node: NodeReader, old: int, new: int) -> list[bytes]:
    """The hashes that show that the log of `old` leaves is the beginning of the log of `new` leaves."""
    if not 0 <= old <= new:
        raise LogError(f"a log of {old} cannot be the beginning of a log of {new}")
    path: list[bytes] = []
    start, end = 0, new
    while old not in (0, end):
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if old <= middle:
            path.append(range_root(node, middle, end))
            end = middle
        else:
            path.append(range_root(node, start, middle))
            start = middle
    if start:
        path.append(range_root(node, start, end))
    return path[::-1]


class Tree:
    """A log in memory with every complete subtree kept, for many proofs over the same leaves."""

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        row = list(leaf_hashes)
        self._levels = [row]
        self.size = len(row)
        while len(row) > 1:
            pairs = zip(row[::2], row[1::2], strict=False)
            row = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
            self._levels.append(row)

    def node(self, level: int, index: int) -> bytes:
        return self._levels[level][index]

    def root(self, size: int | None = None) -> bytes:
        return range_root(self.node, 0, self._checked(size))

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        return inclusion_path(self.node, index, self._checked(size))

    def consistency_proof(self, old: int, new: int | None = None) -> list[bytes]:
        return consistency_path(self.node, old, self._checked(new))

    def _checked(self, size: int | None) -> int:
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise LogError(f"the log holds {self.size} leaves, not {size}")
        return size


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `leaf` (a leaf hash) is at `index` of the log of `size` leaves with that root (RFC 9162 §2.1.3.2)."""
    turns = _turns(index, size - 1, proof)
    if turns is None or not 0 <= index < size:
        return False
    result = leaf
    for each, is_left in zip(proof, turns, strict=True):
        result = node_hash(each, result) if is_left else node_hash(result, each)
    return result == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the log of `old` leaves is the beginning of the log of `new` leaves (RFC 9162 §2.1.4.2)."""
    if not 0 < old < new:
        empty = old_root == EMPTY_ROOT and (new > 0 or new_root == EMPTY_ROOT)
        return not proof and (empty if old == 0 <= new else old == new > 0 and old_root == new_root)
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    complete = ((old - 1) ^ old).bit_length() - 1  # levels that the old log's last complete subtree spans
    turns = _turns((old - 1) >> complete, (new - 1) >> complete, path[1:])
    if not path or turns is None:
        return False
    old_result = new_result = path[0]
    for each, is_left in zip(path[1:], turns, strict=True):
        old_result = node_hash(each, old_result) if is_left else old_result
        new_result = node_hash(each, new_result) if is_left else node_hash(new_result, each)
    return old_result == old_root and new_result == new_root


def _turns(index: int, last: int, path: Sequence[bytes]) -> list[bool] | None:
    """For each hash of a path, whether it joins from the left; None when a path from there has another length."""
    turns: list[bool] = []
    for each in path:
        if last <= 0 or len(each) != HASH_SIZE:
            return None
        turns.append(bool(index & 1) or index == last)
        while turns[-1] and not index & 1 and index:  # a node without a sibling moves up unchanged
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    return turns if last == 0 else None


# Keys, checkpoints and proof files: every text is read by rebuilding it, so that one text has one meaning.


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _from_base64(text: str, what: str, length: int | None = None) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise LogError(f"{what}: not base64") from error
    if _to_base64(data) != text or length not in (None, len(data)):
        raise LogError(f"{what}: wrong length or spelling")
    return data


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half: what is printed on a report and handed to an auditor."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_to_base64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        key = cls(*_name_and_bytes(vkey))
        if str(key) != vkey:
            raise LogError("verifier key: the hash does not belong to that name and key")
        return key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The private half: lies outside the database and is never printed (its repr hides the seed)."""

    name: str
    seed: bytes = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    @property
    def vkey(self) -> str:
        return str(self.verifier)

    def to_text(self) -> str:
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{_to_base64(_ED25519 + self.seed)}"

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        key = cls(*_name_and_bytes(text.removeprefix("PRIVATE+KEY+")))
        if key.to_text() != text:
            raise LogError("private key: the hash does not belong to that name and key")
        return key


def _name_and_bytes(text: str) -> tuple[str, bytes]:
    name, _, rest = text.partition("+")
    if not _KEY_NAME.fullmatch(name):
        raise LogError("a key name has neither spaces, plus signs nor control characters, and is not empty")
    return name, _from_base64(rest.partition("+")[2], "key", HASH_SIZE + 1)[1:]


def generate_key(name: str) -> SigningKey:
    return SigningKey.from_text(SigningKey(name, Ed25519PrivateKey.generate().private_bytes_raw()).to_text())


def save_key(key: SigningKey, path: Path) -> None:
    """Writes the private key, readable by its owner only; an existing file is never overwritten."""
    with open(path, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(key.to_text() + "\n")
        file.flush()
        os.fsync(file.fileno())


def load_key(path: Path) -> SigningKey:
    return SigningKey.from_text(path.read_text(encoding="utf-8").removesuffix("\n"))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a signature stands for: this log, at this size, had this root."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        return f"{self.origin}\n{self.size}\n{_to_base64(self.root)}\n"


def sign_checkpoint(key: SigningKey, size: int, root: bytes) -> str:
    """The signed note; the key's name is the log's origin."""
    body = Checkpoint(key.name, size, root).body()
    signature = Ed25519PrivateKey.from_private_bytes(key.seed).sign(body.encode())
    return f"{body}\n\u2014 {key.name} {_to_base64(key.verifier.key_id + signature)}\n"


def parse_and_verify_checkpoint(text: str, vkey: str) -> Checkpoint:
    """Reads a checkpoint signed by that key alone; extension lines and further signatures are refused."""
    key = VerifierKey.parse(vkey)
    lines = text.split("\n")
    if len(lines) != 6 or not _DECIMAL.fullmatch(lines[1]):
        raise LogError("checkpoint: not an origin, a size, a root and one signature")
    checkpoint = Checkpoint(key.name, int(lines[1]), _from_base64(lines[2], "checkpoint root", HASH_SIZE))
    opening = f"\u2014 {key.name} "
    signed = _from_base64(lines[4].removeprefix(opening), "checkpoint signature", 68)
    if signed[:4] != key.key_id or f"{checkpoint.body()}\n{opening}{_to_base64(signed)}\n" != text:
        raise LogError("checkpoint: not of this log or not signed by this key")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signed[4:], checkpoint.body().encode())
    except InvalidSignature as error:
        raise LogError("checkpoint: the signature does not verify") from error
    return checkpoint


@dataclass(frozen=True, slots=True)
class Proof:
    """A tlog-proof file: one leaf's place and path, opaque `extra` bytes, and the checkpoint they lead to."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def to_text(self) -> str:
        extra = [] if self.extra is None else [f"extra {_to_base64(self.extra)}"]
        hashes = (_to_base64(each) for each in self.hashes)
        return "\n".join([PROOF_HEADER, *extra, f"index {self.index}", *hashes, "", self.checkpoint])

    @classmethod
    def parse(cls, text: str) -> Proof:
        head, _, checkpoint = text.partition("\n\n")
        lines = head.split("\n")[1:]
        extra = _from_base64(lines.pop(0)[6:], "proof extra") if lines and lines[0].startswith("extra ") else None
        index = lines[0][6:] if lines else ""
        if not _DECIMAL.fullmatch(index):
            raise LogError("proof: no index")
        hashes = tuple(_from_base64(each, "proof hash", HASH_SIZE) for each in lines[1:])
        proof = cls(int(index), hashes, checkpoint, extra)
        if proof.to_text() != text:
            raise LogError("proof: not spelled as this format spells it")
        return proof

    def verify(self, leaf: bytes, vkey: str) -> Checkpoint:
        """The checkpoint, when its signature holds and `leaf` (the entry's bytes) is at its place; else LogError."""
        checkpoint = parse_and_verify_checkpoint(self.checkpoint, vkey)
        if not verify_inclusion(leaf_hash(leaf), self.index, checkpoint.size, self.hashes, checkpoint.root):
            raise LogError(f"proof: the entry is not at index {self.index} of the log")
        return checkpoint
