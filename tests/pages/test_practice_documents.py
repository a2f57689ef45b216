"""The practice gateway fetches what strangers name, so that is bounded: pages never wait for it."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.pages.practice_documents import AT_ONCE, documents_through
from app.practice.desk import ClientDocumentUnreachable
from app.settings import Settings
from app.wire.messages import Exchange, Failure, Request
from app.wire.recorder import Wire

HOSTED = Settings(mode="hosted", secret_key="k" * 64, public_url="https://explorer.example", login="open")


class Silent:
    """A wire to a host that says nothing until it is let go."""

    def __init__(self) -> None:
        self.asked, self.let_go = threading.Semaphore(0), threading.Event()

    def send(self, request: Request, **_: object) -> Exchange:
        self.asked.release()
        assert self.let_go.wait(10)
        return Exchange(request, failure=Failure("timeout", "It said nothing."))


@pytest.mark.attack("D1")
def test_few_documents_are_fetched_at_once_and_one_more_is_refused_without_waiting() -> None:
    wire = Silent()
    fetch = documents_through(wire, Settings())
    with ThreadPoolExecutor(AT_ONCE) as strangers:
        waiting = [strangers.submit(fetch, f"https://tar.example/{number}") for number in range(AT_ONCE)]
        assert all(wire.asked.acquire(timeout=10) for _ in waiting)
        with pytest.raises(ClientDocumentUnreachable, match="again in a few seconds"):
            fetch("https://client.example/client.json")
        wire.let_go.set()
        assert all("said nothing" in str(one.exception()) for one in waiting)
    with pytest.raises(ClientDocumentUnreachable, match="said nothing"):  # a place came free
        fetch("https://client.example/client.json")


def test_a_hosted_instance_knows_its_own_document_without_dialling_itself() -> None:
    fetch = documents_through(Wire(HOSTED), HOSTED)
    own = json.loads(fetch("https://explorer.example/client-metadata.json"))
    assert own["client_id"] == "https://explorer.example/client-metadata.json" and own["redirect_uris"] == [HOSTED.redirect_uri]
    with pytest.raises(ClientDocumentUnreachable, match="the app itself"):
        fetch("https://explorer.example/checks")
