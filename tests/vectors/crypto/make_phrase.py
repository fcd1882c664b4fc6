#!/usr/bin/env python3
"""Makes phrase.json: a second, independent implementation of proto/crypto/phrase.h.

Needs Python's hashlib and the package cryptography 44 or newer (Argon2id). Not run by the tests.
"""
import hashlib
import json
import pathlib
import re
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

HERE = pathlib.Path(__file__).parent
WORDS = re.findall(r'"([a-z]+)",', (HERE / "../../../proto/crypto/words.c").read_text())
assert len(WORDS) == 2048


def labelled(size, label, data=b""):
    return hashlib.blake2b(label.encode() + b"\0" + data, digest_size=size).digest()


def numbers(data, count):
    bits = "".join(f"{byte:08b}" for byte in data)
    return [int(bits[11 * i:11 * i + 11], 2) for i in range(count)]


def subkey(master, number):
    return hashlib.blake2b(key=master, digest_size=32, salt=struct.pack("<QQ", number, 0),
                           person=b"kith/1 r".ljust(16, b"\0")).digest()


def vector(entropy):
    check = labelled(32, "kith/1 phrase", entropy)[0] & 0xF0
    words = [WORDS[n] for n in numbers(entropy + bytes([check]), 12)]
    master = Argon2id(salt=labelled(16, "kith/1 phrase salt"), length=32, iterations=3, lanes=1,
                      memory_cost=256 * 1024).derive(entropy)
    root = Ed25519PrivateKey.from_private_bytes(subkey(master, 1)).public_key()
    recovery = X25519PrivateKey.from_private_bytes(subkey(master, 2)).public_key()
    root_pk = root.public_bytes_raw()
    return {"entropy": entropy.hex(), "words": " ".join(words), "root_pk": root_pk.hex(),
            "recovery_pk": recovery.public_bytes_raw().hex(),
            "school_id": labelled(32, "kith/1 school", root_pk).hex()}


def four(handshake_hash):
    words = [WORDS[n] for n in numbers(labelled(32, "kith/1 words", handshake_hash), 4)]
    return {"handshake_hash": handshake_hash.hex(), "words": " ".join(words)}


entropies = [bytes(16), b"\xff" * 16, bytes(range(16)),
             bytes.fromhex("9e885d952ad362caeb4efe34a8e91bd2")]
(HERE / "phrase.json").write_text(json.dumps({
    "source": "Kith, by make_phrase.py",
    "vectors": [vector(entropy) for entropy in entropies],
    "four_words": [four(bytes(32)), four(bytes(range(32)))],
}, indent=1) + "\n")
