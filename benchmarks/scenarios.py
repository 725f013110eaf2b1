"""What is asked, where, when and how fast it is answered: every scenario as data. Pure.

All start with empty windows; the engine's first word comes 0.8 s after it was asked; words are numbered and carry markers.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final, Literal

FIRST_WORD: Final = 0.8
MARKER_EVERY: Final = 10
SOURCES: Final = 5


@dataclass(frozen=True, slots=True)
class Odds:
    """This is how often a call goes wrong, each as a share of all calls, and how; an answer so late comes to nobody."""

    throttled: float = 0.05
    retry_after: int = 2
    broken: float = 0.05
    cut_after_effect: float = 0.025
    late_after_effect: float = 0.025
    late_seconds: float = 25.0


@dataclass(frozen=True, slots=True)
class Bound:
    """This is what the mean word delay cannot fall below: `answers` of T seconds share `edits` per window of `seconds`.

    `posts` is how many more texts can be posted meanwhile; `steady` says that the answers follow each other without end.
    """

    answers: int
    edits: int
    seconds: float
    posts: int = 0
    steady: bool = False

    def of_edits(self, duration: float) -> float:
        """Seconds, if only edits carry text."""
        return self._bound(duration, self.edits)

    def of_all(self, duration: float) -> float:
        """Seconds, if every post carries text too."""
        return self._bound(duration, self.edits + self.posts)

    def _bound(self, duration: float, writes: int) -> float:
        span = self.seconds if self.steady else min(duration, self.seconds)
        return self.answers * span / (2 * writes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """This is one story: questions at `asked_at` seconds, spread over `places` channels in turn, `words` at `rate` a second.

    `command` asks by `/ask`. `structured` answers have headings, lists, code and tables. `token_life` is that of an
    interaction. `deleted_after`: seconds after its first word somebody deletes the answer. `odds` let writes go wrong.
    `steady` is the part of the run, in seconds, in which as many answers are live as ever will be. `second_wave` is when
    the questions of a second wave begin. `baselines` says that the uncoordinated bots play it too. `patience` is how long is
    waited for answers after the last word, `settle` how long is looked on after the last footer.
    """

    name: str
    about: str
    platform: Literal["slack", "discord"]
    asked_at: tuple[float, ...]
    places: int = 1
    words: int = 300
    rate: float = 30.0
    command: bool = False
    structured: bool = False
    token_life: float = 900.0
    deleted_after: float | None = None
    odds: Odds | None = None
    bound: Bound | None = None
    steady: tuple[float, float] | None = None
    second_wave: float | None = None
    baselines: bool = False
    patience: float = 150.0
    settle: float = 2.0

    @property
    def duration(self) -> float:
        """Seconds from the first word of an answer to its last."""
        return (self.words - 1) / self.rate

    @property
    def length(self) -> float:
        """Seconds from the first question to the last word of the last answer."""
        return self.asked_at[-1] + FIRST_WORD + self.duration

    @property
    def load(self) -> float:
        """The most words a second that are said at one time."""
        spans = [(at, at + FIRST_WORD + self.duration) for at in self.asked_at]
        return self.rate * max(sum(begin <= at < end for begin, end in spans) for at in self.asked_at)


def _every(seconds: float, count: int, start: float = 0.0) -> tuple[float, ...]:
    return tuple(start + seconds * number for number in range(count))


def _together(count: int, at: float = 0.0) -> tuple[float, ...]:
    return (at,) * count


_EDITS, _MINUTE = 50, 60.0  # Slack: `chat.update` of a workspace
_BURST, _PER_SECOND, _CHANNELS = 4, 1.0, 3  # Slack: `chat.postMessage` of a channel
_DISCORD = 5  # edits, and as many posts, of a channel within 5 s; of a token within 2 s


def _slack(answers: int, duration: float, *, steady: bool = False) -> Bound:
    span = _MINUTE if steady else min(duration, _MINUTE)
    channels = min(answers, _CHANNELS)
    return Bound(answers, _EDITS, _MINUTE, int(channels * (_BURST + _PER_SECOND * span)), steady=steady)


_SUSTAINED_RAMP, _SUSTAINED = 60.0, 180.0
_SUSTAINED_STEP = 6.0

SCENARIOS: Final[tuple[Scenario, ...]] = (
    Scenario(
        name="s1",
        about="one question",
        platform="slack",
        asked_at=_together(1),
        bound=_slack(1, 10),
        baselines=True,
    ),
    Scenario(
        name="s10",
        about="ten at once in three channels",
        platform="slack",
        asked_at=_together(10),
        places=_CHANNELS,
        bound=_slack(10, 10),
        baselines=True,
    ),
    Scenario(
        name="s50",
        about="fifty at once in three channels",
        platform="slack",
        asked_at=_together(50),
        places=_CHANNELS,
        bound=_slack(50, 10),
    ),
    Scenario(
        name="waves",
        about="ten at once, and ten more 15 s later",
        platform="slack",
        asked_at=_together(10) + _together(10, at=15.0),
        places=_CHANNELS,
        bound=_slack(20, 10),
        second_wave=15.0,
    ),
    Scenario(
        name="sustained",
        about="ten live at any time for three minutes: 900 words at 15 a second, a new question every 6 s",
        platform="slack",
        asked_at=_every(_SUSTAINED_STEP, ceil((_SUSTAINED_RAMP + _SUSTAINED) / _SUSTAINED_STEP)),
        places=_CHANNELS,
        words=900,
        rate=15.0,
        bound=_slack(10, 60, steady=True),
        steady=(_SUSTAINED_RAMP, _SUSTAINED_RAMP + _SUSTAINED),
        baselines=True,
    ),
    Scenario(
        name="flood",
        about="one a second for two minutes: more finals than the edit lane allows",
        platform="slack",
        asked_at=_every(1.0, 120),
        places=_CHANNELS,
        bound=_slack(10, 10, steady=True),
    ),
    Scenario(
        name="long",
        about="one of 6,000 words at 60 a second, with code and tables",
        platform="slack",
        asked_at=_together(1),
        words=6000,
        rate=60.0,
        structured=True,
        bound=_slack(1, 100),
    ),
    Scenario(
        name="short",
        about="twenty of 40 words at once",
        platform="slack",
        asked_at=_together(20),
        places=_CHANNELS,
        words=40,
        bound=_slack(20, 40 / 30),
    ),
    Scenario(
        name="gone",
        about="one, deleted 4 s after its first word",
        platform="slack",
        asked_at=_together(1),
        deleted_after=4.0,
    ),
    Scenario(
        name="s10-faults",
        about="s10; of all calls 5 % get 429 (2 s), 5 % HTTP 500, 5 % are carried out, then cut off or 25 s late",
        platform="slack",
        asked_at=_together(10),
        places=_CHANNELS,
        odds=Odds(),
    ),
    Scenario(
        name="d1",
        about="one mention",
        platform="discord",
        asked_at=_together(1),
        bound=Bound(1, _DISCORD, 5.0, _DISCORD),
        baselines=True,
    ),
    Scenario(
        name="d10",
        about="ten at once in ten channels",
        platform="discord",
        asked_at=_together(10),
        places=10,
        bound=Bound(1, _DISCORD, 5.0, _DISCORD),
    ),
    Scenario(
        name="d5same",
        about="five at once in one channel, without threads",
        platform="discord",
        asked_at=_together(5),
        bound=Bound(5, _DISCORD, 5.0, _DISCORD),
        baselines=True,
    ),
    Scenario(
        name="slash",
        about="one /ask",
        platform="discord",
        asked_at=_together(1),
        command=True,
        bound=Bound(1, _DISCORD, 2.0),
    ),
    Scenario(
        name="token",
        about="one /ask, 400 words at 10 a second; its token dies after 20 s",
        platform="discord",
        asked_at=_together(1),
        words=400,
        rate=10.0,
        command=True,
        token_life=20.0,
        bound=Bound(1, _DISCORD, 5.0, _DISCORD),
    ),
    Scenario(
        name="dgone",
        about="one mention, its answer deleted 4 s after its first word",
        platform="discord",
        asked_at=_together(1),
        deleted_after=4.0,
    ),
    Scenario(
        name="d10-faults",
        about="d10 with the faults of `s10-faults`",
        platform="discord",
        asked_at=_together(10),
        places=10,
        odds=Odds(),
    ),
)

QUICK: Final[tuple[Scenario, ...]] = (
    Scenario(
        name="quick-slack",
        about="three short ones at once",
        platform="slack",
        asked_at=_together(3),
        places=_CHANNELS,
        words=40,
        rate=60.0,
        bound=_slack(3, 40 / 60),
        patience=20.0,
        settle=0.2,
    ),
    Scenario(
        name="quick-discord",
        about="a short one",
        platform="discord",
        asked_at=_together(1),
        words=40,
        rate=60.0,
        bound=Bound(1, _DISCORD, 5.0, _DISCORD),
        patience=20.0,
        settle=0.2,
    ),
)


def named(name: str) -> Scenario:
    """The scenario of this name; KeyError if there is none."""
    return {each.name: each for each in (*SCENARIOS, *QUICK)}[name]
