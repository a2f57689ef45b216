"""A real OpenID provider on loopback, from Authlib's server parts: discovery, authorize with PKCE and nonce, token, keys, userinfo.

`Lies` makes it misbehave, one lie at a time. Nothing of the app is used here.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import joserfc.jwt
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "explorer", "s3cret-of-the-client"


@dataclass
class Lies:
    """What the provider says wrongly. Claims replace those of the ID token; None removes one."""

    claims: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    callback: dict[str, str] = field(default_factory=dict)  # parameters added to the answer
    foreign_key: bool = False
    unsigned: bool = False
    no_id_token: bool = False
    endless: bool = False  # the token endpoint's answer never ends
    deep: bool = False  # the document is nested deeper than Python reads


@dataclass
class Account:
    """Who is signed in at the provider just now."""

    sub: str = "ada-1"
    name: str = "Ada Lovelace"
    email: str = "ada@example.com"
    email_verified: bool = True
    email_in_token: bool = True

    def get_user_id(self) -> str:
        return self.sub


class Client(ClientMixin):
    def __init__(self, redirect_uri: str, secret: str) -> None:
        self.redirect_uri, self.secret = redirect_uri, secret

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(client_secret, self.secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == ("client_secret_basic" if self.secret else "none")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    code: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    user: Account

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class OpenIdProvider:
    """The provider. `asked` counts requests by path; `account` is who signs in; `lies` is how it misbehaves."""

    def __init__(self, redirect_uri: str, secret: str = CLIENT_SECRET) -> None:
        self.client = Client(redirect_uri, secret)
        self.key, self.foreign = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, Account] = {}
        self.asked: list[str] = []
        self.account, self.lies = Account(), Lies()
        self.issuer = ""

    def app(self) -> Flask:
        flask = Flask("provider", static_folder=None)
        flask.config["OAUTH2_SCOPES_SUPPORTED"] = ["openid", "profile", "email"]
        server = AuthorizationServer(flask, query_client=self._query_client, save_token=self._save_token)
        server.register_grant(_code_grant(self), [_openid(self), CodeChallenge(required=True)])
        flask.before_request(lambda: self.asked.append(request.path))

        @flask.get("/.well-known/openid-configuration")
        def document() -> Any:
            return '{"a":' * 50_000 if self.lies.deep else jsonify(self.document())

        @flask.get("/authorize")
        def authorize() -> Any:
            answer = server.create_authorization_response(grant=server.get_consent_grant(end_user=self.account), grant_user=self.account)
            for name, value in self.lies.callback.items():
                answer.headers["Location"] += f"&{name}={value}"
            return answer

        @flask.post("/token")
        def token() -> Any:
            if self.lies.endless:
                return flask.response_class((b" " * 65_536 for _ in range(1_000)), mimetype="application/json")
            return server.create_token_response()

        @flask.get("/keys")
        def keys() -> Any:
            return jsonify(keys=[{**self.key.as_dict(private=False), "kid": self.key.kid or "one", "use": "sig"}])

        @flask.get("/userinfo")
        def userinfo() -> Any:
            account = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
            if account is None:
                return jsonify(error="invalid_token"), 401
            return jsonify(sub=account.sub, email=account.email, email_verified=account.email_verified)

        return flask

    def document(self) -> dict[str, Any]:
        told = {name: f"{self.issuer}/{path}" for name, path in ENDPOINTS.items()}
        extra = {"code_challenge_methods_supported": ["S256"], "id_token_signing_alg_values_supported": ["RS256"]}
        return {"issuer": self.issuer, **told, **extra, **self.lies.document}

    def id_token(self, claims: dict[str, Any]) -> str:
        told = {name: value for name, value in {**claims, **self.lies.claims}.items() if value is not None}
        if self.lies.unsigned:
            header = {"alg": "none"}
            parts = [_packed(header), _packed(told), ""]
            return ".".join(parts)
        key = self.foreign if self.lies.foreign_key else self.key
        return joserfc.jwt.encode({"alg": "RS256", "kid": self.key.kid or "one"}, told, key)

    def _query_client(self, client_id: str) -> Client | None:
        return self.client if client_id == CLIENT_ID else None

    def _save_token(self, token: dict[str, Any], asked: Any) -> None:
        self.tokens[token["access_token"]] = asked.user


ENDPOINTS = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys", "userinfo_endpoint": "userinfo"}


def _packed(value: dict[str, Any]) -> str:
    import base64
    import json

    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _code_grant(provider: OpenIdProvider) -> type[grants.AuthorizationCodeGrant]:
    class CodeGrant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "none")

        def save_authorization_code(self, code: str, asked: Any) -> None:
            told = asked.payload.data
            provider.codes[code] = Code(
                code,
                told["redirect_uri"],
                told["scope"],
                told.get("nonce", ""),
                told["code_challenge"],
                told["code_challenge_method"],
                provider.account,
            )

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            provider.codes.pop(authorization_code.code)

        def authenticate_user(self, authorization_code: Code) -> Account:
            return authorization_code.user

    return CodeGrant


def _openid(provider: OpenIdProvider) -> OpenIDCode:
    class OpenId(OpenIDCode):
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return any(code.nonce == nonce for code in provider.codes.values())

        def process_token(self, grant: Any, response: Any) -> Any:
            _, token, _ = response
            asked, now = grant.request, int(time.time())
            claims = {
                "iss": provider.issuer,
                "aud": CLIENT_ID,
                "iat": now,
                "exp": now + 300,
                "sub": asked.user.sub,
                "name": asked.user.name,
            }
            claims["nonce"] = asked.authorization_code.get_nonce()
            if asked.user.email_in_token:
                claims |= {"email": asked.user.email, "email_verified": asked.user.email_verified}
            if not provider.lies.no_id_token:
                token["id_token"] = provider.id_token(claims)
            return token

    return OpenId(require_nonce=True)


@contextlib.contextmanager
def openid_provider(redirect_uri: str, secret: str = CLIENT_SECRET) -> Iterator[OpenIdProvider]:
    """Serve a provider on loopback until the block ends."""
    provider = OpenIdProvider(redirect_uri, secret)
    with make_server("127.0.0.1", 0, provider.app(), threaded=True) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        serving.start()
        try:
            yield provider
        finally:
            server.shutdown()
            serving.join(10)
