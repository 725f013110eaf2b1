"""Tells the app what happens in its workspaces: which event for what, once or again, and whether it was acknowledged."""

from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, Protocol

from bot.clock import Clock
from tests.emulators.slack.errands import Errands
from tests.emulators.slack.messages import Message
from tests.emulators.slack.payloads import (
    app_mention_event,
    event_callback,
    message_changed_event,
    message_deleted_event,
    message_event,
)
from tests.emulators.slack.places import App, Channel, Workspace
from tests.emulators.slack.rules.rejection import Json
from tests.emulators.slack.terms import Redelivery

_MESSAGES = {"channel": "message.channels", "group": "message.groups", "im": "message.im", "mpim": "message.mpim"}


@dataclass(frozen=True, slots=True)
class Parcel:
    """This is one attempt to bring something to the app; `attempt` 0 is the first."""

    kind: Literal["events_api", "interactive"]
    body: Json
    attempt: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """This is what became of an attempt; `reason` is what the next one gives as its retry reason."""

    acknowledged: bool
    reason: str = ""
    final: bool = False
    status: int | None = None
    answer: Json | None = None


class Carrier(Protocol):
    """One way to the app."""

    async def carry(self, parcel: Parcel) -> Outcome:
        """Bring the parcel and wait for the acknowledgement, but never longer than the deadline."""
        ...


@dataclass(slots=True)
class Delivery:
    """This is the log of one attempt; `outcome` and `finished` are None while it is under way."""

    started: float
    kind: str
    event_id: str
    event_type: str
    attempt: int
    outcome: Outcome | None = None
    finished: float | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether the app took it in time."""
        return self.outcome is not None and self.outcome.acknowledged


@dataclass(frozen=True, slots=True)
class Announced:
    """This is an event that was sent, kept to send it again."""

    body: Json
    workspace: Workspace
    channel_id: str
    ts: str


@dataclass(slots=True)
class Feed:
    """This is the Events API, seen from Slack."""

    app: App
    clock: Clock
    redelivery: Redelivery
    socket: Carrier
    http: Carrier
    announced: list[Announced] = field(default_factory=list[Announced])
    deliveries: list[Delivery] = field(default_factory=list[Delivery])
    errands: Errands = field(default_factory=Errands)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    # What happened --------------------------------------------------------------------------------------

    def posted(self, message: Message, channel: Channel) -> None:
        """A new message: a `message` event, and for one that mentions our bot an `app_mention` with another id."""
        bot = channel.workspace.bot
        if channel.kind != "im" and f"<@{bot.id}>" in message.text and message.user != bot.id:
            self.announce(app_mention_event(message, channel), channel, message.ts)
        self.announce(message_event(message, channel), channel, message.ts)

    def changed(self, message: Message, channel: Channel, before: Json, ts: str) -> None:
        """An edit, by a person or by our bot: our own edits come back to us as well."""
        self.announce(message_changed_event(message, channel, before, ts), channel, message.ts)

    def deleted(self, message: Message, channel: Channel, before: Json, ts: str) -> None:
        """A deletion: of a message with replies a tombstone stays, and that is told as a change."""
        if channel.is_tombstone(message):
            self.changed(message, channel, before, ts)
        else:
            self.announce(message_deleted_event(channel, before, ts), channel, message.ts)

    def announce(self, event: Json, channel: Channel, ts: str) -> None:
        """Tell the app, if it has subscribed to this and our bot is in the channel."""
        if channel.has_bot and _subscription(event, channel) in self.app.subscriptions:
            event_id = f"Ev{next(self._numbers):010d}"
            body = event_callback(self.app, channel.workspace, event, event_id, self.clock.today())
            announced = Announced(body, channel.workspace, channel.id, ts)
            self.announced.append(announced)
            self.errands.start(self._bring(body))

    # Again ----------------------------------------------------------------------------------------------

    def again(self, message: Message, *, other_id: bool = False, attempt: int = 1) -> None:
        """Tell everything about a message once more: as a retry, or as if it had never been told, with other event ids."""
        for announced in self._about(message):
            body = announced.body
            if other_id:
                body = body | {"event_id": f"Ev{next(self._numbers):010d}"}
                self.errands.start(self._bring(body))
            else:
                self.errands.start(self._bring(body, attempt, "timeout"))

    def interact(self, body: Json) -> None:
        """Tell the app that somebody used one of its controls. Slack never repeats that."""
        self.errands.start(self._attempt(Parcel("interactive", body)))

    async def settled(self) -> None:
        """Return when every event has been acknowledged or given up."""
        await self.errands.idle()

    # ----------------------------------------------------------------------------------------------------

    def _about(self, message: Message) -> list[Announced]:
        key = (message.channel_id, message.ts)
        return [announced for announced in self.announced if (announced.channel_id, announced.ts) == key]

    async def _bring(self, body: Json, first: int = 0, reason: str = "") -> None:
        for attempt in range(first, max(first, len(self.redelivery.delays)) + 1):
            if attempt > first:
                await self.clock.sleep(self.redelivery.delays[attempt - 1])
            outcome = await self._try(Parcel("events_api", body, attempt, reason))
            if outcome.acknowledged or outcome.final:
                return
            reason = outcome.reason

    def _attempt(self, parcel: Parcel) -> Coroutine[None, None, None]:
        async def attempt() -> None:
            await self._try(parcel)

        return attempt()

    async def _try(self, parcel: Parcel) -> Outcome:
        event_type = parcel.body.get("event", parcel.body)["type"]
        event_id = parcel.body.get("event_id", "")
        delivery = Delivery(self.clock.now(), parcel.kind, event_id, event_type, parcel.attempt)
        self.deliveries.append(delivery)
        carrier = self.http if self.app.request_url else self.socket
        delivery.outcome = await carrier.carry(parcel)
        delivery.finished = self.clock.now()
        return delivery.outcome


def _subscription(event: Json, channel: Channel) -> str:
    return _MESSAGES[channel.kind] if event["type"] == "message" else event["type"]
