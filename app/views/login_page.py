"""The sign-in page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol
from urllib.parse import urlencode

from app.views.keeping import Terms, keeping
from app.views.times import duration
from app.views.visible import host_of, visible


class Doors(Terms, Protocol):
    """What this page needs of the settings."""

    @property
    def oidc_issuer(self) -> str: ...
    @property
    def sign_in_seconds(self) -> int: ...


@dataclass(frozen=True)
class LoginPage:
    """All that templates/pages/login.html prints."""

    title: Annotated[str, "the page's title"]
    by_password: Annotated[bool, "is a shared password asked for?"]
    provider: Annotated[str, "the host of the OpenID provider; empty without one"]
    leave: Annotated[str, "the link that leads to the provider"]
    following: Annotated[str, "the page that was wanted; empty for the start page"]
    mistake: Annotated[str, "what went wrong, one sentence"]
    lasts: Annotated[str, "how long a sign-in lasts, in words"]
    keeping: Annotated[str, "where runs live, how long, who sees them"]


def login_page(*, settings: Doors, following: str = "", mistake: str = "") -> LoginPage:
    """The form for the shared password, or the link to the provider."""
    return LoginPage(
        title="Sign in · MCP Flow Explorer",
        by_password=settings.login == "password",
        provider=host_of(settings.oidc_issuer) if settings.login == "oidc" else "",
        leave="/login/leave" + ("?" + urlencode({"next": following}) if following else ""),
        following=following,
        mistake=visible(mistake, one_line=True),
        lasts=duration(settings.sign_in_seconds),
        keeping=keeping(settings),
    )
