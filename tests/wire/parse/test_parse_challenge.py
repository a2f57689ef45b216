"""WWW-Authenticate by the grammar, its breaks, and what lenient clients read."""

from __future__ import annotations

import pytest
from authchallenge import parse_challenges
from hypothesis import given
from hypothesis import strategies as st

from app.wire.parse.challenge import PROBLEMS_SHOWN, Challenges, bearer, read_challenges
from app.wire.parse.challenge_scan import PIECES_READ
from app.wire.parse.challenge_sdk import PYTHON_SDK, TOLERANT, TYPESCRIPT_SDK, search

URL = "https://gateway.test/.well-known/oauth-protected-resource/mcp"


def read(*values: str) -> Challenges:
    return read_challenges(values)


def shape(challenges: Challenges) -> list[tuple[str, dict[str, str], str]]:
    return [(c.scheme, dict(c.params), c.token68) for c in challenges]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f'Bearer resource_metadata="{URL}"', [("Bearer", {"resource_metadata": URL}, "")]),
        ('bEaReR Error="invalid_token"', [("bEaReR", {"error": "invalid_token"}, "")]),
        (
            'Basic realm="a, b", Bearer scope="x y", error=z',
            [("Basic", {"realm": "a, b"}, ""), ("Bearer", {"scope": "x y", "error": "z"}, "")],
        ),
        ('Bearer realm="say \\"hi\\", \\\\o/"', [("Bearer", {"realm": 'say "hi", \\o/'}, "")]),
        ('Negotiate abc+/9==, Bearer realm="r"', [("Negotiate", {}, "abc+/9=="), ("Bearer", {"realm": "r"}, "")]),
        ('Negotiate, Bearer realm="r"', [("Negotiate", {}, ""), ("Bearer", {"realm": "r"}, "")]),
        (', ,Bearer realm="r",,', [("Bearer", {"realm": "r"}, "")]),
        ('Bearer realm=""', [("Bearer", {"realm": ""}, "")]),
    ],
)
def test_a_sound_header_is_read_without_problems(value: str, expected: list[tuple[str, dict[str, str], str]]) -> None:
    challenges = read(value)
    assert (shape(challenges), challenges.problems) == (expected, ())


def test_several_lines_are_read_one_by_one() -> None:
    challenges = read('Basic realm="a"', f'Bearer resource_metadata="{URL}"')
    found = bearer(challenges)
    assert found is not None and (found.line, found.get("Resource_Metadata")) == (1, URL)


def test_no_bearer_is_none() -> None:
    assert bearer(read('Basic realm="a"')) is None
    assert bearer(read()) is None


@pytest.mark.parametrize(
    ("value", "slug", "at"),
    [
        (f"Bearer resource_metadata={URL}", "unquoted_value", 25),
        (f'Bearer realm="a" resource_metadata="{URL}"', "missing_comma", 17),
        (f'Bearer resource_metadata="{URL}', "unterminated_quote", 25),
        ('Bearer realm="a", realm="b"', "duplicate_parameter", 18),
        ('realm="a"', "outside_challenge", 0),
        ('Negotiate abc=, realm="a"', "outside_challenge", 16),
        ('Bearer realm="a" b', "unexpected_text", 17),
        ('Bearer realm="a"; scope="b"', "unexpected_text", 16),
        ("Bearer/x", "unexpected_text", 6),
        ('Bearer scope=, realm="a"', "empty_value", 13),
        ('Bearer realm = "a"', "space_round_equals", 13),
        ('Bearer realm="a\0"', "bad_character", 15),
        ("", "empty_header", 0),
        (" , ", "empty_header", 0),
        ("Bearer", "scheme_rule", 0),
        ('Bearer scope="a\\\\b"', "scheme_rule", 0),
        ("Bearer realm=bare", "scheme_rule", 0),
    ],
)
def test_a_break_of_the_grammar_is_named_with_its_place(value: str, slug: str, at: int) -> None:
    assert (slug, at) in [(problem.slug, problem.at) for problem in read(value).problems]


@pytest.mark.parametrize(
    "value", [f"Bearer resource_metadata={URL}", f'Bearer realm="a" resource_metadata="{URL}"', f'Bearer resource_metadata="{URL}']
)
def test_a_broken_parameter_is_read_by_the_lenient_only(value: str) -> None:
    challenges = read(value)
    found = bearer(challenges)
    assert found is not None and found.get("resource_metadata") == ""
    assert challenges.best("resource_metadata") == URL
    assert challenges.read_by(PYTHON_SDK, "resource_metadata").endswith(URL)


# Behaviour of mcp 2.3.0's reader, from runs against that package.
@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        (f'Bearer resource_metadata="{URL}"', URL),
        (f"Bearer resource_metadata={URL}, scope=x", URL),
        ('Bearer x_resource_metadata="https://evil.test/"', "https://evil.test/"),
        ('Bearer error_description="see resource_metadata=evil"', 'evil"'),
        ('Bearer resource_metadata=""', '""'),
        ('Bearer Resource_Metadata="a"', ""),
        ('Bearer resource_metadata = "a"', ""),
        ('Bearer resource_metadata= , resource_metadata="b"', "b"),
        ('Bearer resource_metadata="a', '"a'),
        ('Bearer resource_metadata="a\\"b"', "a\\"),
        ("Bearer", ""),
    ],
)
def test_the_python_sdk_takes_the_first_name_that_it_finds(value: str, read_as: str) -> None:
    assert search(value, "resource_metadata") == read_as


def test_the_typescript_sdk_wants_bearer_first_and_an_absolute_url() -> None:
    assert read(f'Bearer resource_metadata="{URL}"').read_by(TYPESCRIPT_SDK, "resource_metadata") == URL
    assert read(f'Basic realm="x", Bearer resource_metadata="{URL}"').read_by(TYPESCRIPT_SDK, "resource_metadata") == ""
    assert read('Bearer resource_metadata="/relative"').read_by(TYPESCRIPT_SDK, "resource_metadata") == ""


def test_readers_that_differ_from_the_grammar_are_listed() -> None:
    sound = read(f'Bearer resource_metadata="{URL}"')
    assert sound.differing("resource_metadata") == ()
    decoy = read(f'Bearer x_resource_metadata="https://evil.test/", resource_metadata="{URL}"')
    assert {r.reader: r.value for r in decoy.differing("resource_metadata")} == dict.fromkeys(
        (PYTHON_SDK, TYPESCRIPT_SDK), "https://evil.test/"
    )
    spelt = read(f'Bearer Resource_Metadata="{URL}"')
    assert {r.reader: r.value for r in spelt.differing("resource_metadata")} == {PYTHON_SDK: "", TYPESCRIPT_SDK: ""}
    assert spelt.read_by(TOLERANT, "resource_metadata") == URL


@pytest.mark.attack("D2")
def test_a_hostile_header_is_read_up_to_a_bound() -> None:
    challenges = read("Bearer " + "a=b, " * 5_000)
    found = bearer(challenges)
    assert found is not None and len(found.params) < PIECES_READ
    assert len(challenges.problems) == PROBLEMS_SHOWN
    assert "too_long" in [p.slug for p in read("Bearer " + ", ".join(f"a{n}=b" for n in range(400))).problems]


@pytest.mark.parametrize(
    "value",
    [
        'a="' * 22_000,
        "," * 65_536,
        '"' * 65_536,
        "Bearer " + "\\" * 65_000,
        "a " * 32_000,
        "Bearer a= " * 6_000,
        'Bearer x="' + "a " * 30_000,
    ],
)
def test_64_kb_of_nonsense_are_read(value: str) -> None:
    assert read(value).problems


TOKEN = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=8)
TEXT = st.text([chr(c) for c in range(0x20, 0x7F)], max_size=15)
PARAMS = st.dictionaries(TOKEN.map(str.lower), TEXT, min_size=1, max_size=4)


@given(st.lists(st.tuples(TOKEN, PARAMS), min_size=1, max_size=4))
def test_what_is_written_by_the_grammar_is_read_back(written: list[tuple[str, dict[str, str]]]) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    value = ", ".join(f"{scheme} " + ", ".join(f"{name}={quoted(text)}" for name, text in params.items()) for scheme, params in written)
    assert [(c.scheme, dict(c.params)) for c in read(value)] == written
    assert [(c.scheme, c.params) for c in parse_challenges(value)] == written


@given(st.text(max_size=80) | st.text('Bearer =",\\ az/:', max_size=60))
def test_any_text_is_read_and_offsets_stay_inside(value: str) -> None:
    challenges = read(value)
    assert all(0 <= problem.at <= len(value) for problem in challenges.problems)
    assert all(value[c.start :].startswith(c.scheme) and c.end <= len(value) for c in challenges)
