"""Which variable of the script stands for which value of the run: learned from answers, given by the person, or made up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from app.flow.facts import Options
from app.views.copy_forms import bash_quote
from app.views.file_mask import FileMask
from app.views.secret_names import kind_of

PLAIN = re.compile(r"[A-Za-z0-9 _.,:;/=+@%?&#()\[\]{}<>|*^~'-]*")  # stays itself between double quotes
LEAST = 8  # characters from which on a value is taken for the same value wherever it stands
NO_NAME = re.compile(r"[^A-Z0-9_]+")
# option -> what to say where it is missing
GIVEN = {
    "client_secret": "the client secret",
    "private_key": "the private key",
    "assertion": "the workload's JWT",
    "idp_id_token": "the ID token of the identity provider",
}
# signed by a key that the person gave -> the variable, and what to say of it
SIGNED = {
    "client_assertion": ("CLIENT_ASSERTION", "a JWT signed by the key of the client, RFC 7523; this script makes none"),
    "dpop": ("DPOP_PROOF", "a DPoP proof, RFC 9449; each request would need its own, so answers will differ from the run"),
}


@dataclass
class Names:
    """The variables of one script while it is written. `hide` masks whatever is written out as it is."""

    hide: FileMask
    known: dict[str, list[str]] = field(default_factory=dict)  # value -> variables, newest last
    needs: dict[str, str] = field(default_factory=dict)  # environment variable -> what it is
    uses_made_up: bool = False
    keys: set[str] = field(default_factory=set)  # keys that the script makes itself: client, dpop
    issuer: str = ""  # the authorization server in use: whom a client assertion is for

    def learn(self, value: str, variable: str) -> None:
        """From here on this variable holds that value."""
        if value:
            self.known.setdefault(value, []).append(variable)

    def given(self, value: str, variable: str, what: str) -> None:
        """The person gave it, so the person gives it again: it is never written down."""
        if value:
            self.known.setdefault(value, []).append(variable)
            self.needs[variable] = what

    def variable(self, value: str, prefer: str = "") -> str:
        """The variable that holds a value, or an empty string: of several one that is named like `prefer`, else the newest.

        A short value stands for many things by chance, so it counts only under its own name.
        """
        found = self.known.get(value, [])
        named = next((name for name in reversed(found) if prefer and prefer.lower() in name.lower()), "")
        return named or (found[-1] if found and len(value) >= LEAST else "")

    def variable_named(self, *wanted: str) -> str:
        """The first of these variables that holds a value, or an empty string."""
        held = {name for names in self.known.values() for name in names}
        return next((name for name in wanted if name in held), "")

    def word(self, value: str, name: str = "") -> str:
        """One word of bash for a value: a variable, or the text itself, quoted. `name` is the parameter's."""
        if variable := self.variable(value, prefer=name):
            return f'"${variable}"'
        if signed := SIGNED.get(name.lower()):
            self.needs[signed[0]] = signed[1]
            return f'"${signed[0]}"'
        if value and kind_of(name.lower()):
            self.uses_made_up = True  # no answer brought it and nobody gave it: the run made it up, and so does the script
            return '"$made_up"'
        return bash_quote(self.hide(value))

    def labelled(self, label: str, value: str, name: str) -> str:
        """`label` and value as one word: `"client_id=$client_id"` or `'scope=mcp:tools'`."""
        word = self.word(value, name)
        if word.startswith('"$'):
            return f'"{label}{word[1:]}' if PLAIN.fullmatch(label) else f"{bash_quote(label)}{word}"
        return bash_quote(label + self.hide(value))


def names_for(options: Options, hide: FileMask) -> Names:
    """What is known before the first request: where to go, and what the person gave."""
    names = Names(hide)
    names.learn(options.target, "target")
    names.learn(options.redirect_uri, "redirect_uri")
    for member, what in GIVEN.items():
        names.given(getattr(options, member), member.upper(), what)
    for line in options.headers.splitlines():
        name, _, value = line.partition(":")
        variable = f"HEADER_{NO_NAME.sub('_', name.strip().upper())}"
        names.given(value.strip(), variable, f"the value of your header {name.strip()}")
    return names


def form_word(names: Names, name: str, value: str) -> str:
    """`name=value` for curl's --data-urlencode, which encodes the value and takes the name as it stands."""
    return names.labelled(f"{quote(name, safe='')}=", value, name)


def called_in(lines: Iterable[str]) -> Callable[[str], bool]:
    """Is a function named in these lines?"""
    found = {word for line in lines for word in re.findall(r"[A-Za-z_]\w*", line)}
    return lambda name: name in found


def read_in(lines: Iterable[str]) -> Callable[[str], bool]:
    """Is a variable read in these lines?"""
    found = {word for line in lines for word in re.findall(r"\$\{?([A-Za-z_]\w*)", line)}
    return lambda name: name in found


def environment(needs: Mapping[str, str]) -> list[str]:
    """The lines that ask for what the script does not hold."""
    return [f': "${{{name}:?Set {name} to {words(what)}}}"' for name, what in sorted(needs.items())]


def words(text: str) -> str:
    """Our own words inside a parameter expansion: letters only, so that nothing in them can end it."""
    return re.sub(r"[^A-Za-z0-9 _.,()-]+", " ", text)
