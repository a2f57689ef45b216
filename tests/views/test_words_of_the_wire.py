"""Known names, the ladder of a failure, certificates, the lines of JSON: small pure parts of the viewer."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from hypothesis import given
from hypothesis import strategies as st

from app.views.certificates import certificates, validity_warning
from app.views.json_lines import json_lines
from app.views.known_words import _file, header_known, members_of, oauth_code_means, rpc_code_means
from app.views.reached import points
from app.views.visible import is_web_link
from app.wire.failures import KINDS
from app.wire.messages import Exchange, Failure, Marks, Request

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_every_known_name_has_one_line_and_a_clause_to_read() -> None:
    tables = [members_of(kind) for kind in _file("members") if kind != "clauses"]
    known = [one for table in tables for one in table.values()] + [one for name in _file("headers") if (one := header_known(name))]
    assert len(known) > 200
    for one in known:
        assert is_web_link(one.url) and one.clause and one.need in ("required", "recommended", "optional", "oidc")
        assert 10 < len(one.means) <= 160 and one.means.endswith(".") and "!" not in one.means, one.means
        assert (one.url.startswith("https://www.rfc-editor.org/")) == one.clause.startswith("RFC "), one.clause


def test_names_and_codes_that_nobody_knows_have_no_meaning() -> None:
    assert header_known("X-Vendor") is None and header_known("CONTENT-type") is not None and members_of("clauses") == {}
    assert rpc_code_means(-32042) and rpc_code_means(1) == rpc_code_means("-32042") == rpc_code_means(None) == ""
    assert oauth_code_means("invalid_grant") and oauth_code_means("x") == oauth_code_means(["x"]) == ""


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
        max_leaves=12,
    )
)
def test_each_line_of_json_carries_the_pointer_of_its_member(value: object) -> None:
    found = {line.pointer for line in json_lines(json.dumps(value))}
    assert found == {"", *_pointers(value, "")}


def _pointers(value: object, pointer: str) -> list[str]:
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in _below(v, f"{pointer}/{k.replace('~', '~0').replace('/', '~1')}")]
    if isinstance(value, list):
        return [p for i, v in enumerate(value) for p in _below(v, f"{pointer}/{i}")]
    return []


def _below(value: object, pointer: str) -> list[str]:
    return [pointer, *_pointers(value, pointer)]


@pytest.mark.parametrize("text", ['{"a":', "}}}", "[[[", '{"a" "b"}', '{"a":1,"a":2}', "", "]", '{"a":[}]'])
def test_broken_json_has_lines_too(text: str) -> None:
    assert re.sub(r"\s", "", "".join(line.text for line in json_lines(text))) == re.sub(r"\s", "", text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_failure_has_one_rung_where_it_ended(kind: str) -> None:
    for marks in (Marks(end=1.0), Marks(dns=0.1, end=1.0), Marks(dns=0.1, tcp=0.2, tls=0.3, sent=0.4, first_byte=0.5, end=1.0)):
        rungs = points(Exchange(Request("GET", "https://gw.example/"), marks=marks, failure=Failure(kind, "It failed.")))
        assert [rung.slug for rung in rungs].count("ended") == 1
        ended = next(rung for rung in rungs if rung.slug == "ended")
        assert ended.means and ("ended from here" in ended.means) == kind.startswith(
            ("blocked_", "bad_", "cancelled", "interrupted", "not_http", "too_large", "proxy_failed")
        )


def test_a_ladder_leaves_out_what_cannot_occur_and_an_answer_has_none() -> None:
    plain = Exchange(Request("GET", "http://127.0.0.1/"), marks=Marks(tcp=0.1, end=1.0), failure=Failure("reset", "x"))
    assert "TLS is agreed" not in [rung.name for rung in points(plain)] and "The name has an address" not in [r.name for r in points(plain)]
    assert points(Exchange(Request("GET", "http://127.0.0.1/"))) == ()


def test_a_chain_is_read_leaf_first_with_names_and_key() -> None:
    authority = trustme.CA()
    leaf = authority.issue_cert("gw.example", "10.0.0.1")
    chain = tuple(
        load_pem_x509_certificate(pem).public_bytes(Encoding.DER) for pem in (leaf.cert_chain_pems[0].bytes(), authority.cert_pem.bytes())
    )
    first, root = certificates((chain[0], b"no certificate", chain[1]), datetime.now(UTC).timestamp())
    assert first.place == "the server's own" and first.names == ("gw.example", "10.0.0.1") and "EC" in first.key
    assert root.place == "a root" and root.subject == first.issuer and len(first.fingerprint) == 95


@pytest.mark.parametrize(
    ("begins", "ends", "says"),
    [
        (-1, 90, ""),
        (-1, 22, ""),
        (-1, 20, "Expires 20 days after"),
        (-1, 1, "Expires 24 hours after"),
        (-90, -1, "Expired 24 hours before"),
        (-90, -40, "Expired 40 days before"),
        (1, 90, "Not valid before"),
    ],
)
def test_a_certificate_warns_before_and_after_its_time(begins: int, ends: int, says: str) -> None:
    warning = validity_warning(NOW + timedelta(days=begins), NOW + timedelta(days=ends), NOW.timestamp())
    assert warning.startswith(says) and bool(warning) == bool(says)
