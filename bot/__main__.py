"""The command line and the composition root: the only file that sees every adapter and the store, and reads the environment.

`python -m bot run | play | ask | health`. Heavy parts are imported only by the command that needs them.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.discord.settings import DiscordSettings
    from adapters.documents.settings import DocumentsSettings
    from adapters.perplexity.settings import PerplexitySettings
    from adapters.slack.settings import SlackSettings
    from bot.clock import Clock
    from bot.config import CoreSettings
    from bot.errors import FootnoteError
    from bot.intake import Intake
    from bot.ports import AnswerEngine, Chat, TurnStore
    from bot.streaming.delivery import Delivery

EXIT_OK, EXIT_FAILED, EXIT_MISCONFIGURED = 0, 1, 2
PLAY_PORT = 8000
LANDING_SECONDS = 1.0  # for what is on its way to the screen when everything else has ended


@dataclass(frozen=True, slots=True)
class Settings:
    """These are all settings, read and checked. `secrets` is what logs strike out."""

    core: "CoreSettings"
    slack: "SlackSettings | None"
    discord: "DiscordSettings | None"
    perplexity: "PerplexitySettings"
    documents: "DocumentsSettings"
    database_url: str
    secrets: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 for success, 1 for failure, 2 for settings that cannot be used."""
    options = _parser().parse_args(arguments)
    env = _environment()
    if options.command == "health":
        return _health(env)
    from bot.errors import ConfigurationInvalid, FootnoteError

    try:
        settings = _settings(env, needs_chat=options.command == "run")
        match options.command:
            case "ask":
                return asyncio.run(_ask(settings, " ".join(options.question)))
            case "play":
                return asyncio.run(_play(settings, options.port, browser=_has_screen(env) and not options.no_browser))
            case _:
                return asyncio.run(_run(settings))
    except ConfigurationInvalid as error:
        print("Footnote cannot start with these settings:", *error.problems, sep="\n  - ", file=sys.stderr)
        return EXIT_MISCONFIGURED
    except FootnoteError as error:
        print(f"Footnote cannot start: {_why_not(error)}", file=sys.stderr)
        return EXIT_FAILED
    except asyncio.CancelledError:  # told to stop before anything was asked
        return EXIT_OK
    except KeyboardInterrupt:
        return EXIT_FAILED


def _why_not(error: "FootnoteError") -> str:
    """One sentence for whoever has typed the command."""
    from bot.errors import PlatformAbsent, StoreTooNew, StoreUnavailable

    match error:
        case PlatformAbsent(platform, 0.0):
            return f"{platform} cannot be reached. Check the network, and {platform.upper()}_API_URL where it is set."
        case PlatformAbsent(platform, retry_after):
            return f"{platform} asks to wait {retry_after:.0f} s before it is connected again."
        case StoreUnavailable(detail):
            return f"the database cannot be used ({detail}). Check DATABASE_URL, and that a server named there runs."
        case StoreTooNew(found, known):
            return f"the database belongs to a newer version ({found}; this one knows {known}). Start that version."
        case _:
            return str(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Answers questions in Slack and Discord, with sources."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start every configured platform")
    play = commands.add_parser("play", help="a local page to ask on: no token, no account")
    play.add_argument(
        "--port", type=int, default=PLAY_PORT, help=f"the page's port (default {PLAY_PORT}; 0 for any free one)"
    )
    play.add_argument("--no-browser", action="store_true", help="do not try to open a browser")
    ask = commands.add_parser("ask", help="answer one question here in the terminal")
    ask.add_argument("question", nargs="+")
    commands.add_parser("health", help="ask a running bot whether it is alive (for HEALTHCHECK)")
    return parser


# settings -------------------------------------------------------------------------------------------------------


def _environment() -> dict[str, str]:
    """The settings: the process's environment over the file `.env`."""
    file = Path(".env")
    if not file.is_file():
        return dict(os.environ)
    from dotenv import dotenv_values

    return {name: value for name, value in dotenv_values(file).items() if value is not None} | dict(os.environ)


def _settings(env: dict[str, str], *, needs_chat: bool) -> Settings:
    """Read everything; raise `ConfigurationInvalid` with all problems at once."""
    from adapters.discord import settings as discord
    from adapters.documents import settings as documents
    from adapters.perplexity import settings as perplexity
    from adapters.slack import settings as slack
    from bot.config import Reader, read_core
    from storage import settings as storage

    reader = Reader(env, lambda path: Path(path).read_text(encoding="utf-8"))
    core = read_core(reader)
    settings = Settings(
        core=core,
        slack=slack.read(reader),
        discord=discord.read(reader),
        perplexity=perplexity.read(reader),
        documents=documents.read(reader),
        database_url=storage.read(reader).database_url,
        secrets=tuple(reader.secrets),
    )
    if core.engine == "perplexity" and not settings.perplexity.api_key:
        reader.problems.append(
            "ENGINE is perplexity, but PERPLEXITY_API_KEY is not set: create a key in the API settings of Perplexity."
        )
    if needs_chat and not reader.problems and settings.slack is None and settings.discord is None:
        reader.problems.append(
            "No platform is set up: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or DISCORD_TOKEN (or try `make play`)."
        )
    reader.finish()
    return settings


# commands -------------------------------------------------------------------------------------------------------


async def _run(settings: Settings) -> int:
    from bot.clock import SystemClock

    clock = SystemClock()
    chats: dict[str, AbstractAsyncContextManager[Chat]] = {}
    if settings.slack is not None:
        from adapters import slack

        chats["Slack"] = slack.connect(settings.slack, clock)
    if settings.discord is not None:
        from adapters import discord

        chats["Discord"] = discord.connect(settings.discord, clock)
    return await _serve(settings, clock, chats)


def _has_screen(env: dict[str, str]) -> bool:
    """Whether a browser could show itself; a terminal browser would only take the terminal."""
    return sys.platform in {"darwin", "win32"} or bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))


async def _play(settings: Settings, port: int, *, browser: bool) -> int:
    from adapters import playground
    from adapters.playground.settings import PlaygroundSettings
    from bot.clock import SystemClock

    clock = SystemClock()
    return await _serve(
        settings,
        clock,
        {"The page": playground.connect(PlaygroundSettings(port, browser=browser), clock)},
        health=False,
    )


async def _ask(settings: Settings, question: str) -> int:
    from adapters import terminal
    from bot.clock import SystemClock

    clock = SystemClock()
    async with _engine(settings, clock) as engine:
        return await terminal.ask(engine, question, settings.core.system_prompt, clock)


def _health(env: dict[str, str]) -> int:
    """0 if the bot that these settings describe says it is alive."""
    host = env.get("HTTP_HOST", "").strip() or "127.0.0.1"
    port = env.get("HTTP_PORT", "").strip() or "8080"
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
    try:
        with closing(HTTPConnection(anywhere.get(host, host), int(port), timeout=3)) as connection:
            connection.request("GET", "/healthz")
            status = connection.getresponse().status
    except (OSError, HTTPException, ValueError) as error:
        print(f"not healthy: {error}", file=sys.stderr)
        return EXIT_FAILED
    return EXIT_OK if status == 200 else EXIT_FAILED  # noqa: PLR2004 - HTTP's own number


# composition ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _engine(settings: Settings, clock: "Clock") -> "AsyncGenerator[AnswerEngine]":
    if settings.core.engine == "perplexity":
        from adapters import perplexity

        async with perplexity.connect(settings.perplexity, clock, streaming=settings.core.answer_streaming) as engine:
            yield engine
    else:
        from adapters import documents

        async with documents.connect(settings.documents, clock, streaming=settings.core.answer_streaming) as engine:
            yield engine


async def _serve(
    settings: Settings,
    clock: "Clock",
    connections: "dict[str, AbstractAsyncContextManager[Chat]]",
    *,
    health: bool = True,
) -> int:
    """Connect everything, answer until a signal comes, then drain."""
    from adapters import monitoring
    from bot.answering import Answer, Newsroom
    from bot.checkpoints import Checkpoints
    from bot.health import look
    from bot.intake import Intake, Limits
    from bot.streaming.delivery import Delivery
    from bot.streaming.scheduler import Planner
    from bot.turnstile import Turnstile
    from storage import open_storage

    core = settings.core
    monitoring.configure_logging(core.log_level, core.log_format, settings.secrets)
    observer = monitoring.LogObserver()
    stop = _Stop()
    async with AsyncExitStack() as stack:
        probes: dict[str, Callable[[], bool]] = {}
        if health:
            await stack.enter_async_context(monitoring.serve(core.http_host, core.http_port, lambda: look(probes)))
        store = await stack.enter_async_context(open_storage(settings.database_url, clock=clock))
        engine = await stack.enter_async_context(_engine(settings, clock))
        chats = [await stack.enter_async_context(_named(name, chat)) for name, chat in connections.items()]
        checkpoints = Checkpoints(store, clock, observer)
        room = Newsroom(
            engine=engine,
            turns=store,
            checkpoints=checkpoints,
            turnstile=Turnstile(core.engine_concurrency),
            clock=clock,
            observer=observer,
            history_tokens=core.history_tokens,
            operator_instructions=core.system_prompt,
            streaming=core.answer_streaming,
            max_pages=core.max_pages,
        )
        earlier = await _last_write(store, clock)
        deliveries = {
            chat.platform.name: Delivery(chat.platform, clock, observer, Planner(earlier=earlier)) for chat in chats
        }
        limits = Limits(core.question_characters, core.queue_per_conversation, core.queue_for_engine)
        intake = Intake(
            store, lambda asked: Answer(room, asked, deliveries[asked.question.place.platform]), limits, clock, observer
        )
        where = f"{core.http_host}:{core.http_port}" if health else "no port"
        logging.getLogger("footnote").info("engine: %s; health on %s", core.engine, where)
        probes.update({chat.platform.name: chat.connected for chat in chats})
        async with asyncio.TaskGroup() as group:
            for delivery in deliveries.values():
                group.create_task(delivery.run())
            group.create_task(checkpoints.run())
            try:
                failure = await _listen(chats, deliveries, intake, stop)
            finally:
                for chat in chats:
                    await chat.stop_listening()
                await intake.drain(core.drain_seconds)
                for delivery in deliveries.values():
                    delivery.close(LANDING_SECONDS)
                checkpoints.close()
        if failure is not None:
            raise failure
    return EXIT_OK


class _Stop:
    """This is SIGTERM or SIGINT: as process 1 of a container nobody else would react to them.

    While the bot still starts, it ends the start, which may be waiting for somebody; from then on it sets an event.
    """

    def __init__(self) -> None:
        self._starting = asyncio.current_task()
        self._told = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._tell)

    async def wait(self) -> None:
        """The start is over; return when the signal comes."""
        self._starting = None
        await self._told.wait()

    def _tell(self) -> None:
        self._told.set()
        if self._starting is not None:
            self._starting.cancel()


@asynccontextmanager
async def _named(name: str, connection: "AbstractAsyncContextManager[Chat]") -> "AsyncGenerator[Chat]":
    """A connection that says which platform it is when it cannot be made."""
    from bot.errors import ChatFailed, PlatformAbsent, Throttled

    async with AsyncExitStack() as stack:
        try:
            chat = await stack.enter_async_context(connection)
        except ChatFailed as error:
            raise PlatformAbsent(name, error.retry_after if isinstance(error, Throttled) else 0.0) from error
        yield chat


async def _listen(
    chats: "list[Chat]", deliveries: "dict[str, Delivery]", intake: "Intake", stop: _Stop
) -> "FootnoteError | None":
    """Take questions until the signal. What a platform refuses comes back as a value: a task group would wrap it."""
    from bot.errors import FootnoteError

    try:
        for chat in chats:
            delivery = deliveries[chat.platform.name]
            await chat.listen(intake.take, delivery.gone, delivery.heard)
        logging.getLogger("footnote").info("listening: %s", ", ".join(deliveries))
        await stop.wait()
    except FootnoteError as error:
        return error
    return None


async def _last_write(store: "TurnStore", clock: "Clock") -> float | None:
    """When an earlier process may have written last, on the monotonic clock."""
    changed = await store.last_change()
    return None if changed is None else clock.now() - (clock.today() - changed).total_seconds()


if __name__ == "__main__":
    sys.exit(main())
