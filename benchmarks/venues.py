"""The emulated chats as places to ask in: the same few things of Slack and of Discord, with the parameters of a scenario.

Latency is 0.05 s before and 0.05 s after the effect of every call; the limits are the emulators' own, which are the real ones.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from typing_extensions import override

from benchmarks.figures import Screen, numbers
from benchmarks.scenarios import Odds, Scenario
from bot.clock import SystemClock
from tests.emulators import discord as emulated_discord
from tests.emulators import slack as emulated_slack
from tests.emulators.discord import DiscordEmulator
from tests.emulators.discord.faults import Fault as DiscordFault
from tests.emulators.discord.faults import Faults as DiscordFaults
from tests.emulators.discord.world.messages import Message as DiscordMessage
from tests.emulators.discord.world.places import Channel as DiscordChannel
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.faults import Faults as SlackFaults
from tests.emulators.slack.rules.rejection import Json

LATENCY: Final = 0.05
_CLOCK = SystemClock()
_UNCOUNTED = frozenset({"auth.test", "apps.connections.open"})


@dataclass(frozen=True, slots=True)
class Asked:
    """This is one question that was asked: `prefix` names its words, `channel` and `thread` where its answer belongs."""

    prefix: str
    at: float
    channel: str
    thread: str = ""


class Venue(Protocol):
    """One emulated chat with people in it."""

    @property
    def settings(self) -> dict[str, str]:
        """What leads a bot here."""
        ...

    def open(self) -> AbstractAsyncContextManager[object]:
        """Run the emulator."""
        ...

    async def heard(self) -> None:
        """Return as soon as the bot can be asked."""
        ...

    def ask(self, place: int, prefix: str, question: str) -> Asked:
        """Let somebody ask in the place of this number."""
        ...

    def screens(self, asked: Asked) -> tuple[Screen, ...]:
        """The bot's messages that belong to this question, the oldest first."""
        ...

    def signs(self, asked: Asked) -> tuple[float, ...]:
        """When typing or a status was shown for this question."""
        ...

    def delete(self, asked: Asked) -> float:
        """Delete the bot's messages for this question; returns when."""
        ...

    def calls(self, since: float) -> Counter[str]:
        """The bot's requests by method."""
        ...

    def throttled(self) -> int:
        """How many 429 the platform answered of its own accord."""
        ...

    def go_wrong(self, odds: Odds, chance: random.Random) -> Counter[str]:
        """Let writes fail from now on; returns the count of what was done to them."""
        ...


def venue(scenario: Scenario) -> "Venue":
    """An emulator with the places and terms that a scenario needs."""
    return SlackVenue(scenario) if scenario.platform == "slack" else DiscordVenue(scenario)


# Slack ----------------------------------------------------------------------------------------------------------


class SlackVenue(Venue):
    """This is an emulated workspace with as many channels as the scenario has places."""

    def __init__(self, scenario: Scenario) -> None:
        self.slack = SlackEmulator(latency=emulated_slack.Latency(LATENCY, LATENCY))
        world, user = self.slack.world, self.slack.user
        self._channels = [world.add_channel(f"room-{number}", [user]) for number in range(scenario.places)]

    @property
    @override
    def settings(self) -> dict[str, str]:
        return self.slack.settings()

    @override
    def open(self) -> SlackEmulator:
        return self.slack

    @override
    async def heard(self) -> None:
        return

    @override
    def ask(self, place: int, prefix: str, question: str) -> Asked:
        channel = self._channels[place % len(self._channels)]
        message = self.slack.people.mention(channel, self.slack.user, question)
        return Asked(prefix, message.versions[0].time, channel.id, message.ts)

    @override
    def screens(self, asked: Asked) -> tuple[Screen, ...]:
        return tuple(
            Screen(tuple((version.time, version.shown) for version in message.versions)) for message in self._of(asked)
        )

    @override
    def signs(self, asked: Asked) -> tuple[float, ...]:
        log = self.slack.world.statuses.get((asked.channel, asked.thread), [])
        return tuple(each.time for each in log if each.status)

    @override
    def delete(self, asked: Asked) -> float:
        for message in self._of(asked):
            self.slack.people.delete(message)
        return _CLOCK.now()

    @override
    def calls(self, since: float) -> Counter[str]:
        return Counter(
            each.method for each in self.slack.calls if each.asked >= since and each.method not in _UNCOUNTED
        )

    @override
    def throttled(self) -> int:
        return sum(not each.injected for each in self.slack.throttled)

    @override
    def go_wrong(self, odds: Odds, chance: random.Random) -> Counter[str]:
        faults = _SlackChance(odds, chance)
        self.slack.api.faults = faults
        return faults.counts

    def _of(self, asked: Asked) -> Iterator[emulated_slack.Message]:
        channel = self.slack.world.channels[asked.channel]
        bot = channel.workspace.bot.id
        return (each for each in list(channel.messages.values()) if each.thread_ts == asked.thread and each.user == bot)


class _SlackChance(SlackFaults):
    """These are faults that come by chance."""

    def __init__(self, odds: Odds, chance: random.Random) -> None:
        super().__init__()
        self._odds, self._chance = odds, chance
        self.counts: Counter[str] = Counter()

    @override
    def take(self, method: str, arguments: Json) -> emulated_slack.Fault | None:
        match _drawn(self._odds, self._chance, self.counts):
            case "429":
                return emulated_slack.Throttle(self._odds.retry_after)
            case "500":
                return emulated_slack.Breakdown()
            case "cut":
                return emulated_slack.DropAfter()
            case "late":
                return emulated_slack.Slow(self._odds.late_seconds)
            case _:
                return None


# Discord --------------------------------------------------------------------------------------------------------


class DiscordVenue(Venue):
    """This is an emulated guild with as many channels as the scenario has places."""

    def __init__(self, scenario: Scenario) -> None:
        terms = emulated_discord.Terms(interaction_life=scenario.token_life)
        self.discord = DiscordEmulator(latency=emulated_discord.Latency(LATENCY, LATENCY), terms=terms)
        world, guild = self.discord.world, self.discord.guild
        self._channels: list[DiscordChannel] = [
            world.add_channel(guild, f"room-{number}") for number in range(scenario.places)
        ]
        self._command = scenario.command
        self._counts: Counter[str] = Counter()

    @property
    @override
    def settings(self) -> dict[str, str]:
        return self.discord.settings()

    @override
    def open(self) -> DiscordEmulator:
        return self.discord

    @override
    async def heard(self) -> None:
        await self.discord.connected()
        await self.discord.until(lambda: self.discord.world.commands.commands, 20.0)

    @override
    def ask(self, place: int, prefix: str, question: str) -> Asked:
        channel, at = self._channels[place % len(self._channels)], _CLOCK.now()
        if self._command:
            self.discord.slash(channel.id, self.discord.asker, "ask", {"question": question})
        else:
            self.discord.mention(channel.id, self.discord.asker, question)
        return Asked(prefix, at, str(channel.id))

    @override
    def screens(self, asked: Asked) -> tuple[Screen, ...]:
        return tuple(Screen(tuple(message.log)) for message in self._of(asked))

    @override
    def signs(self, asked: Asked) -> tuple[float, ...]:
        return tuple(at for at, channel in self.discord.world.typing if str(channel.id) == asked.channel)

    @override
    def delete(self, asked: Asked) -> float:
        for message in self._of(asked):
            self.discord.delete(message.id)
        return _CLOCK.now()

    @override
    def calls(self, since: float) -> Counter[str]:
        return Counter(
            _short(f"{each.method} {each.route}") for each in self.discord.calls if each.at - LATENCY >= since
        )

    @override
    def throttled(self) -> int:
        return self.discord.throttled - self._counts["429"]

    @override
    def go_wrong(self, odds: Odds, chance: random.Random) -> Counter[str]:
        self.discord.api.faults = _DiscordChance(odds, chance, self._counts)
        return self._counts

    def _of(self, asked: Asked) -> Sequence[DiscordMessage]:
        """Discord's answers stand beside each other in a channel: each is known by its words, or by its sources."""
        world = self.discord.world
        mine = (each for each in world.messages.values() if each.author is world.bot)
        return [each for each in mine if str(each.channel.id) == asked.channel and _belongs(each, asked.prefix)]


class _DiscordChance(DiscordFaults):
    """These are faults that come by chance."""

    def __init__(self, odds: Odds, chance: random.Random, counts: Counter[str]) -> None:
        super().__init__()
        self._odds, self._chance, self._counts = odds, chance, counts

    @override
    def take(self, route: str) -> DiscordFault | None:
        match _drawn(self._odds, self._chance, self._counts):
            case "429":
                return emulated_discord.Throttle(self._odds.retry_after)
            case "500":
                return emulated_discord.Broken()
            case "cut":
                return emulated_discord.CutOff(after_effect=True)
            case "late":
                return emulated_discord.Slow(after=self._odds.late_seconds)
            case _:
                return None


_SHORT = {
    "POST /channels/{channel}/messages": "post",
    "PATCH /channels/{channel}/messages/{message}": "edit",
    "POST /channels/{channel}/typing": "typing",
    "POST /interactions/{interaction}/{token}/callback": "callback",
    "PATCH /webhooks/{application}/{token}/messages/{message}": "token edit",
    "POST /webhooks/{application}/{token}": "follow-up",
}


def _short(route: str) -> str:
    return _SHORT.get(route, route)


def _belongs(message: DiscordMessage, prefix: str) -> bool:
    return any(numbers(text, prefix) or f"/{prefix}/" in text for _, text in message.log)


def _drawn(odds: Odds, chance: random.Random, counts: Counter[str]) -> str:
    """What happens to one request."""
    drawn = chance.random()
    shares = {
        "429": odds.throttled,
        "500": odds.broken,
        "cut": odds.cut_after_effect,
        "late": odds.late_after_effect,
    }
    for name, part in shares.items():
        if drawn < part:
            counts[name] += 1
            return name
        drawn -= part
    return ""
