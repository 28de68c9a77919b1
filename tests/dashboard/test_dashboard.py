"""The dashboard as people use it: in Chromium, over a real server and store."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from dashboard_place import ANN, HOSTILE, PASSWORD, REX, VIC, Person, Place, Window, served, violations

ROOT = Path(__file__).parents[2]
AXE = ROOT / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
BUILT = ROOT / "idqp_cli" / "server" / "dashboard"
PAGES = (
    "/", "/datasets", f"/datasets/orders?rule={quote(HOSTILE, safe='')}", "/datasets/orders?tab=metrics",
    "/datasets/orders?tab=schema", "/incidents?status=all", "/incidents/1", "/incidents/99", "/runs", "/audit", "/people",
    "/account", "/nowhere",
)  # fmt: skip
TABS = ("/datasets/orders?tab=runs", "/datasets/orders?tab=incidents", "/datasets/orders?rule=range(amount)")


def axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core comes with `make dashboard`")
    return AXE.read_text(encoding="utf-8")


def test_a_second_browser_sees_an_acknowledgement_within_two_seconds(window: Window, place: Place) -> None:
    with window.person(place.address) as ann, window.person(place.address) as rex:
        for person, email in ((ann, ANN), (rex, REX)):
            person.go("/incidents")
            person.log_in(email)
            person.page.wait_for_selector(".live.on")
        assert rex.page.locator("[data-incident='1'] .badge.open").count() == 1
        ann.page.click("[data-incident='1'] [data-open]")
        ann.page.wait_for_selector("h1 >> text=#1")
        ann.page.wait_for_selector("text=Timeline")
        ann.press("a")
        ann.page.fill("dialog[open] textarea", f"{HOSTILE} is sent again")
        began = time.monotonic()
        ann.answer("Acknowledge")
        rex.page.wait_for_selector("[data-incident='1'] .badge.acknowledged", timeout=2000)
        assert time.monotonic() - began < 2
        expect(ann.page.locator(".timeline .acknowledged")).to_contain_text(f"{HOSTILE} is sent again")
        assert (ann.wrong, rex.wrong) == ([], [])


def accessible(person: Person, path: str, script: str) -> None:
    """Show a page on a wide screen and on a phone."""
    person.go(path)
    assert (path, violations(person.page, script)) == (path, [])
    person.page.set_viewport_size({"width": 390, "height": 844})
    assert person.page.evaluate("document.documentElement.scrollWidth") <= 390, path
    person.page.set_viewport_size({"width": 1280, "height": 860})


def test_every_page_is_accessible_and_asks_no_other_host(window: Window, place: Place) -> None:
    script = axe()
    with window.person(place.address, color_scheme="dark") as ann:
        ann.go("/")
        assert violations(ann.page, script) == []
        ann.log_in(ANN)
        for path in PAGES:
            accessible(ann, path, script)
        ann.go("/runs")
        run = ann.page.locator("td a").first.get_attribute("href")
        assert run is not None
        accessible(ann, run, script)
        # The one thing that is not there answers 404.
        assert [one for one in ann.wrong if "incidents/99" not in one] == []
        assert {url for url in ann.asked if not url.startswith(place.address)} == set()


@pytest.mark.thorough
def test_every_page_is_accessible_by_day_and_with_a_dialog(window: Window, place: Place) -> None:
    script = axe()
    with window.person(place.address, color_scheme="light") as ann:
        ann.go("/")
        ann.log_in(ANN)
        for path in (*PAGES, *TABS):
            accessible(ann, path, script)
        for path, keys in (("/incidents/2", "amsr"), ("/incidents", "?")):
            ann.go(path)
            for key in keys:
                ann.press(key)
                ann.page.wait_for_selector("dialog[open]")
                assert (key, violations(ann.page, script)) == (key, [])
                ann.press("Escape")
                ann.page.wait_for_selector("dialog[open]", state="detached")


def test_people_respond_by_keyboard(window: Window, place: Place) -> None:
    with window.person(place.address) as rex:
        rex.go("/runs")
        rex.log_in(REX)
        rex.press("g", "i")
        rex.page.wait_for_selector("[data-incident]")
        assert rex.page.url.endswith("/incidents")
        rex.press("j", "x", "j", "x", "s")
        rex.answer("Snooze")
        expect(rex.page.locator(".badge.snoozed")).to_have_count(2)
        rex.press("k", "Enter")
        rex.page.wait_for_selector("text=Timeline")
        rex.press("r")
        rex.page.check("dialog[open] [value=false_positive]")
        rex.answer("Resolve")
        rex.page.wait_for_selector("h1 ~ .tally .badge.resolved")
        rex.press("r")
        rex.answer("Reopen")
        rex.page.wait_for_selector("h1 ~ .tally .badge.open")
        rex.press("m")
        rex.page.fill("dialog[open] [name=assignee]", ANN)
        rex.answer("Assign")
        rex.page.wait_for_selector("dd >> text=ann")
        rex.press("?")
        rex.page.wait_for_selector("dialog[open] >> text=Keyboard shortcuts")
        rex.press("Escape", "t", "Control+k")
        assert rex.page.evaluate("document.documentElement.dataset.theme") == "light"
        rex.page.keyboard.type("orde")
        rex.press("Enter")
        rex.page.wait_for_url("**/datasets/orders")
        assert rex.wrong == []


def test_filters_stand_in_the_address(window: Window, place: Place) -> None:
    with window.person(place.address) as vic:
        vic.go("/incidents?severity=critical&status=all&q=unique")
        vic.log_in(VIC)
        found = vic.page.locator("[data-incident]")
        assert found.count() == 1
        assert "unique(id)" in found.first.inner_text()
        vic.page.select_option("select[aria-label=Severity]", "info")
        vic.page.wait_for_selector("text=No incident is like this")
        assert vic.page.url.endswith("/incidents?severity=info&status=all&q=unique")
        vic.page.click("text=Clear the filters")
        expect(found.nth(3)).to_be_visible()
        assert vic.page.url.endswith("/incidents")


def test_a_viewer_is_offered_nothing_that_is_refused(window: Window, place: Place) -> None:
    with window.person(place.address) as vic:
        vic.go("/incidents/2")
        vic.log_in(VIC)
        assert vic.page.locator("text=Your role may read incidents").count() == 1
        vic.press("a", "r", "s")
        assert vic.page.locator("dialog").count() == 0
        vic.go("/people")
        assert vic.page.locator("text=Only an Owner manages people").count() == 1
        vic.go("/incidents")
        assert vic.page.locator("input[type=checkbox]").count() == 0


def test_cells_under_pii_are_masked_and_names_are_text(window: Window, place: Place) -> None:
    with window.person(place.address) as ann:
        ann.go("/incidents?status=all")
        ann.log_in(ANN)
        shown = ann.page.inner_text("main")
        assert HOSTILE in shown
        for number in range(1, ann.page.locator("[data-incident]").count() + 1):
            ann.go(f"/incidents/{number}")
            assert "secret@example.com" not in ann.page.content()
        ann.go("/datasets/orders")
        ann.page.click(f".rule:has-text('{HOSTILE}')")
        ann.page.click("text=Its incidents")
        expect(ann.page.locator("[data-incident]")).to_have_count(1)
        assert ann.wrong == []


def test_a_session_lasts_over_a_reload_and_ends_with_the_logout(window: Window, place: Place) -> None:
    with window.person(place.address) as rex:
        rex.go("/")
        rex.page.fill("[name=email]", REX)
        rex.page.fill("[name=password]", "wrong")
        rex.press("Enter")
        rex.page.wait_for_selector("[role=alert]")
        rex.log_in(REX)
        rex.go("/account")
        assert rex.page.locator("text=Change the password").count() == 1
        rex.page.click("text=Log out")
        rex.page.wait_for_selector("form.login")
        rex.go("/incidents")
        rex.page.wait_for_selector("form.login")


def test_an_owner_manages_people_and_tokens(window: Window, place: Place) -> None:
    with window.person(place.address) as ann, window.person(place.address) as zoe:
        ann.go("/people")
        ann.log_in(ANN)
        ann.page.click("text=Add a person")
        for name, value in (("email", "zoe@example.com"), ("name", "<b>Zoe</b>"), ("password", PASSWORD)):
            ann.page.fill(f"dialog[open] [name={name}]", value)
        ann.page.check("dialog[open] [value=reviewer]")
        ann.answer("Add")
        row = ann.page.locator("tr:has-text('zoe@example.com')")
        expect(row).to_contain_text("<b>Zoe</b>")
        zoe.go("/account")
        zoe.log_in("zoe@example.com")
        row.locator("select").select_option("viewer")
        expect(zoe.page.locator("main >> text=viewer")).to_be_visible()
        row.locator("text=Disable").click()
        ann.answer("Disable")
        zoe.page.wait_for_selector("form.login")
        ann.page.click("text=Create a token")
        ann.page.fill("dialog[open] [name=token]", "nightly")
        ann.page.click("dialog[open] button:text-is('Create')")
        expect(ann.page.locator(".secret")).to_contain_text("idqp_ci_")
        ann.page.click("text=Done")
        ann.page.click("tr:has-text('nightly') >> text=Revoke")
        expect(ann.page.locator("tr:has-text('nightly') .badge.revoked")).to_be_visible()
        assert ann.wrong == []


@pytest.mark.thorough
def test_a_check_that_is_asked_for_appears_when_it_is_done(window: Window, place: Place) -> None:
    with window.person(place.address) as ann:
        ann.go("/runs")
        ann.log_in(ANN)
        before = ann.page.locator("tbody tr").count()
        ann.page.click("text=Check all")
        expect(ann.page.locator(".badge.queued, .badge.running, .badge.done")).to_be_visible()
        expect(ann.page.locator("tbody tr")).to_have_count(before + 1, timeout=60_000)
        ann.go("/datasets/orders")
        ann.page.click(".rule:has-text('unique(id)')")
        ann.page.click(".details >> text=Disable")
        expect(ann.page.locator(".rule:has-text('unique(id)') .badge.disabled")).to_be_visible()
        assert ann.wrong == []


def test_an_empty_folder_says_what_to_do_next(window: Window, tmp_path: Path) -> None:
    with served(tmp_path) as address, window.person(address) as anybody:
        anybody.go("/")
        assert "idqp check" in anybody.page.inner_text("main")
        assert violations(anybody.page, axe()) == []


def test_the_page_is_installable_and_nothing_in_it_is_inline() -> None:
    page = (BUILT / "index.html").read_text(encoding="utf-8")
    assert re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", page) is None
    assert set(re.findall(r"https?://[\w.]+", page)) == set()
    manifest = json.loads((BUILT / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    assert all((BUILT / icon["src"].lstrip("/")).exists() for icon in manifest["icons"])
    assert (manifest["display"], manifest["start_url"]) == ("standalone", "/")
