"""What one practice gateway is and how it behaves. Every other module here reads behaviour from `Gateway` only,

so that a broken gateway is the same code with other values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

MOUNT = "/practice"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Upstream:
    """The pretended service behind a route. `asked` says when a person must connect it: `consent` or `call`."""

    name: str
    title: str
    asked: str


@dataclass(frozen=True)
class Route:
    """One protected MCP route with its own metadata, issuer and tokens."""

    name: str
    title: str
    upstream: Upstream


@dataclass(frozen=True)
class Person:
    """Somebody the pretended identity provider knows."""

    name: str
    title: str


class Absent(Enum):
    """What stands in `Members` for a member that is left out."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT
Members = Mapping[str, object]  # texts in them may hold the places that app/practice/shaping.py fills


@dataclass(frozen=True)
class Instead:
    """An answer that is given in place of the right one, at one spot."""

    status: int
    body: str = ""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


ROUTES = (
    Route("linear-v1", "Linear (practice)", Upstream("linear", "Linear", asked="consent")),
    Route("github-v1", "GitHub (practice)", Upstream("github", "GitHub", asked="call")),
)
PEOPLE = (Person("ada", "Ada Practice"), Person("grace", "Grace Practice"), Person("linus", "Linus Practice"))


WITH_THE_RUN = ("access_seconds", "login_seconds", "flow_seconds", "ticket_seconds")


@dataclass(frozen=True)
class Gateway:
    """A practice gateway. `origin` is scheme and host without a slash, `mount` the path in front of everything."""

    id: str
    origin: str
    mount: str = MOUNT
    routes: tuple[Route, ...] = ROUTES
    people: tuple[Person, ...] = PEOPLE
    realm: str = "OAuth"
    challenge_scope: str = "mcp:tools"  # MCP 2025-11-25: a challenge should name the scope
    resource_scopes: tuple[str, ...] = ("mcp:tools",)  # the least that is useful; more is asked for by 403
    scopes: tuple[str, ...] = ("mcp:tools", "mcp:admin")
    auth_methods: tuple[str, ...] = ("none", "client_secret_basic", "client_secret_post")
    client_metadata: bool = True  # only where documents can be fetched at all
    sse_methods: tuple[str, ...] = ("tools/list",)  # answered as an event stream, so that a walk sees both forms
    code_seconds: int = 30  # what the strictest gateway seen allows
    access_seconds: int = 900  # RFC 6750 5.3 wants an hour or less
    grant_seconds: int = 86_400  # as long as a run may live; nothing here is real
    client_seconds: int = 3 * 86_400  # as long as a room: prepared the day before, read the day after
    login_seconds: int = 8 * 3_600
    flow_seconds: int = 900  # from the authorize request to the decision
    ticket_seconds: int = 900  # a connect link
    # how it judges and what it gives out; a healthy gateway does all of it as the specifications say
    open_methods: tuple[str, ...] = ()  # MCP methods that are answered without a token; * = every one
    reads_tokens: bool = True  # else the Authorization header gets lost on the way to the gateway
    explains_refusals: bool = True  # else a bad token gets the answer of a missing one
    method_scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # what an MCP method needs beside resource_scopes
    lists_tools: bool = True
    server_places: tuple[str, ...] = ("oauth_inserted",)  # also oidc_inserted, oidc_appended
    registered_status: int = 201
    renames_loopback: bool = False  # is 127.0.0.1 in a redirect URI taken for localhost?
    registrations_per_minute: int = 600  # a room of forty registers at once, again and again; a loop must not fill the store
    public_clients: bool = True  # else a client that asks for none is given a secret
    decodes_basic: bool = True  # RFC 6749 section 2.3.1: both halves are form-encoded
    forgets_clients_at: tuple[str, ...] = ()  # authorize, token
    trusts_registered_redirects: bool = True  # else authorization refuses what registration took
    authorize_error: tuple[str, str] = ("", "")  # error and description with which every request is sent back
    known_resource: str = "{resource}"  # under which name the authorization server knows the route
    lets_forms_out: bool = True  # does form-action of the consent page name the client's callback?
    login_in_place: bool = False  # is the login page shown at the authorization endpoint itself?
    login_domain: str | None = None  # of the cookie; one that is not ours makes browsers drop it
    circles: bool = False  # does the authorization endpoint redirect to itself?
    state_characters: int = 0  # how many of `state` come back; 0 = all
    answers_in_fragment: bool = False  # parameters behind a # in place of the query
    access_form: str = "opaque"  # or jwt
    jwt_claims: Members = field(default_factory=dict)
    answer_caching: str = "no-store"
    rotates: bool = True
    replay: str = "kill"  # an old refresh token ends the grant; or reject, accept
    grace_seconds: float = 0.0  # how long an old refresh token stays good after its rotation
    dead_grant_error: str = "invalid_grant"
    revokes: tuple[str, ...] = ("access", "refresh")
    unsupported_revocation: tuple[str, ...] = ()  # kinds that are refused honestly (RFC 7009 section 2.2.1)
    dead_token_status: int = 401  # the answer to a token that was good once
    delays: Mapping[str, float] = field(default_factory=dict)  # seconds before the answer, by spot
    # what a broken gateway says in place of the right thing; a healthy one leaves all of it empty
    instead: Mapping[str, Instead] = field(default_factory=dict)  # by spot: see app/practice/spots.py
    challenge_parts: Members = field(default_factory=dict)  # of WWW-Authenticate
    challenge_text: str | None = None  # the whole of WWW-Authenticate; empty = no such header
    refusal_text: str | None = None  # the same, in answers to a token that is no good
    challenge_body: str | None = None  # the whole body of a 401
    resource_members: Members = field(default_factory=dict)  # of the resource's metadata document
    server_members: Members = field(default_factory=dict)  # of the authorization server's
    client_members: Members = field(default_factory=dict)  # of the registration's answer
    token_members: Members = field(default_factory=dict)  # of the token endpoint's answer to a code
    refresh_members: Members = field(default_factory=dict)  # of its answer to a refresh token
    way_back: Members = field(default_factory=dict)  # of the redirect to the client

    @property
    def base(self) -> str:
        """The URL that everything but the well-known documents lives under."""
        return self.origin + self.mount

    @property
    def is_opened(self) -> bool:
        """Did somebody open it, perhaps with faults? Else it is the healthy one."""
        return self.mount != MOUNT

    @property
    def on_loopback(self) -> bool:
        return urlsplit(self.origin).hostname in LOOPBACK_HOSTS

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https:")

    def route(self, name: str) -> Route | None:
        return next((route for route in self.routes if route.name == name), None)

    def upstream(self, name: str) -> Upstream | None:
        return next((route.upstream for route in self.routes if route.upstream.name == name), None)

    def person(self, name: str) -> Person | None:
        return next((person for person in self.people if person.name == name), None)

    def resource(self, route: Route) -> str:
        """The route's canonical URI: its resource identifier and its issuer."""
        return f"{self.base}/mcp/{route.name}"

    def resource_metadata_url(self, route: Route) -> str:
        return f"{self.origin}/.well-known/oauth-protected-resource{self.mount}/mcp/{route.name}"

    def known_scope(self, scope: str) -> bool:
        return set(scope.split()) <= set(self.scopes)


def healthy(origin: str, run_life_seconds: int = Gateway.grant_seconds) -> Gateway:
    """The gateway without faults. What it keeps of a walk, it keeps no longer than the run may live."""
    lives = {name: min(getattr(Gateway, name), run_life_seconds) for name in WITH_THE_RUN}
    return Gateway(id="healthy", origin=origin, **{**lives, "grant_seconds": run_life_seconds})


def known_resource(gateway: Gateway, route: Route) -> str:
    """The name under which the authorization server knows the route."""
    return gateway.known_resource.replace("{resource}", gateway.resource(route)).replace("{origin}", gateway.origin)


def route_of(gateway: Gateway, resource: str) -> Route | None:
    """The route that the authorization server knows under that name."""
    return next((route for route in gateway.routes if known_resource(gateway, route) == resource), None)
