"""What the figures are compared with: bots as most are written, each answer with a timer of its own and no knowledge of the others.

They read the same engine and write to the same chats by plain HTTP; they are told of each question at once, so they have the
advantage of not listening. One that meets a 429 waits as long as it is told, and goes on with the newest text.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

import aiohttp
import msgspec
from typing_extensions import override

from benchmarks.stage import Cast, Cost, Player
from benchmarks.venues import Asked, Venue
from bot.clock import SystemClock
from bot.rendering import wording
from tests.emulators.perplexity import PerplexityEmulator

_CLOCK = SystemClock()
_PLACEHOLDER = "Thinking…"
_FAIR_SECONDS = 1.2
_SUMMARY = 200
_LOOK_EVERY = 0.02
_TOO_MANY = 429


class _Delta(msgspec.Struct):
    content: str = ""


class _Choice(msgspec.Struct):
    delta: _Delta


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    citations: list[str] = []


class _Slowdown(msgspec.Struct):
    retry_after: float = 1.0


class _Throttled(Exception):
    def __init__(self, retry_after: float) -> None:
        super().__init__(f"wait {retry_after} s")
        self.retry_after = retry_after


@dataclass(slots=True)
class _Draft:
    """This is an answer as far as it has come; `message` is where it stands."""

    asked: Asked
    placeholder: str
    text: str = ""
    sources: list[str] = field(default_factory=list[str])
    done: bool = False
    message: str = ""
    shown: str = ""

    @property
    def body(self) -> str:
        """What should stand there now."""
        if not self.done:
            return self.text or self.placeholder
        lines = [f"[{number}] [page {number}]({url})" for number, url in enumerate(self.sources, 1)]
        return "\n".join([f"{self.text}\n\n{wording.SOURCES}", *lines])


class _Pen(Protocol):
    """One way to write in a chat; raises `_Throttled`."""

    async def post(self, asked: Asked, text: str) -> str:
        """Write a message; returns its id."""
        ...

    async def edit(self, asked: Asked, message: str, text: str) -> None:
        """Put a text in its place."""
        ...


class Timer(Cast):
    """This is a bot with a timer for every answer; `pause` says how long it is when so many answers are live.

    `placeholder` is what it posts at once, as most do; without one its first post carries the first text.
    """

    def __init__(self, name: str, pause: Callable[[int], float], placeholder: str = _PLACEHOLDER) -> None:
        self._name = name
        self._pause = pause
        self._placeholder = placeholder

    @property
    @override
    def name(self) -> str:
        return self._name

    @override
    @asynccontextmanager
    async def on(self, place: Venue, engine: PerplexityEmulator) -> AsyncGenerator[Player]:
        async with aiohttp.ClientSession() as session:
            player = _Answering(_pen(session, place.settings), session, engine, self._pause, self._placeholder)
            try:
                yield player
            finally:
                await player.leave()


BASELINES: Final = (
    Timer("every 1.0 s", lambda _: 1.0),
    Timer("every 0.5 s", lambda _: 0.5),
    Timer("fair timer", lambda live: _FAIR_SECONDS * live, placeholder=""),
)


class _Answering(Player):
    """This answers everything that is asked, each question in a task of its own."""

    def __init__(
        self,
        pen: _Pen,
        session: aiohttp.ClientSession,
        engine: PerplexityEmulator,
        pause: Callable[[int], float],
        placeholder: str,
    ) -> None:
        self._pen = pen
        self._session = session
        self._engine = engine
        self._pause = pause
        self._placeholder = placeholder
        self._tasks: set[asyncio.Task[None]] = set()

    @override
    def asked(self, question: Asked, text: str) -> None:
        task = asyncio.create_task(self._answer(_Draft(question, self._placeholder), text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @override
    def cost(self) -> Cost:
        return Cost()

    async def leave(self) -> None:
        """Give up what is not finished."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _answer(self, draft: _Draft, question: str) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self._read(draft, question))
            both.create_task(self._write(draft))

    async def _read(self, draft: _Draft, question: str) -> None:
        body = {"model": "sonar", "stream": True, "stream_mode": "concise"}
        messages = [{"role": "user", "content": question}]
        async with self._session.post(
            f"{self._engine.url}/chat/completions",
            json={**body, "messages": messages},
            headers={"Authorization": f"Bearer {self._engine.key}"},
        ) as response:
            async for line in response.content:
                if line.startswith(b"data: {"):
                    chunk = msgspec.json.decode(line[6:], type=_Chunk)
                    draft.text += "".join(choice.delta.content for choice in chunk.choices)
                    draft.sources = chunk.citations or draft.sources
        draft.done = True

    async def _write(self, draft: _Draft) -> None:
        """A placeholder or the first text, then the text so far whenever the timer is over, then the whole."""
        while not draft.body:
            await _CLOCK.sleep(_LOOK_EVERY)
        while not (draft.done and draft.shown == draft.body):
            try:
                await self._show(draft)
            except _Throttled as refusal:
                await _CLOCK.sleep(refusal.retry_after)
            else:
                await self._wait(draft)

    async def _show(self, draft: _Draft) -> None:
        body = draft.body
        if not draft.message:
            draft.message = await self._pen.post(draft.asked, body)
        elif draft.shown != body:
            await self._pen.edit(draft.asked, draft.message, body)
        draft.shown = body

    async def _wait(self, draft: _Draft) -> None:
        """Until the timer is over; the end of the answer is written at once."""
        ends = _CLOCK.now() + self._pause(max(1, len(self._tasks)))
        while not draft.done and (left := ends - _CLOCK.now()) > 0:
            await _CLOCK.sleep(min(left, _LOOK_EVERY))


def _pen(session: aiohttp.ClientSession, settings: dict[str, str]) -> _Pen:
    if "SLACK_API_URL" in settings:
        return _SlackPen(session, settings["SLACK_API_URL"], settings["SLACK_BOT_TOKEN"])
    return _DiscordPen(session, settings["DISCORD_API_URL"], settings["DISCORD_TOKEN"])


@dataclass(frozen=True, slots=True)
class _SlackPen(_Pen):
    """This writes in Slack."""

    session: aiohttp.ClientSession
    url: str
    token: str

    @override
    async def post(self, asked: Asked, text: str) -> str:
        answer = await self._call("chat.postMessage", text, {"channel": asked.channel, "thread_ts": asked.thread})
        return str(answer["ts"])

    @override
    async def edit(self, asked: Asked, message: str, text: str) -> None:
        await self._call("chat.update", text, {"channel": asked.channel, "ts": message})

    async def _call(self, method: str, text: str, where: dict[str, str]) -> dict[str, object]:
        payload = {**where, "text": text[:_SUMMARY], "blocks": [{"type": "markdown", "text": text}]}
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.post(f"{self.url}{method}", json=payload, headers=headers) as response:
            if response.status == _TOO_MANY:
                raise _Throttled(float(response.headers["Retry-After"]))
            return msgspec.json.decode(await response.read(), type=dict[str, object])


@dataclass(frozen=True, slots=True)
class _DiscordPen(_Pen):
    """This writes in Discord."""

    session: aiohttp.ClientSession
    url: str
    token: str

    @override
    async def post(self, asked: Asked, text: str) -> str:
        answer = await self._call("POST", f"/channels/{asked.channel}/messages", text)
        return str(answer["id"])

    @override
    async def edit(self, asked: Asked, message: str, text: str) -> None:
        await self._call("PATCH", f"/channels/{asked.channel}/messages/{message}", text)

    async def _call(self, method: str, path: str, text: str) -> dict[str, object]:
        headers = {"Authorization": f"Bot {self.token}"}
        async with self.session.request(method, self.url + path, json={"content": text}, headers=headers) as response:
            body = await response.read()
            if response.status == _TOO_MANY:
                raise _Throttled(msgspec.json.decode(body, type=_Slowdown).retry_after)
            return msgspec.json.decode(body, type=dict[str, object])
