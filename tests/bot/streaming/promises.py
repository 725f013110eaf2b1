"""What must be true of every answer once a connection has ended, whatever happened to it. Each promise returns what is wrong."""

import itertools
import re
from collections.abc import Iterator

from bot.errors import ChatFailed, MessageGone, PlaceClosed, Refused, TakingNoQuestions, TokenRefused, Unreachable
from bot.rendering import wording
from bot.streaming.live import Delivered, Stopped, Undelivered
from tests.bot.streaming.world import Asked, World
from tests.fakes.server import Posted, Request

HEADINGS = (wording.SOURCES, wording.READ, wording.NO_SOURCES)


def broken_promises(world: World) -> list[str]:
    """Everything that went wrong."""
    return [
        *world.wrongs,
        *(f"answer {asked.number}: {wrong}" for asked in world.asked for wrong in _of(world, asked)),
    ]


def _of(world: World, asked: Asked) -> Iterator[str]:
    requests = [each for each in world.server.requests if each.place == asked.place]
    messages = world.server.of(asked.place)
    yield from _result(world, asked, requests)
    yield from _complete(world, asked, requests)
    yield from _kept(world, asked, messages)
    yield from _growing(messages)
    yield from _pages(world, asked)
    yield from _silence(asked, requests)
    if world.closed_at is None:
        yield from _status(messages, requests)


def _result(world: World, asked: Asked, requests: list[Request]) -> Iterator[str]:
    """An answer fails only for a reason, and stops only when a message was deleted."""
    deleted = _deletion_known(asked, requests)
    match asked.live.result.result():
        case Delivered():
            if deleted is not None and (asked.result_at is None or asked.result_at > deleted):
                yield f"delivered although its message was deleted at {deleted}"
        case Stopped():
            if deleted is None:
                yield "stopped for no reason"
        case Undelivered(error):
            closed = isinstance(error, TakingNoQuestions) and world.closed_at is not None
            if not closed and not any(_is_final(each.error) for each in requests):
                yield f"given up for no reason: {error!r}"


def _is_final(error: Exception | None) -> bool:
    return isinstance(error, PlaceClosed | TokenRefused | Refused) or (
        error is not None and not isinstance(error, ChatFailed)
    )


def _complete(world: World, asked: Asked, requests: list[Request]) -> Iterator[str]:
    """A delivered answer stands there whole: every word once and in order, one footer, the mark of its end."""
    if not isinstance(asked.live.result.result(), Delivered):
        return
    pages = [world.server.posted(each.message.id) for each in asked.live.written]
    files = [file.text for page in pages for file in page.files]
    shown, attached, failed = "\n".join(page.body for page in pages), "".join(files[:1]), _file_failed(requests)
    said, wanted = words(shown + attached), [f"k{number:04d}" for number in range(1, asked.script.words + 1)]
    if said != wanted and not (failed and not files and said == wanted[: len(said)]):
        yield f"has {said}, not {len(wanted)} words"
    for what, ends in (("footer", HEADINGS), ("mark", (asked.script.mark,) if asked.script.mark else ())):
        count = sum(shown.count(each) for each in ends)
        owed = bool(ends) and bool(asked.script.words) and not failed
        if count > 1 or (owed and not count and not any(each in attached for each in ends)):
            yield f"has {count} times a {what}: {shown[-200:]!r}"
    if not all(each.sealed for each in asked.live.written):
        yield "has a page that is not settled"
    if len(files) > 2 or len(set(files)) > 1:
        yield f"has {len(files)} files"


def _file_failed(requests: list[Request]) -> bool:
    """Whether the file was not taken, or got lost twice without anybody being able to look."""
    errors = [each.error for each in requests if each.sort == "attach"]
    return any(_is_final(error) for error in errors) or len([each for each in errors if _is_uncertain(each)]) > 1


def _is_uncertain(error: Exception | None) -> bool:
    return isinstance(error, Unreachable) and error.uncertain


def _kept(world: World, asked: Asked, messages: list[Posted]) -> Iterator[str]:
    """No message stands there that nobody knows, but for one that would not take its text."""
    known = [each.message.id for each in asked.live.written]
    counts = {each.ref.id for each in messages if not each.refused and (each.acknowledged or not each.deleted)}
    posted = [each for each in messages if each.ref.id in known or each.ref.id in counts]
    ids = [each.ref.id for each in posted]
    if isinstance(asked.live.result.result(), Delivered):
        if ids != known:
            yield f"posted {ids}, knows {known}"
    elif ids[: len(known)] != known or len(ids) > len(known) + 1:
        yield f"posted {ids}, knew {known}"
    said = words(" ".join(each.body for each in posted))
    if len(set(said)) != len(said):
        yield f"says words twice: {said}"


def _growing(messages: list[Posted]) -> Iterator[str]:
    """What is shown never shrinks."""
    for message in messages:
        for before, after in itertools.pairwise(message.bodies):
            if words(after.text)[: len(words(before.text))] != words(before.text):
                yield f"{message.ref.id} loses words at {after.at}: {before.text!r}, {after.text!r}"


def _pages(world: World, asked: Asked) -> Iterator[str]:
    """A page is complete on the screen before the next one is posted, and keeps its words for ever."""
    pages = [world.server.posted(each.message.id) for each in asked.live.written]
    for page, following in itertools.pairwise(pages):
        posted = following.bodies[0].order
        settled = [words(body.text) for body in page.bodies if body.order < posted][-1:]
        if not settled:
            yield f"{following.ref.id} was posted before {page.ref.id}"
        elif any(words(body.text) != settled[0] for body in page.bodies if body.order > posted):
            yield f"{page.ref.id} changes after {following.ref.id} was posted"
        elif (first := words(following.body)[:1]) and first[0] != f"k{len(words_until(pages, page)) + 1:04d}":
            yield f"{following.ref.id} begins with {first}"


def words_until(pages: list[Posted], last: Posted) -> list[str]:
    """The words of all pages up to this one."""
    return [word for page in pages[: pages.index(last) + 1] for word in words(page.body)]


def _silence(asked: Asked, requests: list[Request]) -> Iterator[str]:
    """Nothing is written once a deletion is known, nor after an answer was given up."""
    ends = [_deletion_known(asked, requests)]
    if not isinstance(asked.live.result.result(), Delivered):
        ends.append(asked.result_at)
    known = min((end for end in ends if end is not None), default=None)
    for each in requests:
        if known is not None and each.sent > known and each.sort != "status":
            yield f"{each.sort} at {each.sent}, after the end at {known}"


def _status(messages: list[Posted], requests: list[Request]) -> Iterator[str]:
    """No status outlives its answer: it was ended, or a message has come after it, or it could not be ended."""
    statuses = [each for each in requests if each.sort == "status"]
    landed = [each for each in statuses if each.done is not None]
    if not landed or not landed[-1].body or any(each.error for each in statuses):
        return
    last = landed[-1].done or 0.0
    if not any(message.bodies[0].at >= last for message in messages):
        yield f"leaves its status {landed[-1].body!r} of {last}"


def _deletion_known(asked: Asked, requests: list[Request]) -> float | None:
    """When we knew that a message of ours is gone: by an event about one we know, or by the error of an edit."""
    times = [each.returned for each in requests if isinstance(each.error, MessageGone) and each.returned is not None]
    for at, message in asked.deletions:
        told = _known_since(message.id, requests)
        if told is not None:
            times.append(max(at, told))
    return min(times, default=None)


def _known_since(message: str, requests: list[Request]) -> float | None:
    return next((each.returned for each in requests if each.told == message), None)


def words(body: str) -> list[str]:
    """The numbered words of a body."""
    return re.findall(r"k\d{4}", body)
