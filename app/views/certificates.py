"""The certificates that a server showed, read for people: for whom, by whom, until when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.views.visible import shortened, visible

NEAR_DAYS = 21  # a certificate that is renewed by itself is renewed a month ahead
NAMES_SHOWN = 30
CERTIFICATES_SHOWN = 10
DAY = 86_400.0


@dataclass(frozen=True)
class Certificate:
    """One certificate of the chain."""

    place: Annotated[str, "what it is in the chain: the server's own, between, root"]
    subject: Annotated[str, "for whom"]
    issuer: Annotated[str, "by whom"]
    names: Annotated[tuple[str, ...], "the host names and addresses for which it stands"]
    valid: Annotated[str, "from when until when, UTC"]
    warning: Annotated[str, "expired, not yet valid, soon to expire; or empty"]
    key: Annotated[str, "kind and size of the key, and the hash of the signature"]
    fingerprint: Annotated[str, "SHA-256 of the certificate"]


def certificates(chain: Sequence[bytes], at: float) -> tuple[Certificate, ...]:
    """The readable certificates of a DER chain, leaf first, judged at a moment (seconds since the epoch, UTC)."""
    return tuple(_certificate(number, read, at) for number, read in enumerate(_readable(chain[:CERTIFICATES_SHOWN])))


def _readable(chain: Sequence[bytes]) -> Iterator[x509.Certificate]:
    for der in chain:
        try:
            yield x509.load_der_x509_certificate(der)
        except ValueError:
            continue


def _certificate(number: int, read: x509.Certificate, at: float) -> Certificate:
    begins, ends = read.not_valid_before_utc, read.not_valid_after_utc
    is_root = read.subject == read.issuer
    place = "the server's own" if number == 0 else "a root" if is_root else "between server and root"
    return Certificate(
        place=f"{place}, signed by itself" if number == 0 and is_root else place,
        subject=_name(read.subject),
        issuer=_name(read.issuer),
        names=_names(read),
        valid=f"{begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M}",
        warning=validity_warning(begins, ends, at),
        key=_key(read),
        fingerprint=read.fingerprint(hashes.SHA256()).hex(":"),
    )


def validity_warning(begins: datetime, ends: datetime, at: float) -> str:
    """What is wrong with the time of a certificate, or soon will be; empty where nothing is."""
    now = datetime.fromtimestamp(at, UTC)
    if now < begins:
        return f"Not valid before {begins:%Y-%m-%d %H:%M} UTC."
    days = (ends - now).total_seconds() / DAY
    if days < 0:
        return f"Expired {_days(-days)} before this exchange."
    return f"Expires {_days(days)} after this exchange." if days < NEAR_DAYS else ""


def _days(days: float) -> str:
    return f"{days:.0f} days" if days >= 2 else f"{days * 24:.0f} hours"


def _name(name: x509.Name) -> str:
    return visible(shortened(name.rfc4514_string(), 300), one_line=True) or "(empty)"


def _names(read: x509.Certificate) -> tuple[str, ...]:
    try:
        found = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ()
    listed = [*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))]
    more = len(listed) - NAMES_SHOWN
    shown = tuple(visible(shortened(name, 253), one_line=True) for name in listed[:NAMES_SHOWN])
    return (*shown, f"and {more} more") if more > 0 else shown


def _key(read: x509.Certificate) -> str:
    try:
        key = read.public_key()
        signed = read.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        return "of a kind that is not known here"
    kind = f"EC {key.curve.name}" if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__.strip("_").removesuffix("PublicKey")
    size = f" {key.key_size} bit" if isinstance(key, rsa.RSAPublicKey) else ""
    return f"{kind}{size}, signature with {signed.name if signed else 'no hash of its own'}"
