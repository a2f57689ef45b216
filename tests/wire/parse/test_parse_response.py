"""The reader of recorded answers: status line, headers, interim answers, what is cut and what is left over."""

from __future__ import annotations

import pytest

from app.wire.parse.response import Response, read_response

OK = b"HTTP/1.1 200 OK\r\n"


def read(received: bytes, method: str = "GET") -> Response:
    response = read_response(received, method)
    assert response is not None
    return response


def slugs(received: bytes, method: str = "GET") -> list[str]:
    return [oddity.slug for oddity in read(received, method).oddities]


def test_an_ordinary_answer_has_no_oddities() -> None:
    received = OK + b"Content-Type: Text/HTML; charset=utf-8\r\nContent-Length: 2\r\nSet-Cookie: a\r\nset-cookie: b\r\n\r\nhi"
    response = read(received)
    assert (response.version, response.status, response.reason, response.body, response.complete) == ("1.1", 200, "OK", b"hi", True)
    assert response.media_type == "text/html"
    assert [field.value for field in response.headers("Set-Cookie")] == ["a", "b"]
    assert response.oddities == ()
    assert received[response.body_start :] == response.raw_body == b"hi"


def test_every_field_knows_its_bytes() -> None:
    received = OK + b"A: 1\r\nB:  two \r\n\r\n"
    assert [received[f.start : f.end] for f in read(received).fields] == [b"A: 1", b"B:  two "]


@pytest.mark.parametrize(
    "received",
    [
        b"",
        b"\r\n",
        b"SSH-2.0-x\r\n",
        b"<html>",
        b"HTTP/0.9 200 OK\r\n\r\n",
        b"HTTP/1.1 20",
        b"HTTP/1.1 abc\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"PRI * HTTP/2.0",
    ],
)
def test_bytes_without_a_status_line_are_no_answer(received: bytes) -> None:
    assert read_response(received, "GET") is None


def test_an_http2_status_line_is_read_and_named() -> None:
    response = read(b"HTTP/2 200\r\nContent-Length: 1\r\n\r\nx")
    assert (response.version, response.status, response.body) == ("2", 200, b"x")
    assert [o.slug for o in response.oddities] == ["http2_status_line"]


@pytest.mark.parametrize(
    "line",
    [
        b"HTTP/1.1  200 OK",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200OK",
        b"http/1.1 200 OK",
        b"\r\nHTTP/1.1 200 OK",
        b"HTTP/1.1 700 No",
        b"HTTP/1.1 2000 No",
    ],
)
def test_a_bent_status_line_is_read_and_named(line: bytes) -> None:
    assert slugs(line + b"\r\nContent-Length: 0\r\n\r\n") == ["bad_status_line"]


def test_interim_answers_are_listed_and_the_final_one_is_read() -> None:
    received = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"
    response = read(received)
    assert (response.status, response.interim) == (401, (100, 103))
    assert [o.slug for o in response.oddities] == ["interim_103"]
    assert received[response.head_start :].startswith(b"HTTP/1.1 401")


def test_only_an_interim_answer_is_no_whole_answer() -> None:
    response = read(b"HTTP/1.1 103 Early Hints\r\n\r\n")
    assert (response.status, response.complete) == (103, False)
    assert slugs(b"HTTP/1.1 103 Early Hints\r\n\r\n") == ["only_interim"]


def test_switching_protocols_is_final() -> None:
    assert read(b"HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\n\r\n").status == 101


@pytest.mark.parametrize("cut", [OK, OK[:-2], OK + b"Content-Ty", OK + b"Content-Type: application/json\r\n", OK + b"A: b\r\n\r"])
def test_an_answer_cut_in_its_headers_is_not_an_empty_200(cut: bytes) -> None:
    response = read(cut)
    assert not response.complete
    assert "cut_in_headers" in slugs(cut)
    assert "status 200" in response.odd("cut_in_headers")[0].others_read


@pytest.mark.parametrize(
    ("line", "slug"),
    [
        (b"broken", "header_without_colon"),
        (b"A : b", "space_before_colon"),
        (b": b", "bad_header_name"),
        (b"A(b: c", "bad_header_name"),
        (b"A: b\0c", "nul_in_header"),
        (b"A: b\x07c", "control_in_header"),
        (b"A: b\rc", "bare_cr"),
        (b"A: caf\xe9", "non_ascii_header"),
        (b"A: b\r\n c", "obs_fold"),
        (b" A: b", "obs_fold"),
        (b"A: b\r\nA: c", "duplicate_header"),
        (b"A: " + b"x" * 70_000, "long_header_line"),
        (b"\r\n".join(b"A%d: b" % n for n in range(101)), "too_many_headers"),
    ],
)
def test_an_odd_header_line_is_named_and_the_next_one_still_read(line: bytes, slug: str) -> None:
    received = OK + line + b"\r\nContent-Length: 2\r\n\r\nhi"
    response = read(received)
    assert slug in slugs(received)
    assert (response.body, response.complete) == (b"hi", True)


def test_a_folded_value_is_joined_with_one_blank() -> None:
    assert read(OK + b"A: b\r\n\t  c\r\n  \r\n d\r\n\r\n").header("a") == "b c d"


def test_latin_1_values_are_read_and_utf_8_is_told_apart() -> None:
    response = read(OK + b"A: caf\xe9\r\nB: caf\xc3\xa9\r\n\r\n")
    assert response.header("A") == "caf\xe9"
    assert ["UTF-8" in o.says for o in response.odd("non_ascii_header")] == [False, True]


def test_lines_that_end_in_lf_alone_are_read_and_named() -> None:
    received = b"HTTP/1.1 200 OK\nContent-Length: 2\nA: b\n\nhi"
    assert (read(received).body, slugs(received)) == (b"hi", ["lf_only"])


def test_the_same_list_header_twice_is_ordinary() -> None:
    assert slugs(OK + b"WWW-Authenticate: Basic\r\nwww-authenticate: Bearer\r\n\r\n") == []


def test_a_repeated_header_that_is_always_alike_says_so() -> None:
    assert "always alike" in read(OK + b"A: b\r\na: b\r\n\r\n").odd("duplicate_header")[0].says


@pytest.mark.parametrize(("status", "method"), [(b"204 No Content", "GET"), (b"304 Not Modified", "GET"), (b"200 OK", "HEAD")])
def test_an_answer_without_body_leaves_what_follows_over(status: bytes, method: str) -> None:
    received = b"HTTP/1.1 " + status + b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    response = read(received, method)
    assert (response.body, response.complete, response.leftover) == (b"", True, b"HTTP/1.1 200 OK\r\n\r\n")
    assert "a second answer" in response.odd("leftover_bytes")[0].says


def test_a_head_answer_may_name_the_length_of_the_body_that_it_leaves_out() -> None:
    assert slugs(OK + b"Content-Length: 500\r\n\r\n", "HEAD") == []


def test_bytes_behind_the_answer_are_kept_apart() -> None:
    response = read(OK + b"Content-Length: 2\r\n\r\nhi!")
    assert (response.raw_body, response.leftover) == (b"hi", b"!")
    assert "1 byte follows" in response.odd("leftover_bytes")[0].says


def test_a_thousand_oddities_of_a_kind_are_told_in_five() -> None:
    oddities = read(OK + b"broken\r\n" * 900 + b"\r\n").odd("header_without_colon")
    assert len(oddities) == 5
    assert "895 more" in oddities[-1].says
