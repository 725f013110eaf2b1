"""Every sentence of our own that people read in a chat. Pure.

Short, plain, and each says what to do next where something can be done. No error text of anybody else gets in here.
"""

from math import ceil

from bot.errors import (
    EngineBroken,
    EngineBusy,
    EngineCutOff,
    EngineFailed,
    EngineGarbled,
    EngineKeyRefused,
    EngineRefused,
    EngineSilent,
    EngineUnpaid,
    EngineUnreachable,
)
from bot.rendering.sanitation import one_line

HOW_TO_ASK = "Ask me something: mention me and write your question in the same message."
HOW_TO_ASK_AGAIN = (
    "I can only read a reply that mentions me: reply again and mention me, or use /ask, and write your question there."
)
NOTHING_ASKED = "Nothing was asked: write the question after the command."
NO_SOURCES = "No sources were found for this answer."
SOURCES = "Sources"
READ = "Not cited in the text; read for this answer:"
RELATED = "Related questions"
SEARCHING = "Searching…"
WRITING = "Writing…"
CUT_AT_LIMIT = "The answer stopped at its length limit. Ask me to go on."
GOES_ON_IN_FILE = "The answer goes on in the attached file."
REST_NOT_ATTACHED = "The answer is longer, but I may not attach its rest here."
INTERRUPTED = "Interrupted: I was restarted while answering. Ask again to get the rest."
NOTHING_SAID = "The engine finished without an answer. Try to ask in other words."
_STATUS_LENGTH = 50
TURN_LOST = "Something went wrong on my side, and it is in the log. Please ask again."


def searching(queries: tuple[str, ...]) -> str:
    """What is being looked for, in at most 50 characters (Slack's limit of a status)."""
    if not queries:
        return SEARCHING
    line = one_line("Searching: " + ", ".join(queries))
    return line if len(line) <= _STATUS_LENGTH else line[: _STATUS_LENGTH - 1].rstrip() + "…"


def waiting_for_engine(ahead: int) -> str:
    """`ahead` counts those who wait before this one; 0 for the next in line."""
    match ahead:
        case 0:
            return "Waiting: your question is next"
        case 1:
            return "Waiting: 1 question is before yours"
        case _:
            return f"Waiting: {ahead} questions are before yours"


def platform_is_slow(platform: str) -> str:
    return f"{platform.capitalize()} limits how often I may write; catching up"


def conversation_is_full(waiting: int) -> str:
    what = "1 question is" if waiting == 1 else f"{waiting} questions are"
    return f"{what} waiting in this thread already. Ask again when they are answered."


def engine_is_full(waiting: int) -> str:
    return f"{waiting} questions are waiting for an answer already. Ask again in a few minutes."


def question_is_too_long(length: int, limit: int) -> str:
    return f"Your question has {length:,} characters; I can take {limit:,}. Please shorten it."


def stopping() -> str:
    return "I am being restarted and take no new questions for a moment. Ask again in a minute."


def not_cited(count: int) -> str:
    return f"and {count} more not cited"


def more_read(count: int) -> str:
    return f"and {count} more"


def failure(error: EngineFailed) -> str:
    """What went wrong with the engine and what to do, in one line."""
    match error:
        case EngineUnreachable():
            return "I could not reach the answer engine. Try again in a few minutes."
        case EngineSilent(started=False):
            return f"The answer engine did not answer within {error.seconds:.0f} s. Try again in a few minutes."
        case EngineSilent():
            return f"The answer engine fell silent for {error.seconds:.0f} s, so the answer ends here. Ask again."
        case EngineCutOff():
            return "The connection to the answer engine broke, so the answer ends here. Ask again."
        case EngineGarbled():
            return "The answer engine sent something I cannot read. Ask again; if it goes on, tell the operator."
        case EngineBusy(retry_after=None):
            return "The answer engine has too many questions now. Try again in a minute."
        case EngineBusy():
            seconds = max(1, ceil(error.retry_after or 0))
            return f"The answer engine has too many questions now. Try again in {seconds} s."
        case EngineKeyRefused():
            return "The answer engine did not accept its key. The operator has to check it."
        case EngineUnpaid():
            return "The account of the answer engine has no credit left. The operator has to top it up."
        case EngineRefused(status=413):
            return "The question with its thread is too long for the answer engine. Ask in a new thread."
        case EngineRefused():
            return "The answer engine refused this question. Ask in other words; if it goes on, tell the operator."
        case EngineBroken():
            return "The answer engine had a failure on its side. Try again in a few minutes."
        case _:
            return "The answer engine failed. Try again in a few minutes."
