"""The OpenID provider where people sign in: its document, its keys, and the judgement of what it says (OpenID Connect Core 3.1).

Authlib builds the requests and judges the claims. What is dialled: the issuer's document, and the key and token endpoints that the
document names (userinfo only where OIDC_ALLOWED needs an e-mail address that the ID token lacks), within bounds and without redirects.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.pages.departure import Departure, Identity, refuse
from app.settings import LOOPBACK, Settings, allowed_in

SECONDS = 5.0  # of silence, at each step of a connection to the provider; an answer whose body flows may take as long in all
ANSWER_BYTES = 500_000  # documents, keys and tokens of real providers have up to 20 kB
KEPT_SECONDS = 3_600.0  # for the document and the keys
AGAIN_SECONDS = 30.0  # keys are fetched anew for an unknown key id, but not for every forged one
LEEWAY_SECONDS = 60  # between two clocks
ALGORITHMS = (
    "RS256",
    "PS256",
    "ES256",
    "RS384",
    "PS384",
    "ES384",
    "RS512",
    "PS512",
    "ES512",
    "EdDSA",
    "Ed25519",
)  # never none, never a shared key
SCOPE = "openid profile email"


class BoundSession(OAuth2Session):  # type: ignore[misc]
    """Authlib's session, held to bounds: no redirect, no proxy or netrc of the environment, no endless answer."""

    def request(self, method: str, url: str, withhold_token: bool = False, auth: Any = None, **named: Any) -> Any:
        """The answer, read whole. Raises OSError (requests' errors are of its kind) for one that is too slow or too large."""
        ends = time.monotonic() + SECONDS
        held = {**named, "stream": True, "allow_redirects": False, "timeout": SECONDS}
        answer = super().request(method, url, withhold_token, auth, **held)
        kept = bytearray()
        for piece in answer.iter_content(8_192):
            kept += piece
            if len(kept) > ANSWER_BYTES or time.monotonic() > ends:
                answer.close()
                raise OSError("the answer is too long or too slow")
        answer._content = bytes(kept)  # what requests itself keeps of an answer that was read without a stream
        return answer


class Provider:
    """One provider. Every method may raise SignInFailed. Safe between threads."""

    def __init__(self, settings: Settings, redirect_uri: str, now: Callable[[], float] = time.time) -> None:
        self._settings, self._redirect_uri, self._now = settings, redirect_uri, now
        self._turn = threading.Lock()  # one fetch at a time: a provider in trouble holds up sign-ins, not pages
        self._document: dict[str, Any] = {}
        self._document_until = self._keys_until = self._keys_since = 0.0
        self._keys = KeySet([])

    def leave(self) -> Departure:
        """A fresh departure: state, nonce and PKCE verifier are drawn for it alone."""
        state, nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        endpoint = self._endpoint("authorization_endpoint")
        with self._session() as session:
            url, _ = session.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        return Departure(url, state, nonce, verifier)

    def arrive(self, left: Departure, came: Mapping[str, str]) -> Identity:
        """Who came back. `came` are the parameters of the callback, each once; `state` was compared before."""
        self._judge_issuer(came.get("iss"))
        if "error" in came:
            refuse("refused", "The provider did not sign you in. Try again, or ask the people who run it.")
        if not came.get("code"):
            refuse("no code", "The provider sent no code. Try again.")
        token = self._redeem(came["code"], left.verifier)
        claims = self._judge(token, left.nonce)
        self._judge_allowed(claims, token)
        name = next(
            (claims[one] for one in ("name", "preferred_username", "email") if isinstance(claims.get(one), str) and claims[one]), "you"
        )
        return Identity(self._settings.oidc_issuer, str(claims["sub"]), name[:100])

    def _judge_issuer(self, named: str | None) -> None:
        """RFC 9207: an answer of another server is not used, whatever is in it."""
        announced = self._read_document().get("authorization_response_iss_parameter_supported") is True
        if (named is None and announced) or (named is not None and named != self._settings.oidc_issuer):
            refuse("issuer", "The answer came from another server than the one you were sent to. It was not used.")

    def _redeem(self, code: str, verifier: str) -> dict[str, Any]:
        endpoint = self._endpoint("token_endpoint")
        try:
            with self._session() as session:
                token: dict[str, Any] = session.fetch_token(endpoint, code=code, code_verifier=verifier, redirect_uri=self._redirect_uri)
        except (AuthlibBaseError, OSError, ValueError, RecursionError):
            refuse("code", "The provider did not take the code that it had sent. Try again.")
        if not isinstance(token.get("id_token"), str):
            refuse("no id token", "The provider sent no ID token. Its settings for this app must allow the scope openid.")
        return token

    def _judge(self, token: Mapping[str, Any], nonce: str) -> CodeIDToken:
        """The claims of the ID token: signature, iss, aud, azp, exp, iat, nonce, at_hash (OpenID Connect Core 3.1.3.7)."""
        try:
            read = self._read_signed(token["id_token"])
            options: Any = {"iss": {"essential": True, "value": self._settings.oidc_issuer}}
            options |= {"aud": {"essential": True, "value": self._settings.oidc_client_id}, "exp": {"essential": True}}
            params = {"nonce": nonce, "client_id": self._settings.oidc_client_id, "access_token": token.get("access_token")}
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(int(self._now()), LEEWAY_SECONDS)
        except (AuthlibBaseError, JoseError, ValueError, TypeError, KeyError):
            refuse(
                "id token",
                "The provider's ID token is not for this sign-in, has expired, or is not signed by the provider. It was not used.",
            )
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            refuse("no subject", "The provider's ID token names nobody.")
        return claims

    def _read_signed(self, id_token: str) -> jwt.Token:
        """The token, its signature verified. Keys are fetched again where none of the known ones fits."""
        try:
            return jwt.decode(id_token, self._read_keys(), algorithms=list(ALGORITHMS))
        except (JoseError, ValueError):
            if self._now() - self._keys_since < AGAIN_SECONDS:
                raise
            self._keys_until = 0.0
            return jwt.decode(id_token, self._read_keys(), algorithms=list(ALGORITHMS))

    def _judge_allowed(self, claims: Mapping[str, Any], token: dict[str, Any]) -> None:
        allowed = allowed_in(self._settings.oidc_allowed)
        if not allowed:
            return
        told = claims if "email" in claims else self._ask_userinfo(token, str(claims["sub"]))
        email = told.get("email")
        verified = told.get("email_verified") in (True, "true")
        if not isinstance(email, str) or not verified or not {email.lower(), "@" + email.lower().rpartition("@")[2]} & allowed:
            refuse(
                "not allowed", "You are signed in at the provider, but this app does not let that account in. Ask the people who run it."
            )

    def _ask_userinfo(self, token: dict[str, Any], subject: str) -> Mapping[str, Any]:
        if "userinfo_endpoint" not in self._read_document():
            return {}
        with self._session(token) as session:
            told = _json_of(lambda: session.get(self._endpoint("userinfo_endpoint")))
        return told if told.get("sub") == subject else {}  # OpenID Connect Core 5.3.2

    def _endpoint(self, name: str) -> str:
        url = self._read_document().get(name)
        issuer = urlsplit(self._settings.oidc_issuer)
        parts = urlsplit(url if isinstance(url, str) else "")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == issuer.scheme and parts.hostname in LOOPBACK)):
            refuse("document", f"The provider's document names no usable {name}. Tell the people who run this app.")
        return str(url)

    def _read_document(self) -> dict[str, Any]:
        with self._turn:
            if self._now() >= self._document_until:
                found = self._fetch(self._settings.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration")
                if found.get("issuer") != self._settings.oidc_issuer:
                    refuse("document", "The provider's document names another issuer than OIDC_ISSUER. Tell the people who run this app.")
                self._document, self._document_until = found, self._now() + KEPT_SECONDS
            return self._document

    def _read_keys(self) -> KeySet:
        url = self._endpoint("jwks_uri")
        with self._turn:
            if self._now() >= self._keys_until:
                self._keys = KeySet.import_key_set(self._fetch(url))  # type: ignore[arg-type]
                self._keys_since, self._keys_until = self._now(), self._now() + KEPT_SECONDS
            return self._keys

    def _fetch(self, url: str) -> dict[str, Any]:
        with self._session() as session:
            return _json_of(lambda: session.get(url, withhold_token=True))

    def _session(self, token: dict[str, Any] | None = None) -> BoundSession:
        asked = self._settings
        session = BoundSession(
            asked.oidc_client_id,
            asked.oidc_client_secret or None,
            scope=SCOPE,
            redirect_uri=self._redirect_uri,
            token=token,
            code_challenge_method="S256",
        )
        if not asked.oidc_client_secret:
            session.token_endpoint_auth_method = "none"  # noqa: S105  # a public client
        session.trust_env = False
        session.verify = asked.ca_bundle or True
        session.proxies = {"https": asked.outbound_proxy, "http": asked.outbound_proxy} if asked.outbound_proxy else {}
        return session


def _json_of(ask: Callable[[], Any]) -> dict[str, Any]:
    try:
        answer = ask()
        found = answer.json() if answer.status_code == 200 else None
    except (AuthlibBaseError, OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        refuse(
            "provider",
            "The provider does not answer as it should. Try again in a minute; if it stays so, tell the people who run this app.",
        )
    return found
