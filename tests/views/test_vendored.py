"""What others wrote travels unchanged: name, version, licence and hash stand in the manifest."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))


def sha384(octets: bytes) -> str:
    return base64.b64encode(hashlib.sha384(octets).digest()).decode()


@pytest.mark.parametrize("one", MANIFEST, ids=lambda one: one["file"])
def test_a_vendored_file_is_the_one_that_was_published(one: dict[str, str]) -> None:
    octets = (VENDOR / one["file"]).read_bytes()
    assert sha384(octets) == one["sha384"]
    assert sha384(octets + b" ") != one["sha384"]
    assert one["name"] and one["version"] and one["licence"] in ("0BSD", "MIT")
    assert (VENDOR / one["licence_file"]).read_text(encoding="utf-8")


def test_every_vendored_file_is_in_the_manifest() -> None:
    listed = {one["file"] for one in MANIFEST} | {one["licence_file"] for one in MANIFEST} | {"manifest.json"}
    assert {path.name for path in VENDOR.iterdir()} == listed
