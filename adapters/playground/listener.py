"""Hears questions from the page, and serves it: five routes, nothing else, to this machine only."""

import hashlib
import logging
import re
import webbrowser
from base64 import b64encode
from contextlib import aclosing, suppress
from pathlib import Path
from urllib.parse import quote

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from typing_extensions import override

from adapters.playground.dialect import PlaygroundDialect
from adapters.playground.messenger import NoSurroundings, PlaygroundBudget, PlaygroundMessenger
from adapters.playground.settings import PlaygroundSettings
from adapters.playground.translate import NAME, read_question
from bot.clock import Clock
from bot.errors import FootnoteError, TakingNoQuestions
from bot.ports import Chat, Gone, Heard, Platform, Take
from bot.rendering import wording

_PAGE = Path(__file__).with_name("page.html")
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_LARGEST = 64 * 1024
_CLOSING = 0.5
"""Seconds that a request under way gets when the page is closed."""

_log = logging.getLogger(__name__)


class Playground(Chat):
    """This is the local page as a chat platform."""

    def __init__(self, settings: PlaygroundSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._messenger = PlaygroundMessenger(clock)
        self._runner: web.AppRunner | None = None
        self._taking = False
        self._platform = Platform(NAME, self._messenger, PlaygroundBudget(), PlaygroundDialect(), NoSurroundings())
        self.url = ""

    @property
    @override
    def platform(self) -> Platform:
        return self._platform

    @override
    async def listen(self, take: Take, gone: Gone, heard: Heard) -> None:
        app = web.Application(client_max_size=_LARGEST, middlewares=[_only_from_here])
        app.router.add_get("/", _page(_PAGE.read_text(encoding="utf-8")))
        app.router.add_get("/events", self._events)
        app.router.add_post("/questions", self._asked(take))
        app.router.add_get("/files/{id}", self._file)
        app.router.add_delete("/messages/{id}", self._deleted(gone))
        app.on_shutdown.append(self._hang_up)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_CLOSING)
        await self._runner.setup()
        await self._bind(self._runner)
        self._taking = True
        self.url = f"http://{self._settings.host}:{self._runner.addresses[0][1]}"
        _log.info("the page is open at %s", self.url)
        print(f"\n  Ask on {self.url}\n  Stop with Ctrl+C\n", flush=True)  # noqa: T201 - for the person who typed the command
        if self._settings.browser:
            webbrowser.open_new_tab(self.url)

    @override
    def connected(self) -> bool:
        return self._taking

    @override
    async def stop_listening(self) -> None:
        self._taking = False  # the page stays open: answers go on growing there

    async def close(self) -> None:
        """Close the page, also where browsers look at it."""
        self._taking = False
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _bind(self, runner: web.AppRunner) -> None:
        """Take the port, or any free one where it cannot be had."""
        try:
            await web.TCPSite(runner, self._settings.host, self._settings.port).start()
        except (OSError, OverflowError):
            await web.TCPSite(runner, self._settings.host, 0).start()

    async def _hang_up(self, _: web.Application) -> None:
        self._messenger.hang_up()

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        with suppress(ConnectionError):  # the browser has gone: it comes back by itself, or not
            async with aclosing(self._messenger.watch()) as changes:
                async for shown in changes:
                    await response.write(b"data: " + msgspec.json.encode(shown) + b"\n\n")
        return response

    async def _file(self, request: web.Request) -> web.Response:
        """A file to be saved, and never shown as a page: its words are the engine's."""
        file = self._messenger.file(request.match_info["id"])
        if file is None:
            return _problem(404, "This file is no longer kept.")
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(text=file.text, content_type="text/markdown", charset="utf-8", headers=headers)

    def _asked(self, take: Take) -> Handler:
        async def asked(request: web.Request) -> web.Response:
            try:
                question = read_question(await request.read(), self._clock.today())
            except msgspec.MsgspecError:
                return _problem(400, "Send JSON with id, thread and text.")
            except web.HTTPRequestEntityTooLarge:
                return _problem(413, "That is too long for a question. Please shorten it.")
            if not self._taking:
                return _problem(503, wording.stopping())
            try:
                await take(question)
            except TakingNoQuestions:
                return _problem(503, wording.stopping())
            except FootnoteError:
                _log.exception("a question was not taken")
                return _problem(503, wording.TURN_LOST)
            self._messenger.asked(question)
            return web.json_response({"taken": True}, status=202)

        return asked

    def _deleted(self, gone: Gone) -> Handler:
        async def deleted(request: web.Request) -> web.Response:
            message = self._messenger.delete(request.match_info["id"])
            if message is not None:
                gone(message)
            return web.Response(status=204 if message else 404)

        return deleted


def _page(html: str) -> Handler:
    """Serve the page; nothing runs in it but its own script, and nobody else's page can show it in a frame."""
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    hashes = " ".join(f"'sha256-{b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in scripts)
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"}

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html", headers=headers)

    return page


def _problem(status: int, sentence: str) -> web.Response:
    return web.json_response({"problem": sentence}, status=status)


@web.middleware
async def _only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site's page sends here through the reader's browser (DNS rebinding, cross-site posts)."""
    origin = request.headers.get("Origin", "")
    foreign = bool(origin) and origin != f"http://{request.host}"
    if foreign or _host(request) not in _LOCAL:
        return _problem(403, "Open this page on the machine it runs on.")
    return await handler(request)


def _host(request: web.Request) -> str | None:
    try:
        return request.url.host
    except ValueError:  # a Host header that is none
        return None
