"""The local page: no token, no setting, no network; its answers come from the project's own pages."""

import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp

from tests.end_to_end.process import eventually, started


async def shown(events: aiohttp.StreamReader) -> AsyncGenerator[dict[str, str]]:
    """What the page is told, one message or status after the other."""
    async for line in events:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


async def test_in_an_empty_folder_the_page_opens_and_an_answer_with_sources_grows_on_it(tmp_path: Path) -> None:
    async with started(tmp_path, "play", "--port", "0", "--no-browser", settings={}) as bot:
        address = await eventually(lambda: re.search(r"http://\S+", bot.printed))
        async with aiohttp.ClientSession(address[0]) as page:
            async with page.get("/") as opened:
                assert opened.status == 200
                assert "<html" in await opened.text()
            versions = await _ask(page, "How do I connect Slack?")
        assert await bot.stop() == 0
        bot.check_log()

    assert len(versions) >= 3
    assert [len(text) for text in versions] == sorted(len(text) for text in versions)
    assert "Sources" in versions[-1]
    assert "slack.md" in versions[-1]
    assert not [text for text in versions[:-1] if "Sources" in text]


async def _ask(page: aiohttp.ClientSession, question: str) -> list[str]:
    """All that stood on the page as the answer, until it had its sources."""
    versions: list[str] = []
    async with page.get("/events") as events:
        asked = {"id": "1", "thread": "1", "text": question}
        async with page.post("/questions", json=asked) as taken:
            assert taken.status == 202
        async for each in shown(events.content):
            if each["kind"] == "message":
                versions.append(each["html"])
                if "Sources" in each["html"]:
                    break
    return versions
