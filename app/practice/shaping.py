"""Fills texts of a broken gateway with its own addresses, and puts its wrong members over the right ones."""

from __future__ import annotations

from flask import Response

from app.practice.gateway import ABSENT, Gateway, Instead, Members, Route


def filled(gateway: Gateway, route: Route | None, value: object) -> object:
    """The same value with `{origin}`, `{base}`, `{resource}`, `{metadata}` and `{route}` filled in, at every depth."""
    if isinstance(value, str):
        return filled_text(gateway, route, value)
    if isinstance(value, dict):
        return {name: filled(gateway, route, one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [filled(gateway, route, one) for one in value]
    return value


def filled_text(gateway: Gateway, route: Route | None, text: str) -> str:
    """One text with its places filled in."""
    known = route or gateway.routes[0]
    places = {"origin": gateway.origin, "base": gateway.base, "resource": gateway.resource(known)}
    places |= {"metadata": gateway.resource_metadata_url(known), "route": known.name}
    for name, value in places.items():
        text = text.replace("{" + name + "}", value)
    return text


def shaped(gateway: Gateway, route: Route | None, right: Members, wrong: Members) -> dict[str, object]:
    """The right members with the wrong ones put over them, those that are ABSENT left out."""
    members = dict(right) | {name: filled(gateway, route, value) for name, value in wrong.items()}
    return {name: value for name, value in members.items() if value is not ABSENT}


def answer_instead(gateway: Gateway, route: Route | None, instead: Instead) -> Response:
    """The answer that stands in for the right one; never cached."""
    answer = Response(filled_text(gateway, route, instead.body), instead.status)
    del answer.headers["Content-Type"]
    answer.headers["Cache-Control"] = "no-store"
    for name, value in instead.headers:
        answer.headers[name] = filled_text(gateway, route, value)
    return answer
