"""The pages of practice gateways: every switch by its place, and what one opened gateway is and was sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol
from urllib.parse import urlencode

from app.views.finding_view import FindingView
from app.views.keeping import Terms, keeping
from app.views.times import clock, duration, iso
from app.views.visible import shortened, visible

URL_SHOWN = 300  # characters of a path in a list
OLD_REVISION = (
    "Under the revision 2025-03-26 a walk ends at registration here: it looks for metadata at the root of the origin, "
    "which many practice gateways share."
)


class Switch(Protocol):
    """A fault, as far as a page needs to know it."""

    @property
    def slug(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def code(self) -> str: ...


class Habits(Protocol):
    """A profile, as far as a page needs to know it."""

    @property
    def slug(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def true_findings(self) -> tuple[str, ...]: ...


class Opened(Protocol):
    """An opened gateway."""

    @property
    def id(self) -> str: ...
    @property
    def faults(self) -> tuple[str, ...]: ...
    @property
    def profile(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def created_at(self) -> float: ...
    @property
    def expires_at(self) -> float: ...


class Told(Protocol):
    """A mistake of a client, as far as a page needs to know it."""

    @property
    def title(self) -> str: ...
    @property
    def says(self) -> str: ...
    @property
    def fix(self) -> str: ...
    @property
    def spec_name(self) -> str: ...
    @property
    def spec_url(self) -> str: ...


@dataclass(frozen=True)
class SwitchView:
    """One check box or radio button."""

    slug: Annotated[str, "its value"]
    title: Annotated[str, "what is broken, or whose habits"]
    codes: Annotated[tuple[str, ...], "the catalogue codes that a walk finds"]
    is_on: Annotated[bool, "is it set?"]


@dataclass(frozen=True)
class Group:
    """The switches of one place."""

    name: Annotated[str, "its name, for links"]
    title: Annotated[str, "its title"]
    switches: Annotated[tuple[SwitchView, ...], "in the order of the catalogue"]
    on: Annotated[int, "how many are set; an open group has some"]


@dataclass(frozen=True)
class Switchboard:
    """The form with every switch."""

    action: Annotated[str, "where the form goes"]
    submit: Annotated[str, "the words on its button"]
    groups: Annotated[tuple[Group, ...], "by place, in the order of the walk"]
    profiles: Annotated[tuple[SwitchView, ...], "habits of real products"]
    any_profile: Annotated[bool, "is one chosen?"]
    title: Annotated[str, "the title that was typed"]
    named: Annotated[bool, "is a title asked for? A gateway keeps the one it was opened with"]
    mistake: Annotated[str, "what is wrong with what was sent; or empty"]


@dataclass(frozen=True)
class GatewayLine:
    """One gateway of this browser, in a list."""

    href: Annotated[str, "its page"]
    title: Annotated[str, "its title or its id"]
    told: Annotated[str, "what is switched on, in words"]
    age: Annotated[str, "when it was opened"]


@dataclass(frozen=True)
class FaultsPage:
    """All that templates/pages/faults.html prints."""

    title: Annotated[str, "the page's title"]
    count: Annotated[int, "how many faults there are"]
    board: Annotated[Switchboard, "the form"]
    mine: Annotated[tuple[GatewayLine, ...], "gateways of this browser"]
    healthy: Annotated[str, "the link that fills the healthy gateway into the start form"]
    keeping: Annotated[str, "where runs live, how long, who sees them"]


@dataclass(frozen=True)
class AskedView:
    """One request that a client sent."""

    number: Annotated[int, "its number"]
    at: Annotated[str, "the time of day, UTC"]
    at_iso: Annotated[str, "the same for machines"]
    method: Annotated[str, "its method"]
    url: Annotated[str, "path and query, masked, without the gateway's own path"]
    status: Annotated[str, "the status it was answered with"]
    family: Annotated[str, "the class of the status badge"]


@dataclass(frozen=True)
class MistakeView:
    """One thing that a client did wrong."""

    title: Annotated[str, "what it did"]
    says: Annotated[str, "what was seen"]
    fix: Annotated[str, "what its author changes"]
    spec_name: Annotated[str, "the clause"]
    spec_url: Annotated[str, "where to read it"]


@dataclass(frozen=True)
class GatewayPage:
    """All that templates/pages/gateway.html prints."""

    title: Annotated[str, "the page's title"]
    name: Annotated[str, "its title or its id"]
    id: Annotated[str, "its id"]
    routes: Annotated[tuple[tuple[str, str], ...], "(MCP URL, link that fills it into the start form)"]
    on: Annotated[tuple[SwitchView, ...], "what is switched on"]
    profile: Annotated[SwitchView | None, "whose habits it has"]
    left: Annotated[str, "how long it stays"]
    old_revision: Annotated[str, "what does not work here under 2025-03-26"]
    board: Annotated[Switchboard, "the form to change the switches"]
    asked: Annotated[tuple[AskedView, ...], "what clients sent, the newest last"]
    mistakes: Annotated[tuple[MistakeView, ...], "what clients did wrong"]
    main: Annotated[FindingView | None, "what the checks say of it all"]
    keeping: Annotated[str, "where runs live, how long, who sees them"]


@dataclass(frozen=True)
class Catalogue:
    """Everything that can be switched."""

    places: Mapping[str, str]
    faults: Sequence[Switch]
    profiles: Sequence[Habits]


def switchboard(
    catalogue: Catalogue, action: str, submit: str, *, on: Collection[str] = (), profile: str = "", title: str = "", mistake: str = ""
) -> Switchboard:
    """The form, with these switches set."""
    groups = tuple(_group(catalogue, name, words, on) for name, words in catalogue.places.items())
    profiles = tuple(_profile(one, one.slug == profile) for one in catalogue.profiles)
    any_profile = any(one.is_on for one in profiles)
    shown = tuple(group for group in groups if group.switches)
    return Switchboard(
        action, submit, shown, profiles, any_profile, visible(title, one_line=True), action.endswith("/faults"), visible(mistake)
    )


def faults_page(
    catalogue: Catalogue, board: Switchboard, mine: Iterable[Opened], *, healthy: str, settings: Terms, now: float
) -> FaultsPage:
    """The list of faults, the form that opens a gateway, and this browser's gateways."""
    return FaultsPage(
        title="Practice gateways · MCP Flow Explorer",
        count=len(catalogue.faults),
        board=board,
        mine=tuple(_line(catalogue, one, now) for one in mine),
        healthy=_start_with(healthy),
        keeping=keeping(settings),
    )


def gateway_page(
    catalogue: Catalogue,
    opened: Opened,
    board: Switchboard,
    *,
    urls: Sequence[str],
    asked: Sequence[AskedView],
    mistakes: Iterable[Told],
    main: FindingView | None,
    settings: Terms,
    now: float,
) -> GatewayPage:
    """One gateway of this browser."""
    profile = next((one for one in catalogue.profiles if one.slug == opened.profile), None)
    return GatewayPage(
        title=f"Practice gateway {opened.id} · MCP Flow Explorer",
        name=_name(opened),
        id=opened.id,
        routes=tuple((url, _start_with(url)) for url in urls),
        on=tuple(_switch(one, True) for one in catalogue.faults if one.slug in opened.faults),
        profile=_profile(profile, True) if profile else None,
        left=duration(opened.expires_at - now),
        old_revision=OLD_REVISION,
        board=board,
        asked=tuple(asked),
        mistakes=tuple(MistakeView(visible(m.title), visible(m.says), visible(m.fix), m.spec_name, m.spec_url) for m in mistakes),
        main=main,
        keeping=keeping(settings),
    )


def asked_view(number: int, at: float, method: str, url: str, status: int, mount: str) -> AskedView:
    """One line of what a gateway was sent; `url` is masked already, `mount` is the gateway's own path, which every line would repeat."""
    path = url.partition("://")[2].partition("/")[2]
    shown = shortened(visible(f"/{path}".replace(mount, "…", 1), one_line=True), URL_SHOWN)
    return AskedView(number, clock(at), iso(at), visible(method, one_line=True), shown, str(status), f"s{status // 100}xx")


def _group(catalogue: Catalogue, name: str, title: str, on: Collection[str]) -> Group:
    switches = tuple(_switch(one, one.slug in on) for one in catalogue.faults if one.place == name)
    return Group(name, title, switches, sum(one.is_on for one in switches))


def _switch(one: Switch, is_on: bool) -> SwitchView:
    return SwitchView(one.slug, one.title, (one.code,), is_on)


def _profile(one: Habits, is_on: bool) -> SwitchView:
    return SwitchView(one.slug, one.title, one.true_findings, is_on)


def _line(catalogue: Catalogue, opened: Opened, now: float) -> GatewayLine:
    titles = [one.title for one in catalogue.profiles if one.slug == opened.profile]
    titles += [one.title for one in catalogue.faults if one.slug in opened.faults]
    told = "; ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")
    age = f"opened {duration(now - opened.created_at)} ago"
    return GatewayLine(f"/practice/faults/{opened.id}", _name(opened), told or "healthy", age)


def _name(opened: Opened) -> str:
    return visible(opened.title, one_line=True) or opened.id


def _start_with(url: str) -> str:
    return "/?" + urlencode({"target": url})
