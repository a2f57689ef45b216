"""Strings that have broken something somewhere, by what they try; and bodies that are JSON, are not, or are disputed."""

from __future__ import annotations

import json

NAUGHTY: dict[str, tuple[str, ...]] = {
    "nothing much": ("", " ", "\t", "\u00a0", "\u3000", "0", "-1", "1e309", "null", "undefined", "None", "NaN", "true", "[]", "{}", "\\"),
    "markup": (
        "<script>window.pwned=1</script>",
        '"><img src=x onerror=window.pwned=1>',
        "' autofocus onfocus=window.pwned=1 x='",
        "</title></textarea></style></script><svg/onload=window.pwned=1>",
        "<!--",
        "]]>",
        "<a href=javascript:window.pwned=1>x</a>",
        "&lt;b&gt;&#x3c;&amp;lt;",
        "<plaintext>",
    ),
    "templates": (
        "{{7*7}}",
        "{{ config }}",
        "{% raw %}",
        "${7*7}",
        "#{7*7}",
        "<%= 7*7 %>",
        "{0.__class__}",
        "%(x)s %n %s",
        "{{''.__class__.__mro__}}",
    ),
    "databases": ("' OR 1=1 --", "'; DROP TABLE runs; --", '" OR ""="', "%' AND '%'='", "\\'; --", "1;SELECT pg_sleep(9)", "_%"),
    "shells": ("$(touch pwned)", "`id`", "; rm -rf x", "| cat", "&& id", "$IFS", "%COMSPEC%", "^&calc", "a\nb", "-oProxyCommand=x"),
    "spreadsheets": ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"),
    "paths": ("../../etc/passwd", "..\\..\\x", "%2e%2e%2f", "C:\\con", "/dev/null", "file:///etc/hosts", "NUL", "a/../b", "."),
    "lines": ("a\r\nSet-Cookie: x=1", "a\nb", "a\rb", "a\x0bb", "a\u2028b", "a\x85b", "%0d%0aX: y"),
    "controls": ("\x01\x02\x1b[31m", "a\x08b", "\x7f", "\ufffe\uffff", "\U0001f600", "a\x00b"),
    "directions": ("\u202egnp.exe", "\u2066a\u2069", "\u200bx\u200d", "\ufeffx", "עברית", "العربية", "a\u0301" * 60),
    "letters": ("ｈｔｔｐ", "İıſK", "ß", "ﬃ", "日本語", "𝔘𝔫𝔦", "Ω≈ç√", "👩‍👩‍👧‍👦", "①②⑦", "ǅ"),
    "addresses": (
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "http:///",
        "https://[::1",
        "http://a:b@c/",
        "https://x:99999/",
        "about:blank",
    ),
    "lengths": ("A" * 9000, "a " * 4000, "<" * 3000, '"' * 3000, "\u0301" * 3000, "9" * 5000),
}

_VALUES = (
    b"null",
    b"true",
    b"0",
    b"-1.5e3",
    b'""',
    b'"\\u00e9"',
    b"[]",
    b"{}",
    b'{"a":[1,{"b":null}]}',
    b"[[[[]]]]",
    b'"\xc3\xa9"',
    b"1e-9",
)
_SPACES = (b"", b" ", b"\n\t\r ")
Y = [before + value + behind for value in _VALUES for before in _SPACES for behind in _SPACES[:2]]

_BREAKS = (
    b"",
    b"{",
    b"[",
    b'"',
    b"{]",
    b"[}",
    b"[1,]",
    b"[,1]",
    b'{"a"}',
    b'{"a":}',
    b"{a:1}",
    b"{'a':1}",
    b'{"a":1,}',
    b'{"a" 1}',
    b"[1 2]",
)
_WORDS = (
    b"tru",
    b"True",
    b"nul",
    b"undefined",
    b"+1",
    b"01",
    b"1.",
    b".5",
    b"1e",
    b"0x1",
    b"--1",
    b"1_000",
    b"- 1",
    b"/*x*/1",
    b"1 1",
    b"{}x",
    b"[]]",
)
_TEXTS = (
    b'"\n"',
    b'"\t"',
    b'"\\x"',
    b'"\\u12"',
    b'"\\"',
    b'"a',
    b'a"',
    b'"\x00"',
    b"\x00",
    b"\xff\xfe",
    b"<html>",
    b"HTTP/1.1 200 OK",
)
_CUT = json.dumps({"issuer": "https://gw.example", "list": ["a", 1.5, None], "deep": {"x": "\u00e9"}}).encode()
N = [*_BREAKS, *_WORDS, *_TEXTS, *(_CUT[:at] for at in range(2, len(_CUT), 2))]

DISPUTED = [
    b'{"\xff":1}',
    b'{"a":1,"a":2}',
    b"NaN",
    b"[Infinity,-Infinity]",
    b"\xef\xbb\xbf{}",
    b'"\\ud800"',
    b'{"\\udfff":"\\ud800\\u0000"}',
    b"1" * 5000,
    b"-" + b"9" * 400,
    b"1e400",
    b"[" * 150 + b"]" * 150,
    b"[" * 5000 + b"]" * 5000,
    b"[" * 100_000,
    b'{"a":' * 900 + b"1" + b"}" * 900,
    b'"' + b"\\u0000" * 500 + b'"',
    json.dumps({"x": 1}).encode("utf-16"),
    json.dumps({"x": 1}).encode("utf-32-le"),
]
