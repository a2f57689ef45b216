"""A recording told again as a run: the takes, choices and legs that our own walk would have written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.flow import choices
from app.flow.facts import Facts, Options
from app.flow.fold import facts_of, state_of
from app.flow.log import Choice, Leg, Run
from app.flow.mcp import let_in, rpc_result
from app.flow.oauth import json_object, text
from app.flow.recognised import Meant, Overview, bare, form_in, issuer_behind, led_back, meant_by
from app.flow.recorded import Recorded
from app.flow.steps import NAMES
from app.flow.steps.callback import waits
from app.wire.messages import Exchange, Request
from app.wire.parse.form import query_of, read_pairs
from app.wire.parse.url import origin

NOT_SHOWN = "The recording does not show it."
UNREAD = "The recording leaves out the body of the answer."
ALONE = ("token", "register", "refresh")  # each of their exchanges is a take of its own
AGAIN = ("discover", "initialize")  # a handshake that begins anew is a new take
TOKEN_SCHEMES = ("bearer ", "dpop ")
REASONS = {
    "server_metadata": "No candidate answered with a JSON object.",
    "register": "No client id came back.",
    "token": "No access token came back.",
    "call": "The handshake did not come to its end.",
    "refresh": "No new access token came back.",
}


@dataclass
class Retelling:
    """The run as it grows. `left_out` counts what is no part of the handshake, `unread` answers without their body."""

    run: Run
    overview: Overview
    most: int
    step: str = ""  # of the take that is open
    roles: list[str] = field(default_factory=list)
    began: int = 0
    told: int = 0
    left_out: int = 0
    unread: int = 0
    revoked: set[str] = field(default_factory=set)

    @property
    def facts(self) -> Facts:
        return facts_of(self.run)

    def tell(self, found: Sequence[Recorded]) -> None:
        """All of it, in the order of time."""
        came_back = {one.exchange.request.url for one in found if _is_leg(one, self.overview, "callback")}
        for one in found:
            at_most = self.told < self.most
            meant = meant_by(one, self.overview, metadata_url=self.facts.metadata_url, issuer=self.facts.issuer) if at_most else None
            meant = self._placed(meant, one.exchange) if meant else None
            back = led_back(one.exchange, self.overview)
            if meant is None and not (back and back not in came_back):
                self.left_out += 1
                continue
            if meant is not None:
                self._take_in(meant, one)
            if back and back not in came_back:  # an app's own callback is in no browser's recording
                came_back.add(back)
                self._come_back(back, one)
        self._close(self.run.entries[-1].at)
        if waits(self.facts):
            self._choose(choices.GAVE_UP, self.run.entries[-1].at, "callback", "The recording ends without a callback.")
        self._skip_rest()

    def _placed(self, meant: Meant, exchange: Exchange) -> Meant | None:
        """An MCP message or a refresh belongs to the step in which the walk stands."""
        request = exchange.request
        if meant.step == "revoke":
            return Meant("revoke", self._kind_of_revocation(form_in(request)))
        if meant.step == "refresh" and form_in(request).get("refresh_token") in self.revoked:
            return self._after_revocation("refresh_after_revoke", "refresh")
        if meant.step != "mcp":
            return meant
        token = token_in(request)
        if meant.role == "get":
            return Meant("probe", "get") if exchange.status == 401 and not token and not self.facts.probed else None
        if token in self.revoked:
            return self._after_revocation("access_after_revoke", "access")
        return Meant("call" if token or self.facts.tokens else "probe", meant.role)

    def _after_revocation(self, in_revoke: str, in_confirm: str) -> Meant:
        still = self.step == "revoke" and "revoke_refresh" not in self.roles
        return Meant("revoke", in_revoke) if still else Meant("confirm", in_confirm)

    def _kind_of_revocation(self, form: dict[str, str]) -> str:
        tokens, token, hint = self.facts.tokens, form.get("token", ""), form.get("token_type_hint", "")
        held = [(t.access, t.refresh) for t in self.facts.token_history]
        if token in [refresh for _, refresh in held] or (hint == "refresh_token" and not tokens):
            return "revoke_refresh"
        return "revoke_access" if token in [access for access, _ in held] or not tokens else "revoke_unknown"

    def _take_in(self, meant: Meant, one: Recorded) -> None:
        self.told += 1
        if not one.is_read and meant.step not in ("authorize", "callback") and _needs_body(one.exchange, meant):
            self.unread += 1
            return
        if meant.leg == "authorize":
            self._leave(one)
        elif meant.leg == "callback":
            self._come_back(meant.url, one)
        else:
            self._open(meant, one)
            self.run.append(one.exchange, step=meant.step, role=meant.role, why=one.why, at=one.at)
            self._remember_revocation(meant, one.exchange)

    def _remember_revocation(self, meant: Meant, exchange: Exchange) -> None:
        if meant.step != "revoke" or not meant.role.startswith("revoke_"):
            return
        tokens = self.facts.tokens
        self.revoked.add(form_in(exchange.request).get("token", ""))
        if meant.role == "revoke_refresh" and tokens:
            self.revoked.add(tokens.access)

    def _open(self, meant: Meant, one: Recorded) -> None:
        """Begin a take where the exchange belongs to none that is open, and supply what the recording began after."""
        again = meant.role in self.roles and (meant.step in ALONE or meant.role in AGAIN)
        if meant.step != self.step or again or meant.step in ALONE:
            self._close(one.at)
            self._skip_before(meant.step, one.at)
            self._supply(meant, one)
            self._choose("take", one.at, meant.step, step=meant.step, pace="run")
            self.step, self.began = meant.step, len(self.run.entries)
            self.roles = []
        self.roles.append(meant.role)

    def _choose(self, name: str, at: float, within: str, why: str = "", /, **values: Any) -> None:
        self.run.append(Choice(name, values), step=within, why=why, at=at)

    def _close(self, at: float) -> None:
        if not self.step:
            return
        reached = self._reached()
        outcome, reason = ("done", "") if reached else ("failed", REASONS.get(self.step, ""))
        self._choose(choices.ENDED, at, self.step, step=self.step, outcome=outcome, reason=reason)
        self.step = ""

    def _reached(self) -> bool:
        """Did the open take bring what the step is for?"""
        facts = self.facts
        goals = {
            "server_metadata": facts.server_entry > self.began or facts.fallback,
            "register": facts.client is not None and facts.client.entry > self.began,
            "token": facts.tokens is not None and facts.tokens.entry > self.began,
            "refresh": facts.tokens is not None and facts.tokens.entry > self.began,
            "call": any(_answered(e.body) for e in self.run.entries[self.began :] if isinstance(e.body, Exchange)),
        }
        return goals.get(self.step, True)

    def _skip_before(self, step: str, at: float) -> None:
        """What the walk does earlier and the recording does not show."""
        for name in NAMES[: NAMES.index(step)]:
            if name not in ("refresh", "replay") and state_of(self.facts, name).state == "todo":
                self._choose(choices.ENDED, at, name, step=name, outcome="skipped", reason=NOT_SHOWN)

    def _skip_rest(self) -> None:
        if any(state_of(self.facts, name).state == "refused" for name in NAMES):
            return
        for name in NAMES:
            if state_of(self.facts, name).state == "todo":
                self._choose(choices.ENDED, self.run.entries[-1].at, name, step=name, outcome="skipped", reason=NOT_SHOWN)

    def _supply(self, meant: Meant, one: Recorded) -> None:
        """What the client knew before the recording began: which server, which client, which tokens."""
        request = one.exchange.request
        if meant.step == "server_metadata":
            self._supply_issuer(one)
        if meant.step in ("token", "refresh", "revoke"):
            self._supply_client(request, one.at)
        if meant.step in ("call", "refresh", "revoke", "confirm") and self.facts.tokens is None:
            form = form_in(request)
            access = token_in(request) or (form.get("token", "") if meant.role == "revoke_access" else "")
            refresh = form.get("refresh_token", "") or (form.get("token", "") if meant.role == "revoke_refresh" else "")
            why = "The recording begins after these tokens were issued."
            self._choose(choices.HELD, one.at, "", why, access_token=access, refresh_token=refresh)

    def _supply_issuer(self, one: Recorded) -> None:
        issuer = issuer_behind(one.exchange.request.url)
        published = text(json_object(one.exchange) or {}, "issuer")
        if published.rstrip("/") == issuer.rstrip("/"):
            issuer = published
        known = [i.rstrip("/") for i in self.facts.issuers] if not self.facts.fallback else []
        if issuer and self.facts.issuer.rstrip("/") != issuer.rstrip("/") and (not known or issuer.rstrip("/") in known):
            self._choose(choices.SERVER, one.at, "server_metadata", issuer=issuer)

    def _supply_client(self, request: Request, at: float, client_id: str = "") -> None:
        form = form_in(request)
        client_id = client_id or form.get("client_id", "")
        client = self.facts.client
        if not client_id and not request.header("authorization"):
            return
        if client is not None and client_id in ("", client.client_id):
            return
        auth = auth_in(request, form)
        how = "cimd" if client_id.startswith("https://") else "preregistered"
        values = {"issuer": self.facts.issuer, "client_id": client_id, "client_secret": "", "auth": auth, "how": how}
        self._choose(choices.CLIENT, at, "register", "The client id that the recorded requests name.", **values)

    def _leave(self, one: Recorded) -> None:
        """The browser left for the authorization endpoint."""
        url = one.exchange.request.url
        given = dict(reversed(read_pairs(query_of(url))))
        self._close(one.at)
        self._skip_before("authorize", one.at)
        self._supply_client(Request("GET", url), one.at, given.get("client_id", ""))
        facts = self.facts
        values = {name: given.get(name, "") for name in ("state", "client_id", "redirect_uri", "scope", "resource")}
        drawn = {"verifier": "", "challenge": given.get("code_challenge", ""), "url": url, "issuer": facts.issuer or origin(url)}
        self._choose(choices.TAKE, one.at, "authorize", step="authorize", pace="run")
        self._choose(choices.AUTHORIZE, one.at, "authorize", **values, **drawn, reason="again" if facts.authorizations else "first")
        self._choose(choices.ENDED, one.at, "authorize", step="authorize", outcome="done", reason="")
        self.run.append(Leg("authorize", url), step="authorize", why=f"Entry {one.number} of the file.", at=one.at)

    def _come_back(self, url: str, one: Recorded) -> None:
        """The browser came back, or was told to."""
        self._close(one.at)
        self._skip_before("callback", one.at)
        request = one.exchange.request
        headers = request.headers if bare(request.url) == bare(url) else ()
        kept = tuple((name, value) for name, value in headers if name.lower() not in ("cookie", "authorization"))
        self.run.append(Leg("callback", url, headers=kept), step="callback", why=f"Entry {one.number} of the file.", at=one.at)


def token_in(request: Request) -> str:
    """The access token that a request carries, or an empty string."""
    value = request.header("authorization")
    return value.partition(" ")[2].strip() if value.lower().startswith(TOKEN_SCHEMES) else ""


def auth_in(request: Request, form: dict[str, str]) -> str:
    """How the client authenticated."""
    if request.header("authorization").lower().startswith("basic "):
        return "client_secret_basic"
    if "client_assertion" in form:
        return "private_key_jwt"
    return "client_secret_post" if "client_secret" in form else "none"


def _answered(exchange: Exchange) -> bool:
    return let_in(exchange) and (rpc_result(exchange) is not None or exchange.status == 202)


def _needs_body(exchange: Exchange, meant: Meant) -> bool:
    """Can the answer not be judged without its body? A 401 is read by its headers, a redirect and an accepted message too."""
    status = exchange.status or 0
    if meant.step in ("probe", "call", "confirm") or meant.role.startswith("access"):
        return status not in (202, 401, 403, 404, 405) and not 300 <= status < 400
    return not (300 <= status < 400 or (meant.step == "revoke" and status == 200))


def _is_leg(one: Recorded, overview: Overview, kind: str) -> bool:
    meant = meant_by(one, overview)
    return meant is not None and meant.leg == kind


def options_for(overview: Overview) -> dict[str, Any]:
    """What a start form would have said."""
    redirect = overview.redirect_uris[0] if overview.redirect_uris else ""
    return vars(Options(target=overview.target, revision=overview.revision, grant=overview.grant, redirect_uri=redirect))


def tells_something(found: Sequence[Recorded], overview: Overview) -> bool:
    """Is any exchange of the file part of a handshake?"""
    return any(meant_by(one, overview) or led_back(one.exchange, overview) for one in found)
