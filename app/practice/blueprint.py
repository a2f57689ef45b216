"""Wiring: which URL is answered by which function, and how refusals become answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, request
from sqlalchemy import Engine
from werkzeug.exceptions import RequestEntityTooLarge

from app.practice import answers, authorize, connect, front, identity, mcp, metadata, registration, revoke, setup, token
from app.practice.desk import BearerRefusal, Desk, FetchDocument, OAuthRefusal, PageRefusal
from app.practice.gateway import healthy
from app.practice.tables import create_tables
from app.settings import Settings

View = Callable[..., Response]


@dataclass(frozen=True)
class Rule:
    """One URL. `{mount}` stands for the gateway's own path. `machine`: called by programs, so no page and no cookie."""

    path: str
    name: str
    views: dict[str, View]
    machine: bool = True


RULES = (
    Rule("/.well-known/oauth-protected-resource{mount}/mcp/<route>", "resource_metadata", {"GET": metadata.resource_metadata}),
    Rule("/.well-known/oauth-authorization-server{mount}/mcp/<route>", "server_metadata", {"GET": metadata.server_metadata}),
    Rule("{mount}/mcp/<route>", "mcp", {"POST": mcp.mcp}),
    Rule("{mount}/oauth/register", "register", {"POST": registration.register}),
    Rule("{mount}/oauth/token", "token", {"POST": token.token}),
    Rule("{mount}/oauth/revoke", "revoke", {"POST": revoke.revoke}),
    Rule("{mount}/oauth/authorize/mcp/<route>", "authorize", {"GET": authorize.authorize}, machine=False),
    Rule("{mount}/oauth/callback", "login_callback", {"GET": authorize.login_callback}, machine=False),
    Rule("{mount}/oauth/setup", "setup", {"GET": setup.setup_page, "POST": setup.decide}, machine=False),
    Rule("{mount}/idp/login", "login", {"GET": identity.login_page, "POST": identity.log_in}, machine=False),
    Rule(
        "{mount}/auth/connections/<upstream>/connect",
        "connect",
        {"GET": connect.connect_page, "POST": connect.connect},
        machine=False,
    ),
    Rule("{mount}/", "front", {"GET": front.front_page, "POST": front.leave}, machine=False),
)
MACHINE_ENDPOINTS = frozenset(f"practice.{rule.name}" for rule in RULES if rule.machine)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def create_practice(
    settings: Settings,
    engine: Engine,
    fetch_client_document: FetchDocument | None = None,
    clock: Callable[[], float] = time.time,
) -> Blueprint:
    """The practice gateway as a blueprint named `practice`; makes its tables. Raises StoreUnavailable.

    `fetch_client_document` gets an https (or loopback http) URL and answers the document's bytes or raises
    ClientDocumentUnreachable; it must be bounded and guarded. None: client metadata documents are not advertised.
    """
    create_tables(engine)
    desk = Desk(healthy(settings.practice_base), engine, clock, fetch_client_document, settings.base_url)
    blueprint = Blueprint("practice", __name__)
    blueprint.record_once(lambda state: state.app.extensions.update(explorer_cookieless=MACHINE_ENDPOINTS))
    for rule in RULES:
        # Every method is ours, or the framework would answer GET on an MCP route by a page and an Allow with OPTIONS in it.
        path = rule.path.format(mount=desk.gateway.mount)
        blueprint.add_url_rule(path, rule.name, _answering(desk, rule), methods=METHODS, provide_automatic_options=False)
    return blueprint


def _answering(desk: Desk, rule: Rule) -> View:
    def answering(**parts: str) -> Response:
        view = rule.views.get("GET" if request.method == "HEAD" else request.method)
        if view is None:
            return _other_method(desk, rule)
        try:
            return view(desk, **parts)
        except OAuthRefusal as refusal:
            return answers.oauth_error(refusal)
        except BearerRefusal as refusal:
            return answers.challenge(desk.gateway, refusal)
        except PageRefusal as refusal:
            return answers.error_page(desk.gateway, refusal)
        except RequestEntityTooLarge:
            return _too_large(desk, rule)

    return answering


def _other_method(desk: Desk, rule: Rule) -> Response:
    allowed = ", ".join(rule.views)
    if request.method == "OPTIONS":
        cors = answers.CORS if rule.path.startswith("/.well-known/") else {}
        return Response(status=204, headers={"Allow": allowed} | cors)
    says = f"This URL answers {allowed} only."
    if rule.machine:
        return answers.json_answer({"error": "method_not_allowed", "error_description": says}, 405, {"Allow": allowed})
    answer = answers.error_page(desk.gateway, PageRefusal("Wrong method", says, 405))
    answer.headers["Allow"] = allowed
    return answer


def _too_large(desk: Desk, rule: Rule) -> Response:
    if rule.machine:
        return answers.oauth_error(OAuthRefusal("invalid_request", "The body is too large.", 413))
    return answers.error_page(desk.gateway, PageRefusal("The form is too large", "Nothing was read.", 413))
