"""A server of its own for the dashboard, on a store with runs and people; and Chromium to look at it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from conftest import Shell
from idqp_cli.access import passwords, tokens
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from idqp_cli.store.values import NewUser
from receivers import free_port

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PASSWORD = "correct horse battery"
ANN, REX, VIC = "ann@example.com", "rex@example.com", "vic@example.com"
PEOPLE = ((ANN, Role.OWNER), (REX, Role.REVIEWER), (VIC, Role.VIEWER))
# A name that is markup, a script or another address to whoever forgets to escape it.
HOSTILE = "<img src=x onerror=alert(1)>/%2F?&#"
RULES = """
version: 1
datasets:
  orders:
    path: orders.csv
    key: [id]
    pii: [email]
    schema: backward
    rules:
      - {type: unique, column: id, severity: critical}
      - {type: completeness, column: email}
      - {type: range, column: amount, min: 0, severity: critical}
      - {type: accepted_values, column: country, values: [DE, FR], segment_by: country}
      - {type: statistic, column: amount, statistic: mean, max: 100, severity: info}
      - {type: expression, name: "<img src=x onerror=alert(1)>/%2F?&#", expression: "amount < 50"}
"""
ORDERS = (
    "id,email,amount,country\n1,a@example.com,10,DE\n2,b@example.com,20,FR\n",
    "id,email,amount,country\n1,a@example.com,10,DE\n2,,-5,FR\n",
    "id,email,amount,country,channel\n1,secret@example.com,10,DE,web\n1,,-5,FR,web\n3,,990,<b>XX</b>,web\n",
)


@dataclass(frozen=True)
class Place:
    """Where the dashboard is, and what stands in its store."""

    address: str
    folder: Path


@contextmanager
def served(folder: Path, token: str = "") -> Iterator[str]:
    """Serve the store of a folder, whose checks are recorded with the token; yield the address."""
    port = free_port()
    keys = folder / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    words = ("serve", "--listen", f"127.0.0.1:{port}", "--keys", str(keys), "--writes", "1000")
    with (folder / "serve.log").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "idqp_cli", *words],
            cwd=folder,
            stdout=said,
            stderr=said,
            env=_environment(folder, token),
        )
        try:
            _wait(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def _environment(folder: Path, token: str) -> Mapping[str, str]:
    return {
        **os.environ,
        "IDQP_STORE": "",
        "IDQP_TOKEN": token,
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "idqp serve ended"
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("idqp serve does not answer")


def fill(folder: Path) -> str:
    """Check the data of three days, and let people in; return a token that may record runs."""
    shell = Shell(folder)
    shell.write("rules.yaml", RULES)
    for text in ORDERS:
        shell.write("orders.csv", text)
        ran = shell.idqp("check", "-q")
        assert ran.code in {0, 1}, ran.err
    kept, at = passwords.hashed(PASSWORD, cost=4), datetime.now(UTC)
    with closing(open_store(str(folder / ".idqp" / "state.db"))) as store:
        store.add_user(NewUser(ANN, "Ann", Role.OWNER, kept), "me", at)
        secret, session = tokens.session(at)
        store.log_in(ANN, kept, session, at)
        store.become(secret)
        for email, role in PEOPLE[1:]:
            store.add_user(NewUser(email, email[:3].title(), role, kept), ANN, at)
        token, program = tokens.program("server", ("runs:write",), at + timedelta(days=1))
        store.create_token(program, ANN, at)
    return token


@dataclass(frozen=True)
class Person:
    """Somebody at a browser of their own; `wrong` is what the browser complained about."""

    page: Page
    context: BrowserContext
    address: str
    wrong: list[str]
    asked: list[str]

    def go(self, path: str) -> None:
        """Open a page, and wait until it shows what was read."""
        self.page.goto(self.address + path)
        self.settled()

    def settled(self) -> None:
        """Wait until there is a heading and nothing is being read."""
        self.page.wait_for_selector("h1")
        expect(self.page.locator(".loading, [aria-busy]")).to_have_count(0)

    def log_in(self, email: str) -> None:
        """Log in where the form is shown."""
        self.page.fill("[name=email]", email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".side")
        self.settled()

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def answer(self, label: str) -> None:
        """Click the button that sends an open dialog, and wait until it is closed."""
        self.page.click(f"dialog[open] footer button:text-is('{label}')")
        self.page.wait_for_selector("dialog[open]", state="detached")


class Window:
    """Chromium, in which each person has a session of their own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @contextmanager
    def person(self, address: str, **look: Any) -> Iterator[Person]:  # noqa: ANN401
        """Open a browser for somebody."""
        context = self._browser.new_context(viewport={"width": 1280, "height": 860}, **look)
        page = context.new_page()
        wrong: list[str] = []
        asked: list[str] = []
        person = Person(page, context, address, wrong, asked)

        def complained(message: ConsoleMessage) -> None:
            if message.type == "error" and "401" not in message.text:
                wrong.append(f"{message.text} {message.location}")

        def requested(request: Request) -> None:
            asked.append(request.url)

        page.on("console", complained)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(f"a dialog: {dialog.message}"))
        page.on("request", requested)
        try:
            yield person
        finally:
            context.close()


@pytest.fixture(scope="session")
def window() -> Iterator[Window]:
    """Return Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield Window(browser)
        browser.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a served store with runs and people."""
    folder = tmp_path_factory.mktemp("served")
    token = fill(folder)
    with served(folder, token) as address:
        yield Place(address, folder)


def violations(page: Page, script: str) -> Sequence[str]:
    """Return what axe finds against WCAG 2.2 AA and its best practices."""
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate(f"{script}; axe.run(document, {{runOnly: {rules}}})")
    return [f"{one['id']}: {node['target']}" for one in found["violations"] for node in one["nodes"]]
