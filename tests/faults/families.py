"""The faults, family by family: network and framing here, what the bytes carry in `contents.py`."""

from __future__ import annotations

from contents import CONTENTS
from fault import BODY_LIMIT_BYTES, HEADER_LIMIT_BYTES, STEPS, Act, Breaks, Fault, Healthy, Script

BY_URL = tuple(step for step in STEPS if step not in ("call", "refresh"))  # steps that have an address to themselves
NO_REVOKE = tuple(step for step in STEPS if step != "revoke")  # a revocation's body is not read


def network(slug: str, classes: str, breaks: Breaks, steps: tuple[str, ...] = STEPS) -> Fault:
    return Fault(slug, "network", frozenset(classes.split()), breaks, steps=steps)


def framing(slug: str, classes: str, breaks: Breaks, steps: tuple[str, ...] = STEPS) -> Fault:
    return Fault(slug, "framing", frozenset(classes.split()), breaks, steps=steps)


def place(slug: str, family: str, classes: str) -> Fault:
    return Fault(slug, family, frozenset(classes.split()), place=slug, steps=BY_URL)


def chunked(healthy: Healthy, size: int = 7) -> bytes:
    body = healthy.body
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def in_chunks(healthy: Healthy, tail: bytes = b"0\r\n\r\n") -> bytes:
    return healthy.head(length=False) + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(healthy) + tail


def lengths(*values: str) -> Breaks:
    def breaks(h: Healthy) -> Script:
        lines = b"".join(b"Content-Length: " + value.encode() + b"\r\n" for value in values)
        return (h.head(length=False) + lines + b"\r\n" + h.body,)

    return breaks


def with_line(line: bytes) -> Breaks:
    """The right answer with one more line among its headers."""
    return lambda h: (h.head() + line + b"\r\n\r\n" + h.body,)


def before(octets: bytes) -> Breaks:
    return lambda h: (octets + h.whole(),)


BIG = b"{" + b" " * 4_000
NETWORK = (
    place("refused", "network", "refused"),
    place("silent", "network", "connect-timeout"),
    network("reset-before", "reset", lambda h: (Act.RESET,)),
    network("reset-in-headers", "reset", lambda h: (h.head()[:30], Act.RESET)),
    network("reset-in-body", "reset", lambda h: (h.head(length=False) + b"Content-Length: 500\r\n\r\n" + h.body[:5], Act.RESET)),
    network("close-before-reply", "closed", lambda h: ()),
    network("close-mid-status", "closed", lambda h: (b"HTTP/1.1 2",)),
    network("close-mid-headers", "closed", lambda h: (h.head(),)),
    network("close-mid-header-line", "closed", lambda h: (h.head()[:-4],)),
    network("close-mid-body", "closed", lambda h: (h.head(length=False) + b"Content-Length: 5000\r\n\r\n" + h.body,)),
    network("close-mid-chunk", "closed", lambda h: (in_chunks(h, b"9\r\nhalf"),)),
    network("close-before-last-chunk", "closed", lambda h: (in_chunks(h, b""),)),
    network("close-mid-trailers", "closed", lambda h: (in_chunks(h, b"0\r\nX-T: 1\r\n"),)),
    network("hang-before-response", "timeout", lambda h: (Act.HOLD,)),
    network("hang-in-headers", "timeout", lambda h: (h.head(), Act.HOLD)),
    network("hang-in-body", "timeout", lambda h: (h.head(length=False) + b"Content-Length: 5000\r\n\r\n" + h.body, Act.HOLD)),
    network("hang-in-chunks", "timeout", lambda h: (in_chunks(h, b""), Act.HOLD)),
    network("hang-after-body", "ok", lambda h: (h.whole(), Act.HOLD)),
    network("slow-headers", "timeout", lambda h: (Act.DRIP, h.head())),
    network("slow-body", "timeout", lambda h: (h.head(length=False) + b"Content-Length: 5000\r\n\r\n", Act.DRIP, b" " * 5_000)),
    network(
        "slow-chunks", "timeout", lambda h: (h.head(length=False) + b"Transfer-Encoding: chunked\r\n\r\n", Act.DRIP, b"1\r\n \r\n" * 900)
    ),
)
TLS = tuple(
    place(f"tls-{kind}", "tls", "tls")
    for kind in ("expired", "not-yet-valid", "wrong-host", "unknown-ca", "self-signed", "too-old", "plain-text", "cut", "garbage")
)
BLOCKED = tuple(
    place(f"blocked-{kind}", "blocked", "blocked") for kind in ("link-local", "metadata", "multicast", "unspecified", "nat64", "reserved")
)
FRAMING = (
    framing("infinite-body", "too-large", lambda h: (h.head(length=False) + b"\r\n", BIG, Act.FLOOD)),
    framing("infinite-chunks", "too-large", lambda h: (in_chunks(h, b""), b"fa0\r\n" + b" " * 4_000 + b"\r\n", Act.FLOOD)),
    framing("infinite-headers", "too-large", lambda h: (h.head(), b"X-More: " + b"x" * 900 + b"\r\n", Act.FLOOD)),
    framing("infinite-header-line", "too-large", lambda h: (h.head() + b"X-More: ", b"x" * 4_000, Act.FLOOD)),
    framing("infinite-trailers", "too-large protocol", lambda h: (in_chunks(h, b"0\r\n"), b"X-More: " + b"x" * 900 + b"\r\n", Act.FLOOD)),
    framing("huge-header", "too-large", lambda h: (h.head() + b"X-Huge: " + b"x" * (HEADER_LIMIT_BYTES + 9) + b"\r\n\r\n" + h.body,)),
    framing("huge-body", "too-large", lambda h: (h.with_body(b" " * (BODY_LIMIT_BYTES + 9) + h.body).whole(),)),
    framing("huge-length", "too-large closed protocol", lengths("999999999999")),
    framing("interim-flood", "too-large protocol", lambda h: (b"HTTP/1.1 100 Continue\r\n\r\n", Act.FLOOD)),
    framing("negative-length", "protocol", lengths("-1")),
    framing("word-length", "protocol", lengths("many")),
    framing("plus-length", "protocol", lambda h: lengths(f"+{len(h.body)}")(h)),
    framing("endless-length", "protocol", lengths("9" * 5_000)),
    framing("two-lengths", "protocol", lambda h: lengths(str(len(h.body)), str(len(h.body) + 9))(h)),
    framing("length-list", "protocol", lambda h: lengths(f"{len(h.body)}, {len(h.body) + 3}")(h)),
    framing("same-lengths", "ok", lambda h: lengths(str(len(h.body)), str(len(h.body)))(h)),
    framing(
        "length-and-chunks", "protocol remark", lambda h: (h.head() + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(h) + b"0\r\n\r\n",)
    ),
    framing("unknown-coding", "protocol remark", lambda h: (h.head(length=False) + b"Transfer-Encoding: cow\r\n\r\n" + h.body,)),
    framing("bad-chunk-size", "protocol", lambda h: (in_chunks(h, b"zz\r\nab\r\n0\r\n\r\n"),)),
    framing("negative-chunk", "protocol", lambda h: (in_chunks(h, b"-2\r\nab\r\n0\r\n\r\n"),)),
    framing("huge-chunk", "protocol too-large closed", lambda h: (in_chunks(h, b"ffffffffffffffff1\r\nab\r\n0\r\n\r\n"),)),
    framing("chunk-too-long", "protocol", lambda h: (in_chunks(h, b"2\r\nabcdef\r\n0\r\n\r\n"),)),
    framing("chunk-extension", "ok", lambda h: (in_chunks(h, b"0;name=value\r\n\r\n"),)),
    framing("trailers", "ok", lambda h: (in_chunks(h, b"0\r\nX-Digest: abc\r\n\r\n"),)),
    framing("nul-in-header", "protocol remark ok", with_line(b"X-Odd: a\0b")),
    framing("no-colon", "protocol remark ok", with_line(b"this is no header")),
    framing("empty-name", "protocol remark ok", with_line(b": value")),
    framing("blank-before-colon", "protocol remark ok", with_line(b"X-Odd : value")),
    framing("folded-header", "ok remark", with_line(b"X-Odd: one\r\n two")),
    framing("header-in-utf8", "ok remark", with_line("X-Odd: Grüße 🎈".encode())),
    framing("bare-cr", "protocol remark ok", with_line(b"X-Odd: a\rb")),
    framing("hundred-and-one-headers", "ok remark too-large", with_line(b"\r\n".join(b"X-%d: 1" % n for n in range(101)))),
    framing("line-feeds-only", "ok remark", lambda h: (h.whole().replace(b"\r\n", b"\n"),)),
    framing("no-reason", "ok remark", lambda h: (h.whole().replace(b" Fine\r\n", b"\r\n", 1),)),
    framing("long-reason", "ok remark", lambda h: (h.whole().replace(b" Fine\r\n", b" " + b"fine " * 900 + b"\r\n", 1),)),
    framing("http-1-0", "ok remark", lambda h: (h.whole().replace(b"HTTP/1.1", b"HTTP/1.0", 1),)),
    framing("http-9-9", "protocol remark ok", lambda h: (h.whole().replace(b"HTTP/1.1", b"HTTP/9.9", 1),)),
    framing("lower-case-http", "protocol remark ok", lambda h: (h.whole().replace(b"HTTP/1.1", b"http/1.1", 1),)),
    framing("http-0-9", "protocol", lambda h: (b"<html>hello</html>",)),
    framing("http-2-preface", "protocol", lambda h: (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\0" * 18,)),
    framing("ssh", "protocol", lambda h: (b"SSH-2.0-OpenSSH_9.2\r\n",)),
    framing("no-status", "protocol", lambda h: (h.whole().replace(h.whole()[:13], b"HTTP/1.1 OK \r", 1),)),
    framing("two-digit-status", "protocol", lambda h: (b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",)),
    framing("status-999", "status protocol remark", lambda h: (h.head(status="999 Odd") + b"\r\n" + h.body,), NO_REVOKE),
    framing("continue-first", "ok", before(b"HTTP/1.1 100 Continue\r\n\r\n")),
    framing("early-hints-first", "ok remark", before(b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")),
    framing("three-interim", "ok remark", before(b"HTTP/1.1 102 Processing\r\n\r\n" * 3)),
    framing("interim-101", "protocol status closed", lambda h: (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",)),
    framing("extra-response", "ok remark protocol", lambda h: (h.whole() + h.whole(),)),
    framing("leftover-bytes", "ok remark protocol", lambda h: (h.whole() + b"and more",)),
    framing("until-close", "ok", lambda h: (h.head(length=False) + b"Connection: close\r\n\r\n" + h.body,)),
    framing("leading-blank-line", "ok remark protocol", before(b"\r\n")),
)
FAULTS: tuple[Fault, ...] = (*NETWORK, *TLS, *BLOCKED, *FRAMING, *CONTENTS)
assert len({fault.slug for fault in FAULTS}) == len(FAULTS)
