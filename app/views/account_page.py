"""The account page, and what is read after everything was forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol

from app.views.keeping import Terms, keeping
from app.views.visible import visible


class Ways(Terms, Protocol):
    """What these pages need of the settings."""

    @property
    def has_sign_in(self) -> bool: ...


@dataclass(frozen=True)
class AccountPage:
    """All that templates/pages/account.html prints."""

    title: Annotated[str, "the page's title"]
    heading: Annotated[str, "the words before the name"]
    person: Annotated[str, "the name of who is signed in; empty where people are not told apart"]
    belongs: Annotated[str, "to whom the runs belong, one sentence"]
    kept: Annotated[str, "how many runs are kept, in words"]
    sign_out: Annotated[str, "the label of the button; empty where nobody signs in"]
    sign_out_says: Annotated[str, "what signing out does"]
    forget_says: Annotated[str, "what forgetting does"]
    keeping: Annotated[str, "where runs live, how long, who sees them"]


@dataclass(frozen=True)
class ForgottenPage:
    """All that templates/pages/forgotten.html prints."""

    title: Annotated[str, "the page's title"]
    says: Annotated[str, "what was deleted"]
    way: Annotated[str, "where to go from here"]
    label: Annotated[str, "the words of that link"]
    keeping: Annotated[str, "where runs live, how long, who sees them"]


def account_page(*, settings: Ways, person: str, runs: int) -> AccountPage:
    """What is kept, and of whom."""
    by_person = settings.login == "oidc"
    return AccountPage(
        title="Account · MCP Flow Explorer",
        person=visible(person, one_line=True)[:200] if by_person else "",
        heading=_heading(by_person, settings.has_sign_in),
        belongs=_belongs(by_person),
        kept={0: "No run is kept.", 1: "One run is kept."}.get(runs, f"{runs} runs are kept."),
        sign_out=_sign_out(by_person, runs) if settings.has_sign_in else "",
        sign_out_says="Your runs stay until they expire; sign in again to see them. You stay signed in at the provider."
        if by_person
        else "Nobody could find this browser's runs, saved targets and shares again, so they are deleted too. Export what you need.",
        forget_says=_forget_says(by_person),
        keeping=keeping(settings),
    )


def forgotten_page(settings: Ways) -> ForgottenPage:
    """Nothing is left to show but this."""
    return ForgottenPage(
        title="Forgotten · MCP Flow Explorer",
        says="Everything of yours in this app has been deleted, and the session of this browser has ended. "
        "Tokens that a gateway gave out live on there until they expire: a run that was not walked to its end has not revoked them.",
        way="/login" if settings.has_sign_in else "/",
        label="Sign in" if settings.has_sign_in else "Begin a new run",
        keeping=keeping(settings),
    )


def _heading(by_person: bool, has_sign_in: bool) -> str:
    if by_person:
        return "Signed in as"
    return "Signed in by the shared password" if has_sign_in else "This browser"


def _belongs(by_person: bool) -> str:
    if by_person:
        return "Runs belong to you: you find them in every browser in which you sign in."
    return "Runs belong to this browser: no other browser can open them, not even one of yours."


def _sign_out(by_person: bool, runs: int) -> str:
    return "Sign out" if by_person or not runs else f"Sign out and delete {'this run' if runs == 1 else 'these runs'}"


def _forget_says(by_person: bool) -> str:
    whose = "yours, with your sessions in other browsers" if by_person else "this browser's"
    kept = "runs with their tokens, saved targets, shared snapshots, and whatever you made at the practice gateway"
    return f"Deletes everything that is {whose}: {kept}. This cannot be undone."
