"""The emulated Slack as a whole: a server on loopback, with everything that a test looks at or turns.

async with SlackEmulator() as slack:
    client = AsyncWebClient(slack.workspace.token, base_url=slack.api_url)
    slack.people.mention(slack.channel, slack.user, "hello")
    slack.visible(slack.channel)
"""

from collections.abc import Collection
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.clock import Clock, SystemClock
from tests.emulators.slack.control import Control
from tests.emulators.slack.faults import Faults
from tests.emulators.slack.feed import Delivery, Feed
from tests.emulators.slack.http_events import HttpEvents
from tests.emulators.slack.messages import Message
from tests.emulators.slack.people import People
from tests.emulators.slack.places import App, Channel, User, Workspace
from tests.emulators.slack.socket_mode import PATH, SocketMode
from tests.emulators.slack.terms import SUBSCRIPTIONS, Latency, Redelivery, SocketTerms, Terms
from tests.emulators.slack.triggers import Triggers
from tests.emulators.slack.web_api import Call, Throttled, WebApi
from tests.emulators.slack.world import Seen, World

_LARGEST_BODY = 8 * 1024 * 1024
_PATIENCE = 0.05


@dataclass(frozen=True, slots=True)
class Slack:
    """These are the parts, wired together."""

    world: World
    feed: Feed
    socket: SocketMode
    http: HttpEvents
    api: WebApi
    people: People


class SlackEmulator:
    """This is an emulated Slack with one workspace, the channel `general` and one user in it; make more in `world`.

    `port` 0 lets the system choose. With a `request_url` events go there by HTTP, otherwise through Socket Mode.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        terms: Terms | None = None,
        latency: Latency | None = None,
        redelivery: Redelivery | None = None,
        socket_terms: SocketTerms | None = None,
        subscriptions: Collection[str] = SUBSCRIPTIONS,
        request_url: str = "",
        clock: Clock | None = None,
    ) -> None:
        self._port = port
        app = App(request_url=request_url, subscriptions=frozenset(subscriptions))
        parts = _wire(
            World(clock or SystemClock(), app),
            terms or Terms(),
            latency or Latency(),
            redelivery or Redelivery(),
            socket_terms or SocketTerms(),
        )
        self.app, self.world, self.feed, self.people = app, parts.world, parts.feed, parts.people
        self.socket, self.http, self.api = parts.socket, parts.http, parts.api
        self.workspace: Workspace = self.world.add_workspace()
        self.user: User = self.world.add_user("reader")
        self.channel: Channel = self.world.add_channel("general", [self.user])
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        server = web.Application(client_max_size=_LARGEST_BODY)
        server.add_routes(
            [
                web.route("*", "/api/{method}", self.api.serve),
                web.post("/upload/v1/{file}", self.api.upload),
                web.get(PATH, self.socket.serve),
                *Control(self.world, self.people).routes(),
            ]
        )
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=_PATIENCE)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self.api.url = self.url
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.feed.errands.close()
        finally:
            await self.socket.close()
            await self.http.close()
            if self._runner is not None:
                await self._runner.cleanup()

    # Where it is ----------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """What an SDK takes as its base URL."""
        return f"{self.url}/api/"

    def settings(self) -> dict[str, str]:
        """The settings that let the bot talk to this Slack."""
        return {
            "SLACK_API_URL": self.api_url,
            "SLACK_BOT_TOKEN": self.workspace.token,
            "SLACK_APP_TOKEN": self.app.token,
            "SLACK_SIGNING_SECRET": self.app.signing_secret,
        }

    # What a test looks at -------------------------------------------------------------------------------

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self.api.faults

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API, in the order in which they came in."""
        return self.api.calls

    @property
    def throttled(self) -> list[Throttled]:
        """Every 429."""
        return self.api.throttled

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to bring an event to the app."""
        return self.feed.deliveries

    def visible(self, channel: Channel, thread_ts: str = "", *, reader: str = "") -> list[Seen]:
        """What a reader sees now, see `World.visible`."""
        return self.world.visible(channel, thread_ts, reader=reader)

    def answers(self, question: Message) -> list[Message]:
        """The messages of our bot in the thread of a question, deleted ones too."""
        channel = self.world.channels[question.channel_id]
        thread = channel.thread(question.thread_ts or question.ts)
        return [message for message in thread if message.user == channel.workspace.bot.id]


def _wire(world: World, terms: Terms, latency: Latency, redelivery: Redelivery, socket_terms: SocketTerms) -> Slack:
    app, clock = world.app, world.clock
    socket = SocketMode(app, clock, socket_terms, redelivery.deadline)
    http = HttpEvents(app, clock, redelivery.deadline)
    feed = Feed(app, clock, redelivery, socket, http)
    triggers = Triggers(terms.trigger_lifetime)
    api = WebApi(world, feed, socket, terms, latency, clock, Faults(), triggers)
    return Slack(world, feed, socket, http, api, People(world, feed, triggers))
