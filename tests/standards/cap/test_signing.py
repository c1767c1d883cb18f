"""Signatures: what was signed holds, and nothing else does."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.standards.cap.made import NOON, alert
from tongbao.kernel.refusals import Invalid
from tongbao.standards.cap import verdict
from tongbao.standards.cap.signing import PrivateKey, sign, verify
from tongbao.standards.cap.writing import serialise

KEYS: dict[str, PrivateKey] = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "p-256": ec.generate_private_key(ec.SECP256R1()),
}
DATA = serialise(alert())


def certified(key: PrivateKey, until: datetime = NOON + timedelta(days=365)) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nco.example")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(NOON - timedelta(days=365)).not_valid_after(until)
    return made.sign(key, hashes.SHA256())


CERTIFICATES = {name: certified(key) for name, key in KEYS.items()}
SIGNED = {name: sign(DATA, key=key, certificate=CERTIFICATES[name]) for name, key in KEYS.items()}


def refused(data: bytes, name: str, at: datetime = NOON) -> str:
    with pytest.raises(Invalid) as caught:
        verify(data, certificate=CERTIFICATES[name], at=at)
    (problem,) = caught.value.problems
    return problem.code


@pytest.fixture(params=sorted(KEYS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_gives_back_the_message_that_was_signed(name: str) -> None:
    (judged,) = verdict.judge(SIGNED[name])
    assert (judged.ok, judged.signed, judged.alert) == (True, True, alert())
    assert SIGNED[name].rstrip().endswith(b"Signature></alert>")
    (verified,) = verdict.judge(verify(SIGNED[name], certificate=CERTIFICATES[name], at=NOON))
    assert (verified.ok, verified.signed, verified.alert) == (True, False, alert())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<status>Actual", b"<status>Test"),
        (b"<severity>Severe", b"<severity>Minor"),
        (b"<sender>", b"<sender> "),
        (b"  <info>", b"<info>"),
        (b"<code>", b""),
    ],
)
def test_it_refuses_what_was_changed(name: str, before: bytes, after: bytes) -> None:
    changed = SIGNED[name].replace(before, after) if before in SIGNED[name] else SIGNED[name].replace(b"2026", b"2027")
    assert refused(changed, name) == "signature-wrong"


def test_it_refuses_a_message_that_was_moved(name: str) -> None:
    body = SIGNED[name].partition(b"?>\n")[2]
    outer = b'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>x</identifier>%s</alert>'
    assert refused(b"<feed>%s</feed>" % body, name) == "signature-message"
    assert refused(outer % body, name) == "signature-missing"
    signature = body[body.index(b"<ds:Signature") : body.index(b"</alert>")]
    assert refused(outer % signature, name) == "signature-wrong"


def test_it_refuses_a_document_type(name: str) -> None:
    body = SIGNED[name].partition(b"?>\n")[2]
    assert refused(b'<!DOCTYPE alert [<!ENTITY a "b">]>' + body, name) == "xml-doctype"


def test_it_wants_one_signature_over_everything(name: str) -> None:
    assert refused(DATA, name) == "signature-missing"
    signed = SIGNED[name]
    signature = signed[signed.index(b"<ds:Signature") : signed.index(b"</alert>")]
    assert refused(signed.replace(b"</alert>", signature + b"</alert>"), name) == "signature-missing"
    assert refused(signed.replace(b'URI=""', b'URI="#x"'), name) == "signature-missing"


def test_it_trusts_no_other_key_and_no_certificate_that_comes_along(name: str) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    forged = sign(DATA, key=stranger, certificate=certified(stranger))
    assert refused(forged, name) == "signature-wrong"


def test_it_refuses_a_certificate_that_has_run_out(name: str) -> None:
    assert refused(SIGNED[name], name, at=NOON + timedelta(days=400)) == "signature-wrong"


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP384R1())])
def test_it_signs_with_no_weak_or_unusual_key(key: PrivateKey) -> None:
    with pytest.raises(Invalid) as caught:
        sign(DATA, key=key, certificate=CERTIFICATES["rsa"])
    assert caught.value.problems[0].code == "signature-key"


def test_it_signs_once(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        sign(SIGNED[name], key=KEYS[name], certificate=CERTIFICATES[name])
    assert caught.value.problems[0].code == "signature-there"
