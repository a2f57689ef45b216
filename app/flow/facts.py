"""What has been learned so far and a later step needs. Frozen; `flow/fold.py` makes it from the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from app.wire.parse.challenge import Challenge

Document = Mapping[str, Any]
NOTHING: Document = MappingProxyType({})


def nothing() -> Mapping[str, Any]:
    """The empty mapping, as a field's default."""
    return NOTHING


@dataclass(frozen=True)
class Options:
    """What the start form said, plus the two URLs of ours that the gateway will see."""

    target: str = ""
    revision: str = "auto"  # auto or a key of revisions.REVISIONS
    registration: str = "auto"  # auto, preregistered, cimd, dcr
    client_metadata_url: str = ""
    client_id: str = ""
    client_secret: str = ""
    client_auth: str = "auto"  # auto, none, client_secret_basic, client_secret_post, private_key_jwt
    scope: str = ""
    authorize_params: str = ""  # a query string, added to the authorization request
    headers: str = ""  # one "Name: value" a line, sent to the target's origin only
    grant: str = "authorization_code"  # a key of grants.GRANTS
    private_key: str = ""  # PEM or JWK, for private_key_jwt; empty = one is drawn and registered
    signing_algorithm: str = ""  # of that key, empty = by its kind
    assertion: str = ""  # jwt_bearer: the workload's JWT
    idp_token_endpoint: str = ""  # id_jag: where the enterprise's identity provider exchanges tokens
    idp_client_id: str = ""
    idp_id_token: str = ""
    dpop: str = "auto"  # auto, on, off
    redirect_uri: str = ""
    own_client_metadata_url: str = ""  # our CIMD document, empty where an authorization server cannot reach it


@dataclass(frozen=True)
class Client:
    """The client that we are at one authorization server. Never used at another issuer (SEP-2352)."""

    issuer: str
    client_id: str
    client_secret: str = ""
    auth: str = "none"  # how we authenticate at the token endpoint
    how: str = "dcr"  # preregistered, cimd, dcr
    answer: Document = field(default_factory=nothing)  # the registration answer, as it came
    entry: int = 0


@dataclass(frozen=True)
class Authorization:
    """One authorization request: what was drawn and where the browser was sent."""

    state: str
    verifier: str
    challenge: str
    url: str
    issuer: str
    client_id: str
    redirect_uri: str
    scope: str
    resource: str
    reason: str = "first"  # first, again, stepup, lap, second_grant
    entry: int = 0
    at: float = 0.0
    left_at: float | None = None  # when the browser left for it


@dataclass(frozen=True)
class Answer:
    """What came back to /callback. Empty strings where a parameter was absent."""

    state: str
    code: str
    iss: str | None
    error: str
    error_description: str
    error_uri: str
    entry: int
    at: float


@dataclass(frozen=True)
class Tokens:
    """One token answer. `worked` turns true with the first MCP answer that was not a refusal."""

    access: str
    refresh: str = ""
    token_type: str = ""
    scope: str | None = None
    expires_in: float | None = None
    answer: Document = field(default_factory=nothing)
    source: str = "token"  # token, refresh, replay
    entry: int = 0
    at: float = 0.0
    worked: bool = False


@dataclass(frozen=True)
class Pending:
    """A tool call that the person asked for and that has not been answered yet."""

    name: str
    arguments: Document = field(default_factory=nothing)
    input_responses: Document = field(default_factory=nothing)  # 2026-07-28: answers to `inputRequests`
    request_state: str = ""
    entry: int = 0


@dataclass(frozen=True)
class Connect:
    """An upstream that wants to be connected first. `kind` is -32042 or input_required."""

    kind: str
    urls: tuple[str, ...]
    message: str = ""
    state: str = ""  # a vendor's word: authenticating, reconsent_required, admin_connect_required
    keys: tuple[str, ...] = ()  # inputRequests keys to answer
    request_state: str = ""
    entry: int = 0


@dataclass(frozen=True)
class StepState:
    """Where one step stands. `attempt` counts takes; `began` is the entry of the newest take."""

    state: str = "todo"  # todo, now, done, skipped, refused, interrupted
    reason: str = ""
    attempt: int = 0
    began: int = 0
    ended: int = 0
    lap: int = 0


@dataclass(frozen=True)
class Edit:
    """Changes the person made to a request before it was sent. Names of parameters are wire names."""

    step: str
    named: str = ""  # the slug of a named break, empty for a free edit
    set_params: tuple[tuple[str, str], ...] = ()
    drop_params: tuple[str, ...] = ()
    set_headers: tuple[tuple[str, str], ...] = ()
    drop_headers: tuple[str, ...] = ()
    url: str = ""  # another URL to send to, empty for the step's own
    entry: int = 0


@dataclass(frozen=True)
class Facts:
    """Everything a step may know. Absent things are empty or None, never guessed."""

    options: Options = Options()
    lap: int = 0  # 0 = first walk; +1 with every 401 that a working token met, and with a second grant
    pace: str = "step"  # step, run: what the person pressed last
    read_only: str = ""  # why nothing may be pressed: the log was imported
    lesson: str = ""  # the slug of the lesson that the run is walked in
    lesson_room: str = ""  # the room of that lesson, empty where a person learns alone
    lesson_over: str = ""  # solved, gave_up or shown: how the lesson ended
    exchanges: int = 0  # how many were made, which numbers the JSON-RPC ids too

    era: str = ""  # "", modern, legacy
    protocol: str = ""  # the negotiated MCP protocol version
    session_id: str = ""  # Mcp-Session-Id, legacy only
    probed: str = ""  # "", protected, open, unclear

    challenge: Challenge | None = None  # the Bearer challenge of the newest 401 or 403
    challenge_entry: int = 0
    schemes: tuple[str, ...] = ()  # the authentication schemes of that answer, lower case
    metadata_url: str = ""  # resource_metadata of that challenge
    metadata_found_at: str = ""
    resource_metadata: Document = field(default_factory=nothing)
    resource_metadata_entry: int = 0
    issuers: tuple[str, ...] = ()
    chosen_issuer: str = ""
    fallback: bool = False  # no resource metadata anywhere: the target's origin plays authorization server (2025-03-26)

    server: Document = field(default_factory=nothing)  # authorization server metadata
    server_url: str = ""
    server_entry: int = 0
    guessed_endpoints: bool = False  # 2025-03-26 default endpoints, nothing was published

    clients: Mapping[str, Client] = field(default_factory=nothing)  # issuer -> client
    authorization: Authorization | None = None  # the newest authorization request
    authorizations: tuple[Authorization, ...] = ()
    asked_since_click: int = 0  # authorization requests since the person last asked for one
    answer: Answer | None = None  # the newest callback that fits the newest request
    misfit: int = 0  # the entry of a callback that did not fit, newer than the newest request
    gave_up: int = 0  # the entry with which the person gave up waiting for the newest request's answer
    key: Document = field(default_factory=nothing)  # the private JWK that was drawn for private_key_jwt
    dpop_key: Document = field(default_factory=nothing)  # the private JWK that tokens are bound to (RFC 9449)
    dpop_nonces: Mapping[str, str] = field(default_factory=nothing)  # origin -> the newest DPoP-Nonce
    id_jag: str = ""  # the identity assertion that the enterprise's identity provider issued
    codes_sent: tuple[tuple[str, int], ...] = ()  # (code, entry) in order

    tokens: Tokens | None = None  # the newest living pair
    token_history: tuple[Tokens, ...] = ()
    granted_scope: frozenset[str] = frozenset()
    old_refresh: str = ""  # the refresh token that the newest refresh replaced
    rotated_at: float | None = None
    grant_dead: bool = False  # a replay or a revocation ended it
    heard: Mapping[str, Any] = field(default_factory=nothing)  # replay and confirm: role -> what came of it
    replay_outcome: str = ""  # grant_killed, rejected_grant_alive, in_grace, always_accepted
    replays: int = 0
    revoked: bool = False

    tools: tuple[Document, ...] = ()
    pending: Pending | None = None
    called: bool = False  # the handshake was proved by an MCP answer
    connect: Connect | None = None
    wanted_scope: frozenset[str] = frozenset()  # asked by a 403, not yet granted

    steps: Mapping[str, StepState] = field(default_factory=nothing)
    gone_past: frozenset[tuple[str, int]] = frozenset()  # (code, entry of the finding)
    edit: Edit | None = None  # waits for the next take of its step
    edits: tuple[Edit, ...] = ()

    @property
    def is_veiled(self) -> bool:
        """Must what the checks find stay hidden? In a lesson it does, until the person has answered or given up."""
        return bool(self.lesson) and not self.lesson_over and not self.read_only

    @property
    def issuer(self) -> str:
        """The authorization server in use: chosen by the person, else the first one named."""
        return self.chosen_issuer or (self.issuers[0] if self.issuers else "")

    @property
    def client(self) -> Client | None:
        """Our client at the issuer in use."""
        return self.clients.get(self.issuer)

    @property
    def by_browser(self) -> bool:
        """Does a person sign in, or does a machine fetch its token by itself?"""
        return self.options.grant == "authorization_code"

    @property
    def resource(self) -> str:
        """The resource identifier byte for byte from the metadata, else the target without its fragment."""
        published = self.resource_metadata.get("resource")
        return published if isinstance(published, str) and published else self.options.target.split("#")[0]
