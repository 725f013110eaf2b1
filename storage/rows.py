"""The words of the domain as rows of the tables. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from bot.model import Outcome, Question, TurnState, WrittenPage

# These have columns of their own; whatever else a question has, now or later, goes into `circumstances`.
_IN_COLUMNS = frozenset({"place", "asker", "text", "conversation", "asked_at"})

Row = Mapping[str, Any]


def waiting_turn(question: Question, conversation_id: int, now: datetime) -> Row:
    """A turn that nobody has answered yet, complete enough to rebuild its question."""
    place = question.place
    everything: dict[str, Any] = msgspec.to_builtins(question)
    return {
        "conversation_id": conversation_id,
        "platform": place.platform,
        "workspace": place.workspace,
        "channel": place.channel,
        "thread": place.thread,
        "reply_to": place.reply_to,
        "interaction": place.interaction,
        "asker": question.asker,
        "question": question.text,
        "asked_at": question.asked_at,
        "circumstances": {name: value for name, value in everything.items() if name not in _IN_COLUMNS},
        "state": TurnState.WAITING.value,
        "answer": "",
        "sources": (),
        "input_tokens": 0,
        "output_tokens": 0,
        "cost": None,
        "failure": "",
        "changed_at": now,
    }


def ended_turn(outcome: Outcome, now: datetime) -> Row:
    """What changes in a turn when it ends; `turn` says which one."""
    return {
        "turn": outcome.turn,
        "state": outcome.state.value,
        "answer": outcome.text,
        "sources": outcome.sources,
        "input_tokens": outcome.usage.input_tokens,
        "output_tokens": outcome.usage.output_tokens,
        "cost": outcome.usage.cost,
        "failure": outcome.failure,
        "changed_at": now,
    }


def message_of(turn: int, page: WrittenPage) -> Row:
    """A message that carries a page of a turn."""
    place = page.message.place
    return {
        "turn_id": turn,
        "number": page.number,
        "platform": place.platform,
        "workspace": place.workspace,
        "channel": place.channel,
        "thread": place.thread,
        "message": page.message.id,
        "sealed": page.sealed,
    }
