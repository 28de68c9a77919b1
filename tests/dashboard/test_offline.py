"""The dashboard where the server does not answer, and where a login provider has let nobody in."""

from __future__ import annotations

from playwright.sync_api import expect

from dashboard_place import ANN, Place, Window


def test_a_page_says_that_the_server_does_not_answer(window: Window, place: Place) -> None:
    with window.person(place.address, color_scheme="dark") as ann:
        ann.go("/")
        ann.log_in(ANN)
        ann.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        kept = ann.page.evaluate("caches.keys().then(names => caches.open(names[0])).then(cache => cache.keys())"
                                 ".then(found => found.map(one => new URL(one.url).pathname).sort())")  # fmt: skip
        # Nothing of the store is kept by the browser.
        assert kept == ["/offline.css", "/offline.html"]
        ann.context.set_offline(True)
        ann.page.goto(f"{place.address}/incidents", wait_until="load")
        expect(ann.page.locator("h1")).to_have_text("The server does not answer")
        assert ann.page.evaluate("getComputedStyle(document.querySelector('main')).borderRadius") == "14px"
        ann.context.set_offline(False)
        ann.page.click("text=Try again")
        ann.page.wait_for_selector(".side")
        assert ann.page.url == f"{place.address}/incidents"
        assert [one for one in ann.wrong if "ERR_INTERNET_DISCONNECTED" not in one] == []


def test_whoever_the_provider_sent_back_is_told_why(window: Window, place: Place) -> None:
    with window.person(place.address) as nobody:
        for reason, said in (("unknown", "Ask an Owner to add you"), ("refused", "was not finished")):
            nobody.go(f"/?login={reason}")
            expect(nobody.page.locator("[role=alert]")).to_contain_text(said)
        nobody.go("/?login=<img src=x>")
        expect(nobody.page.locator("[role=alert]")).to_have_count(0)
