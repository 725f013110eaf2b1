"""Lets a person or another process drive the emulated Slack: `POST /control/mention`, `GET /control/messages`, and a few more.

Not part of Slack. Channels and users are named by id or by name; a user that is not known yet joins.
"""

from dataclasses import dataclass
from typing import TypeVar

import msgspec
from aiohttp import web

from tests.emulators.slack.messages import Message
from tests.emulators.slack.people import People
from tests.emulators.slack.places import Channel, User
from tests.emulators.slack.rules.rejection import Json
from tests.emulators.slack.world import World

T = TypeVar("T")


class Speech(msgspec.Struct):
    """This is somebody saying something; without `channel` the first one."""

    text: str
    user: str = "reader"
    channel: str = ""
    thread_ts: str = ""


class Pointer(msgspec.Struct):
    """This points to a message; `text` is its new text."""

    channel: str
    ts: str
    text: str = ""


@dataclass(slots=True)
class Control:
    """These are the routes under `/control/`."""

    world: World
    people: People

    def routes(self) -> list[web.RouteDef]:
        """For the server."""
        return [
            web.post("/control/mention", self.mention),
            web.post("/control/say", self.say),
            web.post("/control/direct_message", self.direct_message),
            web.post("/control/edit", self.edit),
            web.post("/control/delete", self.delete),
            web.get("/control/messages", self.messages),
        ]

    async def mention(self, request: web.Request) -> web.Response:
        speech = _read(await request.read(), Speech)
        return _told(self.people.mention(self._channel(speech), self._user(speech), speech.text, speech.thread_ts))

    async def say(self, request: web.Request) -> web.Response:
        speech = _read(await request.read(), Speech)
        return _told(self.people.say(self._channel(speech), self._user(speech), speech.text, speech.thread_ts))

    async def direct_message(self, request: web.Request) -> web.Response:
        speech = _read(await request.read(), Speech)
        return _told(self.people.direct_message(self._user(speech), speech.text, speech.thread_ts))

    async def edit(self, request: web.Request) -> web.Response:
        pointer = _read(await request.read(), Pointer)
        message = self._message(pointer)
        self.people.edit(message, pointer.text)
        return _told(message)

    async def delete(self, request: web.Request) -> web.Response:
        message = self._message(_read(await request.read(), Pointer))
        self.people.delete(message)
        return _told(message)

    async def messages(self, request: web.Request) -> web.Response:
        """Everything that readers see now, channel by channel, with how often each message changed."""
        wanted = request.query.get("channel")
        channels = [self._find(wanted)] if wanted else self.world.channels.values()
        return web.json_response({"messages": [shown for channel in channels for shown in _shown(channel)]})

    # ----------------------------------------------------------------------------------------------------

    def _channel(self, speech: Speech) -> Channel:
        channel = self._find(speech.channel) if speech.channel else next(iter(self.world.channels.values()))
        channel.members.add(self._user(speech).id)
        if speech.thread_ts and speech.thread_ts not in channel.messages:
            raise web.HTTPNotFound(text=f"no message {speech.thread_ts} in {channel.name}")
        return channel

    def _find(self, name: str) -> Channel:
        try:
            return self.world.channel(name)
        except KeyError as error:
            raise web.HTTPNotFound(text=f"no channel {name}") from error

    def _user(self, speech: Speech) -> User:
        try:
            return self.world.user(speech.user)
        except KeyError:
            return self.world.add_user(speech.user)

    def _message(self, pointer: Pointer) -> Message:
        message = self._find(pointer.channel).standing(pointer.ts)
        if message is None:
            raise web.HTTPNotFound(text=f"no message {pointer.ts}")
        return message


def _read(body: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.DecodeError as error:
        raise web.HTTPBadRequest(text=str(error)) from error


def _told(message: Message) -> web.Response:
    return web.json_response({"channel": message.channel_id, "ts": message.ts, "thread_ts": message.thread_ts})


def _shown(channel: Channel) -> list[Json]:
    return [
        {
            "channel": channel.name,
            "ts": message.ts,
            "thread_ts": message.thread_ts,
            "user": message.user or message.bot_id,
            "from_bot": message.user == channel.workspace.bot.id,
            "text": message.shown,
            "versions": len(message.versions),
            "edited": message.edited is not None,
        }
        for message in channel.messages.values()
        if message.deleted_at is None
    ]
