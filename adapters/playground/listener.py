"""Hears questions from the page, and serves it: three routes, nothing else, to this machine only."""

import logging
import webbrowser
from pathlib import Path

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from typing_extensions import override

from adapters.playground.dialect import PlaygroundDialect
from adapters.playground.messenger import NoSurroundings, PlaygroundBudget, PlaygroundMessenger
from adapters.playground.settings import PlaygroundSettings
from adapters.playground.translate import NAME, read_question
from bot.clock import Clock
from bot.errors import FootnoteError
from bot.ports import Chat, Gone, Heard, Platform, Take

_PAGE = Path(__file__).with_name("page.html")
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_log = logging.getLogger(__name__)


class Playground(Chat):
    """This is the local page as a chat platform."""

    def __init__(self, settings: PlaygroundSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._messenger = PlaygroundMessenger(clock)
        self._runner: web.AppRunner | None = None
        self._platform = Platform(NAME, self._messenger, PlaygroundBudget(), PlaygroundDialect(), NoSurroundings())
        self.url = ""

    @property
    @override
    def platform(self) -> Platform:
        return self._platform

    @override
    async def listen(self, take: Take, gone: Gone, heard: Heard) -> None:
        app = web.Application(client_max_size=64 * 1024, middlewares=[_only_from_here])
        app.router.add_get("/", self._page)
        app.router.add_get("/events", self._events)
        app.router.add_post("/questions", self._asked(take))
        app.router.add_delete("/messages/{id}", self._deleted(gone))
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        site = await self._bind(self._runner)
        self.url = f"http://{self._settings.host}:{self._runner.addresses[0][1]}"
        _log.info("the page is open at %s", self.url)
        print(f"\n  Ask on {self.url}\n  Stop with Ctrl+C\n", flush=True)  # noqa: T201 - for the person who typed the command
        if self._settings.browser and site:
            webbrowser.open_new_tab(self.url)

    @override
    def connected(self) -> bool:
        return self._runner is not None

    @override
    async def stop_listening(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _bind(self, runner: web.AppRunner) -> web.TCPSite:
        """Take the port, or any free one where it is taken."""
        site = web.TCPSite(runner, self._settings.host, self._settings.port, shutdown_timeout=0.5)
        try:
            await site.start()
        except OSError:
            site = web.TCPSite(runner, self._settings.host, 0, shutdown_timeout=0.5)
            await site.start()
        return site

    async def _page(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(_PAGE, headers={"Cache-Control": "no-store", "Content-Security-Policy": _POLICY})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        async for shown in self._messenger.watch():
            await response.write(b"data: " + msgspec.json.encode(shown) + b"\n\n")
        return response

    def _asked(self, take: Take) -> Handler:
        async def asked(request: web.Request) -> web.Response:
            try:
                await take(read_question(await request.read(), self._clock.today()))
            except msgspec.MsgspecError:
                return web.json_response({"problem": "Send JSON with id, thread and text."}, status=400)
            except FootnoteError:
                return web.json_response({"problem": "The question could not be stored. Try again."}, status=503)
            return web.json_response({"taken": True}, status=202)

        return asked

    def _deleted(self, gone: Gone) -> Handler:
        async def deleted(request: web.Request) -> web.Response:
            message = self._messenger.delete(request.match_info["id"])
            if message is not None:
                gone(message)
            return web.Response(status=204 if message else 404)

        return deleted


_POLICY = "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


@web.middleware
async def _only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site's page sends here through the reader's browser (DNS rebinding, cross-site posts)."""
    origin = request.headers.get("Origin", "")
    foreign = origin and origin != f"http://{request.host}"
    if foreign or (request.url.host or "") not in _LOCAL:
        return web.json_response({"problem": "Open this page on the machine it runs on."}, status=403)
    return await handler(request)
