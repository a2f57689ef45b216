"""What the answer to a dry authorize request is: which refusal, which policy for forms, which cookies get lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from app.checks.client_words import unknown_client
from app.checks.model import Question
from app.checks.reading import body_of, document_of, is_html, oauth_error, request_of, response_of, status_of, text, texts, told
from app.checks.walls import is_bot_wall
from app.wire.parse.form import query_of, read_pairs
from app.wire.parse.url import is_loopback_host, origin, same_origin, split

DRY = ("authorize/probe:dry_authorize:get", "authorize/probe:fresh_client:ours")
LOOKED_AT = 50_000  # bytes of a page; what it says about a refusal stands above that
# what is never closed goes on to the end, as in browsers, and no tag holds a `<`: many openings must not look for an end each
UNSEEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^<>]*>", re.I | re.S)
BAD_REDIRECT = re.compile(
    r"(redirect|callback)[ _-]?ur[il]s?\b.{0,80}\b(match|regist|allow|valid|known|permit|listed)"
    r"|(mismatch|invalid|unregistered|unknown|unauthori[sz]ed|not allowed)\W.{0,40}(redirect|callback)[ _-]?ur[il]"
    r"|redirect_uri_mismatch|invalid_redirect_uri|AADSTS50011",
    re.I | re.S,
)
BAD_CLIENT = re.compile(
    r"invalid_client|unauthorized_client|AADSTS700016"
    r"|(unknown|unrecogni[sz]ed|unregistered|invalid|no such)\W.{0,20}\bclient"
    r"|\bclient\b.{0,40}\b(unknown|unrecogni[sz]ed|not (?:found|known|registered)|does not exist)",
    re.I | re.S,
)
BAD_TARGET = re.compile(r"invalid_target|requested resource .{0,200}not (configured|known|allowed)", re.I | re.S)
DISABLED = re.compile(r"<(button|input)\b[^<>]*\bdisabled\b", re.I)
META_POLICY = re.compile(r"<meta\b[^<>]*content-security-policy[^<>]*>", re.I)
CONTENT = re.compile(r"""\bcontent\s*=\s*("[^"]*"|'[^']*')""", re.I)


def words_of(q: Question) -> str:
    """What the answer says to a person: the OAuth error, or the text of the page without its markup, on one line."""
    if document_of(q):
        return told(q)
    page = body_of(q)[:LOOKED_AT].decode("utf-8", "replace")
    return " ".join(unescape(UNSEEN.sub(" ", page)).split())


def refusal(q: Question) -> str:
    """The slug of the one refusal that the answer is; empty where the server takes the request."""
    words = words_of(q)
    is_error = status_of(q) >= 400 or bool(oauth_error(q)) or "AADSTS" in words
    if not is_error or is_bot_wall(q):
        return ""
    if "AADSTS9010010" in words:
        return "entra_resource"
    if BAD_REDIRECT.search(words):
        if q.before.client and q.before.client.how == "cimd":
            return "cimd_mismatch"  # its document is the list of its redirect URIs
        return "accepts_then_refuses" if sent_redirect(q) in registered(q) else "redirect_mismatch"
    if BAD_CLIENT.search(words):
        return unknown_client(q, words)
    if BAD_TARGET.search(words):
        return "invalid_target"
    return "invalid_scope" if "invalid_scope" in words else "local_error_page"


def quoted(q: Question) -> str:
    """How the refusal is worded."""
    words = words_of(q)
    return f"{status_of(q)}: {words[:160]!r}" if words else f"{status_of(q)} with an empty body"


def sent_redirect(q: Question) -> str:
    """The redirect URI of the dry request; of the authorization request where another entry was asked about."""
    sent = dict(reversed(read_pairs(query_of(request_of(q).url)))).get("redirect_uri", "")
    return sent or (q.before.authorization.redirect_uri if q.before.authorization else "")


def registered(q: Question) -> tuple[str, ...]:
    """The redirect URIs that registration confirmed, empty where this is not known."""
    client = q.before.client
    return texts(client.answer, "redirect_uris") if client and client.how == "dcr" and text(client.answer, "client_id") else ()


def form_actions(q: Question) -> list[str]:
    """The form-action lists of the page's policies, header and meta alike; one entry for each policy that has one."""
    response = response_of(q)
    if response is None or not is_html(q):
        return []
    page = body_of(q)[:LOOKED_AT].decode("utf-8", "replace")
    metas = (CONTENT.search(tag) for tag in META_POLICY.findall(page))
    policies = [field.value for field in response.headers("content-security-policy")]
    policies += [unescape(found[1][1:-1]) for found in metas if found]
    return [found for policy in ",".join(policies).split(",") if (found := _form_action(policy)) is not None]


def _form_action(policy: str) -> str | None:
    for directive in policy.split(";"):
        name, _, sources = directive.strip().partition(" ")
        if name.lower() == "form-action":
            return sources.strip()
    return None


def lets_through(sources: str, page: str, goal: str) -> bool:
    """May a form of `page` end at `goal`? Redirects count in Chromium, and paths do not after one (CSP level 3, section 6.6)."""
    return any(_matches(source, page, goal) for source in sources.split())


def _matches(source: str, page: str, goal: str) -> bool:
    to = split(goal)
    if source == "'self'":
        return same_origin(page, goal)
    if source == "*":
        return to.scheme in ("http", "https")
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:", source):
        return to.scheme == source[:-1].lower() or (source.lower() == "http:" and to.scheme == "https")
    if source.startswith("'"):
        return False
    wanted = split(source if "://" in source else f"{split(page).scheme}://{source}")
    return to.scheme in (wanted.scheme.lower(), "https") and _host_fits(wanted.host, to.host) and _port_fits(wanted.authority or "", goal)


def _host_fits(pattern: str, host: str) -> bool:
    pattern, host = pattern.lower().removesuffix(":*"), host.lower()
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _port_fits(authority: str, goal: str) -> bool:
    if authority.endswith(":*"):
        return True
    to = split(goal)
    return same_origin(f"{to.scheme}://{to.host}:{authority.rpartition(':')[2]}" if ":" in authority else f"{to.scheme}://{to.host}", goal)


def lost_cookies(q: Question) -> Iterator[str]:
    """Why a browser would not bring back what this answer sets, one sentence each."""
    response, here = response_of(q), split(request_of(q).url)
    for field in response.headers("set-cookie") if response else ():
        name, _, rest = field.value.partition("=")
        marks = {part.strip().lower().partition("=")[0]: part.strip().lower().partition("=")[2] for part in rest.split(";")[1:]}
        if reason := _lost(marks, here.scheme, here.host, _goes_elsewhere(q)):
            yield f"The cookie {name.strip()[:40]} {reason}."


def _lost(marks: dict[str, str], scheme: str, host: str, elsewhere: bool) -> str:
    if "secure" in marks and scheme == "http" and not is_loopback_host(host):
        return "is Secure on an http address, so browsers drop it"
    if marks.get("samesite") == "none" and "secure" not in marks:
        return "says SameSite=None without Secure, so browsers drop it"
    domain = marks.get("domain", "").removeprefix(".")
    if domain and host.lower() != domain and not host.lower().endswith(f".{domain}"):
        return f"is for the domain {domain}, not for {host}, so browsers drop it"
    if marks.get("samesite") == "strict" and elsewhere:
        return "is SameSite=Strict, so it does not come along when the browser returns from the other site"
    return ""


def location(q: Question) -> str:
    """Where a redirect sends the browser, as written; empty for other answers."""
    response = response_of(q)
    return response.header("location") if response and 300 <= response.status < 400 else ""


def _goes_elsewhere(q: Question) -> bool:
    host = split(location(q)).host.lower()
    return bool(host) and host != split(request_of(q).url).host.lower()


def comes_back_to_itself(q: Question) -> bool:
    """Does the redirect lead to the very address that was asked, without a cookie that could make a difference?"""
    response, here, goal = response_of(q), request_of(q).url, location(q)
    return bool(goal) and here in (goal, origin(here) + goal) and response is not None and not response.header("set-cookie")


def mixes_names_of_this_machine(q: Question) -> bool:
    """Is it one loopback name here and another behind the redirect? Cookies belong to one of them only."""
    one, two = split(request_of(q).url).host.lower(), split(location(q)).host.lower()
    return bool(two) and one != two and is_loopback_host(one) and is_loopback_host(two)
