"""Wrong on purpose: what comes in a request goes where it must not. Never imported."""

import logging
import os
import random
import subprocess
import traceback
from pathlib import Path

import pickle
import yaml
from flask import Flask, redirect, render_template_string, request, send_file, url_for
from markupsafe import Markup
from sqlalchemy import text

# ruleid: sends-beside-the-wire
import requests
# ruleid: sends-beside-the-wire
from urllib.request import urlopen
# ok: sends-beside-the-wire
from urllib.parse import urlsplit

log = logging.getLogger("explorer")


def says(value):
    # ruleid: markup-outside-views
    return Markup("<b>{}</b>").format(value)


def asks(url):
    # ruleid: goes-where-it-is-sent
    requests.get(url, allow_redirects=True)
    # ruleid: tls-unchecked
    requests.get(url, verify=False)
    # ok: goes-where-it-is-sent, tls-unchecked
    requests.get(url, verify=True, allow_redirects=False)


def counts(connection, name):
    # ruleid: sql-of-a-made-text
    connection.execute(text(f"select count(*) from {name}"))
    # ruleid: sql-of-a-made-text
    connection.execute(text("select * from runs where id = '%s'" % name))
    # ruleid: sql-of-a-made-text
    connection.exec_driver_sql("drop table " + name)
    # ok: sql-of-a-made-text
    connection.execute(text("select count(*) from runs where id = :id"), {"id": name})


def runs(stored):
    # ruleid: runs-what-it-reads
    eval(stored)
    # ruleid: runs-what-it-reads
    pickle.loads(stored)
    # ruleid: runs-what-it-reads
    yaml.load(stored)
    # ruleid: runs-what-it-reads
    subprocess.run(stored)
    # ruleid: runs-what-it-reads
    os.system(stored)
    # ruleid: runs-what-it-reads
    render_template_string(stored)
    # ok: runs-what-it-reads
    yaml.safe_load(stored)


def draws():
    # ruleid: guessable
    return random.choice("abc")


def logs():
    given = request.args.get("code")
    # ruleid: log-of-what-came
    log_event("came", code=given)
    # ruleid: log-of-what-came
    log.info("headers %s", dict(request.headers))
    # ruleid: log-of-what-came
    log_event("body", body=request.get_data().decode())
    # ruleid: log-of-what-came
    print(request.path)
    # ok: log-of-what-came
    log_failure("broke", error, path=without_capabilities(request.path))
    # ok: log-of-what-came
    log_event("came", run=run.id)


def fails():
    try:
        asks("x")
    except OSError as error:
        # ruleid: log-of-an-error-text
        log_event("broke", why=str(error))
        # ruleid: log-of-an-error-text
        log.exception("broke")
        # ok: log-of-an-error-text
        future.exception()
        # ruleid: log-of-an-error-text
        return traceback.format_exc()


def compares(given, kept):
    # ruleid: secret-compared-openly
    if given == kept.client_secret:
        return 1
    # ruleid: secret-compared-openly
    if kept["state"] != request.args["state"]:
        return 2
    # ruleid: secret-compared-openly
    if password == given:
        return 3
    # ok: secret-compared-openly
    if kept.token == "":
        return 4
    # ok: secret-compared-openly
    return kept.name == given


def bakes(answer, value):
    # ruleid: cookie-without-flags
    answer.set_cookie("a", value)
    # ruleid: cookie-without-flags
    answer.set_cookie("a", value, path="/", samesite="Lax", secure=True)
    # ruleid: cookie-without-flags
    answer.set_cookie("a", value, path="/", httponly=True, samesite="None", secure=True)
    # ruleid: cookie-without-flags
    answer.set_cookie("a", value, path="/", httponly=True, samesite="Lax", secure=False)
    # ok: cookie-without-flags
    answer.set_cookie("a", value, max_age=9, path="/", secure=is_https(), httponly=True, samesite="Lax")


def leads(answer):
    there = request.args.get("next") or "/"
    # ruleid: redirect-where-the-request-says
    answer.headers["Location"] = there
    if there == "/x":
        # ok: redirect-where-the-request-says
        return redirect(own_page(there) or "/", 303)
    if there == "/y":
        # ok: redirect-where-the-request-says
        return redirect(url_for("run.show", run_id=request.form["run"]), 303)
    # ruleid: redirect-where-the-request-says
    return redirect(there, 303)


@bp.get("/files/<name>")
def gives(name):
    # ruleid: file-that-the-request-names
    one = Path(name)
    # ruleid: file-that-the-request-names
    two = open("files/" + request.args["name"])
    # ruleid: file-that-the-request-names
    send_file(name)
    # ok: file-that-the-request-names
    return Path("files"), one, two


# ruleid: route-beside-the-gate
@bp.route("/both", methods=["GET", "POST"])
def both():
    return ""


# ok: route-beside-the-gate
@bp.post("/one")
def one():
    return ""


def another_app():
    # ruleid: route-beside-the-gate
    return Flask(__name__)


# ruleid: route-beside-the-gate
def create_app(settings):
    app = Flask(__name__)
    return app


# ruleid: route-beside-the-gate
def _surround(app):
    protect(app)


def lets_through(app):
    # ruleid: route-beside-the-gate
    app.extensions["explorer_machines"] = frozenset(["run.show"])


def links(token):
    # ruleid: secret-in-our-address
    return url_for("run.show", access_token=token)
