"""URLs as strings: well-known places, comparison, coverage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wire.parse.url import (
    append_well_known,
    compare,
    covers,
    first_difference,
    insert_well_known,
    is_inner_host,
    is_loopback_host,
    is_openable,
    origin,
    root_well_known,
    same_but_slash,
    same_origin,
    split,
)

AS, OIDC, PRM = "oauth-authorization-server", "openid-configuration", "oauth-protected-resource"


@pytest.mark.parametrize(
    ("url", "suffix", "expected"),
    [
        ("https://as.test", AS, "https://as.test/.well-known/oauth-authorization-server"),
        ("https://as.test/", AS, "https://as.test/.well-known/oauth-authorization-server"),
        ("https://as.test/issuer1", AS, "https://as.test/.well-known/oauth-authorization-server/issuer1"),
        ("https://as.test/a/b/", OIDC, "https://as.test/.well-known/openid-configuration/a/b"),
        ("https://rs.test/mcp", PRM, "https://rs.test/.well-known/oauth-protected-resource/mcp"),
        ("https://rs.test/mcp/", PRM, "https://rs.test/.well-known/oauth-protected-resource/mcp/"),
        ("https://rs.test/?k=v", PRM, "https://rs.test/.well-known/oauth-protected-resource?k=v"),
        ("https://RS.Test:443/%7Em/../x?k=v#f", PRM, "https://RS.Test:443/.well-known/oauth-protected-resource/%7Em/../x?k=v"),
        ("http://[::1]:8000/mcp", PRM, "http://[::1]:8000/.well-known/oauth-protected-resource/mcp"),
    ],
)
def test_the_well_known_part_goes_between_host_and_path(url: str, suffix: str, expected: str) -> None:
    assert insert_well_known(url, suffix) == expected


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        ("https://as.test", "https://as.test/.well-known/openid-configuration"),
        ("https://as.test/", "https://as.test/.well-known/openid-configuration"),
        ("https://as.test/t/1/", "https://as.test/t/1/.well-known/openid-configuration"),
    ],
)
def test_openid_connect_appends(issuer: str, expected: str) -> None:
    assert append_well_known(issuer, OIDC) == expected


def test_the_root_form_forgets_the_path() -> None:
    assert root_well_known("https://rs.test:1/mcp?x", PRM) == "https://rs.test:1/.well-known/oauth-protected-resource"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://AS.Test:443/x?y#z", "https://AS.Test:443"),
        ("https://user:pass@as.test/x", "https://as.test"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("//as.test/x", ""),
        ("/x", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_an_origin_is_cut_out_as_written(url: str, expected: str) -> None:
    assert origin(url) == expected


@given(st.text(max_size=50) | st.text("htps:/?#@[]a.1\\%", max_size=40))
def test_every_string_is_cut_into_parts_that_give_it_back(url: str) -> None:
    parts = split(url)
    scheme = f"{parts.scheme}:" if url.startswith(f"{parts.scheme}:") and parts.scheme else ""
    authority = "" if parts.authority is None else f"//{parts.authority}"
    assert scheme + authority + parts.path + parts.query + parts.fragment == url
    for text in (origin(url), insert_well_known(url, PRM), append_well_known(url, OIDC), parts.host, parts.port, parts.userinfo):
        assert isinstance(text, str)


@pytest.mark.parametrize(
    ("a", "b", "kind", "at"),
    [
        ("https://as.test/x", "https://as.test/x", "", -1),
        ("https://as.test/", "https://as.test", "slash", 15),
        ("https://as.test/x/?q", "https://as.test/x?q", "slash", 17),
        ("https://login.test/mcp", "http://gw.test/mcp", "host", 4),
        ("https://as.test/x", "http://as.test/x", "scheme", 4),
        ("https://as.test/x", "https://rs.test/x", "host", 8),
        ("https://as.test:1/x", "https://as.test:2/x", "port", 16),
        ("https://as.test:443/x", "https://as.test/x", "default_port", 15),
        ("https://u@as.test/x", "https://as.test/x", "userinfo", 8),
        ("https://as.test/x", "https://as.test/y", "path", 16),
        ("https://as.test/x?a", "https://as.test/x?b", "query", 18),
        ("https://as.test/x#a", "https://as.test/x", "fragment", 17),
        ("https://AS.test/x", "https://as.test/x", "case", 8),
        ("https://as.test/X", "https://as.test/x", "case", 16),
        ("as.test", "https://as.test", "not_a_url", 0),
    ],
)
def test_the_first_difference_is_named_and_placed(a: str, b: str, kind: str, at: int) -> None:
    found = compare(a, b)
    assert (found.kind, found.at, found.same) == (kind, at, not kind)
    assert (compare(b, a).kind, compare(b, a).at) == (kind, at)
    assert found.says.endswith(".")


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_difference_is_where_the_strings_part(a: str, b: str) -> None:
    at = first_difference(a, b)
    assert (at == -1) == (a == b) == compare(a, b).same
    assert a[: max(at, 0)] == b[: max(at, 0)]


def test_a_slash_is_all_that_differs() -> None:
    assert same_but_slash("https://as.test", "https://as.test/")
    assert not same_but_slash("https://as.test", "https://as.test")
    assert not same_but_slash("https://as.test//", "https://as.test")


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost.test", False),
        ("notlocalhost", False),
        ("128.0.0.1", False),
        ("127.1", False),
        ("0.0.0.0", False),
        ("[::2]", False),
        ("", False),
    ],
)
def test_loopback_hosts_are_known_without_asking_anyone(host: str, is_it: bool) -> None:
    assert is_loopback_host(host) is is_it


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://a.test/x", "https://A.test:443/y", True),
        ("http://a.test:080", "http://a.test", True),
        ("https://a.test", "http://a.test", False),
        ("https://a.test:1", "https://a.test", False),
        ("http://u@a.test", "http://a.test", True),
        ("http://good.test\\@a.test/", "http://a.test/", False),
        ("/x", "/x", False),
    ],
)
def test_same_origin_forgives_case_and_default_port_only(a: str, b: str, same: bool) -> None:
    assert same_origin(a, b) is same


@pytest.mark.parametrize(
    ("resource", "target", "is_it"),
    [
        ("https://g.test/mcp", "https://g.test/mcp", True),
        ("https://g.test/mcp/", "https://g.test/mcp", True),
        ("https://g.test/mcp", "https://g.test/mcp/", True),
        ("https://g.test/mcp", "https://g.test/mcp/v1", True),
        ("https://g.test", "https://g.test/mcp", True),
        ("https://g.test/", "https://g.test/mcp?x=1", True),
        ("https://g.test/mcp", "https://g.test/mcp2", False),
        ("https://g.test/mcp/v1", "https://g.test/mcp", False),
        ("https://g.test/MCP", "https://g.test/mcp", False),
        ("https://g.test/mcp", "https://evil.test/mcp", False),
        ("https://g.test/mcp", "http://g.test/mcp", False),
        ("https://g.test/mcp", "https://g.test/mcp/../admin", False),
        ("https://g.test/mcp", "https://g.test/mcp/%2E%2e/admin", False),
        ("https://g.test/mcp", "https://g.test/mcp/..\\admin", False),
        ("https://g.test/mcp?a", "https://g.test/mcp?a", True),
        ("https://g.test/mcp?a", "https://g.test/mcp?b", False),
        ("", "", False),
    ],
)
def test_a_resource_covers_itself_and_what_lies_below(resource: str, target: str, is_it: bool) -> None:
    assert covers(resource, target) is is_it


@pytest.mark.parametrize(
    ("host", "inner"),
    [
        *((host, True) for host in ("localhost", "127.0.0.1", "[::1]", "gateway", "10.1.2.3", "172.31.0.1", "192.168.0.9", "[fd00::1]")),
        *((host, True) for host in ("gw.prod.svc.cluster.local", "printer.LOCAL.", "vault.internal", "100.64.0.1", "169.254.169.254")),
        *((host, False) for host in ("gw.example", "172.32.0.1", "203.0.113.9", "[2001:db8::1]", "local.example", "internal.example.com")),
    ],
)
def test_a_host_that_only_one_network_knows_is_told_from_a_public_one(host: str, inner: bool) -> None:
    assert is_inner_host(host) is inner


@pytest.mark.parametrize(
    "url",
    [
        "https://as.test",
        "HTTPS://AS.Test:8443/authorize?audience=x#now",
        "http://127.0.0.1:8000/authorize",
        "http://[::1]:8000/a",
        "https://as.test./a",
        "https://bücher.test/über uns",
        "https://my_host.test/",
    ],
)
def test_a_browser_can_be_sent_to_a_web_address(url: str) -> None:
    assert is_openable(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/authorize",
        "//as.test/authorize",
        "javascript:alert(1)",
        "data:text/html,x",
        "https:",
        "https:as.test/a",
        "https:///authorize",
        "https://as.test:99999/a",
        "https://as.test:port/a",
        "https://as.test:-1/a",
        "https://[::1/a",
        "https://[zz]/a",
        "https://as..test/a",
        "https://xn--ü.test/a",
        f"https://{'a' * 64}.test/a",
        "https://as.test/a\r\nSet-Cookie: x=y",
        "https://as.test/a\tb",
        "https://as.test/\0",
        "https://as.test/\u202egnp.x",
        "https://as.test/\ud800",
    ],
)
def test_no_browser_can_be_sent_to_what_is_no_web_address(url: str) -> None:
    assert not is_openable(url)
