"""The files of a run through the pages: script, bundle and schema, downloads without secrets."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from browsers import Browser
from flask import Flask
from jsonschema import Draft202012Validator

SECRET = "planted-header-key-77"


@pytest.fixture
def walked_through(ada: Browser) -> Browser:
    ada.start(pace="run", headers=f"X-Api-Key: {SECRET}")
    ada.settled()
    ada.log_in()
    return ada


def known(person: Browser) -> list[str]:
    facts = person.facts
    assert facts.tokens and facts.authorization and facts.answer
    return [facts.tokens.access, facts.tokens.refresh, facts.authorization.verifier, facts.authorization.state, facts.answer.code, SECRET]


@pytest.mark.attack("L8")
def test_the_bundle_holds_all_files_and_no_secret(walked_through: Browser) -> None:
    place = f"/runs/{walked_through.run_id}.zip"
    answer = walked_through.get(place)
    assert answer.status_code == 200 and answer.mimetype == "application/zip"
    assert 'filename="gw.example_' in answer.headers["Content-Disposition"] and "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.data == walked_through.get(place).data
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    assert list(files) == ["README.txt", "report.md", "run.har", "run.json", "walk.sh", "environment.json"]
    for name, content in files.items():
        assert [one for one in known(walked_through) if one.encode() in content] == [], name
    assert json.loads(files["run.json"])["id"] == walked_through.run_id
    assert json.loads(files["environment.json"])["settings"]["mode"] == "laptop"


def test_the_script_is_a_download_without_secrets(walked_through: Browser) -> None:
    answer = walked_through.get(f"/runs/{walked_through.run_id}.sh")
    assert answer.headers["Content-Disposition"].endswith('.sh"') and "_walk_" in answer.headers["Content-Disposition"]
    assert answer.text.startswith("#!/usr/bin/env bash\n") and [one for one in known(walked_through) if one in answer.text] == []
    assert "HEADER_X_API_KEY" in answer.text


def test_the_twin_fits_the_schema_that_is_served(walked_through: Browser) -> None:
    twin = walked_through.get(f"/runs/{walked_through.run_id}.json").get_json()
    answer = walked_through.get("/schema/run-1.json")
    assert answer.headers["Content-Type"] == "application/schema+json" and "public" in answer.headers["Cache-Control"]
    assert [error.message for error in Draft202012Validator(json.loads(answer.text)).iter_errors(twin)] == []


def test_every_file_of_the_export_page_is_there(walked_through: Browser) -> None:
    text = walked_through.get(f"/runs/{walked_through.run_id}/export").text
    for ending in ("zip", "md", "har", "sh", "json"):
        assert f'href="/runs/{walked_through.run_id}.{ending}"' in text
        assert walked_through.get(f"/runs/{walked_through.run_id}.{ending}").status_code == 200
    assert "Include access tokens" in text and "your extra headers" in text and 'type="checkbox"' in text


def test_a_run_without_secrets_offers_no_risky_file(ada: Browser) -> None:
    ada.start(pace="step")
    assert "For your eyes only" not in ada.get(f"/runs/{ada.run_id}/export").text


def test_another_browser_gets_none_of_them(app: Flask, walked_through: Browser) -> None:
    for ending in ("zip", "sh"):
        assert Browser(app).get(f"/runs/{walked_through.run_id}.{ending}").status_code == 404
