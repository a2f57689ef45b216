"""A person whose app judges what it sees: the canned walk with the real checks, which stop it where a client must stop."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from canned import AS, Gateway, Reply, Walker

from app.checks.engine import examine, forbids, main_of
from app.flow.acts import act
from app.flow.standing import standing

HEADER = "oauth-protected-resource/mcp/one"
SERVER = "oauth-authorization-server"
HTML: Reply = (200, {"Content-Type": "text/html"}, b"<!doctype html><title>Welcome</title>")
GONE: Reply = (404, {}, b"")


class Strict(Walker):
    """`state`, `problem` and `codes` are what the run page would show."""

    def __init__(self, gateway: Gateway, revision: str, **options: str) -> None:
        super().__init__(gateway, forbids, revision=revision, **options)

    @property
    def state(self) -> str:
        return standing(self.facts, forbids(self.run), False).state

    @property
    def problem(self) -> str:
        found = main_of(self.run)
        return found.code if found else ""

    @property
    def codes(self) -> dict[str, str]:
        """Level by code of everything that was found."""
        return {finding.code: finding.level for finding in examine(self.run)}

    def press(self, action: str, **form: str) -> None:
        """Press, and let the engine do what the plan says."""
        plan = act(self.run, action, form, forbids(self.run))
        if plan.kind == "take":
            self.take(plan.step)
        elif plan.kind == "run_on":
            self.go()

    @property
    def sent(self) -> dict[str, str]:
        """The parameters of the newest authorization request."""
        asked = self.facts.authorization
        assert asked is not None
        return {name: values[0] for name, values in parse_qs(urlsplit(asked.url).query, keep_blank_values=True).items()}

    def asked(self, part: str = "") -> list[str]:
        """The URLs of all requests so far that contain this text."""
        return [request.url for request in self.gateway.asked if part in request.url]


def no_header(gateway: Gateway) -> None:
    """Make the 401 name no metadata URL."""
    answer = gateway._mcp

    def quiet(request: Any) -> Reply:
        reply = answer(request)
        return (401, {"WWW-Authenticate": "Bearer"}, b"") if reply[0] == 401 else reply  # type: ignore[index,return-value]

    gateway.on["POST /mcp/one"] = quiet


def at_issuer(gateway: Gateway, issuer: str) -> None:
    """Move the authorization server to another issuer, endpoints too."""
    gateway.prm["authorization_servers"] = [issuer]
    gateway.metadata |= {k: v.replace(AS, issuer) for k, v in gateway.metadata.items() if isinstance(v, str) and v.startswith(f"{AS}/")}
    gateway.metadata["issuer"] = issuer
    path = urlsplit(issuer).path.rstrip("/")
    for name in ("register", "token", "revoke"):
        gateway.on[f"POST {path}/{name}"] = lambda request, name=name: gateway._answer(  # type: ignore[misc]
            type(request)(request.method, f"{AS}/{name}", request.headers, request.body)
        )
