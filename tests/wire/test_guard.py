"""What may be dialled. A lure counts as refused only when nothing was dialled: `tried` stays empty and the canary silent."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from dialling import HOSTED, names_answered
from hypothesis import given
from hypothesis import strategies as st
from servers import answer, scripted

from app.settings import Settings
from app.wire.guard import Guard
from app.wire.messages import Request
from app.wire.recorder import Wire
from app.wire.target import Refused

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


@pytest.mark.attack("S1")
@pytest.mark.parametrize("host", [*LITERALS, *NAMES])
def test_a_hosted_instance_refuses_the_lure(host: str, monkeypatch: pytest.MonkeyPatch, dialled: list[Any]) -> None:
    names_answered(monkeypatch, NAMES)
    exchange = Wire(Settings(**HOSTED)).send(Request("GET", f"https://{host}:8443/"))
    assert exchange.failure is not None
    assert exchange.failure.kind.startswith("blocked_") or exchange.failure.kind == "bad_url"
    assert (dialled, exchange.connection.tried, exchange.sent) == ([], (), b"")


@pytest.mark.attack("B1", "S4")
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


@pytest.mark.attack("S2")
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


@pytest.mark.attack("S7")
def test_all_addresses_get_the_same_words_from_a_hosted_instance(dialled: list[Any]) -> None:
    wire = Wire(Settings(**HOSTED))
    hosts = ("127.0.0.1", "10.0.0.1", "[::1]", "100.64.0.1", "localhost")
    failures = [wire.send(Request("GET", f"https://{host}/")).failure for host in hosts]
    assert len({failure.says.replace(host, "HOST") for host, failure in zip(hosts, failures, strict=True) if failure}) == 1
    assert dialled == []  # so no time tells one from another either


def test_an_address_that_nothing_opens_is_not_offered_for_the_allow_list(dialled: list[Any]) -> None:
    for host in ("169.254.169.254", "[fe80::1]", "224.0.0.1", "0.0.0.0"):
        failure = Wire(Settings(**HOSTED)).send(Request("GET", f"https://{host}/")).failure
        assert failure and "which nothing opens" in failure.says and "ALLOW_TARGETS" not in failure.says


def test_a_name_is_refused_without_saying_where_it_leads(monkeypatch: pytest.MonkeyPatch, dialled: list[Any]) -> None:
    names_answered(monkeypatch, NAMES)
    wire = Wire(Settings(**HOSTED))
    said = {name: wire.send(Request("GET", f"https://{name}/")).failure for name in NAMES}
    assert len({failure.says.replace(name, "NAME") for name, failure in said.items() if failure}) == 1
    assert not [
        failure.says for failure in said.values() if failure and any(one in failure.says for one in ("127.", "169.", "::1", "10.0"))
    ]


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("https://10.1.2.3:8443/mcp", "10.1.2.3:8443"),
        ("https://gateway.corp.example/mcp", "gateway.corp.example:443"),
        ("https://[fd00::7]:9000/mcp", "[fd00::7]:9000"),
        ("http://10.1.2.3/mcp", "10.1.2.3:80"),
        ("https://10.1.2.3:7/mcp", "10.1.2.3:7"),
    ],
)
def test_the_way_out_is_spelled_as_the_setting_takes_it(url: str, entry: str, monkeypatch: pytest.MonkeyPatch, dialled: list[Any]) -> None:
    names_answered(monkeypatch, {"gateway.corp.example": ["10.9.9.9"]})
    failure = Wire(Settings(**HOSTED)).send(Request("GET", url)).failure
    assert failure and f"ALLOW_TARGETS={entry}." in failure.says
    assert dialled == []
    opened = Wire(Settings(**{**HOSTED, "allow_targets": entry})).send(Request("GET", url)).failure
    assert opened and opened.kind == "refused" and len(dialled) == 1, "the entry that the sentence names opens the target"


@pytest.mark.attack("S4")
@pytest.mark.parametrize(
    ("url", "kind"),
    [("http://1.1.1.1/", "scheme"), *((f"https://1.1.1.1:{port}/", "port") for port in (22, 25, 6379, 1, 81, 7999, 9000, 65535))],
)
def test_hosted_is_https_on_web_ports_only(url: str, kind: str, dialled: list[Any]) -> None:
    failure = Wire(Settings(**HOSTED)).send(Request("GET", url)).failure
    assert failure is not None
    assert failure.kind == f"blocked_{kind}"
    assert dialled == []


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
