"""The page over real HTTP: questions in, growing answers out, nobody else let in, and a quick end."""

import asyncio
import itertools
import json
import re
import socket

import aiohttp
import pytest

from adapters.playground import connect
from adapters.playground.listener import Playground
from adapters.playground.settings import PlaygroundSettings
from adapters.playground.translate import read_question
from bot.clock import SystemClock
from bot.errors import StoreUnavailable, TakingNoQuestions
from bot.model import Question
from tests.adapters.playground.conftest import BRIEF, Bot, Browser, answered, growing, looking
from tests.fakes.clock import DAY_ONE

QUESTION = {"id": "q1", "thread": "t1", "text": "Why?"}


# the page -----------------------------------------------------------------------------------------------------


async def test_the_page_is_served_and_only_its_own_script_may_run_in_it(browser: Browser) -> None:
    async with browser.session.get("/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert answer.status == 200
        assert answer.content_type == "text/html"
        assert "<title>Footnote</title>" in await answer.text()
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}=';", policy)
    for rule in ("default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert rule in policy


async def test_nothing_else_is_served(browser: Browser) -> None:
    for path in ("/page.html", "/../listener.py", "/messages", "/questions"):
        async with browser.session.get(path) as answer:
            assert answer.status in {404, 405}


# asking -------------------------------------------------------------------------------------------------------


async def test_a_question_gets_an_answer_that_grows_and_ends_with_its_sources(browser: Browser) -> None:
    assert await browser.ask("Why?") == 202
    await browser.sees(answered)
    versions = browser.versions()
    words = [re.findall(r"w\d+", version) for version in versions]
    assert len(versions) >= 3
    assert all(after[: len(before)] == before for before, after in itertools.pairwise(words))
    assert words[-1] == [f"w{number}" for number in range(1, 21)]
    assert 'href="https://example.org/a"' in versions[-1]
    assert not any("Sources" in version for version in versions[:-1])


async def test_the_same_question_sent_twice_is_asked_once(bot: Bot, browser: Browser) -> None:
    assert [await browser.ask("Why?"), await browser.ask("Why?")] == [202, 202]
    await browser.sees(answered)
    assert len(bot.engine.prompts) == 1
    assert len({each["id"] for each in browser.events if each["kind"] == "message"}) == 1


async def test_a_follow_up_gets_the_earlier_turn_of_its_own_thread(bot: Bot, browser: Browser) -> None:
    bot.engine.scripts = [BRIEF]
    for number, thread in enumerate(("t1", "t2", "t1")):
        await browser.ask(f"{number}?", thread=thread, id=f"q{number}")
        await browser.sees(
            lambda events, count=number + 1: len([each for each in events if "Sources" in each["html"]]) >= count
        )
        while bot.intake.live:
            await bot.engine.clock.sleep(0.01)
    assert [turn.question for turn in bot.engine.prompts[2].history] == ["0?"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"id": "q1", "thread": "t1"}',
        b'{"id": 1, "thread": "t1", "text": "Why?"}',
        b'{"id": "", "thread": "t1", "text": "Why?"}',
        b'{"id": "q1", "thread": "", "text": "Why?"}',
        json.dumps({"id": "q" * 81, "thread": "t1", "text": "Why?"}).encode(),
    ],
)
async def test_what_is_no_question_is_refused_with_a_sentence(bot: Bot, browser: Browser, body: bytes) -> None:
    async with browser.session.post("/questions", data=body) as answer:
        assert answer.status == 400
        assert "JSON" in (await answer.json())["problem"]
    assert not bot.engine.prompts


async def test_what_is_far_too_long_is_refused_with_a_sentence(browser: Browser) -> None:
    async with browser.session.post("/questions", json={**QUESTION, "text": "x" * 100_000}) as answer:
        assert answer.status == 413
        assert "too long" in (await answer.json())["problem"]


def test_a_question_is_read_without_the_blanks_around_it() -> None:
    question = read_question(json.dumps({**QUESTION, "text": "  Why?\n"}).encode(), DAY_ONE)
    assert (question.text, question.conversation, question.claims) == ("Why?", "playground:t1", ("playground:q1",))
    assert (question.place.thread, question.message, question.asked_at) == ("t1", "q1", DAY_ONE)


# deleting -----------------------------------------------------------------------------------------------------


async def test_deleting_a_growing_answer_stops_it(bot: Bot, browser: Browser) -> None:
    bot.engine.scripts = [growing(400)]
    await browser.ask("Why?")
    await browser.sees(lambda events: any(each["kind"] == "message" for each in events))
    (message,) = {each["id"] for each in browser.events if each["kind"] == "message"}
    async with browser.session.delete(f"/messages/{message}") as answer:
        assert answer.status == 204
    await browser.sees(lambda events: events[-1]["kind"] == "gone")
    while not bot.engine.closed:
        await bot.engine.clock.sleep(0.01)
    assert not answered(browser.events)
    async with browser.session.delete(f"/messages/{message}") as answer:
        assert answer.status == 404


# browsers -----------------------------------------------------------------------------------------------------


async def test_every_browser_sees_the_same(bot: Bot, browser: Browser) -> None:
    async with looking(bot.url) as other:
        await other.ask("Why?")
        for each in (browser, other):
            await each.sees(answered)
    assert browser.versions()[-1] == other.versions()[-1]


async def test_a_browser_that_comes_back_sees_the_question_and_the_answer_as_they_stand(
    bot: Bot, browser: Browser
) -> None:
    await browser.ask("Why <b>?")
    await browser.sees(lambda events: len([each for each in events if each["kind"] == "message"]) >= 2)
    async with looking(bot.url) as returned:
        await returned.sees(lambda events: len(events) >= 2)
        assert [each["kind"] for each in returned.events[:2]] == ["question", "message"]
        assert returned.events[0]["html"] == "Why &lt;b&gt;?"
        assert "w1" in returned.events[1]["html"]
        await returned.sees(answered)
    async with looking(bot.url) as later:
        await later.sees(lambda events: len(events) >= 2)
        assert answered(later.events)


async def test_browsers_that_have_gone_are_forgotten(bot: Bot, browser: Browser) -> None:
    bot.engine.scripts = [BRIEF]
    for _ in range(3):
        async with looking(bot.url) as passing:
            await passing.ask("Why?", id="q0")
            await passing.sees(answered)
    for number in range(3):
        await browser.ask("Why?", id=f"q{number + 1}", thread=f"t{number}")
    await browser.sees(lambda events: sum("Sources" in each["html"] for each in events) >= 3)
    assert len(bot.playground._messenger._browsers) == 1


# who may come in ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Host": "evil.example"},
        {"Host": "evil.example:80", "Origin": "http://evil.example:80"},
        {"Host": "localhost:no-port"},
        {"Host": "["},
    ],
    ids=str,
)
async def test_pages_of_others_cannot_ask_or_listen(bot: Bot, browser: Browser, headers: dict[str, str]) -> None:
    for method, path in (("GET", "/"), ("GET", "/events"), ("POST", "/questions"), ("DELETE", "/messages/1")):
        async with browser.session.request(method, path, headers=headers, json=QUESTION) as answer:
            assert answer.status in {400, 403}
            assert "Access-Control-Allow-Origin" not in answer.headers
    assert not bot.engine.prompts


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_the_page_itself_can(bot: Bot, name: str) -> None:
    port = bot.url.rpartition(":")[2]
    own = f"http://{name}:{port}"
    async with aiohttp.ClientSession() as session:
        headers = {"Origin": own, "Host": f"{name}:{port}"}
        async with session.post(f"{bot.url}/questions", json=QUESTION, headers=headers) as answer:
            assert answer.status == 202


async def test_it_listens_on_this_machine_only(bot: Bot) -> None:
    assert bot.url.startswith("http://127.0.0.1:")
    assert PlaygroundSettings().host == "127.0.0.1"


# beginning and ending -----------------------------------------------------------------------------------------


async def nobody(question: Question) -> None:
    raise AssertionError(question)


async def listening(playground: Playground) -> None:
    await playground.listen(nobody, lambda _: None, lambda _: None)


async def test_a_port_that_is_taken_is_replaced_by_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with connect(PlaygroundSettings(port), SystemClock()) as playground:
            await listening(playground)
            async with aiohttp.ClientSession() as session, session.get(playground.url) as answer:
                assert answer.status == 200
            assert not playground.url.endswith(f":{port}")


@pytest.mark.parametrize("port", [-1, 99_999])
async def test_a_port_that_is_none_is_replaced_by_a_free_one(port: int) -> None:
    async with connect(PlaygroundSettings(port), SystemClock()) as playground:
        await listening(playground)
        assert playground.connected()


async def test_the_address_is_told_to_whoever_typed_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    async with connect(PlaygroundSettings(0), SystemClock()) as playground:
        assert not playground.connected()
        await listening(playground)
        assert f"Ask on {playground.url}" in capsys.readouterr().out


async def test_a_browser_is_opened_where_one_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open_new_tab", opened.append)
    async with connect(PlaygroundSettings(0, browser=True), SystemClock()) as playground:
        await listening(playground)
        assert opened == [playground.url]


async def test_while_it_stops_nothing_is_taken_but_answers_go_on_growing(bot: Bot, browser: Browser) -> None:
    await browser.ask("Why?")
    await browser.sees(lambda events: any(each["kind"] == "message" for each in events))
    await bot.playground.stop_listening()
    assert not bot.playground.connected()
    async with browser.session.post("/questions", json={**QUESTION, "id": "q2"}) as answer:
        assert answer.status == 503
        assert "restarted" in (await answer.json())["problem"]
    await browser.sees(answered)


@pytest.mark.parametrize(
    ("error", "said"), [(TakingNoQuestions(), "restarted"), (StoreUnavailable("locked"), "ask again")]
)
async def test_a_question_that_is_not_taken_says_so_and_is_not_shown(error: Exception, said: str) -> None:
    async def refuse(question: Question) -> None:
        raise error

    async with connect(PlaygroundSettings(0), SystemClock()) as playground:
        await playground.listen(refuse, lambda _: None, lambda _: None)
        async with looking(playground.url) as browser:
            async with browser.session.post("/questions", json=QUESTION) as answer:
                assert answer.status == 503
                assert said in (await answer.json())["problem"]
            assert "locked" not in await answer.text()
            assert browser.events == []


async def test_it_closes_at_once_although_browsers_look_at_it() -> None:
    """A stream that the page does not end itself would be cut off, after having held up the end."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(20.0):
        async with connect(PlaygroundSettings(0), SystemClock()) as playground:
            await listening(playground)
            streams = [await session.get(f"{playground.url}/events") for _ in range(3)]
            async with session.get(playground.url) as answer:
                assert answer.status == 200
        for stream in streams:
            assert await stream.read() == b""


async def test_closing_twice_is_closing_once() -> None:
    playground = Playground(PlaygroundSettings(0), SystemClock())
    await playground.close()
    await listening(playground)
    await playground.close()
    await playground.close()
    assert not playground.connected()
