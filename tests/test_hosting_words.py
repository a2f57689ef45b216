"""What the README gives people to copy works with what the app does: sizes, folders, headers."""

from __future__ import annotations

import re

import pytest
from running import ROOT

from app.coming import LARGEST_BODY
from app.pages.imported import MOST_BYTES

README = (ROOT / "README.md").read_text(encoding="utf-8")
NGINX = re.findall(r"```nginx\n(.*?)```", README, re.DOTALL)
UNIT = "".join(re.findall(r"```ini\n(.*?)```", README, re.DOTALL))


@pytest.mark.parametrize("block", NGINX, ids=range(len(NGINX)))
def test_a_recording_passes_the_proxy(block: str) -> None:
    allowed = re.search(r"client_max_body_size (\d+)m;", block)  # nginx takes 1 MB where nothing is said
    assert allowed and MOST_BYTES < LARGEST_BODY <= int(allowed[1]) * 2**20


@pytest.mark.parametrize("block", NGINX, ids=range(len(NGINX)))
@pytest.mark.parametrize("header", ["Host $http_host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Request-Id $request_id"])
def test_the_proxy_writes_every_header_that_is_believed(block: str, header: str) -> None:
    assert f"proxy_set_header {header}" in block


def test_the_unit_has_a_folder_for_the_store_that_systemd_makes_and_one_for_large_forms() -> None:
    assert re.search(r"^ *StateDirectory=explorer$", UNIT, re.M) and "DATA_DIR=/var/lib/explorer" in UNIT
    assert "PrivateTmp=true" in UNIT, "with ProtectSystem=strict alone no form above 500 kB can be read"


def test_nothing_that_git_leaves_out_comes_into_an_image() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    kept_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {"data/", ".git/", *ignored} <= set(kept_out)
