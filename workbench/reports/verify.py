#!/usr/bin/env python3
"""Checks an evidence bundle offline, packed or unpacked: files against the manifest, manifest and entries against the log.

Usage: python3 verify.py [--key VKEY] [FOLDER or F.zip]. Needs Python 3.8 or later and nothing else: no network, no account.
Exit status: 0 everything holds, 1 something is broken (each item is named), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import stat
import struct
import sys
import zipfile
from functools import partial
from typing import IO, Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from workbench.reports.verify_words import COMPARE, FAULTS, FRENCH, Broken, reason, worded

OPENSSL = "openssl ts -verify -data manifest.json -in trail/manifest.tsr -CAfile ROOT-OF-THE-AUTHORITY.pem"
HEADER, MANIFEST_PROOF, STAMP = "c2sp.org/tlog-proof@v1", "proofs/manifest.tlog-proof", "trail/manifest.tsr"
REQUIRED = {"README.txt", "evidence/index.csv", "report.pdf", "trail/entries.jsonl", "trail/key.vkey", "verify.py"}
STAMP_KINDS = ("2a864886f70d010702", "2a864886f70d0109100104")  # signed data that holds a TSTInfo
EXEMPT = {"manifest.json", "trail/checkpoint", STAMP}  # with proofs/: they come after the manifest, a time stamp last
MAX_FILES, MAX_TOTAL, MAX_TEXT = 200_000, 4 << 30, 256 << 20  # of a ZIP, in bytes of a ZIP, in bytes of a text read whole

# Ed25519 (RFC 8032), verification only: slow and simple, used for one signature.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = Tuple[int, int, int, int]  # extended coordinates (x, y, z, t): the point (x / z, y / z) with t = x * y / z


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * D * p[3] * q[3] % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number: int, point: Point) -> Point:
    rest = times(number >> 1, add(point, point)) if number else (0, 1, 1, 0)
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
    x = x * pow(2, (P - 1) // 4, P) % P if (x * x - square) % P else x
    x = P - x if x & 1 != data[31] >> 7 else x
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
        raise Broken("not a checkpoint signed by key {} in the required form", key.text)
    if not signature_holds(key.public, body.encode("utf-8"), signed[4:]):
        raise Broken("the signature of key {} does not hold", key.text)
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


def parts_of(data: bytes) -> List[Tuple[int, bytes]]:
    """The (tag, content) of what stands in a row in DER; every length in its one spelling, and nothing after the last."""
    found, at = [], 0
    while at < len(data):
        tag, length, at, least = data[at], data[at + 1], at + 2, 0
        if length >= 128:
            spelt = data[at : at + length - 128]
            length, at, least = int.from_bytes(spelt, "big"), at + len(spelt), max(128, 256 ** (len(spelt) - 1))
        if not least <= length <= len(data) - at:
            raise Broken("a part with a wrong length")
        found.append((tag, data[at : at + length]))
        at += length
    return found


def stamped_at(answer: bytes, manifest: bytes) -> str:
    """When the RFC 3161 answer says that these bytes were there. Its signature is not checked: openssl does that."""
    status, token = parts_of(parts_of(answer)[0][1])
    kind, content = parts_of(token[1])
    signed = parts_of(parts_of(content[1])[0][1])
    of_kind, told = parts_of(signed[2][1])
    told = parts_of(told[1])[0]
    facts, signer = parts_of(parts_of(told[1])[0][1]), parts_of(parts_of(signed[-1][1])[0][1])
    hashed, digest = parts_of(facts[2][1])
    attributes = {parts_of(each)[0][1].hex(): parts_of(each)[1][1] for _, each in parts_of(signer[3][1])}
    names = {bytes.fromhex("60864801650304020" + str(each)): name for each, name in ((1, "sha256"), (2, "sha384"), (3, "sha512"))}
    if (kind[1].hex(), of_kind[1].hex()) != STAMP_KINDS or parts_of(status[1])[0][1] > b"\1" or len(parts_of(answer)) > 1:
        raise Broken("not a granted RFC 3161 time stamp")
    if hashlib.new(names[parts_of(hashed[1])[0][1]], manifest).digest() != digest[1]:
        raise Broken("stamps other bytes than manifest.json")
    if hashlib.new(names[parts_of(signer[2][1])[0][1]], told[1]).digest() != parts_of(attributes["2a864886f70d010904"])[0][1]:
        raise Broken("what it says is not what its authority signed")
    return facts[4][1].decode("ascii")


def check_container(file: IO[bytes], archive: zipfile.ZipFile) -> None:
    """Every byte of the ZIP belongs to one of its files, behind whose content sizes may stand, or to its directory."""
    end, tail = archive.start_dir, 22  # behind it the end of the directory
    for member in sorted(archive.infolist(), key=lambda each: each.header_offset, reverse=True):
        file.seek(member.header_offset + 26)
        lengths = struct.unpack("<2H", file.read(4))
        after = end - member.header_offset - 30 - sum(lengths) - member.compress_size
        if after not in ((12, 16, 20, 24) if member.flag_bits & 8 else (0,)):
            raise Broken("{}: bytes behind it in the ZIP belong to no file", member.orig_filename)
        end, tail = member.header_offset, tail + 46 + lengths[0] + len(member.extra) + len(member.comment)
    more = file.seek(0, 2) - archive.start_dir - tail  # of a large ZIP 76, which are told apart by how they begin
    if end or (more and not (more == 76 and file.seek(-98, 2) and file.read(4) == b"PK\6\6")):
        raise Broken("bytes before the files of the ZIP or behind them belong to no file")


class Bundle:
    """One bundle, a folder or a ZIP; check() returns a line for each thing that does not hold."""

    def __init__(self, place: str, wanted: Optional[Key] = None) -> None:
        self.place, self.wanted = place, wanted
        self.problems: List[str] = []
        self.say: Callable[..., str] = partial(worded, {})  # in the language in which the bundle was built, if that can be read
        self.found: Dict[str, Callable[[], Any]] = {}  # only what was found is opened: no listed name leads outside
        self.key: Optional[Key] = None
        self.note, self.stamp, self.checkpoint = "", "", Checkpoint(0, b"")
        self.files = self.entries = self.recorded_as = 0

    def check(self) -> List[str]:
        if os.path.isdir(self.place):
            links = self.attempt(".", self.walk) or ()
            self.learn_words()
            for path in links:
                self.problem(path, "a link or special file, which a bundle never holds")
            self.check_found()
        else:
            self.attempt(os.path.basename(self.place), self.check_zip)
        return self.problems

    def check_zip(self) -> None:
        with open(self.place, "rb") as file, zipfile.ZipFile(file) as archive:
            self.list_members(file, archive)
            if not self.problems:
                self.check_found()

    def learn_words(self) -> None:
        """The language that the entry about the manifest names; nothing rests on it, and English is what else is spoken."""
        try:
            said = self.read(MANIFEST_PROOF)[: 1 << 20].split(b"\n")[1][6:]
            is_french = json.loads(base64.b64decode(said))["new"]["language"] == "fr"
        except FAULTS:
            is_french = False
        self.say = partial(worded, FRENCH if is_french else {})

    def check_found(self) -> None:
        self.attempt("manifest.json", self.check_files)
        self.attempt("trail/checkpoint", self.check_checkpoint)
        if self.checkpoint.size:
            self.attempt(MANIFEST_PROOF, self.check_record)
            self.attempt("trail/entries.jsonl", self.check_entries)
        else:
            self.problem("proofs/", "not checked, because the checkpoint they lead to does not hold")
        if STAMP in self.found:
            self.stamp = self.attempt(STAMP, lambda: stamped_at(self.read(STAMP), self.read("manifest.json"))) or ""

    def problem(self, what: str, why: str, *values: Any) -> None:
        self.problems.append(worded({}, "{}: ", what) + self.say(why, *values))

    def attempt(self, what: str, check: Callable[[], Any]) -> Any:
        try:
            return check()
        except FAULTS as error:
            return self.problem(what, *reason(error))

    def walk(self, inside: str = "") -> List[str]:
        links = []
        for each in sorted(os.scandir(os.path.join(self.place, inside)), key=lambda entry: entry.name):
            path = inside + each.name
            if each.is_file(follow_symlinks=False):
                self.found[path] = partial(open, each.path, "rb")
            elif each.is_dir(follow_symlinks=False):
                links += self.walk(path + "/")
            else:
                links.append(path)
        return links

    def list_members(self, file: IO[bytes], archive: zipfile.ZipFile) -> None:
        members, seen = archive.infolist(), set()
        inside = {each.filename.split("/")[0] + "/" for each in members}  # one folder that holds all is as good as none
        top = len(inside.pop()) if len(inside) == 1 and "manifest.json/" not in inside else 0
        for member in members:
            if not member.is_dir():
                self.found[member.filename[top:]] = partial(archive.open, member)
        self.learn_words()
        for member in members:
            kind, folded = stat.S_IFMT(member.external_attr >> 16), member.filename.rstrip("/").casefold()
            if folded in seen:
                self.problem(member.orig_filename, "there twice, or under a name that differs in its case alone")
            is_odd = member.compress_type not in (0, 8, 12) or member.flag_bits & 1 or (member.is_dir() and member.file_size)
            if is_odd or kind not in (0, stat.S_IFREG, stat.S_IFDIR) or member.orig_filename != member.filename:
                self.problem(member.orig_filename, "a link or special file, encrypted, disguised or packed in an unusual way")
            seen.add(folded)
        check_container(file, archive)
        if len(members) > MAX_FILES or sum(each.file_size for each in members) > MAX_TOTAL:
            raise Broken("more than {} files or {} bytes; unpack it by hand and check the folder", MAX_FILES, MAX_TOTAL)

    def read(self, path: str) -> bytes:
        if path not in self.found:
            raise Broken("{} is missing", path)
        with self.found[path]() as file:
            return bytes(file.read(MAX_TEXT))  # what is longer is cut off, and broken for that

    def check_files(self) -> None:
        data = self.read("manifest.json")
        value = json.loads(data.decode("utf-8"))
        listed = {file["path"]: (file["sha256"], file["size"]) for file in value["files"]}
        rows = [{"path": path, "sha256": listed[path][0], "size": listed[path][1]} for path in sorted(listed)]
        again = {"files": rows, "format": "ninefold-bundle/1", "project": value["project"]}
        text = json.dumps(again, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
        if text != data or not set(listed) >= REQUIRED:
            raise Broken("not a manifest in the required form, or without a file that every bundle has")
        for path in sorted(listed):
            self.attempt(path, partial(self.check_file, path, listed[path]))
        for path in sorted(each for each in set(self.found) - set(listed) - EXEMPT if not each.startswith("proofs/")):
            if not (path.startswith("__pycache__/verify.") and path.endswith(".pyc")):  # Python itself may have left it
                self.problem(path, "not listed in the manifest")
        self.files = len(listed)

    def check_file(self, path: str, listed: Tuple[str, int]) -> None:
        if path not in self.found:
            raise Broken("missing, though the manifest lists it")
        digest, size = hashlib.sha256(), 0
        with self.found[path]() as file:
            for piece in iter(lambda: file.read(1 << 20), b""):
                digest.update(piece)
                size += len(piece)
        if (digest.hexdigest(), size) != listed:
            raise Broken("content does not match the manifest")

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
        leaf = line or proof.extra or b""
        entry: Dict[str, Any] = json.loads(leaf.decode("utf-8"))
        is_here = proof.index == entry["seq"] - 1 and (line is None) is not (proof.extra is None)
        if not is_here or not is_included(leaf, proof, self.checkpoint):
            raise Broken("does not lead from the entry to the signed root")
        return entry

    def check_record(self) -> None:
        entry = self.prove(MANIFEST_PROOF)
        recorded = entry["new"]["manifest_sha256"] if entry["act"] == "bundle_built" else ""
        if recorded != hashlib.sha256(self.read("manifest.json")).hexdigest():
            self.problem("manifest.json", "not the manifest that entry {} of the log records", entry["seq"])
        self.recorded_as = entry["seq"]

    def check_entries(self) -> None:
        lines = self.read("trail/entries.jsonl").split(b"\n")
        if lines.pop():
            self.problem("trail/entries.jsonl", "the last line is not whole")
        proofs = [self.check_entry(number, leaf) for number, leaf in enumerate(lines, 1)]
        for path in sorted(each for each in set(self.found) - {MANIFEST_PROOF, *proofs} if each.startswith("proofs/")):
            self.problem(path, "proves no entry of trail/entries.jsonl")
        self.entries = len(proofs)

    def check_entry(self, number: int, leaf: bytes) -> str:
        where, path = self.say("line {}", number), ""
        try:
            seq = json.loads(leaf.decode("utf-8"))["seq"]
            where, path = self.say("line {} (entry {})", number, seq), "proofs/entries/{}.tlog-proof".format(seq)
            if path not in self.found:
                raise Broken("is missing")
            self.prove(path, leaf)
        except FAULTS as error:
            told = (where, self.say("not in the signed log"), worded({}, "{} ", path) + self.say(*reason(error)))
            self.problems.append("trail/entries.jsonl {}: {}: {}".format(*map(str.strip, told)))
        return path

    def summary(self) -> List[str]:
        if self.problems or self.key is None:
            return [self.say("This bundle does not verify. Broken or unproven: {}, named above.", len(self.problems))]
        key, checkpoint, stamp = self.key, self.checkpoint, "Time stamp: {} over manifest.json. Its signature is checked with: {}"
        return [
            self.say("This bundle verifies."),
            self.say("Files: {} checked against manifest.json, all as listed, none more.", self.files),
            self.say("Trail: {} entries and entry {}, which records the manifest: in the log.", self.entries, self.recorded_as),
            self.say("Checkpoint: log {}, {} entries, root {}", key.name, checkpoint.size, to_base64(checkpoint.root)),
            self.say("Signed by key {} (hash {}): {}", key.name, key.id.hex(), key.text),
            *([self.say(stamp, self.stamp, OPENSSL)] if self.stamp else []),
            self.say("It is the key given with --key." if self.wanted else COMPARE),
        ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks an evidence bundle, unpacked or as a ZIP, offline.")
    parser.add_argument("--key", metavar="VKEY", type=verifier_key, help="the key printed on the report's cover")
    parser.add_argument("place", nargs="?", metavar="FOLDER or F.zip", default=os.path.dirname(os.path.abspath(__file__)))
    given = parser.parse_args()
    if not os.path.exists(given.place):
        parser.error("there is no {}".format(given.place))
    bundle = Bundle(given.place, given.key)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # accents
    print("\n".join(bundle.check() + bundle.summary()))
    return 1 if bundle.problems else 0


if __name__ == "__main__":
    sys.exit(main())
