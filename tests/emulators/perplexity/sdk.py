"""The official SDK, as the tests of the emulator use it: untyped, because its generated types know less than it does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from perplexity import AsyncPerplexity

from tests.emulators.perplexity.server import KEY, PerplexityEmulator

ASK: list[Any] = [{"role": "user", "content": "What is it?"}]
WEB: list[Any] = [{"type": "web_search"}]


@asynccontextmanager
async def client(url: str, key: str = KEY, **options: Any) -> AsyncGenerator[Any]:
    """An SDK that tries once and waits five seconds, unless told otherwise."""
    options = {"max_retries": 0, "timeout": 5.0} | options
    async with AsyncPerplexity(base_url=url, api_key=key, **options) as sdk:
        yield sdk


async def sonar_stream(emulator: PerplexityEmulator, **options: Any) -> list[Any]:
    """Every chunk of an answer to `ASK`."""
    async with client(emulator.url) as sdk:
        stream = await sdk.chat.completions.create(model="sonar", messages=ASK, stream=True, **options)
        async with stream:
            return [chunk async for chunk in stream]


async def agent_stream(emulator: PerplexityEmulator) -> list[Any]:
    """Every event of an answer of the Agent API."""
    async with client(emulator.url) as sdk:
        stream = await sdk.responses.create(model="perplexity/sonar", input="What?", tools=WEB, stream=True)
        async with stream:
            return [event async for event in stream]


def text_of(chunks: list[Any]) -> str:
    """What the deltas of Sonar chunks say together."""
    return "".join(chunk.choices[0].delta.content for chunk in chunks)
