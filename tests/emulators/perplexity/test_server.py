"""The emulator remembers what happened to it, breaks as often as it is told to, and lives and stops cleanly."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import perplexity
import pytest

from tests.emulators.perplexity import Asked, PerplexityEmulator, Script, server_down, server_stuck, word_numbers
from tests.emulators.perplexity.faults import Silence, Status
from tests.emulators.perplexity.sdk import ASK, client, sonar_stream, text_of

QUICK = Script(words=40, words_per_second=0, first_word_delay=0)
ROOT = Path(__file__).parents[3]


# What it remembers ------------------------------------------------------------------------------------------


async def test_it_remembers_what_was_asked() -> None:
    messages: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What?"},
        {"role": "assistant", "content": "That."},
        {"role": "user", "content": "Why?"},
    ]
    async with PerplexityEmulator(scripts=QUICK) as emulator, client(emulator.url) as sdk:
        await sdk.chat.completions.create(model="sonar", messages=messages)
    (asked,) = emulator.requests
    assert asked.prompt == tuple((message["role"], message["content"]) for message in messages)
    assert (asked.api, asked.path, asked.question) == ("sonar", "/chat/completions", "Why?")
    assert asked.headers["Authorization"] == f"Bearer {emulator.key}"
    assert asked.body["messages"] == messages
    assert asked.done
    assert not asked.closed_early


async def test_each_question_may_have_its_own_script() -> None:
    scripts = {
        "Paris": Script(text="In France.", first_word_delay=0),
        "Rome": Script(text="In Italy.", fault=Status(500)),
    }
    async with PerplexityEmulator(scripts=scripts) as emulator, client(emulator.url) as sdk:
        answer = await sdk.chat.completions.create(model="sonar", messages=[_user("Where is Paris?")])
        with pytest.raises(perplexity.InternalServerError):
            await sdk.chat.completions.create(model="sonar", messages=[_user("Where is Rome?")])
        emulator.scripts = lambda question: Script(text=question.upper(), first_word_delay=0)
        echo = await sdk.chat.completions.create(model="sonar", messages=[_user("hello")])
    assert answer.choices[0].message.content == "In France."
    assert echo.choices[0].message.content == "HELLO"


def _user(text: str) -> Any:
    return {"role": "user", "content": text}


async def test_words_are_said_at_their_times_and_the_times_remembered() -> None:
    script = Script(words=6, words_per_second=50, first_word_delay=0.05)
    async with PerplexityEmulator(scripts=script) as emulator:
        await sonar_stream(emulator)
    (asked,) = emulator.requests
    assert len(asked.word_times) == 6
    for word, time in enumerate(asked.word_times, 1):
        assert time >= asked.at + script.due(word)


async def test_a_client_that_leaves_is_noticed_and_no_longer_counted() -> None:
    async with (
        PerplexityEmulator(scripts=Script(words=900, first_word_delay=0)) as emulator,
        client(emulator.url) as sdk,
    ):
        stream = await sdk.chat.completions.create(model="sonar", messages=ASK, stream=True)
        async with stream:
            async for _ in stream:
                break
        (asked,) = emulator.requests
        await asyncio.wait_for(asked.ended.wait(), 5)
        assert emulator.in_flight == 0
    assert asked.closed_early
    assert not asked.done
    assert len(asked.word_times) < 900


async def test_a_token_limit_breaks_the_answer_off_with_the_right_reason() -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator, client(emulator.url) as sdk:
        chunks = await sonar_stream(emulator, max_tokens=20)
        answer = await sdk.responses.create(model="perplexity/sonar", input="x", max_output_tokens=20)
    assert chunks[-1].choices[0].finish_reason == "length"
    assert len(word_numbers(text_of(chunks))) < 40
    assert str(answer.status) == "incomplete"


async def test_a_run_can_be_cancelled_while_it_lives_and_not_after() -> None:
    script = Script(words=900, words_per_second=50, first_word_delay=0)
    async with PerplexityEmulator(scripts=script) as emulator, client(emulator.url) as sdk:
        events: list[Any] = []
        stream = await sdk.responses.create(preset="fast", input="What?", stream=True)
        async with stream:
            events.append(await anext(stream))
            cancelling = await sdk.responses.cancel(events[0].response.id)
            events += [event async for event in stream]
        with pytest.raises(perplexity.BadRequestError):
            await sdk.responses.cancel(events[0].response.id)
        with pytest.raises(perplexity.NotFoundError):
            await sdk.responses.cancel("resp_of_nobody")
    assert cancelling.status == "cancelling"
    assert events[-1].type == "response.cancelled"
    assert events[-1].response.status == "cancelled"


# How often it breaks ---------------------------------------------------------------------------------------


async def test_the_sdk_tries_again_until_the_faults_are_used_up() -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator, client(emulator.url, max_retries=2) as sdk:
        emulator.fail(Status(429, retry_after=0.01), times=2)
        answer = await sdk.chat.completions.create(model="sonar", messages=ASK)
    assert answer.choices[0].message.content == QUICK.answer
    assert [asked.status for asked in emulator.requests] == [429, 429, 200]


async def test_a_standing_fault_lasts_until_it_is_healed() -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator, client(emulator.url) as sdk:
        emulator.fail(Status(503), times=None)
        for _ in range(2):
            with pytest.raises(perplexity.InternalServerError):
                await sdk.chat.completions.create(model="sonar", messages=ASK)
        emulator.heal()
        assert await sdk.chat.completions.create(model="sonar", messages=ASK)


async def test_nobody_listens_where_the_server_is_down() -> None:
    with server_down() as url:
        async with client(url) as sdk:
            with pytest.raises(perplexity.APIConnectionError):
                await sdk.chat.completions.create(model="sonar", messages=ASK)


async def test_nobody_accepts_where_the_server_is_stuck() -> None:
    with server_stuck() as url:
        async with client(url, timeout=0.1) as sdk:
            with pytest.raises(perplexity.APITimeoutError):
                await sdk.chat.completions.create(model="sonar", messages=ASK)


# How it lives -----------------------------------------------------------------------------------------------


async def test_it_stops_while_answers_hang_and_does_not_blame_the_client() -> None:
    async with client("http://127.0.0.1:1") as sdk:
        async with PerplexityEmulator(scripts=QUICK) as emulator:
            emulator.fail(Silence())
            asking = asyncio.create_task(
                sdk.with_options(base_url=emulator.url).chat.completions.create(model="sonar", messages=ASK)
            )
            while not emulator.requests:
                await asyncio.wait({asking}, timeout=0.01)
        with pytest.raises(perplexity.APIConnectionError):
            await asking
    assert not emulator.requests[0].closed_early


async def test_it_runs_alone_and_says_how_to_reach_it() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.emulators.perplexity", "--port", "0", "--rate", "0", "--delay", "0"),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    said = [(await process.stdout.readline()).decode() for _ in range(2)]
    url, key = (re.fullmatch(r"PERPLEXITY_[A-Z_]+=(\S+)\n", line) for line in said)
    assert url is not None
    assert key is not None
    async with client(url[1], key[1]) as sdk:
        answer = await sdk.chat.completions.create(model="sonar", messages=ASK)
    process.terminate()
    assert await process.wait() == 0
    assert word_numbers(str(answer.choices[0].message.content)) == list(range(1, 301))


def test_what_it_remembers_starts_empty() -> None:
    assert Asked("sonar", "/", {}, 0.0).question == ""
