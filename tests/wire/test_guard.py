"""What may be dialled. A lure counts as refused only when nothing was dialled: `tried` stays empty and the canary silent."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import answer, scripted

from app.settings import BadSetting, Settings
from app.wire.guard import Guard, read_allowed
from app.wire.messages import Request
from app.wire.recorder import Wire
from app.wire.target import Refused

HOSTED = {"mode": "hosted", "public_url": "https://explorer.example.com", "connect_seconds": 0.5, "exchange_seconds": 1.0}

WRITTEN = """
127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 0 0.0.0.0 127.0.0.1. 127.255.255.254
[::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::]
[fe80::1] [fe80::1%25lo] [fec0::1] [fc00::1] [fd00:ec2::254] [ff02::1] [5f00::1] [3fff::1] [2001:db8::1] [::ffff:0:127.0.0.1]
169.254.169.254 169.254.170.2 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 100.100.100.200 168.63.129.16 192.0.0.192
10.0.0.1 10.1 172.16.0.1 192.168.0.1 100.64.0.1 198.18.0.1 192.0.2.1 224.0.0.1 240.0.0.1 255.255.255.255 192.88.99.1
①②⑦.⓪.⓪.① 127。0。0。1 １２７.0.0.1 ⓛocalhost localhost LOCALHOST
"""
LITERALS = WRITTEN.split()
CONFUSIONS = [
    "https://good.example\\@127.0.0.1/",
    "https://good.example@127.0.0.1/",
    "https://127.0.0.1#@good.example/",
    "https://127.0.0.1\t.good.example/",
    "https://%31%32%37.0.0.1/",
    "https://good.example:443@127.0.0.1:80/",
    "https://[::1]good.example/",
    "https://127.0.0.1\n/",
    "https:127.0.0.1/",
    "//127.0.0.1/",
    "https://good.example/a\\b",
    "https://good.example/a\tb",
    "https://good.example/ HTTP/1.1\r\nX: y",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x",
    "ftp://127.0.0.1/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "dict://127.0.0.1:11211/",
]
NAMES = {  # what a name server under an attacker's control may answer
    "a.example": ["127.0.0.1"],
    "b.example": ["1.1.1.1", "127.0.0.1"],
    "c.example": ["2606:4700::1111", "::1"],
    "d.example": ["169.254.169.254"],
    "e.example": ["::ffff:10.0.0.1"],
    "f.example": ["64:ff9b::a9fe:a9fe"],
    "g.example": ["fe80::1%lo"],
}


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every address that a socket was asked to connect to; none is reached."""
    seen: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect_ex", lambda _, sockaddr: seen.append(sockaddr) or 111)
    yield seen


def names_answered(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[str]]) -> None:
    true = socket.getaddrinfo

    def faked(host: str, port: int, **how: Any) -> list[Any]:
        if host not in answers:
            return true(host, port, **how)
        return [entry for one in answers[host] for entry in true(one, port, **how)]

    monkeypatch.setattr(socket, "getaddrinfo", faked)


@pytest.mark.parametrize("host", [*LITERALS, *NAMES])
def test_a_hosted_instance_refuses_the_lure(host: str, monkeypatch: pytest.MonkeyPatch, dialled: list[Any]) -> None:
    names_answered(monkeypatch, NAMES)
    exchange = Wire(Settings(**HOSTED)).send(Request("GET", f"https://{host}:8443/"))
    assert exchange.failure is not None
    assert exchange.failure.kind.startswith("blocked_") or exchange.failure.kind == "bad_url"
    assert (dialled, exchange.connection.tried, exchange.sent) == ([], (), b"")


@pytest.mark.parametrize("url", CONFUSIONS)
@pytest.mark.parametrize("mode", ["laptop", "hosted"])
def test_a_confusing_url_is_refused_in_both_modes(url: str, mode: str, dialled: list[Any]) -> None:
    if mode == "laptop" and url == CONFUSIONS[2]:
        return  # a fragment behind a plain 127.0.0.1, which a laptop may dial
    exchange = Wire(Settings(**{**HOSTED, "mode": mode})).send(Request("GET", url))
    assert exchange.failure is not None
    assert exchange.failure.kind in ("bad_url", "blocked_scheme", "blocked_userinfo", "blocked_loopback")
    assert dialled == []


def test_there_are_at_least_sixty_lures() -> None:
    assert len(LITERALS) + len(CONFUSIONS) + len(NAMES) >= 60


def test_a_public_address_is_dialled_which_shows_that_the_lures_prove_something(dialled: list[Any]) -> None:
    for host in ("1.1.1.1", "[2606:4700::1111]", "8.8.8.8"):
        failure = Wire(Settings(**HOSTED)).send(Request("GET", f"https://{host}:8443/")).failure
        assert failure is not None
        assert failure.kind == "refused"
    assert [sockaddr[0] for sockaddr in dialled] == ["1.1.1.1", "2606:4700::1111", "8.8.8.8"]


NEVER_ON_A_LAPTOP = """
169.254.169.254 169.254.1.1 [fe80::1] [fd00:ec2::254] 100.100.100.200 168.63.129.16 0.0.0.0 224.0.0.1 [::ffff:169.254.169.254] d.example
"""
OWN_NETWORKS = "127.0.0.1 10.0.0.1 192.168.1.1 100.64.0.9 [fd12::1] 1.1.1.1 a.example"


@pytest.mark.parametrize("host", NEVER_ON_A_LAPTOP.split())
def test_a_laptop_never_dials_link_local_and_metadata_addresses(host: str, monkeypatch: pytest.MonkeyPatch, dialled: list[Any]) -> None:
    names_answered(monkeypatch, NAMES)
    failure = Wire(Settings()).send(Request("GET", f"http://{host}/")).failure
    assert failure is not None
    assert failure.kind.startswith("blocked_")
    assert dialled == []


@pytest.mark.parametrize("host", OWN_NETWORKS.split())
def test_a_laptop_may_dial_its_own_networks(host: str, monkeypatch: pytest.MonkeyPatch, dialled: list[Any]) -> None:
    names_answered(monkeypatch, NAMES)
    failure = Wire(Settings()).send(Request("GET", f"http://{host}:9/")).failure
    assert failure is not None
    assert failure.kind == "refused"
    assert len(dialled) == 1


def test_a_name_that_changes_between_check_and_use_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one lookup is made; the second answer, an inside address, would never be asked for."""
    asked: list[str] = []
    dialled: list[Any] = []

    def faked(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        address = "1.1.1.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", faked)
    monkeypatch.setattr(socket.socket, "connect_ex", lambda _, sockaddr: dialled.append(sockaddr) or 111)
    with scripted(answer()) as canary:
        Wire(Settings(**HOSTED, allow_targets="other.example:*")).send(Request("GET", f"https://rebind.example:8{canary.port % 1000:03}/"))
        assert canary.conversations == []
    assert (len(asked), [address for address, _ in dialled]) == (1, ["1.1.1.1"])


def test_all_addresses_get_the_same_words_from_a_hosted_instance(dialled: list[Any]) -> None:
    wire = Wire(Settings(**HOSTED))
    hosts = ("127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "224.0.0.1", "localhost")
    failures = [wire.send(Request("GET", f"https://{host}/")).failure for host in hosts]
    assert len({failure.says for failure in failures if failure}) == 1
    assert all("10.0.0.1" not in failure.says for failure in failures if failure)


@pytest.mark.parametrize(
    ("url", "kind"), [("http://1.1.1.1/", "scheme"), ("https://1.1.1.1:22/", "port"), ("https://1.1.1.1:6379/", "port")]
)
def test_hosted_is_https_on_web_ports_only(url: str, kind: str, dialled: list[Any]) -> None:
    failure = Wire(Settings(**HOSTED)).send(Request("GET", url)).failure
    assert failure is not None
    assert failure.kind == f"blocked_{kind}"
    assert dialled == []


def test_an_allowed_target_is_an_address_and_a_port() -> None:
    with scripted(answer()) as lab, scripted(answer()) as canary:
        wire = Wire(Settings(**HOSTED, allow_targets=f"127.0.0.0/8:{lab.port}, [fd00::]/8:*"))
        assert wire.send(Request("GET", lab.url)).status == 200
        failure = wire.send(Request("GET", canary.url)).failure
        assert failure is not None
        assert failure.kind == "blocked_scheme"
        assert canary.conversations == []


@pytest.mark.parametrize(
    ("allow", "url", "passes"),
    [
        ("lab.example:8080", "http://lab.example:8080/", True),
        ("lab.example:*", "http://LAB.example.:81/", True),
        ("lab.example:8080", "http://lab.example:8081/", False),
        ("lab.example:8080", "http://evil.lab.example:8080/", False),
        ("10.0.0.0/8:443", "https://lab.example/", True),
        ("10.0.0.0/8:443", "https://meta.example/", False),
        ("169.254.0.0/16:*", "https://meta.example/", False),
        ("meta.example:*", "https://meta.example/", False),
        ("10.0.0.1:*", "https://two.example/", False),
    ],
)
def test_what_an_entry_allows(allow: str, url: str, passes: bool, monkeypatch: pytest.MonkeyPatch, dialled: list[Any]) -> None:
    names = {
        "lab.example": ["10.0.0.1"],
        "lab.example.": ["10.0.0.1"],
        "meta.example": ["169.254.169.254"],
        "two.example": ["10.0.0.1", "10.0.0.2"],
    }
    names_answered(monkeypatch, names | {"evil.lab.example": ["10.0.0.1"]})
    Wire(Settings(**HOSTED, allow_targets=allow)).send(Request("GET", url))
    assert bool(dialled) is passes


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "x:",
        "x:0",
        "x:99999",
        "10.0.0.0/99:1",
        "10.0.0.1/8:1",
        "999.1.1.1:1",
        "::1:80",
        "[zz]:1",
        "[fd00::]/200:1",
        "a b:1",
        "http://x:1",
    ],
)
def test_an_entry_that_cannot_be_read_stops_the_start(text: str) -> None:
    with pytest.raises(BadSetting, match="ALLOW_TARGETS"):
        Wire(Settings(allow_targets=f"fine.example:1,{text}"))


def test_entries_with_blanks_and_without_content_are_fine() -> None:
    assert len(read_allowed(" a.example:1 , ,10.0.0.1:*,")) == 2


SELF = {**HOSTED, "public_url": "https://explorer.example.com"}


@pytest.mark.parametrize(
    ("url", "practice"),
    [
        ("https://explorer.example.com/practice/linear-v1/mcp", True),
        ("https://explorer.example.com/practice", True),
        ("https://explorer.example.com/.well-known/oauth-protected-resource/practice/linear-v1", True),
        ("https://explorer.example.com/", False),
        ("https://explorer.example.com/runs/1", False),
        ("https://explorer.example.com/practices", False),
        ("https://explorer.example.com/practice/../runs", False),
        ("https://explorer.example.com/practice/%2e%2e/runs", False),
        ("https://explorer.example.com/practice%2f..%2fruns", False),
        ("https://explorer.example.com:8443/practice/x", None),
        ("http://explorer.example.com/practice/x", None),
    ],
)
def test_the_app_itself_is_refused_but_for_its_practice_gateway(
    url: str, practice: bool | None, monkeypatch: pytest.MonkeyPatch, dialled: list[Any]
) -> None:
    names_answered(monkeypatch, {"explorer.example.com": ["10.1.2.3"]})  # as behind a balancer
    failure = Wire(Settings(**SELF)).send(Request("GET", url)).failure
    assert failure is not None
    expected = {True: "refused", False: "blocked_self", None: failure.kind if failure.kind.startswith("blocked_") else "blocked"}
    assert failure.kind == expected[practice]
    assert bool(dialled) is bool(practice)


def test_a_laptop_reaches_its_practice_gateway_but_not_its_own_pages(make_wire: Callable[..., Wire]) -> None:
    with scripted(answer()) as server:
        wire = make_wire(port=server.port)
        assert wire.send(Request("GET", f"http://localhost:{server.port}/practice/linear-v1/mcp")).status == 200
        failure = wire.send(Request("GET", f"http://127.0.0.1:{server.port}/")).failure
    assert failure is not None
    assert failure.kind == "blocked_self"


def test_a_url_can_be_judged_without_a_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    wire = Wire(Settings())
    assert wire.refusal("https://example.com/mcp") is None
    assert [failure.kind for url in ("x", "http://169.254.169.254/") if (failure := wire.refusal(url))] == ["bad_url", "blocked_metadata"]


@given(
    st.one_of(
        st.text(max_size=60),
        st.builds("http://{}".format, st.text(max_size=40)),
        st.builds("https://{}/{}".format, st.text(max_size=20), st.text(max_size=20)),
    )
)
def test_any_text_is_taken_apart_or_refused(text: str) -> None:
    try:
        target = Guard(Settings()).judge_url(text)
    except Refused as refused:
        assert refused.failure.says
        return
    assert target.host.isascii()
    assert target.path.startswith("/")
    assert target.path.isascii()
    assert not set(target.host + target.path) & set(" \r\n\t\\#")
