"""The verifier's own Ed25519 against RFC 8032, the cryptography library, and signatures that are almost right."""

from __future__ import annotations

import random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from workbench.reports import verify

# RFC 8032 §7.1, tests 1 to 3: seed, public key, message, signature.
RFC_8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_ed25519_accepts_the_rfc_vectors_and_no_flipped_one(
    seed: str, public: str, message: str, signature: str
) -> None:
    key, text, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).sign(text) == signed
    assert verify.signature_holds(key, text, signed) is True
    assert verify.signature_holds(key, text + b"x", signed) is False
    for bit in range(0, 512, 23):
        changed = bytearray(signed)
        changed[bit // 8] ^= 1 << bit % 8
        assert verify.signature_holds(key, text, bytes(changed)) is False


def test_ed25519_agrees_with_the_library() -> None:
    chance = random.Random(8032)  # noqa: S311 - repeatable keys for a test
    for number in range(25):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        public = private.public_key().public_bytes_raw()
        message = chance.randbytes(number)
        signature = private.sign(message) if number % 3 else chance.randbytes(64)
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
            expected = True
        except InvalidSignature:
            expected = False
        assert verify.signature_holds(public, message, signature) is expected


def test_ed25519_refuses_a_second_spelling_of_a_signature() -> None:
    _, public, message, text = RFC_8032[1]
    signature = bytes.fromhex(text)
    more = int.from_bytes(signature[32:], "little") + verify.L
    again = signature[:32] + more.to_bytes(32, "little")
    assert verify.signature_holds(bytes.fromhex(public), bytes.fromhex(message), again) is False


@pytest.mark.parametrize("public", [(1).to_bytes(32, "little"), bytes(32), (verify.P - 1).to_bytes(32, "little")])
def test_ed25519_refuses_keys_of_small_order(public: bytes) -> None:
    assert verify.signature_holds(public, b"any", public + bytes(32)) is False


@pytest.mark.parametrize("public", [
    verify.P.to_bytes(32, "little"), (verify.P + 1).to_bytes(32, "little"), (2).to_bytes(32, "little"),
    (1 | 1 << 255).to_bytes(32, "little"), b"\xff" * 32,
])  # fmt: skip
def test_ed25519_refuses_encodings_that_are_no_point(public: bytes) -> None:
    with pytest.raises(verify.Broken):
        verify.signature_holds(public, b"any", bytes(64))
