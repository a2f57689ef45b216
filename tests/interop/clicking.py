"""A browser for programs that open one: walks the practice gateway's pages and follows the redirect to the program's own callback.

Named in the environment variable BROWSER, which Python's webbrowser module obeys. Usage: clicking.py URL
"""

from __future__ import annotations

import sys
from urllib.parse import parse_qs, urlsplit

from robot import HttpUser
from walker import practice_visit

URL = sys.argv[1]
callback = urlsplit(parse_qs(urlsplit(URL).query)["redirect_uri"][0])
user = HttpUser(f"{callback.scheme}://{callback.netloc}")
user.open(URL)
practice_visit(user)
