"""The official SDK reads whole answers from the emulator, over real sockets, and meets the real refusals."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import perplexity
import pytest

from tests.emulators.perplexity import (
    AgentShape,
    Ending,
    PerplexityEmulator,
    Presence,
    Script,
    SonarShape,
    Sse,
    search_results,
)
from tests.emulators.perplexity.sdk import ASK, WEB, agent_stream, client, sonar_stream, text_of

QUICK = Script(words=40, words_per_second=0, first_word_delay=0, sources=search_results(4))
URLS = [source.url for source in QUICK.sources]


# What the SDK reads -----------------------------------------------------------------------------------------


async def test_the_sdk_reads_a_full_stream_with_text_sources_and_cost() -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator:
        chunks = await sonar_stream(emulator)
    assert text_of(chunks) == QUICK.answer
    assert chunks[7].choices[0].message.content == text_of(chunks[:8])
    assert {tuple(chunk.citations) for chunk in chunks} == {tuple(URLS)}
    assert [result.title for result in chunks[0].search_results] == [source.title for source in QUICK.sources]
    assert chunks[-1].object == "chat.completion.done"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.cost.total_cost > 0


async def test_the_sdk_reads_a_concise_stream() -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator:
        chunks = await sonar_stream(emulator, stream_mode="concise")
    assert text_of(chunks) == QUICK.answer
    kinds = {chunk.object for chunk in chunks}
    assert kinds == {"chat.reasoning", "chat.reasoning.done", "chat.completion.chunk", "chat.completion.done"}
    assert chunks[0].choices[0].delta.reasoning_steps[0].web_search.search_keywords == ["What is it?"]
    assert [result.url for result in chunks[-1].search_results] == URLS


async def test_the_sdk_reads_an_answer_without_streaming() -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator, client(emulator.url) as sdk:
        answer: Any = await sdk.chat.completions.create(
            model="sonar-pro", messages=ASK, return_related_questions=True, return_images=True
        )
    assert answer.choices[0].message.content == QUICK.answer
    assert answer.choices[0].finish_reason == "stop"
    assert answer.citations == URLS
    assert answer.related_questions == list(QUICK.related)
    assert answer.images[0]["image_url"] == QUICK.images[0]
    assert answer.usage.cost.request_cost == 0.006


async def test_the_sdk_reads_an_agent_stream_with_sources_before_the_text() -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator:
        events = await agent_stream(emulator)
    kinds = [event.type for event in events]
    assert kinds.index("response.reasoning.search_results") < kinds.index("response.output_text.delta")
    found = next(event for event in events if event.type == "response.reasoning.search_results")
    assert [(result.id, result.url) for result in found.results] == list(enumerate(URLS, 1))
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(deltas) == QUICK.answer
    assert ".[" in deltas
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == QUICK.answer
    assert events[-1].response.usage.cost.total_cost > 0


async def test_the_sdk_reads_an_agent_answer_without_streaming_and_continues_it() -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator, client(emulator.url) as sdk:
        first = await sdk.responses.create(model="perplexity/sonar", input="What?", tools=WEB)
        second = await sdk.responses.create(preset="fast", input="And?", previous_response_id=first.id)
        with pytest.raises(perplexity.NotFoundError):
            await sdk.responses.create(preset="fast", input="And?", previous_response_id="resp_of_somebody_else")
    assert first.status == second.status == "completed"
    assert first.output_text == QUICK.answer
    assert second.model == "openai/gpt-6-luna"


async def test_an_agent_without_a_tool_answers_without_sources() -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator, client(emulator.url) as sdk:
        answer = await sdk.responses.create(model="perplexity/sonar", input="What?")
    assert [item.type for item in answer.output] == ["message"]
    assert "[" not in answer.output_text


@pytest.mark.parametrize(
    "build",
    [
        lambda: PerplexityEmulator(scripts=QUICK, write_sizes=(1, 2, 3, 50)),
        lambda: PerplexityEmulator(scripts=QUICK, write_sizes=(1000,)),
        lambda: PerplexityEmulator(scripts=QUICK, sse=Sse(line_end="\r\n", ping_every=2)),
        lambda: PerplexityEmulator(scripts=QUICK, agent=AgentShape(event_names=True, done_mark=True, searches=2)),
        lambda: PerplexityEmulator(
            scripts=QUICK, sonar=SonarShape(Presence.NEVER, Presence.LAST, Ending.TEXT, cumulative_message=False)
        ),
    ],
)
async def test_the_text_is_the_same_in_every_shape_and_however_the_bytes_are_cut(
    build: Callable[[], PerplexityEmulator],
) -> None:
    async with build() as emulator:
        chunks = await sonar_stream(emulator)
        events = await agent_stream(emulator)
    assert text_of(chunks) == QUICK.answer
    assert [result.url for result in chunks[-1].search_results] == URLS
    assert events[-1].response.output_text == QUICK.answer


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/chat/completions", "/v1/sonar"])
async def test_sonar_answers_under_all_its_names(path: str) -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator, aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {emulator.key}"}
        body = {"model": "sonar", "messages": ASK}
        async with session.post(emulator.url + path, json=body, headers=headers) as response:
            answer = await response.json()
    assert answer["choices"][0]["message"]["content"] == QUICK.answer


# What it refuses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"messages": [*ASK, *ASK]}, perplexity.BadRequestError),
        ({"model": "sonar-reasoning"}, perplexity.BadRequestError),
        ({"temperature": 9}, perplexity.UnprocessableEntityError),
    ],
)
async def test_the_sdk_raises_its_own_errors_for_bad_requests(wrong: dict[str, Any], error: type[Exception]) -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator, client(emulator.url) as sdk:
        with pytest.raises(error):
            await sdk.chat.completions.create(**{"model": "sonar", "messages": ASK, **wrong})
    assert emulator.requests[0].status in {400, 422}


async def test_an_agent_refuses_a_field_of_sonars() -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator, client(emulator.url) as sdk:
        with pytest.raises(perplexity.BadRequestError) as caught:
            await sdk.responses.create(model="perplexity/sonar", input="x", extra_body={"stop": "x"})
    assert caught.value.body == {
        "error": {
            "message": 'invalid request body: json: unknown field "stop"',
            "type": "invalid_request",
            "code": 400,
            "param": "stop",
        }
    }


async def test_a_wrong_key_gets_a_page_from_sonar_and_an_envelope_from_the_agent() -> None:
    async with PerplexityEmulator(scripts=QUICK) as emulator, client(emulator.url, "pplx-wrong") as sdk:
        with pytest.raises(perplexity.AuthenticationError) as page:
            await sdk.chat.completions.create(model="sonar", messages=ASK)
        with pytest.raises(perplexity.AuthenticationError) as envelope:
            await sdk.responses.create(model="perplexity/sonar", input="x")
    assert page.value.response.headers["Content-Type"].startswith("text/html")
    assert "401 Authorization Required" in page.value.response.text
    assert envelope.value.response.json()["error"]["type"] == "forbidden"


async def test_a_body_that_is_too_large_is_refused() -> None:
    async with PerplexityEmulator(scripts=QUICK, largest_body=1000) as emulator, client(emulator.url) as sdk:
        with pytest.raises(perplexity.APIStatusError) as caught:
            await sdk.chat.completions.create(model="sonar", messages=[{"role": "user", "content": "x" * 2000}])
    assert caught.value.status_code == 413


async def test_more_requests_at_once_than_allowed_get_a_429() -> None:
    slow = Script(words=3, words_per_second=20, first_word_delay=0.1)
    async with PerplexityEmulator(scripts=slow, concurrency=2) as emulator, client(emulator.url) as sdk:

        async def ask() -> str:
            try:
                answer = await sdk.chat.completions.create(model="sonar", messages=ASK)
            except perplexity.RateLimitError as error:
                return error.response.json()["error"]["type"]
            return str(answer.choices[0].message.content)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask()) for _ in range(3)]
        assert sorted(task.result() for task in tasks) == ["request_rate_limit_exceeded", *[slow.answer] * 2]
        assert await ask() == slow.answer
    assert (emulator.most_in_flight, emulator.in_flight) == (3, 0)
