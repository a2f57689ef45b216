"""Every setting, from the environment, once. Limits carry their unit in their name and their reason in a comment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import SplitResult, urlsplit

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1", "": "127.0.0.1"}  # noqa: S104  what to listen on is no address to open

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LOGINS = ("", "open", "password", "oidc")
SHORTEST_TOKEN = 16
DEEPEST_JSON = 300  # two Python frames a level must fit below the recursion limit
MOST_DIGITS = 308  # a longer number overflows a float, which ends in a page that cannot be made
SHORTEST_PASSWORD = 12  # a shared password is passed on in chats; guessing it must stay out of reach
NO_LIMIT = ("new_runs_per_minute", "runs_per_browser", "store_bytes", "shares_per_browser", "login_tries_per_minute")  # at 0
LARGEST = 10**15
LONGEST_SECONDS = 3_153_600_000  # a hundred years; not much later dates end
HOST = re.compile(r"[A-Za-z0-9._-]+")  # a name or an IPv4 address
ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?/?", re.IGNORECASE)  # as browsers send it: IDN as xn--
MAIL = re.compile(r"[^@\s]*@[^@\s]+")
OPEN_PROVIDERS = ("accounts.google.com", "login.microsoftonline.com", "appleid.apple.com", "www.facebook.com", "gitlab.com")


class BadSetting(SystemExit):
    """A setting that cannot be used; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Settings:
    """All settings. Field names in upper case are the environment's names."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: str = "data"
    database_url: str = ""  # empty = SQLite in data_dir
    secret_key: str = field(default="", repr=False)  # empty = a 0600 file in data_dir (laptop only)
    mode: str = "laptop"  # laptop or hosted
    public_url: str = ""  # empty = http://HOST:PORT (laptop only)
    practice_url: str = ""  # empty = http://localhost:PORT (laptop) or public_url
    login: str = ""  # password, oidc, or open, which says that another layer decides who comes in; hosted mode needs one of them
    login_password: str = field(default="", repr=False)  # the shared password; only its hash is kept in memory
    login_password_hash: str = field(
        default="", repr=False
    )  # or its hash, as werkzeug.security makes it, where the environment is read by many
    login_tries_per_minute: int = 10  # wrong ones, per address; ten times as many in all, so that many addresses guess no faster
    sign_in_seconds: int = 43_200  # a working day; then the person signs in again
    oidc_issuer: str = ""  # the OpenID provider's issuer, as its own document writes it
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)  # empty = a public client; PKCE is used in any case
    oidc_allowed: str = ""  # comma list of e-mail addresses and @domains; empty = everybody whom the provider signs in
    allow_targets: str = ""  # comma list of host-or-CIDR:port, * as port allowed
    ca_bundle: str = ""  # a PEM file to trust in place of the system's
    outbound_proxy: str = ""  # a proxy for all outgoing exchanges; it resolves names itself

    proxy_hops: int = 0  # proxies in front whose X-Forwarded-For, -Proto and -Host are believed; one too many lets anybody forge them
    log_format: str = "text"  # or json: one object a line
    metrics_path: str = ""  # such as /metrics; empty = none
    metrics_token: str = field(default="", repr=False)  # a bearer token for it; empty = asked from this machine only, laptop only

    workers: int = 2
    threads: int = 32  # per worker, for pages; work for gateways has threads of its own

    new_runs_per_minute: int = 30  # per address; a crawler must not fill the store; 0 = no limit
    runs_per_browser: int = 20  # older runs are kept until they expire, new ones are refused; 0 = no limit
    store_bytes: int = 1_000_000_000  # then no new run begins; living ones go on, and none is thrown out for a stranger; 0 = no limit
    form_bytes: int = 64_000  # the longest form is an edited request; bodies of gateways never come in here
    exchanges_per_run: int = 200  # a whole walk needs about 25
    outgoing_at_once: int = 48  # on all workers of an instance together: a room of forty, and some; each may hold an answer of body_bytes
    outgoing_per_browser: int = 2  # one person cannot occupy a shared instance
    connect_seconds: float = 3.0  # a host that has not answered a SYN by then is down for a person
    exchange_seconds: float = 10.0  # wall clock from start to last byte
    step_seconds: float = 20.0  # under the 30 s after which hosting routers cut a request
    body_bytes: int = 1_000_000  # 300 x the largest metadata document seen
    header_bytes: int = 65_536  # 8 x the largest header block common servers send
    json_depth: int = 200  # deeper than any metadata; at most 300, below Python's recursion limit
    json_digits: int = 300  # of one number; at most 308, beyond which it overflows a float
    decompression_ratio: int = 100  # bytes out of one; text rarely shrinks more than twentyfold, a bomb a thousandfold
    client_seconds: float = 10.0  # until a request is whole; a form on a slow phone takes 2; a large file may flow on
    place_seconds: float = 2.0  # how long a click waits for a free place before it is asked to come again
    state_seconds: int = 600  # how long a person may take to sign in and consent (MCP security best practices)
    run_idle_seconds: int = 7_200  # a person at lunch
    run_life_seconds: int = 86_400  # tokens older than a day help nobody

    share_seconds: int = 604_800  # a week: a ticket is read within it; the link is masked, but the fewer live the better
    shares_per_browser: int = 50  # snapshots outlive their runs, so they need a limit of their own; 0 = no limit
    saved_seconds: int = 7_776_000  # 90 days after it was saved or renamed; a browser's session must live as long to find it again

    @property
    def hosted(self) -> bool:
        return self.mode == "hosted"

    @property
    def has_sign_in(self) -> bool:
        """Does this app itself ask people to sign in?"""
        return self.login in ("password", "oidc")

    @property
    def base_url(self) -> str:
        """Where people open the app, without a trailing slash. The redirect URI is made from it and nothing else."""
        host = EVERY_ADDRESS.get(self.host, self.host)
        return (self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}").rstrip("/").lower()

    @property
    def practice_base(self) -> str:
        """The practice gateway's origin: another site than the app's on a laptop, so cookies stay apart."""
        if self.practice_url:
            return self.practice_url.rstrip("/").lower()
        return self.base_url if self.hosted or self.public_url else f"http://localhost:{self.port}"

    @property
    def redirect_uri(self) -> str:
        return f"{self.base_url}/callback"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{Path(self.data_dir).resolve() / 'explorer.sqlite3'}"


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings. Raises BadSetting with a sentence where one cannot be used."""
    types = get_type_hints(Settings)
    given = {f.name: environ[f.name.upper()] for f in fields(Settings) if environ.get(f.name.upper(), "") != ""}
    return checked(Settings(**{name: _typed(name, text, types[name]) for name, text in given.items()}))


def _typed(name: str, text: str, kind: type) -> Any:
    try:
        value = kind(text)
    except ValueError:
        raise BadSetting(f"{name.upper()} must be a number, not {text[:80]!r}.") from None
    if kind is not str:
        _check_number(name, value)
    return value


def _check_number(name: str, value: float) -> None:
    most = LONGEST_SECONDS if name.endswith("_seconds") else LARGEST
    if value < 0:
        raise BadSetting(f"{name.upper()} must not be negative.")
    if not value and name not in (*NO_LIMIT, "proxy_hops"):
        raise BadSetting(f"{name.upper()} must be more than 0.")
    if not value <= most:  # nan is no number that can be waited for
        raise BadSetting(f"{name.upper()} must be a number up to {most:,}.")


def checked(settings: Settings) -> Settings:
    """The same settings, or BadSetting: hosted mode refuses to guess what protects people."""
    if settings.mode not in ("laptop", "hosted"):
        raise BadSetting("MODE must be laptop or hosted.")
    if settings.login not in LOGINS:
        raise BadSetting("LOGIN must be password, oidc or open.")
    if not _can_listen(settings.host) or not 1 <= settings.port <= 65_535:
        raise BadSetting("HOST must be a name or an address such as 127.0.0.1 or ::1, without a port; PORT a number from 1 to 65535.")
    for name in ("public_url", "practice_url"):
        if getattr(settings, name):
            _check_origin(name.upper(), getattr(settings, name), settings.hosted)
    if settings.log_format not in ("text", "json"):
        raise BadSetting("LOG_FORMAT must be text or json.")
    if settings.metrics_path:
        _check_metrics(settings)
    if settings.json_depth > DEEPEST_JSON or settings.json_digits > MOST_DIGITS:
        raise BadSetting(f"JSON_DEPTH may be {DEEPEST_JSON} and JSON_DIGITS {MOST_DIGITS} at most: beyond, no page could show the value.")
    if settings.hosted:
        _check_hosted(settings)
    _check_login(settings)
    return settings


def _can_listen(host: str) -> bool:
    if ":" not in host:
        return HOST.fullmatch(host) is not None
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False


def _check_origin(name: str, url: str, hosted: bool) -> None:
    parts = parts_of(url) if ORIGIN.fullmatch(url) else None
    if parts is None:
        raise BadSetting(f"{name} must be an origin such as https://explorer.example.com.")
    if hosted and parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise BadSetting(f"{name} must be https in hosted mode: codes and cookies travel through it.")


def parts_of(url: str) -> SplitResult | None:
    """The URL's parts, None where they cannot be read."""
    try:
        parts = urlsplit(url)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _check_metrics(settings: Settings) -> None:
    if not re.fullmatch(r"/[A-Za-z0-9_-][A-Za-z0-9/_-]*", settings.metrics_path):
        raise BadSetting("METRICS_PATH must be a path such as /metrics.")
    if settings.hosted and not settings.metrics_token:
        raise BadSetting("METRICS_PATH needs METRICS_TOKEN in hosted mode. Make one with: openssl rand -hex 32")
    if settings.metrics_token and len(settings.metrics_token) < SHORTEST_TOKEN:
        raise BadSetting(f"METRICS_TOKEN must have at least {SHORTEST_TOKEN} characters. Make one with: openssl rand -hex 32")


def _check_hosted(settings: Settings) -> None:
    if any(len(key) < 32 for key in settings.secret_key.replace(",", " ").split()) or not settings.secret_key.strip(", "):
        raise BadSetting("Hosted mode needs SECRET_KEY, at least 32 random characters. Make one with: openssl rand -hex 32")
    if not settings.public_url:
        raise BadSetting("Hosted mode needs PUBLIC_URL, the https origin at which people open the app.")
    if not settings.login:
        raise BadSetting(
            "Hosted mode needs LOGIN: password (one that people share), oidc (an OpenID provider), "
            "or open, which says that another layer (VPN, authenticating proxy) decides who comes in."
        )


def _check_login(settings: Settings) -> None:
    if settings.login == "password":
        _check_password(settings.login_password, settings.login_password_hash)
    if settings.login == "oidc":
        _check_provider(settings)


def _check_password(password: str, digest: str) -> None:
    if bool(password) == bool(digest):
        raise BadSetting("LOGIN=password needs one of LOGIN_PASSWORD and LOGIN_PASSWORD_HASH, not both.")
    if password and len(password) < SHORTEST_PASSWORD:
        raise BadSetting(f"LOGIN_PASSWORD must have at least {SHORTEST_PASSWORD} characters. Make one with: openssl rand -base64 15")
    if digest and not digest.startswith(("scrypt:", "pbkdf2:")):
        raise BadSetting(
            "LOGIN_PASSWORD_HASH must be a scrypt: or pbkdf2: hash. Make one with: "
            "python -c 'import getpass, werkzeug.security as w; print(w.generate_password_hash(getpass.getpass()))'"
        )


def _check_provider(settings: Settings) -> None:
    parts = parts_of(settings.oidc_issuer)
    if not settings.oidc_issuer or not settings.oidc_client_id:
        raise BadSetting("LOGIN=oidc needs OIDC_ISSUER and OIDC_CLIENT_ID, as the OpenID provider gave them.")
    if parts is None or parts.query or parts.fragment or "@" in parts.netloc or not _may_be_dialled(parts):
        raise BadSetting("OIDC_ISSUER must be the provider's https issuer, such as https://login.example.com.")
    if parts.hostname in OPEN_PROVIDERS and not settings.oidc_allowed:
        raise BadSetting(f"Everybody can have an account at {parts.hostname}. Set OIDC_ALLOWED to your @domain, or to e-mail addresses.")
    named = allowed_in(settings.oidc_allowed)
    if settings.oidc_allowed and not (named and all(map(MAIL.fullmatch, named))):
        raise BadSetting("OIDC_ALLOWED must be e-mail addresses and domains with an @, such as ada@example.com,@example.org.")


def _may_be_dialled(issuer: SplitResult) -> bool:
    return issuer.scheme == "https" or (issuer.scheme == "http" and issuer.hostname in LOOPBACK)


def allowed_in(text: str) -> frozenset[str]:
    """OIDC_ALLOWED as a set, in lower case."""
    return frozenset(one.strip().lower() for one in text.split(",") if one.strip())
