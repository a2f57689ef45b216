"""TLS: whom we trust, the handshake with its evidence (also when it fails), and what a failure means."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import certifi
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from app.settings import BadSetting, Settings
from app.wire.limits import Patience
from app.wire.messages import Tls
from app.wire.recording import Ended, Recording
from app.wire.target import Target

_EXPIRED, _NOT_YET_VALID, _WRONG_NAMES, _NO_ISSUER = 10, 9, (62, 64), (2, 18, 19, 20, 21)  # X509_V_ERR_… of OpenSSL
_SELF_SIGNED_LEAF = 18
_TOO_OLD = ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "WRONG_SSL_VERSION", "VERSION_TOO_LOW", "KEY_TOO_SMALL", "LEGACY")
_NOT_SPOKEN = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")


class Secured(ssl.SSLSocket):
    """Closes itself where the peer has reset the connection before TLS begins; the wrapping in `ssl` would leave it open."""

    def getpeername(self) -> Any:
        try:
            return super().getpeername()
        except OSError:
            self.close()
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)) from None


def trust(settings: Settings) -> ssl.SSLContext:
    """The context for every exchange: TLS 1.2 or newer, names checked. Raises BadSetting for a CA_BUNDLE that cannot be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = Secured
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if settings.ca_bundle:
        try:
            context.load_verify_locations(cafile=settings.ca_bundle)
        except OSError as error:
            raise BadSetting(f"CA_BUNDLE {settings.ca_bundle!r} is not a readable PEM file of certificates ({error}).") from None
        return context
    context.load_default_certs()
    if not _system_has_certificates(context):
        context.load_verify_locations(cafile=certifi.where())  # slim containers come without any
    return context


def _system_has_certificates(context: ssl.SSLContext) -> bool:
    folder = ssl.get_default_verify_paths().capath  # read lazily by OpenSSL, so not counted below
    return context.cert_store_stats()["x509_ca"] > 0 or (folder is not None and any(Path(folder).glob("*.0")))


def shake_hands(sock: socket.socket, context: ssl.SSLContext, target: Target, patience: Patience, recording: Recording) -> ssl.SSLSocket:
    """The socket under TLS. Raises Ended, OSError, OutOfTime, Cancelled; what the peer showed is recorded in each case."""
    name = target.host.rstrip(".")
    secured = context.wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False, suppress_ragged_eofs=False)
    with ExitStack() as on_failure:
        on_failure.callback(secured.close)
        try:
            _finish_handshake(secured, patience)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):  # Python 3.11.2, Debian's own, says the second
            # whoever leaves here has not even begun to answer: it is TLS that must be looked at
            raise Ended("tls_failed", f"{target.host}:{target.port} closed the connection during the TLS handshake.") from None
        except ssl.SSLError as error:
            recording.tls = _evidence(secured, getattr(error, "verify_message", "") or error.reason or "")
            raise broken(error, target, recording.tls) from error
        on_failure.pop_all()
    recording.tls = _evidence(secured, "")
    recording.mark("tls")
    return secured


def _finish_handshake(secured: ssl.SSLSocket, patience: Patience) -> None:
    while True:
        secured.settimeout(patience.slice())
        try:
            return secured.do_handshake()
        except TimeoutError:
            continue


def _evidence(secured: ssl.SSLSocket, error: str) -> Tls:
    cipher = secured.cipher()
    return Tls(secured.version() or "", cipher[0] if cipher else "", _chain(secured), error)


def _chain(secured: Any) -> tuple[bytes, ...]:
    """The certificates as the peer sent them, DER, leaf first. Private before Python 3.13, hence Any."""
    if hasattr(secured, "get_unverified_chain"):
        return tuple(secured.get_unverified_chain() or ())
    inner = getattr(secured, "_sslobj", None)
    if inner is None:
        return ()
    return tuple(ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in inner.get_unverified_chain() or ())


def broken(error: ssl.SSLError, target: Target, seen: Tls | None) -> Ended:
    """What a TLS error means, before, in or after the handshake (TLS 1.3 asks for client certificates only then)."""
    where, reason = f"{target.host}:{target.port}", error.reason or ""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _unverified(error, target, seen.chain if seen else ())
    if "CERTIFICATE" in reason or "UNKNOWN_CA" in reason:
        return Ended("tls_client_certificate", f"{where} wants a client certificate, and this app has none.")
    if any(word in reason for word in _TOO_OLD):
        return Ended("tls_too_old", f"{where} offers only outdated TLS; TLS 1.2 or newer is needed ({reason}).")
    if any(word in reason for word in _NOT_SPOKEN):
        return Ended("tls_not_spoken", f"{where} does not speak TLS on this port; it may be an http:// URL ({reason}).")
    return Ended("tls_failed", f"TLS with {where} failed ({reason or error}).")


def _unverified(error: ssl.SSLCertVerificationError, target: Target, chain: tuple[bytes, ...]) -> Ended:
    host, code = target.host, error.verify_code
    if code == _EXPIRED:
        return Ended("tls_expired", f"A certificate of {host} has expired.")
    if code == _NOT_YET_VALID:
        return Ended("tls_not_yet_valid", f"A certificate of {host} is not valid yet; one of the clocks may be wrong.")
    if code in _WRONG_NAMES:
        return Ended("tls_wrong_host", f"The certificate is made out to {_names(chain)}, not to {host}.")
    if code in _NO_ISSUER:
        return _without_issuer(host, code, chain)
    return Ended("tls_failed", f"The certificate of {host} was not accepted ({error.verify_message}).")


def _without_issuer(host: str, code: int, chain: tuple[bytes, ...]) -> Ended:
    """A missing intermediate and an unknown authority look alike to OpenSSL. Public authorities write into what they
    sign where the issuer's own certificate can be fetched (RFC 5280 section 4.2.2.1); private ones hardly ever do."""
    if code == _SELF_SIGNED_LEAF:
        return Ended("tls_unknown_ca", f"The certificate of {host} is signed by itself, so nobody vouches for it.")
    if chain and _tells_where_issuer_is(chain[-1]):
        return Ended("tls_incomplete_chain", f"{host} does not send the certificate that links its own to a known authority.")
    return Ended("tls_unknown_ca", f"The certificate of {host} comes from an authority that is not trusted here.")


def _tells_where_issuer_is(der: bytes) -> bool:
    try:
        certificate = x509.load_der_x509_certificate(der)
        if certificate.issuer == certificate.subject:
            return False
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return False
    return any(place.access_method == AuthorityInformationAccessOID.CA_ISSUERS for place in access)


def _names(chain: tuple[bytes, ...]) -> str:
    try:
        certificate = x509.load_der_x509_certificate(chain[0])
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (IndexError, ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return "another name"
    shown = [str(name.value) for name in names if isinstance(name, x509.DNSName | x509.IPAddress)]
    return ", ".join(shown[:3]) + (" and others" if len(shown) > 3 else "") or "another name"
