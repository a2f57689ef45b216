"""Who sees what: where state lives, how long, and who can reach it, told for the mode that this instance runs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol

from app.views.account_page import Ways
from app.views.keeping import keeping
from app.views.login_page import Doors
from app.views.times import duration
from app.views.visible import host_of


class Instance(Doors, Ways, Protocol):
    """What this page needs of the settings."""

    @property
    def share_seconds(self) -> int: ...
    @property
    def saved_seconds(self) -> int: ...
    @property
    def new_runs_per_minute(self) -> int: ...
    @property
    def outbound_proxy(self) -> str: ...
    @property
    def ca_bundle(self) -> str: ...


IN_YOUR_BROWSER = "Your browser keeps nothing but a cookie with a random number and, once you switch single keys off, that you did."
SHARED = "A snapshot that you share: whoever has its link, without signing in. It shows no secret, and nothing can be pressed there."


@dataclass(frozen=True)
class PrivacyPage:
    """All that templates/pages/privacy.html prints."""

    title: Annotated[str, "the page's title"]
    summary: Annotated[str, "the whole in two sentences"]
    sections: Annotated[tuple[tuple[str, tuple[str, ...]], ...], "heading and its sentences"]
    keeping: Annotated[str, "empty: the page itself says it"] = ""


def privacy_page(settings: Instance) -> PrivacyPage:
    """The answers in the order in which people ask."""
    sections = (
        ("What is kept", _what()),
        ("Where it is kept", _where(settings)),
        ("How long", _how_long(settings)),
        ("Who can open a run", (*_who(settings), SHARED)),
        ("What the people who run this app can see", _operators(settings)),
        ("What a gateway sees", _gateways(settings)),
        ("How you end it", _ending(settings)),
    )
    return PrivacyPage("Who sees what · MCP Flow Explorer", keeping(settings), sections)


def _what() -> tuple[str, ...]:
    return (
        "Every request of a run and every answer to it, byte for byte, with codes and tokens in them: the bytes are the point of this app.",
        "What you typed into the start form and what you changed in a request.",
        "Targets that you save, without secrets. Of a run that you share, a snapshot in which every secret was replaced first.",
        "Of lessons: which ones you began, how far you are, hints and answers. In a room your nickname too; its leader sees this, "
        "and nothing of what your runs hold.",
        "Pages show secrets as a label with a short fingerprint. You reveal one value at a time.",
        "Use a test account where you can: a token is as powerful as the account behind it.",
    )


def _where(settings: Instance) -> tuple[str, ...]:
    if settings.hosted:
        return (
            "In the database of this server, encrypted with a key that only this server's configuration holds.",
            f"{IN_YOUR_BROWSER} No other company gets anything; no script comes from elsewhere.",
        )
    return (
        "In the data folder of the computer that runs this app, encrypted with a key file that only its user can read.",
        f"{IN_YOUR_BROWSER} Nothing leaves the computer but the requests to the gateway.",
    )


def _how_long(settings: Instance) -> tuple[str, ...]:
    told = [
        f"A run is deleted {duration(settings.run_idle_seconds)} after somebody last looked at it, "
        f"and {duration(settings.run_life_seconds)} after its start at the latest."
    ]
    told.append(
        f"A shared link ends after {duration(settings.share_seconds)} at the latest, a saved target {duration(settings.saved_seconds)} "
        "after you saved or renamed it. This browser's cookie lives as long, so that you find both again."
    )
    if settings.has_sign_in:
        told.append(f"A sign-in ends after {duration(settings.sign_in_seconds)}.")
    if settings.new_runs_per_minute:
        told.append("Addresses are counted for a minute, as keyed hashes, so that nobody can flood the app.")
    told.append("What you did in lessons is deleted two weeks after you last began one, a room three days after it was opened.")
    return (*told, _at_practice(duration(settings.run_life_seconds)))


def _at_practice(life: str) -> str:
    return (
        f"Sign-ins and tokens of the practice gateway end {life} after they began at the latest, "
        "clients that were registered there after 3 days."
    )


def _who(settings: Instance) -> tuple[str, ...]:
    if settings.login == "oidc":
        return (
            f"You, in every browser in which you sign in through {host_of(settings.oidc_issuer)}. Nobody else, colleagues included, "
            "even with the address of its page.",
            "Of the sign-in this app keeps the provider's number for you and your display name. Nothing else is asked for twice or stored.",
        )
    if settings.login == "password":
        return (
            "The browser that started it, and no other one: the shared password lets people in, but it does not tell them apart.",
            "Somebody who uses the same browser after you sees your runs. Sign out to delete them.",
        )
    if settings.hosted:
        return (
            "The browser that started it, and no other one, even with the address of its page.",
            "This app asks nobody to sign in; another layer before it decides who comes in.",
        )
    return ("The browser that started it, and no other one, even with the address of its page.",)


def _operators(settings: Instance) -> tuple[str, ...]:
    if not settings.hosted:
        return ("Whoever can read the data folder with its key file can read every run. On your own computer that is you.",)
    return (
        "Whoever holds the database and the key can read every run, tokens included. Only walk with accounts that you may show to them.",
        "The log says when a run was started and pressed on, and from which address. Codes, tokens and URLs of gateways are not in it.",
    )


def _gateways(settings: Instance) -> tuple[str, ...]:
    told = ["Requests from the machine that runs this app, not from yours; your browser only at its login and consent pages."]
    if settings.outbound_proxy:
        told.append("This instance sends through a proxy. The proxy sees the names of the hosts, and all of a request that is not https.")
    if settings.ca_bundle:
        told.append("This instance trusts the certificate authorities that its operator chose, in place of the usual ones.")
    return tuple(told)


def _ending(settings: Instance) -> tuple[str, ...]:
    told = [
        "Delete a run on its own page; that ends its shared links too.",
        "Revoke a single link on the Share page of its run.",
        "“Forget everything of mine” on the account page deletes all that is yours at once.",
    ]
    if settings.login == "oidc":
        told.append("Signing out ends the session of this browser; your runs stay until they expire.")
    if settings.login == "password":
        told.append("Signing out ends the session of this browser and deletes its runs.")
    return tuple(told)
