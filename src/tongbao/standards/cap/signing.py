"""Signatures of messages (3.3.4): enveloped XML signatures with a certificate; RSA, or ECDSA over P-256.

The whole message is signed, by exclusive canonicalisation and SHA-256, and the signature is its last element. Who
verifies names the certificate that he trusts; one that comes with the message proves nothing. No network.
"""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import Certificate
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from tongbao.kernel.refusals import Invalid
from tongbao.standards.cap import documents
from tongbao.standards.cap.documents import Element
from tongbao.standards.cap.schema import CURRENT, SIGNATURE

LEAST_RSA_BITS = 2048
_METHODS = frozenset(
    {
        *(SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512),
        *(SignatureMethod.ECDSA_SHA256, SignatureMethod.ECDSA_SHA384, SignatureMethod.ECDSA_SHA512),
    }
)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_REFERENCE = SIGNATURE.replace("}Signature", "}Reference")

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def sign(data: bytes, *, key: PrivateKey, certificate: Certificate) -> bytes:
    """``data`` (one CAP 1.2 message, as ``serialise`` writes it) with its signature, UTF-8.

    Raises Invalid for anything else than one unsigned message, for RSA below 2048 bits or a curve that is not P-256.
    """
    message = _message(data)
    if message.find(SIGNATURE) is not None:
        raise Invalid.one("/alert/Signature", "signature-there")
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=_method(key),
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    signed = signer.sign(message, key=key, cert=[certificate])
    return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")


def verify(data: bytes, *, certificate: Certificate, at: datetime) -> bytes:
    """The message in ``data`` that ``certificate`` has signed, without its signature: nothing else may be trusted.

    ``at`` (aware) is when the certificate has to be valid. Raises Invalid with ``signature-missing`` unless the message
    has exactly one signature, over all of it, or with ``signature-wrong`` when it does not hold: changed by a single
    character, moved into another document, made with another key or with SHA-1.
    """
    message = _message(data)
    found = list(message.iter(SIGNATURE))
    if len(found) != 1 or found[0].getparent() is not message or not _of_all(found[0]):
        raise Invalid.one("/alert/Signature", "signature-missing")
    config = SignatureConfiguration(
        location="./", signature_methods=_METHODS, digest_algorithms=_DIGESTS, verification_time=at
    )
    try:
        result = XMLVerifier().verify(data, x509_cert=certificate, expect_config=config)
    except Exception as error:  # whatever a hostile signature makes the libraries say
        raise Invalid.one("/alert/Signature", "signature-wrong", detail=str(error)[:200]) from None
    signed = None if isinstance(result, list) else result.signed_xml
    if signed is None or signed.tag != message.tag:
        raise Invalid.one("/alert/Signature", "signature-wrong", detail="")
    return etree.tostring(signed, xml_declaration=True, encoding="UTF-8")


def _message(data: bytes) -> Element:
    outermost = documents.root(data)
    if documents.alerts(outermost) != [(outermost, CURRENT)]:
        raise Invalid.one("/", "signature-message")
    return outermost


def _of_all(signature: Element) -> bool:
    """Whether it is over the whole document, as an empty address says."""
    return [each.get("URI") for each in signature.iter(_REFERENCE)] == [""]


def _method(key: PrivateKey) -> SignatureMethod:
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_RSA_BITS:
        return SignatureMethod.RSA_SHA256
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return SignatureMethod.ECDSA_SHA256
    raise Invalid.one("/alert/Signature", "signature-key", bits=LEAST_RSA_BITS)
