"""The Perplexity engine: a request, its answer event by event, another try as long as nothing was shown.

The wire formats are in `sonar.py` and `agent.py`, the network in `connection.py`, the rules of trying again in `retries.py`.
"""

import random
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from itertools import count

from typing_extensions import override

from adapters.perplexity.agent import AgentWire
from adapters.perplexity.connection import Connector, Incoming, Patience, opened_session
from adapters.perplexity.retries import Retries
from adapters.perplexity.settings import PerplexitySettings
from adapters.perplexity.sonar import SonarWire
from adapters.perplexity.sse import Decoder
from adapters.perplexity.wire import Reader, Wire, said
from bot.clock import Clock
from bot.errors import EngineCutOff, EngineFailed, EngineGarbled
from bot.model import AnswerEvent, Prompt, TextGrew
from bot.ports import AnswerEngine

_BLANKS = b" \t\r\n\xef\xbb\xbf"


@asynccontextmanager
async def connect(
    settings: PerplexitySettings, clock: Clock, *, streaming: bool = True, chance: Callable[[], float] = random.random
) -> AsyncGenerator["PerplexityEngine"]:
    """The engine with its HTTP session, which lives as long as this block; nothing is sent before the first question.

    Without `streaming` each answer comes in one piece. Proxies and certificates are those of the environment.
    """
    wire = (AgentWire if settings.api == "agent" else SonarWire)(settings, streaming=streaming)
    patience = Patience(first=settings.first_byte_timeout, idle=settings.idle_timeout)
    async with opened_session(settings, streaming=streaming) as session:
        connector = Connector(session, settings.base_url + wire.path, patience, clock, settings.api_key)
        yield PerplexityEngine(wire, connector, Retries(settings.max_retries), clock, chance)


class PerplexityEngine(AnswerEngine):
    """This is Perplexity, behind one of its two APIs. `chance` gives numbers from 0 to 1 for the pauses between tries."""

    def __init__(
        self, wire: Wire, connector: Connector, retries: Retries, clock: Clock, chance: Callable[[], float]
    ) -> None:
        self._wire = wire
        self._connector = connector
        self._retries = retries
        self._clock = clock
        self._chance = chance

    @override
    async def answer(self, prompt: Prompt) -> AsyncGenerator[AnswerEvent]:
        body = self._wire.request(prompt)
        for tried in count():
            reader = self._wire.reader()
            has_text = False
            try:
                async with self._connector.post(body) as incoming, aclosing(_read(reader, incoming)) as events:
                    async for event in events:
                        has_text = has_text or isinstance(event, TextGrew)
                        yield event
                    return
            except EngineFailed as failure:
                for event in _last_words(reader):
                    yield event
                if reader.over:
                    return
                wait = None if has_text else self._retries.wait(failure, tried, self._chance())
                if wait is None:
                    raise
            await self._clock.sleep(wait)


def _last_words(reader: Reader) -> Iterator[AnswerEvent]:
    """What is said after a failure: after the terminal mark it does not matter any more, and the answer is complete."""
    return reader.farewell() if reader.ending else reader.used()


async def _read(reader: Reader, incoming: Incoming) -> AsyncGenerator[AnswerEvent]:
    """The answer in a response that HTTP has accepted; a document where a stream was asked for is read as one."""
    received = await _opening(incoming)
    match received.lstrip(_BLANKS)[:1]:
        case b"{" | b"[":
            for event in reader.whole(await incoming.rest(received)):
                yield event
            return
        case b"" | b":" | b"d" | b"e" | b"i" | b"r":  # a comment, or one of the four fields of an event
            decoder = Decoder()
        case _:
            raise EngineGarbled("neither a stream of events nor JSON")
    while received:
        heard = decoder.heard
        for event in said(decoder, reader, received):
            yield event
        if reader.over:
            return
        if decoder.heard > heard:
            incoming.heard(ending=reader.ending)
        received = await incoming.next()
    for event in _torn(decoder, reader):
        yield event


async def _opening(incoming: Incoming) -> bytes:
    """The first bytes, enough of them to tell what follows: blank ones may come before a document to keep a line open."""
    received = await incoming.next()
    while not received.strip(_BLANKS) and (more := await incoming.next()):
        received += more
    return received


def _torn(decoder: Decoder, reader: Reader) -> Iterator[AnswerEvent]:
    """What an end without a terminal mark leaves: an event that lacks only its blank line still counts."""
    last = decoder.finish()
    if last is not None:
        try:
            yield from reader.read(last)
        except EngineGarbled as error:
            raise EngineCutOff("a truncated event") from error
    if not reader.over:
        raise EngineCutOff("no terminal mark")
