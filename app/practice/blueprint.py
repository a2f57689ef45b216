"""Wiring: which URL is answered by which function, and how refusals become answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Blueprint, Response, request
from sqlalchemy import Engine
from werkzeug.exceptions import RequestEntityTooLarge

from app.practice import answers, authorize, connect, front, fullness, identity, mcp, metadata, registration, revoke, setup, token
from app.practice.desk import BearerRefusal, Desk, FetchDocument, Keeper, OAuthRefusal, PageRefusal
from app.practice.fullness import Fullness
from app.practice.gateway import MOUNT, healthy
from app.practice.gateways import gateway_of, load_gateway
from app.practice.request_log import keep
from app.practice.shaping import answer_instead
from app.practice.slowness import delay_at
from app.practice.spots import instead_at
from app.practice.tables import create_tables
from app.settings import Settings

View = Callable[..., Response]


@dataclass(frozen=True)
class Rule:
    """One URL. `{mount}` stands for the gateway's own path. `machine`: called by programs, so no page and no cookie.

    `keeps`: may what it is asked leave rows behind?
    """

    path: str
    name: str
    views: dict[str, View]
    machine: bool = True
    keeps: bool = False


RULES = (
    Rule("/.well-known/oauth-protected-resource{mount}/mcp/<route>", "resource_metadata", {"GET": metadata.resource_metadata}),
    Rule("/.well-known/oauth-authorization-server{mount}/mcp/<route>", "server_metadata", {"GET": metadata.server_metadata}),
    Rule("/.well-known/openid-configuration{mount}/mcp/<route>", "oidc_inserted", {"GET": metadata.oidc_inserted}),
    Rule("{mount}/mcp/<route>/.well-known/openid-configuration", "oidc_appended", {"GET": metadata.oidc_appended}),
    Rule("{mount}/mcp/<route>", "mcp", {"POST": mcp.mcp}),
    Rule("{mount}/mcp/<route>/", "mcp_slash", {"POST": mcp.mcp}),  # both spellings answer: no client is redirected
    Rule("{mount}/oauth/register", "register", {"POST": registration.register}, keeps=True),
    Rule("{mount}/oauth/token", "token", {"POST": token.token}, keeps=True),
    Rule("{mount}/oauth/revoke", "revoke", {"POST": revoke.revoke}),
    Rule("{mount}/oauth/authorize/mcp/<route>", "authorize", {"GET": authorize.authorize}, machine=False, keeps=True),
    Rule("{mount}/oauth/callback", "login_callback", {"GET": authorize.login_callback}, machine=False),
    Rule("{mount}/oauth/setup", "setup", {"GET": setup.setup_page, "POST": setup.decide}, machine=False, keeps=True),
    Rule("{mount}/idp/login", "login", {"GET": identity.login_page, "POST": identity.log_in}, machine=False, keeps=True),
    Rule(
        "{mount}/auth/connections/<upstream>/connect",
        "connect",
        {"GET": connect.connect_page, "POST": connect.connect},
        machine=False,
    ),
    Rule("{mount}/", "front", {"GET": front.front_page, "POST": front.leave}, machine=False),
)
OPENED = "opened_"  # endpoint names of gateways that somebody opened begin with it; the healthy one's do not
MACHINE_ENDPOINTS = frozenset(f"practice.{prefix}{rule.name}" for prefix in ("", OPENED) for rule in RULES if rule.machine)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def create_practice(
    settings: Settings,
    engine: Engine,
    fetch_client_document: FetchDocument | None = None,
    clock: Callable[[], float] = time.time,
    wait: Callable[[float], None] = time.sleep,
    keeper: Keeper | None = None,
) -> Blueprint:
    """The practice gateways as a blueprint named `practice`: the healthy one at `/practice`, those of `gateways.py` at
    `/practice/g/<id>`. Makes their tables. Raises StoreUnavailable.

    `fetch_client_document` gets an https (or loopback http) URL and answers the document's bytes or raises
    ClientDocumentUnreachable; it must be bounded and guarded. None: client metadata documents are not advertised.
    `keeper` seals what clients send to opened gateways; None: it is not kept. `wait` sleeps, for gateways that are slow.
    """
    create_tables(engine)
    gateway = healthy(settings.practice_base, settings.run_life_seconds)
    desk = Desk(gateway, engine, clock, fetch_client_document, settings.base_url, keeper, wait, Fullness(engine, clock))
    blueprint = Blueprint("practice", __name__)
    blueprint.record_once(lambda state: state.app.extensions.update(explorer_cookieless=MACHINE_ENDPOINTS))
    for rule in RULES:
        # Every method is ours, or the framework would answer GET on an MCP route by a page and an Allow with OPTIONS in it.
        for mount, name, view in (
            (MOUNT, rule.name, _answering(desk, rule)),
            (f"{MOUNT}/g/<gateway_id>", OPENED + rule.name, _answering_opened(desk, rule)),
        ):
            blueprint.add_url_rule(rule.path.format(mount=mount), name, view, methods=METHODS, provide_automatic_options=False)
    return blueprint


def _answering(desk: Desk, rule: Rule) -> View:
    def answering(**parts: str) -> Response:
        return _answer(desk, rule, parts)

    return answering


def _answering_opened(desk: Desk, rule: Rule) -> View:
    def answering(gateway_id: str, **parts: str) -> Response:
        instance = load_gateway(desk.engine, gateway_id, desk.now())
        if instance is None:
            return _no_such_gateway(desk, rule)
        own, began = replace(desk, gateway=gateway_of(instance, desk.gateway)), desk.now()
        answer = _answer(own, rule, parts)
        # a gateway without an owner (a lesson's) has nobody who could look at its log
        if instance.owner and (rule.machine or rule.name == "authorize" or _leaves(own, answer)):
            keep(own, answer, began)
        return answer

    return answering


def _leaves(desk: Desk, answer: Response) -> bool:
    """Does this answer send the browser back to the client? Then a page's request belongs to what the client did."""
    location = answer.headers.get("Location", "")
    return bool(location) and not location.startswith(f"{desk.gateway.base}/")


def _answer(desk: Desk, rule: Rule, parts: dict[str, str]) -> Response:
    answer = _answered(desk, rule, parts)
    if rule.machine:
        answer.headers.update(answers.CORS)
    return answer


def _answered(desk: Desk, rule: Rule, parts: dict[str, str]) -> Response:
    view = rule.views.get("GET" if request.method == "HEAD" else request.method)
    if view is None:
        return _other_method(desk, rule)
    try:
        _make_sure_of_room(desk, rule)
        delay_at(desk, rule.name)
        instead = instead_at(desk.gateway, rule.name)
        if instead is not None:
            return answer_instead(desk.gateway, desk.gateway.route(parts.get("route", "")), instead)
        return view(desk, **parts)
    except OAuthRefusal as refusal:
        return answers.oauth_error(refusal)
    except BearerRefusal as refusal:
        return answers.challenge(desk.gateway, refusal)
    except PageRefusal as refusal:
        return answers.error_page(desk.gateway, refusal)
    except RequestEntityTooLarge:
        return _too_large(desk, rule)


def _make_sure_of_room(desk: Desk, rule: Rule) -> None:
    """Raises OAuthRefusal or PageRefusal where nothing new can be kept (RFC 9110 section 15.6.4)."""
    if not (rule.keeps and desk.is_full()):
        return
    if rule.machine:
        raise OAuthRefusal("temporarily_unavailable", fullness.SAYS, 503, (("Retry-After", str(fullness.RETRY_SECONDS)),))
    raise PageRefusal("The practice gateway is full", fullness.SAYS, 503)


def _no_such_gateway(desk: Desk, rule: Rule) -> Response:
    says = "There is no such practice gateway. It was closed, or a day has passed since it was opened."
    if rule.machine:
        return answers.oauth_error(OAuthRefusal("not_found", says, 404))
    return answers.error_page(desk.gateway, PageRefusal("No such gateway", says, 404))


def _other_method(desk: Desk, rule: Rule) -> Response:
    allowed = ", ".join(rule.views)
    if request.method == "OPTIONS":
        preflight = answers.PREFLIGHT | {"Access-Control-Allow-Methods": f"{allowed}, OPTIONS"} if rule.machine else {}
        return Response(status=204, headers={"Allow": allowed} | preflight)
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
