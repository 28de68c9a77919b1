"""The dashboard of a PostgreSQL store behind nginx with TLS, as a team has it."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from playwright.sync_api import expect

from conftest import Cluster
from dashboard_place import Window
from idqp_cli.store import open_store
from idqp_cli.store.identity import Role
from nginx_front import fronted
from server_place import email, filled
from serving_processes import served

pytestmark = pytest.mark.thorough


def test_people_of_a_team_work_together(window: Window, cluster: Cluster, database: str, tmp_path: Path) -> None:
    cluster.login_roles("web")
    cluster.run("GRANT idqp_app TO web")
    with closing(open_store(cluster.address(database))) as store:
        filled(store, datetime.now(UTC))
    words = ("--store", cluster.address(database, "web"), "--keys", str(tmp_path / "keys"), "--checks", "0")
    with (
        served(tmp_path, *words) as (first, _),
        served(tmp_path, *words) as (second, _),
        fronted(tmp_path, first, second, trustme.CA()) as url,
        window.person(url, ignore_https_errors=True) as owner,
        window.person(url, ignore_https_errors=True) as reviewer,
    ):
        for person, role in ((owner, Role.OWNER), (reviewer, Role.REVIEWER)):
            person.go("/incidents")
            person.log_in(email(role))
            person.page.wait_for_selector(".live.on")
            (cookie,) = [one for one in person.context.cookies() if one["name"] == "idqp_refresh"]
            assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
        reviewer.page.click("[data-incident='1'] [data-open]")
        reviewer.page.wait_for_selector("text=Timeline")
        reviewer.press("a")
        reviewer.page.fill("dialog[open] textarea", "at it")
        reviewer.answer("Acknowledge")
        expect(owner.page.locator("[data-incident='1'] .badge.acknowledged")).to_be_visible()
        owner.go("/people")
        expect(owner.page.locator("tr:has-text('spare@example.com')")).to_be_visible()
        wrong = [one for person in (owner, reviewer) for one in person.wrong]
        # A service worker is not taken from a server whose certificate the browser does not know.
        assert [one for one in wrong if "ERR_CERT" not in one and "SSL" not in one] == []
