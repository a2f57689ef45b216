"""The wire may send; it may not look away. Never imported."""

import ssl

# ok: sends-beside-the-wire
import requests


def opens(session: requests.Session) -> ssl.SSLContext:
    # ruleid: goes-where-it-is-sent
    session.trust_env = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # ruleid: tls-unchecked
    context.check_hostname = False
    # ruleid: tls-unchecked
    context.verify_mode = ssl.CERT_NONE
    # ok: tls-unchecked
    context.verify_mode = ssl.CERT_REQUIRED
    return context
