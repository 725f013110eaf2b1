"""Files below the answers on the page: saved, never shown, and forgotten with their message."""

import re

from adapters.playground.messenger import KEPT_MESSAGES, PlaygroundMessenger
from bot.clock import SystemClock
from bot.model import Page, Place
from tests.adapters.playground.conftest import Bot, Browser

PLACE = Place("playground", "local", "page", "t1")


async def test_a_file_is_a_link_that_saves_it(bot: Bot, browser: Browser) -> None:
    messenger = bot.playground.platform.messenger
    message = await messenger.post(PLACE, Page("one", summary=""))
    await messenger.attach(message, "answer.md", "# The rest\n\n<script>alert(1)</script> é\n")
    await browser.sees(lambda events: any('href="/files/' in each["html"] for each in events))
    link = re.search(r'<p><a href="(/files/[^"]+)" download>answer\.md</a></p>', browser.versions()[-1])
    assert link
    async with browser.session.get(link[1]) as answer:
        rest = await answer.text()
        headers = answer.headers
    assert rest == "# The rest\n\n<script>alert(1)</script> é\n"
    assert headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''answer.md"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_a_file_is_served_to_nobody_elses_page_and_no_longer_than_its_message(bot: Bot, browser: Browser) -> None:
    messenger = bot.playground.platform.messenger
    message = await messenger.post(PLACE, Page("one", summary=""))
    await messenger.attach(message, "a.md", "the rest")
    await browser.sees(lambda events: any('href="/files/' in each["html"] for each in events))
    file = browser.events[-1]["id"]
    async with browser.session.get(f"/files/{file}", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
    async with browser.session.delete(f"/messages/{file}") as answer:
        assert answer.status == 204
    for path in (f"/files/{file}", "/files/none", f"/files/{message.id}"):
        async with browser.session.get(path) as answer:
            assert answer.status == 404


async def test_files_do_not_pile_up() -> None:
    messenger = PlaygroundMessenger(SystemClock())
    message = await messenger.post(PLACE, Page("one", summary=""))
    await messenger.attach(message, '"><b>.md', "the rest")
    (kept,) = (each for each in messenger._standing.values() if "files" in each.html)
    assert "&lt;b&gt;.md</a>" in kept.html
    assert messenger.file(kept.id)
    for _ in range(KEPT_MESSAGES):
        await messenger.post(PLACE, Page("more", summary=""))
    assert messenger.file(kept.id) is None
