"""An emulated Perplexity, and engines that ask it."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from typing_extensions import override

from adapters.perplexity.engine import PerplexityEngine, connect
from adapters.perplexity.settings import PerplexitySettings
from bot.clock import SystemClock
from bot.errors import EngineFailed
from bot.model import AnswerEvent, Prompt, SourcesFound, TextGrew
from bot.ports import AnswerEngine
from tests.emulators.perplexity import KEY, PerplexityEmulator, Script
from tests.emulators.perplexity.faults import Silence

QUICK = Script(words=20, words_per_second=0, first_word_delay=0)
ADDRESSES = [source.url for source in QUICK.sources]
CERTIFICATE = Path(__file__).parent / "loopback.pem"
SHORT, LONG = 0.3, 20.0
APIS = {
    "sonar": PerplexitySettings(stream_mode="full"),
    "concise": PerplexitySettings(stream_mode="concise"),
    "agent": PerplexitySettings(api="agent", model="perplexity/sonar"),
}


@dataclass
class Hurry(SystemClock):
    """This is a clock on which no time passes while one sleeps; it remembers how long that would have been."""

    slept: list[float] = field(default_factory=list[float])

    @override
    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Heard:
    """This is an answer, as far as it came."""

    events: list[AnswerEvent] = field(default_factory=list[AnswerEvent])
    failure: EngineFailed | None = None

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextGrew))

    @property
    def addresses(self) -> list[str]:
        found = [event.sources for event in self.events if isinstance(event, SourcesFound)]
        return [source.url for source in found[-1]] if found else []


async def hear(engine: AnswerEngine, question: str = "Why?") -> Heard:
    """Everything that an engine says, and how it fails."""
    heard = Heard()
    try:
        async for event in engine.answer(Prompt(question)):
            heard.events.append(event)
    except EngineFailed as failure:
        heard.failure = failure
    return heard


@pytest.fixture
async def perplexity() -> AsyncIterator[PerplexityEmulator]:
    async with PerplexityEmulator(scripts=QUICK) as emulator:
        yield emulator


@pytest.fixture
def clock() -> Hurry:
    return Hurry()


@pytest.fixture(autouse=True)
def _few_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read one certificate instead of a hundred, for each engine."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.fixture(params=APIS)
def settings(request: pytest.FixtureRequest, perplexity: PerplexityEmulator) -> PerplexitySettings:
    """Each API in turn, without a second try, with little patience where there will be silence."""
    fault = request.node.callspec.params.get("fault")
    return asking(APIS[request.param], perplexity, SHORT if isinstance(fault, Silence) else LONG)


def asking(settings: PerplexitySettings, perplexity: PerplexityEmulator, patience: float = LONG) -> PerplexitySettings:
    """Settings for asking an emulator once, which wait for so many seconds."""
    return replace(
        settings,
        api_key=KEY,
        base_url=perplexity.url,
        related_questions=settings.api == "sonar",
        connect_timeout=LONG,
        first_byte_timeout=patience,
        idle_timeout=patience,
        max_retries=0,
    )


@pytest.fixture
async def engine(settings: PerplexitySettings, clock: Hurry) -> AsyncGenerator[PerplexityEngine]:
    async with connect(settings, clock, chance=lambda: 0.5) as engine:
        yield engine
