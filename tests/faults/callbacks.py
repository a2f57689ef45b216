"""The ways in which a gateway may send the browser back, and what the page must call them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """The query behind the redirect URI; `{code}`, `{state}` and `{iss}` are the right values. No codes: it is fine."""

    slug: str
    query: str
    codes: tuple[str, ...]


RIGHT = "code={code}&state={state}&iss={iss}"
EVIL = "iss=https%3A%2F%2Fevil.test"
STATE, SHAPE = ("callback.state_mismatch",), ("callback.wrong_shape",)
SHAPES = (
    Shape("cb-extra-parameters", RIGHT + "&session_state=a.b&scope=mcp%3Atools&x=1", ()),
    Shape("cb-other-order", "iss={iss}&state={state}&code={code}", ()),
    Shape("cb-code-reserved", RIGHT.replace("{code}", "a%2Fb%2Bc%3D%3D%20%26%23%25"), ()),
    Shape("cb-code-long", RIGHT.replace("{code}", "c" * 3_000), ()),
    Shape("cb-no-state", "code={code}&iss={iss}", STATE),
    Shape("cb-wrong-state", "code={code}&state=wrong&iss={iss}", STATE),
    Shape("cb-empty-state", "code={code}&state=&iss={iss}", STATE),
    Shape("cb-state-with-blank", "code={code}&state={state}%20&iss={iss}", STATE),
    Shape("cb-code-twice", RIGHT + "&code=other", SHAPE),
    Shape("cb-state-twice", RIGHT + "&state={state}", SHAPE),
    Shape("cb-iss-twice", f"{RIGHT}&{EVIL}", SHAPE),
    Shape("cb-wrong-iss", RIGHT.replace("{iss}", "https%3A%2F%2Fevil.test"), ("callback.iss_mismatch",)),
    Shape("cb-iss-slash", RIGHT + "%2F", ("callback.iss_mismatch",)),
    Shape("cb-no-iss", "code={code}&state={state}", ("callback.iss_missing",)),
    Shape("cb-nothing", "state={state}&iss={iss}", SHAPE),
    Shape("cb-empty-code", "code=&state={state}&iss={iss}", SHAPE),
    Shape("cb-code-and-error", RIGHT + "&error=access_denied", (*SHAPE, "authorize.access_denied")),
    Shape("cb-token-in-query", "access_token=at-planted-1&token_type=bearer&state={state}&iss={iss}", SHAPE),
    Shape("cb-denied", "error=access_denied&state={state}&iss={iss}", ("authorize.access_denied",)),
    Shape("cb-server-error", "error=server_error&error_description=%3Cscript%3E&state={state}&iss={iss}", ("authorize.refused",)),
    Shape(
        "cb-error-wrong-iss",
        "error=access_denied&error_description=lure&state={state}&" + EVIL,
        ("callback.iss_mismatch",),
    ),
    Shape("cb-error-long", "error=server_error&error_description=" + "w" * 3_000 + "&state={state}&iss={iss}", ("authorize.refused",)),
    Shape("cb-invalid-scope", "error=invalid_scope&state={state}&iss={iss}", ("authorize.invalid_scope",)),
    Shape("cb-invalid-target", "error=invalid_target&state={state}&iss={iss}", ("authorize.invalid_target",)),
    Shape("cb-bytes", RIGHT + "&x=%FF%FE%00", ()),
)
