"""The whole run as one bash script: curl, jq and openssl, the same requests in the same order, variables in place of secrets.

Whatever a gateway or a person wrote goes through `bash_quote` and the file's mask. What the script itself gets from the gateway
stands in double quotes only; curl takes no other scheme than http and https from it, expands nothing and reads no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.flow.facts import Authorization, Facts
from app.flow.log import Choice, Entry, Leg, Run
from app.views.copy_forms import bash_quote
from app.views.file_mask import FileMask
from app.views.har_entry import stamp
from app.views.script_names import Names, called_in, environment, names_for, read_in
from app.views.script_parts import FUNCTIONS, HEAD, OPTIONS
from app.views.script_request import ASSIGNMENT, comment, learned_lines, request_lines
from app.views.steps import TITLES
from app.wire.messages import Exchange
from app.wire.parse.form import query_of, read_pairs

MAKES_KEY = {"key": "client", "dpop_key": "dpop"}  # choice -> the key that the script draws in its place
Folded = Sequence[tuple[Facts, Entry, Facts]]


def script(run: Run, folded: Folded) -> str:
    """The script; `folded` is the run's log with the facts before and after each entry (flow/fold.py)."""
    facts = folded[-1][2] if folded else Facts()
    hide = FileMask(run)
    names = names_for(facts.options, hide)
    body = list(_body(names, folded))
    tail = ["", "finish"]
    functions = list(_functions(called_in([*body, *tail])))
    is_read = read_in([*body, *functions])
    needs = environment({name: what for name, what in names.needs.items() if is_read(name)})
    told, assignments = _opening(names, run, facts)
    body = [line for line in body if not (found := ASSIGNMENT.match(line)) or _is_used(found[1], line, body)]
    given = [line for line in assignments if (found := ASSIGNMENT.match(line)) and is_read(found[1])]
    return "\n".join([HEAD, *told, "", OPTIONS, "", *given, *needs, "", *functions, *body, *tail]) + "\n"


def _is_used(variable: str, assignment: str, lines: Sequence[str]) -> bool:
    """Does any other line name the variable? One that nobody reads is left out."""
    return read_in([line for line in lines if line is not assignment and not line.startswith("# ")])(variable)


def _opening(names: Names, run: Run, facts: Facts) -> tuple[list[str], list[str]]:
    """(comments, assignments) that stand first."""
    began = stamp(run.entries[0].at if run.entries else run.created_at)
    beside = sum(entry.is_aside for entry in run.entries)
    left_out = "request of a separating probe is" if beside == 1 else "requests of separating probes are"
    told = [
        *comment(names, f"Made from a run against {run.target} that began {began}."),
        "# Secrets are not in it: what an answer issues is read from the answer, what you gave is asked for by name.",
        *([f"# {beside} {left_out} left out."] if beside else []),
    ]
    assignments = [
        f"target={bash_quote(names.hide(facts.options.target or run.target))}",
        f"redirect_uri={bash_quote(names.hide(facts.options.redirect_uri))}",
    ]
    if names.uses_made_up:
        assignments.append("made_up=made-up-$(openssl rand -hex 16)  # in place of values that nobody had issued")
    return told, assignments


def _functions(is_called: Callable[[str], bool]) -> Iterator[str]:
    """The functions that are called, and those that they call."""
    needed: list[str] = []
    queue = [name for name in FUNCTIONS if is_called(name)]
    while queue:
        name = queue.pop(0)
        if name not in needed:
            needed.append(name)
            queue += [other for other in FUNCTIONS if other != name and called_in([FUNCTIONS[name]])(other)]
    for name in FUNCTIONS:
        if name in needed:
            yield FUNCTIONS[name]
            yield ""


def _body(names: Names, folded: Folded) -> Iterator[str]:
    """Every exchange of the walk, and every authorization that was answered, in the order of the log."""
    step, waits = "", _answered(folded)
    for before, entry, after in folded:
        lines = [] if entry.is_aside else _lines(names, before, entry, after, entry.seq in waits)
        if lines and entry.step != step:
            step = entry.step
            yield from ("", f"say {bash_quote(TITLES.get(step, 'Beside the walk'))}")
        yield from ["", *lines] if lines else []


def _lines(names: Names, before: Facts, entry: Entry, after: Facts, is_awaited: bool) -> list[str]:
    """The commands of one entry; none where it is nothing that a script does."""
    body = entry.body
    if isinstance(body, Exchange):
        return [*request_lines(names, entry, body), *learned_lines(names, before, after, entry)]
    if isinstance(body, Choice) and body.name == "client":
        return _client(names, body)
    if isinstance(body, Choice) and body.name in MAKES_KEY:
        names.keys.add(MAKES_KEY[body.name])
        return [f"new_key {MAKES_KEY[body.name]}"]
    if isinstance(body, Choice) and is_awaited and after.authorization:
        return _browser(names, after.authorization, len(after.authorizations))
    if isinstance(body, Leg) and after.answer and after.answer.entry == entry.seq:
        names.learn(after.answer.code, f"code_{len(after.authorizations)}")
    return []


def _answered(folded: Folded) -> set[int]:
    """The entries of the authorization requests whose answer brought a code; of the last one too where none did."""
    asked, found = 0, set()
    for _, entry, after in folded:
        if isinstance(entry.body, Choice) and entry.body.name == "authorize":
            asked = entry.seq
        if isinstance(entry.body, Leg) and entry.body.kind == "callback" and after.answer and after.answer.entry == entry.seq:
            found.add(asked)
    return found or ({asked} if asked else set())


def _client(names: Names, choice: Choice) -> list[str]:
    """A client that needed no exchange: pre-registered, or known by its document."""
    client_id, secret = str(choice.values.get("client_id", "")), str(choice.values.get("client_secret", ""))
    if secret and not names.variable(secret):
        names.given(secret, "CLIENT_SECRET", "the client secret")
    line = f"client_id={bash_quote(names.hide(client_id))}"
    names.learn(client_id, "client_id")
    return [line] if client_id else []


def _browser(names: Names, asked: Authorization, number: int) -> list[str]:
    """Draw state and verifier, let the person take the URL to a browser, read what came back."""
    pairs = read_pairs(query_of(asked.url))
    for value, variable in ((asked.verifier, "code_verifier"), (asked.state, "state"), (asked.challenge, "code_challenge")):
        names.learn(value, f"{variable}_{number}")
    place = names.word(asked.url.partition("?")[0], "authorization_endpoint")
    listed = " \\\n  ".join(f"{bash_quote(name)} {names.word(value, name)}" for name, value in pairs)
    return [
        f"code_verifier_{number}=$(openssl rand -base64 64 | tr -d '=+/\\n' | cut -c1-64)",
        f'code_challenge_{number}=$(challenge_of "$code_verifier_{number}")',
        f"state_{number}=$(openssl rand -hex 16)",
        f'in_browser "$(with_query {place} \\\n  {listed})"',
        *([f'same_state "$state_{number}"'] if dict(pairs).get("state") == asked.state else []),
        f"code_{number}=$(answered code)",
    ]
