"""Each fault, seen by the official SDK over real sockets: what was measured against scripted servers holds here too."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import perplexity
import pytest

from tests.emulators.perplexity import PerplexityEmulator, Script, word_numbers
from tests.emulators.perplexity.faults import (
    BEFORE_HEADERS,
    Cut,
    EarlyEnd,
    EmptyEvent,
    ErrorEvent,
    Fault,
    HtmlPage,
    MalformedEvent,
    PlainJson,
    RunFailed,
    Silence,
    Status,
    StrangeEvent,
    Truncation,
)
from tests.emulators.perplexity.sdk import ASK, client

QUICK = Script(words=20, words_per_second=0, first_word_delay=0, marker_every=0)


@asynccontextmanager
async def broken(fault: Fault, **options: Any) -> AsyncGenerator[Any]:
    """The SDK on an emulator whose next answer breaks."""
    async with PerplexityEmulator(scripts=QUICK) as emulator, client(emulator.url, **options) as sdk:
        emulator.fail(fault)
        yield sdk


class Reader:
    """This is somebody who reads a stream and keeps what was said until it broke."""

    def __init__(self) -> None:
        self.chunks: list[Any] = []

    async def read(self, sdk: Any) -> None:
        stream = await sdk.chat.completions.create(model="sonar", messages=ASK, stream=True)
        async with stream:
            await self._keep(stream)

    async def read_agent(self, sdk: Any) -> None:
        stream = await sdk.responses.create(preset="fast", input="What?", stream=True)
        async with stream:
            await self._keep(stream)

    async def _keep(self, stream: AsyncIterator[Any]) -> None:
        async for chunk in stream:
            self.chunks.append(chunk)

    @property
    def words(self) -> list[int]:
        return word_numbers("".join(chunk.choices[0].delta.content for chunk in self.chunks))


@pytest.mark.parametrize(("reset", "error"), [(True, httpx.ReadError), (False, httpx.RemoteProtocolError)])
async def test_a_connection_cut_in_mid_stream_keeps_what_was_said(reset: bool, error: type[Exception]) -> None:
    reader = Reader()
    async with broken(Cut(7, reset=reset)) as sdk:
        with pytest.raises(error):
            await reader.read(sdk)
    assert reader.words == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("fault", [Cut(BEFORE_HEADERS), Cut(BEFORE_HEADERS, reset=False), EarlyEnd(BEFORE_HEADERS)])
async def test_a_connection_lost_before_the_headers_is_a_connection_error(fault: Fault) -> None:
    async with broken(fault) as sdk:
        with pytest.raises(perplexity.APIConnectionError):
            await Reader().read(sdk)


async def test_no_headers_is_a_timeout() -> None:
    async with broken(Silence(), timeout=0.1) as sdk:
        with pytest.raises(perplexity.APITimeoutError):
            await Reader().read(sdk)


async def test_silence_in_mid_stream_is_a_read_timeout_and_headers_came_at_once() -> None:
    for after in (0, 7):
        reader = Reader()
        async with broken(Silence(after), timeout=0.1) as sdk:
            with pytest.raises(httpx.ReadTimeout):
                await reader.read(sdk)
        assert reader.words == list(range(1, after + 1))


async def test_a_clean_end_without_a_terminal_mark_looks_like_success_to_the_sdk() -> None:
    reader = Reader()
    async with broken(EarlyEnd()) as sdk:
        await reader.read(sdk)
    assert reader.words == list(range(1, 21))
    assert reader.chunks[-1].choices[0].finish_reason is None


async def test_a_truncated_event_is_dropped_by_the_sdk() -> None:
    reader = Reader()
    async with broken(Truncation(19)) as sdk:
        await reader.read(sdk)
    assert reader.words == list(range(1, 20))


async def test_a_named_error_event_is_a_status_error_with_status_200() -> None:
    async with broken(ErrorEvent(3, named=True)) as sdk:
        with pytest.raises(perplexity.APIStatusError) as caught:
            await Reader().read(sdk)
    assert caught.value.status_code == 200
    assert caught.value.body == {"error": {"message": "Internal server error", "type": "internal_error", "code": 500}}


async def test_an_unnamed_error_event_is_a_chunk_without_choices() -> None:
    reader = Reader()
    async with broken(ErrorEvent(3)) as sdk:
        await reader.read(sdk)
    assert reader.chunks[-1].choices is None


@pytest.mark.parametrize("fault", [MalformedEvent(3), EmptyEvent(3)])
async def test_an_event_that_is_no_json_is_a_decode_error(fault: Fault) -> None:
    async with broken(fault) as sdk:
        with pytest.raises(json.JSONDecodeError):
            await Reader().read(sdk)


async def test_a_strange_event_is_a_chunk_with_no_choices_in_sonar_and_an_unknown_type_from_the_agent() -> None:
    reader = Reader()
    async with broken(StrangeEvent(3)) as sdk:
        await reader.read(sdk)
    assert [len(chunk.choices) for chunk in reader.chunks].count(0) == 1
    runs = Reader()
    async with broken(StrangeEvent(3)) as sdk:
        await runs.read_agent(sdk)
    assert "response.unknown" in [event.type for event in runs.chunks]


@pytest.mark.parametrize("fault", [HtmlPage(), PlainJson()])
async def test_a_page_or_plain_json_is_an_empty_stream_to_the_sdk(fault: Fault) -> None:
    reader = Reader()
    async with broken(fault) as sdk:
        await reader.read(sdk)
    assert reader.chunks == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, perplexity.BadRequestError),
        (401, perplexity.AuthenticationError),
        (402, perplexity.APIStatusError),
        (403, perplexity.PermissionDeniedError),
        (404, perplexity.NotFoundError),
        (413, perplexity.APIStatusError),
        (422, perplexity.UnprocessableEntityError),
        (429, perplexity.RateLimitError),
        (500, perplexity.InternalServerError),
        (502, perplexity.InternalServerError),
        (503, perplexity.InternalServerError),
        (524, perplexity.InternalServerError),
    ],
)
async def test_every_status_is_the_sdks_own_error(status: int, error: type[perplexity.APIStatusError]) -> None:
    async with broken(Status(status)) as sdk:
        with pytest.raises(error) as caught:
            await Reader().read(sdk)
    assert caught.value.status_code == status


async def test_a_failed_run_says_200_and_failed() -> None:
    reader = Reader()
    async with broken(RunFailed(5, message="out of luck")) as sdk:
        await reader.read_agent(sdk)
    assert reader.chunks[-1].type == "response.failed"
    assert reader.chunks[-1].error.message == "out of luck"
    async with broken(RunFailed(message="out of luck")) as sdk:
        answer = await sdk.responses.create(preset="fast", input="What?")
    assert (answer.status, answer.error is not None and answer.error.message) == ("failed", "out of luck")


@pytest.mark.parametrize("fault", [Truncation(), MalformedEvent(), EarlyEnd(0), HtmlPage()])
async def test_an_answer_without_streaming_breaks_too(fault: Fault) -> None:
    async with broken(fault) as sdk:
        answer = await sdk.chat.completions.with_raw_response.create(model="sonar", messages=ASK)
        with pytest.raises(json.JSONDecodeError):
            json.loads(await answer.text())
