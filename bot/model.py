"""The words of the domain: places, questions, answers, sources, pages, turns. Pure values, no behaviour of their own.

Platform ids are opaque strings. Times are aware datetimes; durations are seconds.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Place:
    """This is where a question was asked and where its answer goes.

    `thread` is Slack's thread_ts ("" for none; a Discord thread is a channel of its own). `reply_to` is the message that
    the first page replies to, where the platform shows that. `interaction` is the id of an interaction that waits for its
    answer ("" for none); whoever posts first in this place answers it.
    """

    platform: str
    workspace: str
    channel: str
    thread: str = ""
    reply_to: str = ""
    interaction: str = ""


@dataclass(frozen=True, slots=True)
class MessageRef:
    """This is a message that we wrote and may edit."""

    place: Place
    id: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """This is something somebody said before the question: `speaker` is a display name or id, `bot` says it was us."""

    speaker: str
    text: str
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """This is one question, as an adapter heard it.

    `conversation` names the thread it belongs to; where `replies_to` names an earlier message of ours, the conversation of
    that message wins. `claims` are all the keys under which the platform might deliver it again. `deadline` is the number
    of seconds within which something must be posted (a Discord interaction: 3), None for no such rule. `has_surroundings`
    says that people may have talked in this thread before. `unreadable` says that the platform withheld the text.
    """

    place: Place
    asker: str
    text: str
    conversation: str
    claims: tuple[str, ...]
    asked_at: datetime
    replies_to: str = ""
    message: str = ""
    deadline: float | None = None
    has_surroundings: bool = False
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """This is one page that an answer rests on; `title` may be empty, `date` is as the engine gave it.

    `url` is "" where a number belongs to something without a web address: it keeps the other numbers right.
    """

    url: str
    title: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """This is what an answer has used so far (cumulative); `cost` in US dollars, None where the engine does not say."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None


class FinishReason(StrEnum):
    """Why an engine stopped: it had said everything, or it was cut at its length limit."""

    COMPLETE = "complete"
    LENGTH = "length"


# What an engine says while it answers -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Searching:
    """The engine looks for something; `queries` are what it typed."""

    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """The sources as known now; `[n]` in the text means `sources[n - 1]`. The last non-empty list wins."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class TextGrew:
    """More of the answer, in Markdown: append `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class RelatedFound:
    """Questions one might ask next."""

    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsageReported:
    """What was used so far; the last one wins."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Finished:
    """The terminal mark: without it the answer is not complete."""

    reason: FinishReason = FinishReason.COMPLETE


AnswerEvent = Searching | SourcesFound | TextGrew | RelatedFound | UsageReported | Finished


@dataclass(frozen=True, slots=True)
class PastTurn:
    """This is an earlier question of the same conversation and what was answered."""

    question: str
    answer: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """This is all that an engine gets: the question, earlier turns (oldest first), what people said before, instructions."""

    question: str
    history: tuple[PastTurn, ...] = ()
    surroundings: tuple[Utterance, ...] = ()
    instructions: str = ""


# What is shown ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """This is the content of one message, ready to send.

    `body` is in the platform's dialect and within its limit. `summary` is one plain line for notifications. `final` says
    that nothing will follow in this message.
    """

    body: str
    summary: str
    final: bool = False


# What a platform allows -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lane:
    """This is one budget of a platform: at most `limit` writes within any `seconds`.

    `wide` marks a budget that all others lie in (Discord's 50 requests a second): only a throttle that the platform calls
    global closes it.
    """

    name: str
    limit: int
    seconds: float
    wide: bool = False


@dataclass(frozen=True, slots=True)
class LaneNews:
    """This is what a platform's headers say of a lane: `remaining` of `limit` writes until `reset_after` seconds from now.

    `refused` says that the answer was a 429, so that the write was not done. `bucket` is the platform's own name of the
    budget, "" where it gives none: lanes that turn out to be one bucket share one account from then on.
    """

    name: str
    limit: int
    remaining: int
    reset_after: float
    refused: bool = False
    bucket: str = ""


# What is remembered -----------------------------------------------------------------------------------------


class TurnState(StrEnum):
    """Where a turn stands. The first two are alive, the others are ends."""

    WAITING = "waiting"
    STREAMING = "streaming"
    DELIVERED = "delivered"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class WrittenPage:
    """This is a message of a turn, as it stands on the screen: `number` counts from 0."""

    message: MessageRef
    number: int
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """This is how far a turn has come: what has landed on the screen."""

    turn: int
    text: str
    pages: tuple[WrittenPage, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """This is how a turn ended; `failure` is the name of the error, "" for none."""

    turn: int
    state: TurnState
    text: str
    sources: tuple[Source, ...] = ()
    usage: Usage = field(default_factory=Usage)
    pages: tuple[WrittenPage, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class ClaimedQuestion:
    """This is a question that is ours to answer: stored as a waiting turn, in the conversation it belongs to."""

    turn: int
    conversation: str
    question: Question
