"""One workspace of Slack, connected: who we are there, what we write with, and how we listen."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Protocol

import msgspec
from aiohttp import ClientSession, ClientTimeout
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from adapters.slack.budget import SlackBudget
from adapters.slack.dialect import SlackDialect
from adapters.slack.failures import in_our_terms
from adapters.slack.http import HttpLine
from adapters.slack.listener import Listener
from adapters.slack.messenger import SlackMessenger
from adapters.slack.sdk import web_client
from adapters.slack.settings import ADVICE, SlackSettings
from adapters.slack.socket import SocketLine
from adapters.slack.surroundings import SlackSurroundings
from adapters.slack.translate import NAME, Identity
from bot.clock import Clock
from bot.errors import ConfigurationInvalid, PlaceClosed, Refused, TokenRefused
from bot.ports import Chat, Gone, Heard, Platform, Take

_CALL = ClientTimeout(total=10, connect=5)
_DRAINING = 2.0


class Line(Protocol):
    """One way to receive Slack's events."""

    async def open(self) -> None:
        """Start to receive."""
        ...

    def connected(self) -> bool:
        """Whether events can reach us now."""
        ...

    async def close(self) -> None:
        """Stop to receive; within seconds."""
        ...


class SlackConnection(Chat):
    """This is one connected workspace. It writes from the start and hears from `listen` on."""

    def __init__(self, settings: SlackSettings, client: AsyncWebClient, identity: Identity, clock: Clock) -> None:
        self._settings = settings
        self._client = client
        self._identity = identity
        self._listener: Listener | None = None
        self._line: Line | None = None
        self._platform = Platform(
            name=NAME,
            messenger=SlackMessenger(client, identity, clock),
            budget=SlackBudget(),
            dialect=SlackDialect(),
            surroundings=SlackSurroundings(client, identity),
        )

    @property
    @override
    def platform(self) -> Platform:
        return self._platform

    @override
    async def listen(self, take: Take, gone: Gone, heard: Heard) -> None:
        # Nothing is ever `heard`: Slack's answers tell nothing of a budget until it is spent.
        self._listener = Listener(self._identity, take, gone)
        app = self._listener.app(self._settings.signing_secret)
        if self._settings.app_token:
            self._line = SocketLine(app, self._client, self._settings.app_token)
        else:
            self._line = HttpLine(
                app, self._settings.signing_secret, self._settings.http_host, self._settings.http_port
            )
        await self._line.open()

    @override
    def connected(self) -> bool:
        return self._line is not None and self._line.connected()

    @property
    def http_port(self) -> int | None:
        """The port that Slack's deliveries arrive at, None where there is none."""
        return self._line.port if isinstance(self._line, HttpLine) else None

    @override
    async def stop_listening(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close()
        if self._listener is not None:
            await self._listener.drained(_DRAINING)


class _Who(msgspec.Struct):
    team_id: str
    user_id: str
    bot_id: str = ""


@asynccontextmanager
async def connect(settings: SlackSettings, clock: Clock) -> AsyncGenerator[SlackConnection]:
    """A connection that can write; it is closed at the end.

    Raises `ConfigurationInvalid` where Slack refuses the bot token, `Unreachable` or `Throttled` where it cannot be asked.
    """
    async with ClientSession(timeout=_CALL) as session:
        client = web_client(settings, session)
        connection = SlackConnection(settings, client, await _introduced(client), clock)
        try:
            yield connection
        finally:
            await connection.stop_listening()


async def _introduced(client: AsyncWebClient) -> Identity:
    """Who we are: https://docs.slack.dev/reference/methods/auth.test."""
    try:
        with in_our_terms():
            response = await client.auth_test()
            who = msgspec.convert(response.data, _Who)
    except (TokenRefused, Refused, PlaceClosed) as error:
        raise ConfigurationInvalid(
            (f"SLACK_BOT_TOKEN was refused by Slack ({error.reason}): {ADVICE['SLACK_BOT_TOKEN']}.",)
        ) from error
    return Identity(who.team_id, who.user_id, who.bot_id)
