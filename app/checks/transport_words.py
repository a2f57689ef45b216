"""One row for each way in which an exchange can fail: the title, why it matters, and who changes what."""

from __future__ import annotations

from dataclasses import dataclass

from app.checks.model import Spec
from app.checks.specs import MCP_HTTPS, rfc

TCP, NAMES, TLS, CERTIFICATE, HTTP = rfc(9110, "4.3"), rfc(9110, "4.3"), rfc(8446, "4"), rfc(9110, "4.3.4"), rfc(9112, "6")
WHOLE = "One whole HTTP answer in time."


@dataclass(frozen=True)
class Words:
    """The texts of one failure."""

    title: str
    why: str
    operator: str
    client: str
    expected: str = WHOLE
    spec: Spec = HTTP


def _tls(title: str, why: str, operator: str, client: str = "Never switch verification off.") -> Words:
    return Words(title, why, operator, client, "A TLS handshake with a certificate that clients trust.", CERTIFICATE)


def _blocked(what: str, operator: str = "Give hosted clients a public https address.") -> Words:
    return Words(
        f"The guard of this tool refused {what}",
        "A tool that calls addresses for other people must not reach into its own network.",
        operator,
        "Run the tool on your own machine, or add the host and port to ALLOW_TARGETS.",
        "A public https address, or one that is on the allow-list.",
        MCP_HTTPS,
    )


_WIRE = {
    "refused": Words(
        "Nothing listens there",
        "The port is closed.",
        "Start the server, open the port, or correct the published address.",
        "Check host and port.",
        spec=TCP,
    ),
    "connect_timeout": Words(
        "The host does not answer",
        "No connection came about: a firewall drops packets, or the host is down.",
        "Open the firewall for this caller; check the published address.",
        "Try from another network.",
        spec=TCP,
    ),
    "unreachable": Words(
        "There is no way to the host",
        "The network says that it cannot be reached.",
        "Check routing and IPv6: a name with an IPv6 address needs IPv6 service.",
        "Try from another network.",
        spec=TCP,
    ),
    "timeout": Words(
        "The answer took too long",
        "Clients give up at about this time too.",
        "Look for what the request waits for: an upstream, a lock, a cold start.",
        "Try once more; a cold start may be over.",
    ),
    "reset": Words(
        "The connection was reset",
        "The other side threw the connection away.",
        "Look at the log of proxy and server: a crash, a limit, a filter.",
        "Try again.",
        spec=TCP,
    ),
    "closed_early": Words(
        "The answer was cut off",
        "Less came than was announced; some clients take the rest for a whole answer.",
        "Look for a crash or a timeout before the answer was whole.",
        "Check the length before reading.",
    ),
    "dns_failed": Words(
        "The host name has no address",
        "The name is wrong, new, or known inside one network only.",
        "Publish the name in public DNS.",
        "Check the spelling; run the tool where the name is known.",
        spec=NAMES,
    ),
    "cancelled": Words(
        "You cancelled this exchange",
        "It was stopped on your click.",
        "Nothing.",
        "Press retry.",
    ),
    "interrupted": Words(
        "This app lost its hold on the run",
        "Its machine was too busy to say in time that it was still at work, so another worker could have gone on. Nobody pressed cancel.",
        "Nothing at the gateway.",
        "Press again; if it happens often, give this app a faster machine or fewer people.",
    ),
    "proxy_failed": Words(
        "The outbound proxy did not let us through",
        "The proxy that this tool must use refused or failed.",
        "Nothing at the gateway.",
        "Check OUTBOUND_PROXY and what it allows.",
    ),
    "tls_expired": _tls("The certificate has expired", "Every client refuses it.", "Renew the certificate, and check the renewal job."),
    "tls_not_yet_valid": _tls(
        "The certificate is not valid yet", "Every client refuses it; or a clock is wrong.", "Check the clocks.", "Check your own clock."
    ),
    "tls_wrong_host": _tls(
        "The certificate is for another name", "Whoever answers cannot prove to be this host.", "Get a certificate for this very name."
    ),
    "tls_unknown_ca": _tls(
        "The certificate's issuer is unknown",
        "A private or self-signed authority, which clients do not know.",
        "Use a public authority, or give clients the authority's certificate.",
        "Set CA_BUNDLE to a file with the authority.",
    ),
    "tls_incomplete_chain": _tls(
        "The certificate chain is incomplete",
        "Browsers fetch the missing link, programs do not.",
        "Send the intermediate certificates too.",
    ),
    "tls_too_old": _tls("The server speaks an old TLS version only", "Clients refuse TLS before 1.2.", "Offer TLS 1.2 and 1.3."),
    "tls_client_certificate": _tls(
        "The server wants a client certificate",
        "MCP clients have none.",
        "Ask for no client certificate on these paths.",
        "Nothing: OAuth takes the place of client certificates here.",
    ),
    "tls_not_spoken": _tls(
        "The port does not speak TLS",
        "The URL says https, what answered is something else.",
        "Serve https on this port.",
        "Check scheme and port.",
    ),
    "tls_failed": _tls(
        "The TLS handshake failed",
        "The two sides found no common ground.",
        "Look at the server's TLS log.",
        "Look at the exchange's TLS lines.",
    ),
    "not_http": Words(
        "What answered does not speak HTTP",
        "The first bytes are no status line.",
        "Check what listens on this port.",
        "Check host and port.",
        spec=rfc(9112, "4"),
    ),
    "bad_framing": Words(
        "The answer's framing is broken",
        "Lengths or chunks contradict each other; clients read different bodies.",
        "Send either Content-Length or chunks, and the right numbers.",
        "Refuse such answers.",
    ),
    "bad_encoding": Words(
        "The body cannot be decompressed",
        "Content-Encoding promises what the bytes are not, or what the request did not offer to undo.",
        "Compress once, say so once, and only as Accept-Encoding of the request allows.",
        "Ask for identity encoding.",
        spec=rfc(9110, "8.4"),
    ),
    "too_large": Words(
        "The answer is too large",
        "Reading stopped at this tool's limit.",
        "Metadata and token answers are a few kB; check what is sent here.",
        "Set a limit of your own.",
    ),
    "bad_url": Words(
        "The URL cannot be called",
        "It has no host, or characters that a request line cannot hold.",
        "Correct the published URL.",
        "Check the URL.",
    ),
    "bad_header": Words(
        "A header cannot be sent", "It holds characters that would break the request.", "Nothing.", "Check the headers of the start form."
    ),
}
_GUARD = {
    "scheme": "a scheme other than http and https",
    "port": "this port",
    "userinfo": "a URL with a user name in it",
    "self": "a call to itself",
    "loopback": "a loopback address",
    "private": "a private address",
    "link_local": "a link-local address",
    "metadata": "the address of a cloud's metadata service",
    "cgnat": "an address of a shared carrier network",
    "multicast": "a multicast address",
    "reserved": "a reserved address",
    "unspecified": "the unspecified address",
    "documentation": "an address that exists in documentation only",
    "benchmark": "an address for benchmarks only",
}
KINDS = _WIRE | {f"blocked_{slug}": _blocked(what) for slug, what in _GUARD.items()}
"""Failure kind -> its texts."""
