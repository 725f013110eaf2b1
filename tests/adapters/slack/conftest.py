"""An emulated Slack with a short patience, and our adapter connected to it by real sockets."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace

import pytest

from adapters.slack.connection import SlackConnection, connect
from adapters.slack.settings import SlackSettings
from bot.clock import SystemClock
from bot.errors import FootnoteError
from bot.model import LaneNews, MessageRef, Place, Question
from tests.emulators.slack import Message, Redelivery, SlackEmulator


@dataclass(slots=True)
class Core:
    """What the core is to a listener: it takes questions, or fails first as often as `failures` says."""

    failures: list[FootnoteError] = field(default_factory=list[FootnoteError])
    asked: list[Question] = field(default_factory=list[Question])
    attempts: int = 0
    gone: list[MessageRef] = field(default_factory=list[MessageRef])

    async def take(self, question: Question) -> None:
        self.attempts += 1
        if self.failures:
            raise self.failures.pop(0)
        self.asked.append(question)

    def answered(self) -> list[Question]:
        """The questions that a store would let through: the first of all that share a claim."""
        claimed: set[str] = set()
        fresh: list[Question] = []
        for question in self.asked:
            if not claimed & set(question.claims):
                fresh.append(question)
            claimed |= set(question.claims)
        return fresh

    def heard_gone(self, message: MessageRef) -> None:
        self.gone.append(message)

    def heard(self, news: LaneNews) -> None:
        raise AssertionError(news)


@pytest.fixture
async def slack() -> AsyncGenerator[SlackEmulator]:
    async with SlackEmulator(redelivery=Redelivery(deadline=3.0, delays=(0.02, 0.02, 0.02))) as emulator:
        yield emulator


def settings_of(slack: SlackEmulator) -> SlackSettings:
    given = slack.settings()
    return SlackSettings(given["SLACK_BOT_TOKEN"], app_token=given["SLACK_APP_TOKEN"], api_url=given["SLACK_API_URL"])


def http_settings_of(slack: SlackEmulator) -> SlackSettings:
    given = slack.settings()
    return replace(
        settings_of(slack),
        app_token="",
        signing_secret=given["SLACK_SIGNING_SECRET"],
        http_host="127.0.0.1",
        http_port=0,
    )


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture
async def connection(slack: SlackEmulator) -> AsyncGenerator[SlackConnection]:
    async with connect(settings_of(slack), SystemClock()) as connected:
        yield connected


def place_of(question: Message) -> Place:
    return Place("slack", question.team_id, question.channel_id, thread=question.thread_ts or question.ts)
