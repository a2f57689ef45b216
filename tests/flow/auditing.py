"""A canned gateway that judges everything an audit attempts (each judgement can be switched off), and somebody who audits it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from canned import AS, CALLBACK, TARGET, Gateway, Reply, Walker, form, json_reply

from app.checks.engine import forbids
from app.flow.audits.attempts import SLUGS
from app.flow.audits.judging import Verdict
from app.flow.audits.progress import begin, send_out, take_audit, take_back
from app.flow.audits.reading import Audit, audit_of
from app.flow.audits.verdicts import verdicts
from app.flow.log import Leg
from app.wire.messages import Exchange, Request

OTHER = "https://gw.example/mcp/two"


@dataclass
class Grant:
    """What one sign-in gave."""

    challenge: str
    redirect_uri: str
    resource: str
    used: bool = False
    lives: bool = True


class Judging(Gateway):
    """`lenient` are the attempts that it lets through; `codes_die` = a wrong try uses a code up; `ends` = misuse ends the grant."""

    def __init__(self, lenient: Iterable[str] = (), *, codes_die: bool = False, ends: bool = True) -> None:
        super().__init__()
        self.lenient, self.codes_die, self.ends = set(lenient), codes_die, ends
        self.here = AS  # under which name a browser knows it
        self.grants: dict[str, Grant] = {}
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.old: set[str] = set()
        self.revoked: set[str] = set()
        self.on["POST /mcp/one"] = self.on["POST /mcp/two"] = self._door
        self.on["POST /token"] = self._exchange
        self.on["POST /revoke"] = self._hand_back

    def issue_code(self, code: str, url: str) -> None:
        """What the sign-in page does."""
        sent = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.grants[code] = Grant(sent["code_challenge"], sent["redirect_uri"], sent.get("resource", TARGET).replace(self.here, AS))

    def _door(self, request: Request) -> Reply:
        header = request.header("authorization").removeprefix("Bearer ")
        token = header or (_query(request.url).get("access_token", "") if "token_in_query" in self.lenient else "")
        if not (self._opens(token, request) or (not token and "no_token" in self.lenient)):
            metadata = f"{AS}/.well-known/oauth-protected-resource/mcp/one"
            return 401, {"WWW-Authenticate": f'Bearer resource_metadata="{metadata}", scope="mcp:tools"'}, b""
        if request.header("origin") and "wrong_origin" not in self.lenient:
            return 403, {}, b""
        message: dict[str, Any] = json.loads(request.body)
        if request.header("mcp-protocol-version") == "1999-01-01" and "unknown_version" not in self.lenient:
            return json_reply({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32022, "message": "no"}}, 400)
        return self.answer_rpc(message)

    def _opens(self, token: str, request: Request) -> bool:
        if token.startswith("made-up"):
            return "garbage_token" in self.lenient
        grant = self.access.get(token)
        if grant is None or (token in self.revoked and "revoked_token" not in self.lenient):
            return False
        here = f"{AS}{urlsplit(request.url).path}"
        return grant.lives and (grant.resource == here or "foreign_route" in self.lenient)

    def _exchange(self, request: Request) -> Reply:
        sent = form(request)
        if sent["grant_type"] == "client_credentials":
            return self._pair(Grant("", "", TARGET))
        return self._redeem(sent) if sent["grant_type"] == "authorization_code" else self._rotate(sent)

    def _redeem(self, sent: dict[str, str]) -> Reply:
        grant = self.grants.get(sent["code"])
        if grant is None:
            return _no("invalid_grant")
        if wrong := next((slug for slug in self._wrongs(grant, sent) if slug not in self.lenient), ""):
            grant.used = grant.used or self.codes_die
            return _no("invalid_target" if "resource" in wrong else "invalid_grant")
        if grant.used and "code_twice" not in self.lenient:
            grant.lives = grant.lives and not self.ends
            return _no("invalid_grant")
        grant.used = True
        return self._pair(grant)

    def _wrongs(self, grant: Grant, sent: dict[str, str]) -> Iterable[str]:
        verifier = sent.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        yield from ["missing_verifier"] if not verifier else ["wrong_verifier"] if digest != grant.challenge else []
        yield from ["wrong_redirect"] if sent["redirect_uri"] != grant.redirect_uri else []
        yield from ["missing_resource"] if "resource" not in sent else ["wrong_resource"] if sent["resource"] != grant.resource else []

    def _rotate(self, sent: dict[str, str]) -> Reply:
        token = sent["refresh_token"]
        grant = self.refresh.get(token)
        if grant is None or not grant.lives:
            return _no("invalid_grant")
        if token in self.old and "old_refresh" not in self.lenient:
            grant.lives = not self.ends
            return _no("invalid_grant")
        self.old.add(token)
        return self._pair(grant)

    def _pair(self, grant: Grant) -> Reply:
        self.count += 1
        access, refresh = f"access-token-{self.count}", f"refresh-token-{self.count}"
        self.access[access], self.refresh[refresh] = grant, grant
        answer = {"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 900, "scope": "mcp:tools"}
        return json_reply(answer, **{"Cache-Control": "no-store"})

    def _hand_back(self, request: Request) -> Reply:
        token = form(request)["token"]
        self.revoked.add(token)
        if token in self.refresh:
            self.refresh[token].lives = False
        return 200, {}, b""


def _query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def _no(error: str) -> Reply:
    return json_reply({"error": error}, 400)


class Auditor(Walker):
    """Somebody who has walked to the handshake and audits now."""

    def __init__(self, gateway: Judging, **options: str) -> None:
        super().__init__(gateway, forbids, **options)
        self.judging = gateway
        self.sign_ins = 0

    def come_back(self, **changes: str | None) -> None:
        asked = self.facts.authorization
        assert asked is not None
        self.judging.issue_code(f"code-{len(self.facts.authorizations)}", asked.url)
        super().come_back(**changes)

    @property
    def audit(self) -> Audit:
        found = audit_of(self.run.entries)
        assert found is not None
        return found

    def choose(self, *attempts: str, other_route: str = OTHER) -> None:
        begin(self.run, attempts or SLUGS, other_route)
        take_audit(self.run, self.means)

    def sign_in(self, **changes: str) -> None:
        """Out and back for the audit, as the pages do it."""
        self.sign_ins += 1
        url = send_out(self.run, self.audit.lap)
        self.judging.issue_code(f"audit-code-{self.sign_ins}", url)
        answer = {"code": f"audit-code-{self.sign_ins}", "state": _query(url)["state"], **changes}
        take_back(self.run, Leg("callback", f"{CALLBACK}?" + "&".join(f"{k}={v}" for k, v in answer.items())))
        take_audit(self.run, self.means)

    def to_the_end(self) -> None:
        while self.audit.waits:
            self.sign_in()
        assert self.audit.outcome

    @property
    def verdicts(self) -> dict[str, Verdict]:
        return {verdict.slug: verdict for verdict in verdicts(self.run, self.facts)}

    @property
    def words(self) -> dict[str, str]:
        return {slug: verdict.word for slug, verdict in self.verdicts.items()}

    def asked(self, slug: str = "") -> list[str]:
        """The roles of what the audit sent, without their beginning."""
        roles = [e.role.removeprefix("probe:audit:") for e in self.run.entries if e.is_aside and isinstance(e.body, Exchange)]
        return [role for role in roles if role.startswith(slug)]


def audited(gateway: Judging, *attempts: str, **options: str) -> Auditor:
    """A whole audit."""
    lenient, gateway.lenient = gateway.lenient, set()  # whoever needs no token does not come to the end of the walk
    somebody = Auditor(gateway, **options)
    somebody.to_connected()
    gateway.lenient = lenient
    somebody.choose(*attempts)
    somebody.to_the_end()
    return somebody
