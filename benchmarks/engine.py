"""What one chunk of the Perplexity engine costs: CPU microseconds from the bytes of one read to the appended text.

No network, no draft, no rendering. `reader` is the pure path, `engine` adds the generators that the core iterates over and the
timeout around each read. One read carries one event, as it does while an answer is being written.
"""

import asyncio
import gc
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import msgspec
from typing_extensions import override

from adapters.perplexity.agent import AgentWire
from adapters.perplexity.connection import Connector, Incoming, Patience
from adapters.perplexity.engine import PerplexityEngine
from adapters.perplexity.retries import Retries
from adapters.perplexity.settings import PerplexitySettings
from adapters.perplexity.sonar import SonarWire
from adapters.perplexity.sse import Decoder
from adapters.perplexity.wire import Wire, said
from bot.clock import SystemClock
from bot.model import Prompt, TextGrew

CHUNKS: Final = 4000
ROUNDS: Final = 5
BARS: Final = {"sonar concise": 15.0, "sonar full 6 kB": 40.0}

Stream = Sequence[bytes]


def main() -> dict[str, float]:
    """Print and return microseconds per chunk, by stream and path: the best of some rounds."""
    figures: dict[str, float] = {}
    for name, (wire, stream) in _streams().items():
        figures[f"{name}, reader"] = _best(lambda wire=wire, stream=stream: _through_reader(wire, stream), len(stream))
        figures[f"{name}, engine"] = _best(lambda wire=wire, stream=stream: _through_engine(wire, stream), len(stream))
    for name, figure in figures.items():
        bar = BARS.get(name.partition(",")[0])
        print(f"{name:30} {figure:6.2f} µs per chunk" + (f"   (bar {bar:g})" if bar else ""))
    return figures


def _best(run: Callable[[], str], chunks: int) -> float:
    return min(_timed(run) for _ in range(ROUNDS)) / chunks * 1e6


def _timed(run: Callable[[], str]) -> float:
    gc.collect()
    begin = time.process_time()
    text = run()
    spent = time.process_time() - begin
    assert text.count("word ") == CHUNKS
    return spent


def _through_reader(wire: Wire, stream: Stream) -> str:
    decoder, reader, texts = Decoder(), wire.reader(), list[str]()
    for received in stream:
        texts.extend(event.text for event in said(decoder, reader, received) if isinstance(event, TextGrew))
    return "".join(texts)


def _through_engine(wire: Wire, stream: Stream) -> str:
    return asyncio.run(_answered(PerplexityEngine(wire, _Canned(stream), Retries(0), SystemClock(), lambda: 0.0)))


async def _answered(engine: PerplexityEngine) -> str:
    return "".join([event.text async for event in engine.answer(Prompt("?")) if isinstance(event, TextGrew)])


class _Canned(Connector):
    """This answers every request with the same bytes, one piece per read."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    @override
    @asynccontextmanager
    async def post(self, body: bytes) -> AsyncGenerator[Incoming]:
        yield Incoming(_Pieces(self._stream), Patience(first=60.0, idle=60.0), None)


class _Pieces(aiohttp.StreamReader):
    """This is a body that is all there, but is read piece by piece."""

    def __init__(self, stream: Stream) -> None:
        self._pieces = iter(stream)

    @override
    async def readany(self) -> bytes:
        return next(self._pieces, b"")


# Streams ----------------------------------------------------------------------------------------------------


def _streams() -> dict[str, tuple[Wire, Stream]]:
    settings = PerplexitySettings()
    sonar, agent = SonarWire(settings, streaming=True), AgentWire(settings, streaming=True)
    return {
        "sonar concise": (sonar, [*map(_concise, range(CHUNKS)), b"data: [DONE]\n\n"]),
        "sonar full 6 kB": (sonar, [*map(_full, range(CHUNKS)), b"data: [DONE]\n\n"]),
        "agent delta": (agent, [*map(_delta, range(CHUNKS)), _event({"type": "response.completed"})]),
    }


def _event(payload: object) -> bytes:
    return b"data: " + msgspec.json.encode(payload) + b"\n\n"


def _concise(_: int) -> bytes:
    choice = {"index": 0, "finish_reason": None, "delta": {"role": "assistant", "content": "word "}}
    return _event({**_heading(), "object": "chat.completion.chunk", "choices": [choice]})


def _full(number: int) -> bytes:
    """Seven results, usage, and the whole text so far, about 6 kB as a chunk in the middle of an answer has."""
    results = [_result(n, "A passage of the page. " * 18) for n in range(7)]
    choice = {
        "index": 0,
        "finish_reason": None,
        "message": {"role": "assistant", "content": "text " * 300},
        "delta": {"role": "assistant", "content": "word "},
    }
    return _event(
        {
            **_heading(),
            "usage": {"prompt_tokens": 10, "completion_tokens": number, "total_tokens": 10 + number},
            "citations": [result["url"] for result in results],
            "search_results": results,
            "object": "chat.completion.chunk",
            "choices": [choice],
        }
    )


def _result(number: int, snippet: str) -> dict[str, object]:
    url = f"https://source{number}.example/a/page/about/it"
    return {"title": "A page about it", "url": url, "date": None, "last_updated": "2026-09-25", "snippet": snippet}


def _delta(number: int) -> bytes:
    return _event(
        {
            "content_index": 0,
            "delta": "word ",
            "item_id": "msg_00000000-0000-0000-0000-000000000000",
            "output_index": 1,
            "sequence_number": number,
            "type": "response.output_text.delta",
        }
    )


def _heading() -> dict[str, object]:
    return {"id": "00000000-0000-0000-0000-000000000000", "model": "sonar", "created": 1788310800}


if __name__ == "__main__":
    main()
