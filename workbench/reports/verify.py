#!/usr/bin/env python3
"""Checks this evidence bundle offline: files against the manifest, manifest and entries against the signed log.

Usage: python3 verify.py [--key VKEY] [FOLDER]. Needs Python 3.8 or later and nothing else: no network, no account.
Exit status: 0 everything holds, 1 something is broken (each item is named), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import sys
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

COMPARE = "Compare it with the key printed on the report's cover: only that comparison proves who signed."
HEADER = "c2sp.org/tlog-proof@v1"
MANIFEST_PROOF = "proofs/manifest.tlog-proof"
REQUIRED = {"README.txt", "evidence/index.csv", "report.pdf", "trail/entries.jsonl", "trail/key.vkey", "verify.py"}
EXEMPT = {"manifest.json", "trail/checkpoint"}  # with proofs/: they come after the manifest and stand on the signature
FAULTS = (ValueError, OSError, TypeError, LookupError, RecursionError)  # what reading broken or hostile texts can raise


class Broken(ValueError):
    """Something does not hold; the message says what."""


# Ed25519 (RFC 8032), verification only: slow and simple, used for one signature.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = Tuple[int, int, int, int]  # extended coordinates (x, y, z, t): the point (x / z, y / z) with t = x * y / z


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * D * p[3] * q[3] % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number: int, point: Point) -> Point:
    if number == 0:
        return (0, 1, 1, 0)
    rest = times(number >> 1, add(point, point))
    return add(rest, point) if number & 1 else rest


def compress(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return int(y | (x & 1) << 255).to_bytes(32, "little")


def decompress(data: bytes) -> Point:
    """The point of 32 bytes; Broken for every encoding but the one that compress gives."""
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x & 1 != data[31] >> 7:
        x = P - x
    point = (x % P, y % P, 1, x * y % P)
    if (x * x - square) % P or compress(point) != data:
        raise Broken("the key is not a point of the curve")
    return point


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Strict: canonical point and scalar, no key of small order (one of these would accept any message)."""
    key = decompress(public)
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or scalar >= L or compress(times(8, key)) == compress(times(0, key)):
        return False
    digest = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return compress(add(times(scalar, BASE), times(digest, (P - key[0], key[1], 1, P - key[3])))) == signature[:32]


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str, length: Optional[int] = None) -> bytes:
    data = base64.b64decode(text.encode("ascii"), validate=True)
    if to_base64(data) != text or (length is not None and len(data) != length):
        raise Broken("base64 of the wrong length or spelling")
    return data


Key = NamedTuple("Key", [("name", str), ("public", bytes), ("id", bytes), ("text", str)])
Checkpoint = NamedTuple("Checkpoint", [("size", int), ("root", bytes)])
Proof = NamedTuple("Proof", [("index", int), ("hashes", List[bytes]), ("extra", Optional[bytes])])


def verifier_key(text: str) -> Key:
    name, _, rest = text.partition("+")
    public = from_base64(rest.partition("+")[2], 33)[1:]
    number = hashlib.sha256(name.encode("utf-8") + b"\n\x01" + public).digest()[:4]
    if "{}+{}+{}".format(name, number.hex(), to_base64(b"\x01" + public)) != text:
        raise Broken("not a key of the form name+hash+key")
    return Key(name, public, number, text)


def read_checkpoint(text: str, key: Key) -> Checkpoint:
    """Each text is read, written again and compared: so one text has one meaning, and one meaning one text."""
    _, size, root, _, last, _ = text.split("\n")
    opening = "\u2014 {} ".format(key.name)
    checkpoint = Checkpoint(int(size), from_base64(root, 32))
    signed = from_base64(last[len(opening) :], 68)
    body = "{}\n{}\n{}\n".format(key.name, checkpoint.size, to_base64(checkpoint.root))
    if signed[:4] != key.id or body + "\n" + opening + to_base64(signed) + "\n" != text:
        raise Broken("not a checkpoint signed by key {} in the required form".format(key.text))
    if not signature_holds(key.public, body.encode("utf-8"), signed[4:]):
        raise Broken("the signature of key {} does not hold".format(key.text))
    return checkpoint


def read_proof(text: str, checkpoint: str) -> Proof:
    """A tlog-proof that carries that very checkpoint."""
    head, _, carried = text.partition("\n\n")
    if carried != checkpoint:
        raise Broken("carries another checkpoint than trail/checkpoint")
    lines = head.split("\n")[1:]
    extra = from_base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
    proof = Proof(int(lines[0][6:]), [from_base64(line, 32) for line in lines[1:]], extra)
    again = [HEADER] + ([] if extra is None else ["extra " + to_base64(extra)]) + ["index {}".format(proof.index)]
    if "\n".join(again + [to_base64(each) for each in proof.hashes]) != head:
        raise Broken("not a proof in the required form")
    return proof


def is_included(leaf: bytes, proof: Proof, checkpoint: Checkpoint) -> bool:
    """RFC 9162 section 2.1.3.2 with the hashes of RFC 6962."""
    index, last = proof.index, checkpoint.size - 1
    result = hashlib.sha256(b"\x00" + leaf).digest()
    for each in proof.hashes:
        if last <= 0:
            return False
        if index & 1 or index == last:
            result = hashlib.sha256(b"\x01" + each + result).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            result = hashlib.sha256(b"\x01" + result + each).digest()
        index, last = index >> 1, last >> 1
    return last == 0 and 0 <= proof.index < checkpoint.size and result == checkpoint.root


class Bundle:
    """One unpacked bundle; check() returns a line for each thing that does not hold."""

    def __init__(self, folder: str, wanted: Optional[Key] = None) -> None:
        self.folder, self.wanted = folder, wanted
        self.problems: List[str] = []
        self.found: Dict[str, str] = {}  # only what walking found is ever opened: a listed name cannot lead outside
        self.key: Optional[Key] = None
        self.note, self.checkpoint = "", Checkpoint(0, b"")
        self.files = self.entries = self.recorded_as = 0

    def check(self) -> List[str]:
        self.attempt("the folder", self.walk)
        self.attempt("manifest.json", self.check_files)
        self.attempt("trail/checkpoint", self.check_checkpoint)
        if self.checkpoint.size:
            self.attempt(MANIFEST_PROOF, self.check_record)
            self.attempt("trail/entries.jsonl", self.check_entries)
        else:
            self.problem("proofs/", "not checked, because the checkpoint they lead to does not hold")
        return self.problems

    def problem(self, what: str, why: object) -> None:
        why = why if isinstance(why, (str, Broken, OSError)) else "not in the required form"
        line = "{}: {}".format(what, why)  # in ASCII: a hostile file name must not steer the terminal
        self.problems.append("".join(each if " " <= each <= "~" else ascii(each)[1:-1] for each in line))

    def attempt(self, what: str, check: Callable[[], None]) -> None:
        try:
            check()
        except FAULTS as error:
            self.problem(what, error)

    def walk(self, inside: str = "") -> None:
        for each in sorted(os.scandir(os.path.join(self.folder, inside)), key=lambda entry: entry.name):
            path = inside + each.name
            if each.is_file(follow_symlinks=False):
                self.found[path] = each.path
            elif each.is_dir(follow_symlinks=False) and path != "__pycache__":
                self.walk(path + "/")
            elif path != "__pycache__":
                self.problem(path, "a link or special file, which a bundle never holds")

    def read(self, path: str) -> bytes:
        if path not in self.found:
            raise Broken(path + " is missing")
        with open(self.found[path], "rb") as file:
            return file.read()

    def check_files(self) -> None:
        data = self.read("manifest.json")
        value = json.loads(data.decode("utf-8"))
        listed = {file["path"]: (file["sha256"], file["size"]) for file in value["files"]}
        rows = [{"path": path, "sha256": listed[path][0], "size": listed[path][1]} for path in sorted(listed)]
        again = {"files": rows, "format": "ninefold-bundle/1", "project": value["project"]}
        text = json.dumps(again, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        if text.encode("utf-8") != data or not set(listed) >= REQUIRED:
            raise Broken("not a manifest in the required form, or without a file that every bundle has")
        for path in sorted(listed):
            if path not in self.found:
                self.problem(path, "missing, though the manifest lists it")
            elif (hashlib.sha256(self.read(path)).hexdigest(), os.path.getsize(self.found[path])) != listed[path]:
                self.problem(path, "content does not match the manifest")
        for path in sorted(set(self.found) - set(listed) - EXEMPT):
            if not path.startswith("proofs/"):
                self.problem(path, "not listed in the manifest")
        self.files = len(listed)

    def check_checkpoint(self) -> None:
        text = self.read("trail/key.vkey").decode("utf-8")
        if self.wanted is not None and self.wanted.text + "\n" != text:
            self.problem("trail/key.vkey", "not the key given with --key")
        self.key = self.wanted or verifier_key(text[:-1])
        self.note = self.read("trail/checkpoint").decode("utf-8")
        self.checkpoint = read_checkpoint(self.note, self.key)

    def prove(self, path: str, line: Optional[bytes] = None) -> Dict[str, Any]:
        """The entry of a line of the trail, or the one that the proof carries, once its place in the log is shown."""
        proof = read_proof(self.read(path).decode("utf-8"), self.note)
        if (line is None) is (proof.extra is None):
            raise Broken(path + " is not in the required form")
        leaf = line or proof.extra or b""
        entry: Dict[str, Any] = json.loads(leaf.decode("utf-8"))
        if proof.index != entry["seq"] - 1 or not is_included(leaf, proof, self.checkpoint):
            raise Broken(path + " does not lead from the entry to the signed root")
        return entry

    def check_record(self) -> None:
        entry = self.prove(MANIFEST_PROOF)
        digest = hashlib.sha256(self.read("manifest.json")).hexdigest()
        if entry["act"] != "bundle_built" or entry["new"]["manifest_sha256"] != digest:
            self.problem("manifest.json", "not the manifest that entry {} of the log records".format(entry["seq"]))
        self.recorded_as = entry["seq"]

    def check_entries(self) -> None:
        lines = self.read("trail/entries.jsonl").split(b"\n")
        if lines.pop():
            self.problem("trail/entries.jsonl", "the last line is not whole")
        proofs = [self.check_entry(number, leaf) for number, leaf in enumerate(lines, 1)]
        for path in sorted(set(self.found) - set(proofs) - {MANIFEST_PROOF}):
            if path.startswith("proofs/"):
                self.problem(path, "proves no entry of trail/entries.jsonl")
        self.entries = len(proofs)

    def check_entry(self, number: int, leaf: bytes) -> str:
        """Proves one line of the trail; returns the name of its proof."""
        what = path = "trail/entries.jsonl line {}".format(number)
        try:
            seq = json.loads(leaf.decode("utf-8"))["seq"]
            what, path = "{} (entry {})".format(what, seq), "proofs/entries/{}.tlog-proof".format(seq)
            self.prove(path, leaf)
        except FAULTS as error:
            self.problem(what + ": not in the signed log", error)
        return path

    def summary(self) -> List[str]:
        if self.problems or self.key is None:
            return ["This bundle does not verify. Broken or unproven: {}, named above.".format(len(self.problems))]
        size, root = self.checkpoint
        return [
            "This bundle verifies.",
            "Files: {} checked against manifest.json, all as listed, none more.".format(self.files),
            "Trail: {} entries and entry {}, which records the manifest: in the log.".format(
                self.entries, self.recorded_as
            ),
            "Checkpoint: log {}, {} entries, root {}".format(self.key.name, size, to_base64(root)),
            "Signed by key {} (hash {}): {}".format(self.key.name, self.key.id.hex(), self.key.text),
            "It is the key given with --key." if self.wanted else COMPARE,
        ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks an unpacked evidence bundle, offline.")
    parser.add_argument("--key", metavar="VKEY", type=verifier_key, help="the key printed on the report's cover")
    parser.add_argument("folder", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    given = parser.parse_args()
    if not os.path.isdir(given.folder):
        parser.error("{} is not a folder".format(given.folder))
    bundle = Bundle(given.folder, given.key)
    print("\n".join(bundle.check() + bundle.summary()))
    return 1 if bundle.problems else 0


if __name__ == "__main__":
    sys.exit(main())
