"""Whose signature a mail carries: by the key itself, and only while it proves something."""

import random
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest

from tests.notices import keys
from tongbao.parties import openpgp

pytestmark = pytest.mark.skipif(not openpgp.there(), reason="GnuPG is not installed")
WORDS = b"Host 203.0.113.9 sends spam.\r\n"


@pytest.fixture
def ring() -> Iterator[openpgp.Ring]:
    with openpgp.ring() as made:
        made.sign_with(keys.SECRET)
        yield made


def signature(ring: openpgp.Ring, key: str, words: bytes = WORDS) -> bytes:
    return str(ring.gpg.sign(words, keyid=key, detach=True)).encode()


def made(ring: openpgp.Ring, expires: str) -> str:
    """A key of the ring's own; its fingerprint."""
    options: dict[str, Any] = {"key_type": "EDDSA", "key_curve": "ed25519", "key_usage": "sign", "no_protection": True}
    given = ring.gpg.gen_key_input(name_email="night@sunpower.example", expire_date=expires, **options)
    return str(ring.gpg.gen_key(given).fingerprint)


def test_it_names_the_one_key_that_signed(ring: openpgp.Ring) -> None:
    signed = signature(ring, ring.signer)
    assert openpgp.signed_by(WORDS, signed, [keys.OFFICE_PUBLIC, keys.PUBLIC]) == keys.PUBLIC
    assert openpgp.signed_by(WORDS, signed, [keys.PUBLIC.replace("\n", "\r\n")])
    assert openpgp.signed_by(WORDS, signed, [keys.OFFICE_PUBLIC]) == ""
    assert openpgp.signed_by(WORDS, signed, []) == ""


def test_it_names_nobody_for_other_words_or_what_is_no_signature(ring: openpgp.Ring) -> None:
    signed = signature(ring, ring.signer)
    assert openpgp.signed_by(WORDS + b".", signed, [keys.PUBLIC]) == ""
    for broken in (b"x", signed[:100], signed.replace(b"BEGIN PGP", b"BEGIN PGQ"), b"\x00" * 5000):
        assert openpgp.signed_by(WORDS, broken, [keys.PUBLIC]) == ""
    for key in (
        "",
        "x",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----",
        keys.EXPIRED,
    ):
        assert openpgp.signed_by(WORDS, signed, [key]) == ""


def test_it_reads_a_signature_within_the_words(ring: openpgp.Ring) -> None:
    clear = str(ring.gpg.sign("電廠遭入侵", keyid=ring.signer, clearsign=True))
    assert openpgp.signed_by(clear.encode(), b"", [keys.PUBLIC]) == keys.PUBLIC
    assert openpgp.signed_by(clear.replace("電廠", "電場").encode(), b"", [keys.PUBLIC]) == ""


def test_a_key_that_has_expired_or_was_revoked_proves_nothing(ring: openpgp.Ring) -> None:
    short, lasting = made(ring, "seconds=2"), made(ring, "1y")
    while_good = signature(ring, short)
    good = signature(ring, lasting)
    public = str(ring.gpg.export_keys([lasting]))
    assert openpgp.signed_by(WORDS, good, [public]) == public
    path = ring.home / "openpgp-revocs.d" / f"{lasting}.rev"
    ring.gpg.import_keys(path.read_text().replace(":-----BEGIN", "-----BEGIN"))
    revoked = str(ring.gpg.export_keys([lasting]))
    assert openpgp.signed_by(WORDS, good, [revoked]) == ""
    time.sleep(3.2)
    assert openpgp.signed_by(WORDS, while_good, [str(ring.gpg.export_keys([short]))]) == ""


def test_a_part_of_a_key_proves_nothing_once_it_has_expired(ring: openpgp.Ring) -> None:
    whole = made(ring, "1y")
    command = ["gpg", "--homedir", str(ring.home), "--batch", "--passphrase", "", "--quick-add-key"]
    subprocess.run([*command, whole, "ed25519", "sign", "seconds=2"], check=True, capture_output=True)
    signed = signature(ring, whole)
    public = str(ring.gpg.export_keys([whole]))
    assert openpgp.signed_by(WORDS, signed, [public]) == public
    time.sleep(3.2)
    assert openpgp.signed_by(WORDS, signed, [public]) == ""
    again = signature(ring, whole)
    assert openpgp.signed_by(WORDS, again, [public]) == public


def test_whatever_is_given_as_a_signature_or_a_key_is_only_not_one(ring: openpgp.Ring) -> None:
    rng, signed = random.Random(7), signature(ring, ring.signer)
    for _ in range(300):
        broken = bytearray(b64decode("".join(signed.decode().splitlines()[2:-2]))) or bytearray(b"x")
        for _ in range(rng.randrange(1, 6)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        openpgp.signed_by(WORDS, bytes(broken), [keys.PUBLIC])
        openpgp.signed_by(bytes(broken), b"", [keys.PUBLIC])
