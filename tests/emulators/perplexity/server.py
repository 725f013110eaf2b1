"""The Perplexity emulator: a real server on loopback that speaks both APIs, keeps their rules, and breaks on request.

What it says is in `script`, how it spells it in `sonar` and `agent`, what it refuses in `sonar_rules` and `agent_rules`,
how it breaks in `faults`. Here is only HTTP.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Self, TypeAlias
from uuid import uuid4

import msgspec
from aiohttp import web

from bot.clock import Clock, SystemClock
from tests.emulators.perplexity.agent import AgentShape, AgentWire
from tests.emulators.perplexity.agent_rules import read_agent
from tests.emulators.perplexity.asked import Asked
from tests.emulators.perplexity.breakage import steps
from tests.emulators.perplexity.delivery import Delivery, drop, hang
from tests.emulators.perplexity.faults import (
    BEFORE_HEADERS,
    Cut,
    EarlyEnd,
    Fault,
    HtmlPage,
    InTheStream,
    PlainJson,
    Silence,
    Status,
)
from tests.emulators.perplexity.replies import Reply, RequestRefused, envelope, page, reply_of, too_many
from tests.emulators.perplexity.script import Script
from tests.emulators.perplexity.sonar import SonarShape, SonarWire
from tests.emulators.perplexity.sonar_rules import read_sonar
from tests.emulators.perplexity.wire import Api, Ask, Plain, Sse

KEY = "pplx-emulator00000000000000000000000000000000000000"
LARGEST_BODY = 32 * 1024 * 1024

# One answer for everybody, one by a substring of the question (others get the default), or one made for the question.
Scripts: TypeAlias = Script | Mapping[str, Script] | Callable[[str], Script]


class PerplexityEmulator:
    """This is a Perplexity that lives as long as its `async with` block, at `url`, and takes only `key`.

    `scripts` says what it answers; `sonar`, `agent` and `sse` in which of the observed shapes. More than `concurrency`
    requests in flight get a 429 (None: no limit). `write_sizes` cuts the bytes of every stream, over and over.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        key: str = KEY,
        scripts: Scripts | None = None,
        sonar: SonarShape | None = None,
        agent: AgentShape | None = None,
        sse: Sse | None = None,
        concurrency: int | None = None,
        write_sizes: Sequence[int] = (),
        largest_body: int = LARGEST_BODY,
        clock: Clock | None = None,
    ) -> None:
        self.key = key
        self.scripts: Scripts = scripts if scripts is not None else Script()
        self.concurrency = concurrency
        self.requests: list[Asked] = []
        self.most_in_flight = 0
        self._live: list[Asked] = []
        self._port = port
        self._sse = sse or Sse()
        self._write_sizes = write_sizes
        self._clock = clock or SystemClock()
        self._faults: deque[Fault] = deque()
        self._standing_fault: Fault | None = None
        self._stopping = False
        self._runner = web.AppRunner(
            self._application(sonar or SonarShape(), agent or AgentShape(), largest_body),
            handler_cancellation=True,
            shutdown_timeout=0.01,
            access_log=None,
        )

    @property
    def url(self) -> str:
        """Where it listens, for `PERPLEXITY_BASE_URL`."""
        return f"http://127.0.0.1:{self._port}"

    def settings(self) -> dict[str, str]:
        """The settings that let the bot use it."""
        return {"PERPLEXITY_BASE_URL": self.url, "PERPLEXITY_API_KEY": self.key}

    @property
    def in_flight(self) -> int:
        """How many requests wait for the rest of their answer."""
        return sum(not asked.done for asked in self._live)

    @property
    def answered(self) -> list[Asked]:
        """The requests that got a whole answer."""
        return [asked for asked in self.requests if asked.done and asked.fault is None]

    def fail(self, fault: Fault, times: int | None = 1) -> None:
        """Break the next `times` requests this way (None: every one until `heal`), then answer as if nothing had been."""
        if times is None:
            self._standing_fault = fault
        else:
            self._faults.extend([fault] * times)

    def heal(self) -> None:
        """Break nothing any more."""
        self._faults.clear()
        self._standing_fault = None

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping = True
        await self._runner.cleanup()
        for asked in self.requests:
            await asked.ended.wait()

    def _application(self, sonar: SonarShape, agent: AgentShape, largest_body: int) -> web.Application:
        application = web.Application(client_max_size=largest_body)
        chat = Api("sonar", read_sonar, partial(SonarWire, shape=sonar), page(401))
        runs = Api("agent", read_agent, partial(AgentWire, shape=agent), envelope(401, "forbidden", "Invalid API key."))
        for path, api in (
            ("/chat/completions", chat),
            ("/v1/chat/completions", chat),
            ("/v1/sonar", chat),
            ("/v1/responses", runs),
            ("/v1/agent", runs),
        ):
            application.router.add_post(path, partial(self._hear, api))
        for path in ("/v1/responses/{id}/cancel", "/v1/agent/{id}/cancel"):
            application.router.add_post(path, self._cancel)
        return application

    async def _hear(self, api: Api, request: web.Request) -> web.StreamResponse:
        """Remember a request, and how it ended, whatever happens to it."""
        asked = Asked(api.name, request.path, dict(request.headers), self._clock.now())
        self.requests.append(asked)
        self._live.append(asked)
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            response = await self._answer(api, request, asked)
        except (ConnectionResetError, asyncio.CancelledError):
            asked.closed_early = not (self._stopping or asked.done)
            raise
        else:
            return response
        finally:
            self._live = [other for other in self._live if other is not asked]
            asked.ended.set()

    async def _answer(self, api: Api, request: web.Request, asked: Asked) -> web.StreamResponse:
        asked.fault = fault = self._faults.popleft() if self._faults else self._standing_fault
        try:
            body = await _body(request)
            asked.body = _as_json(body)
            if fault is not None:
                await self._break_early(request, fault)
            ask, script = self._understood(api, request, asked, body)
            if fault is None and script.fault is not None:
                asked.fault = fault = script.fault
                await self._break_early(request, fault)
        except RequestRefused as refused:
            asked.status = refused.reply.status
            return _response(refused.reply)
        except _ConnectionDropped:
            return web.Response()  # nobody is there to read it
        asked.status = 200
        return await self._deliver(api, request, asked, ask, script, _in_the_stream(fault))

    async def _break_early(self, request: web.Request, fault: Fault) -> None:
        """Do what a fault does before the headers of an answer; nothing if it strikes later."""
        match fault:
            case Status() | HtmlPage() | PlainJson():
                raise RequestRefused(reply_of(fault))
            case Silence(after) if after == BEFORE_HEADERS:
                await hang()
            case Cut(after, reset) if after == BEFORE_HEADERS:
                drop(request, reset=reset)
                raise _ConnectionDropped
            case EarlyEnd(after) if after == BEFORE_HEADERS:
                drop(request, reset=False)
                raise _ConnectionDropped
            case _:
                pass

    def _understood(self, api: Api, request: web.Request, asked: Asked, body: bytes) -> tuple[Ask, Script]:
        """What is asked and what will be answered; raise `RequestRefused` by the rules of the API."""
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            raise RequestRefused(api.key_refused)
        if self.concurrency is not None and self.in_flight > self.concurrency:
            raise RequestRefused(too_many(self.concurrency))
        ask = api.read(body, {asked.response_id for asked in self.answered})
        asked.prompt = ask.prompt
        asked.response_id = f"resp_{uuid4()}" if api.name == "agent" else str(uuid4())
        ask = replace(ask, id=asked.response_id, created=int(self._clock.today().timestamp()))
        script = self._script(ask.question)
        script = script if ask.searches else script.unsearched()
        return ask, script if ask.max_tokens is None else script.limited(ask.max_tokens)

    def _script(self, question: str) -> Script:
        match self.scripts:
            case Script() as script:
                return script
            case Mapping() as scripts:
                return next((script for part, script in scripts.items() if part in question), Script())
            case write:
                return write(question)

    async def _deliver(
        self, api: Api, request: web.Request, asked: Asked, ask: Ask, script: Script, fault: InTheStream | None
    ) -> web.StreamResponse:
        wire = api.wire(ask, script)
        packing = self._sse if ask.stream else Plain()
        events = wire.stream() if ask.stream else iter([wire.whole()])
        response = web.StreamResponse(headers={"Content-Type": packing.content_type, "Cache-Control": "no-cache"})
        delivery = Delivery(request, response, asked, self._clock, self._write_sizes)
        plan = steps(wire, events, packing, fault)
        await delivery.carry(script, plan, lambda: packing.frame(wire.cancelled()))
        return response

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        """Stop a run, some time after saying so: it ends at its next event."""
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return _response(envelope(401, "forbidden", "Invalid API key."))
        response_id = request.match_info["id"]
        asked = next((asked for asked in self.requests if asked.response_id == response_id), None)
        if asked is None:
            return _response(envelope(404, "not_found", "response not found"))
        if asked.ended.is_set():
            return _response(envelope(400, "invalid_request", "the response has already ended"))
        asked.cancelled = True
        return web.json_response({"response_id": response_id, "status": "cancelling"})


class _ConnectionDropped(Exception):
    """The connection was lost on purpose before there was an answer."""


def _in_the_stream(fault: Fault | None) -> InTheStream | None:
    match fault:
        case Status() | HtmlPage() | PlainJson():
            return None
        case later:
            return later


async def _body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise RequestRefused(envelope(413, "payload_too_large", "Request body is too large.")) from error


def _as_json(body: bytes) -> dict[str, object]:
    try:
        return msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type, headers=reply.headers)
