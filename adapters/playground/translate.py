"""From what the page sends to a `Question`. Pure."""

from datetime import datetime
from typing import Annotated

import msgspec

from bot.model import Place, Question

NAME = "playground"


_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class Asked(msgspec.Struct):
    """This is the body of a POST to /questions: `id` is the page's own, so that sending twice asks once."""

    id: _Id
    thread: _Id
    text: str


def read_question(body: bytes, now: datetime) -> Question:
    """The question in a request body; raises `msgspec.ValidationError` or `msgspec.DecodeError`."""
    asked = msgspec.json.decode(body, type=Asked)
    place = Place(NAME, workspace="local", channel="page", thread=asked.thread)
    return Question(
        place=place,
        asker="you",
        text=asked.text.strip(),
        conversation=f"{NAME}:{place.thread}",
        claims=(f"{NAME}:{asked.id}",),
        asked_at=now,
        message=asked.id,
    )
