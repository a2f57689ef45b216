"""The sieve that makes a page of a run fit for readers of a snapshot."""

from __future__ import annotations

import pytest

from app.views.share_sieve import read_only

RUN, SHARE = "~abc", "abc"


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ('<a href="/runs/~abc/exchanges/7">x</a>', '<a href="/shared/abc/exchanges/7">x</a>'),
        ('<a href="/runs/~abc/exchanges/7?as=hex#request">x</a>', '<a href="/shared/abc/exchanges/7?as=hex#request">x</a>'),
        ('<a href="/runs/~abc#e7">x</a>', '<a href="/shared/abc#e7">x</a>'),
        ('<a href="/runs/~abc.har" download>x</a>', '<a href="/shared/abc.har" download>x</a>'),
        ('<link rel="alternate" href="/runs/~abc.json">', '<link rel="alternate" href="/shared/abc.json">'),
        ('<a href="#e7">x</a><a href="/checks/a.b">y</a>', '<a href="#e7">x</a><a href="/checks/a.b">y</a>'),
        ('<a href="/runs/~abc/exchanges/7/request.txt">x</a>', ""),
        ('<a href="/runs/~abc/exchanges/7/resend"><b>x</b></a>', ""),
        ('<a href="/runs/~abc/export">x</a>', ""),
        ('<a data-action="authorize" href="/checks">x</a>', ""),
        ('a<form method="post"\naction="/x">\n<button>y</button></form>b', "ab"),
        ('<section id="hidden"><h2>Hidden values</h2><form></form></section>c', "c"),
        ("<p>&lt;form&gt; is text</p>", "<p>&lt;form&gt; is text</p>"),
    ],
)
def test_what_readers_get(html: str, wanted: str) -> None:
    assert read_only(html, RUN, SHARE) == wanted
