"""A chat platform at its worst, in memory: it counts strictly, answers late, loses requests, refuses, forgets and deletes.

It remembers every request and every body that a message ever had, and notes at once what nobody may ever do to a platform.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from typing_extensions import override

from bot.clock import Clock
from bot.errors import MessageGone, Refused, Throttled, Unreachable
from bot.model import Lane, LaneNews, MessageRef, Page, Place
from bot.ports import Heard, Messenger
from tests.fakes.limits import EXACT, Counter, Limits, Token

Sort = Literal["post", "edit", "attach", "find", "status"]

T = TypeVar("T")


class TokenOver(Unreachable):
    """A token is of no use any more: nothing was done, the next write takes another way."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request; `after`: although it was done. Only requests that were `counted` took a token."""

    error: Exception
    after: bool = False
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Body:
    """What a message said from `at` on; `order` counts everything that was done on the server."""

    at: float
    order: int
    text: str


@dataclass(slots=True)
class Posted:
    """One message: every body it ever had; `acknowledged`: somebody was told its id."""

    ref: MessageRef
    bodies: list[Body]
    acknowledged: bool = False
    deleted: bool = False
    refused: bool = False
    files: list[Body] = field(default_factory=list[Body])

    @property
    def body(self) -> str:
        """What readers see now."""
        return self.bodies[-1].text


@dataclass(slots=True)
class Request:
    """One request, from the moment it left until its answer was handed over; `told`: the id of a message that it brought."""

    sort: Sort
    place: Place
    message: str
    body: str
    lanes: tuple[Lane, ...]
    sent: float
    done: float | None = None
    returned: float | None = None
    error: Exception | None = None
    told: str = ""


@dataclass(slots=True)
class FakeServer(Messenger):
    """`there` and `back` are the seconds a request travels; `library_waits`: whoever takes a window's last token returns late."""

    clock: Clock
    limits: Limits
    there: float = 0.05
    back: float = 0.05
    library_waits: bool = False
    heard: Heard = lambda _: None
    messages: list[Posted] = field(default_factory=list[Posted])
    requests: list[Request] = field(default_factory=list[Request])
    wrongs: list[str] = field(default_factory=list[str])
    faults: dict[Sort, deque[Fault | None]] = field(default_factory=dict[Sort, deque[Fault | None]])
    troubled_until: float = 0.0
    _counters: dict[str, Counter] = field(default_factory=dict[str, Counter])
    _closed: dict[str, float] = field(default_factory=dict[str, float])
    _flying: set[Place] = field(default_factory=set[Place])
    _done_so_far: int = 0

    def goes_wrong(self, sort: Sort, fault: Fault, skipped: int = 0) -> None:
        """The next request of this sort that has no fault yet gets this one, but so many `skipped` ones before it have none."""
        self.faults.setdefault(sort, deque()).extend([None] * skipped)
        self.faults[sort].append(fault)

    @override
    async def post(self, place: Place, page: Page) -> MessageRef:
        token = self.limits.token(place, "")
        request = self._leaves("post", place, "", page.body, self.limits.post(place))
        posted = await self._carried(request, token, lambda: self._put(place, page, token))
        request.told, posted.acknowledged = posted.ref.id, True
        return posted.ref

    @override
    async def edit(self, message: MessageRef, page: Page) -> None:
        token = self.limits.token(message.place, message.id)
        request = self._leaves("edit", message.place, message.id, page.body, self.limits.edit(message))
        await self._carried(request, token, lambda: self._change(message, page))

    @override
    async def attach(self, message: MessageRef, name: str, text: str) -> None:
        request = self._leaves("attach", message.place, message.id, text, self.limits.post(message.place))
        await self._carried(request, None, lambda: self._file(message, text))

    @override
    async def status(self, place: Place, note: str) -> None:
        request = self._leaves("status", place, "", note, self.limits.status(place))
        await self._carried(request, None, lambda: None)

    @override
    async def find(self, place: Place, page: Page) -> MessageRef | None:
        request = self._leaves("find", place, "", page.body, ())
        found = await self._carried(request, None, lambda: self._lost(place, page))
        if found is None:
            return None
        request.told, found.acknowledged = found.ref.id, True
        return found.ref

    def of(self, place: Place) -> list[Posted]:
        """Every message of one place, in the order of their posts."""
        return [each for each in self.messages if each.ref.place == place]

    # what is done ---------------------------------------------------------------------------------------------

    def _put(self, place: Place, page: Page, token: Token | None) -> Posted:
        posted = Posted(MessageRef(place, f"m{len(self.messages) + 1}"), [self._body(page.body)])
        self.messages.append(posted)
        if token is not None:
            token.messages.add(posted.ref.id)
        return posted

    def _change(self, message: MessageRef, page: Page) -> None:
        posted = self.posted(message.id)
        if posted.deleted:
            raise MessageGone
        posted.bodies.append(self._body(page.body))

    def _file(self, message: MessageRef, text: str) -> None:
        self.posted(message.id).files.append(self._body(text))

    def _body(self, text: str) -> Body:
        self._done_so_far += 1
        return Body(self.clock.now(), self._done_so_far, text)

    def _lost(self, place: Place, page: Page) -> Posted | None:
        lost = (each for each in self.of(place) if not each.acknowledged and not each.deleted)
        return next((each for each in lost if each.body == page.body), None)

    def posted(self, message: str) -> Posted:
        """The message with this id."""
        return next(each for each in self.messages if each.ref.id == message)

    # how it travels -------------------------------------------------------------------------------------------

    def _leaves(self, sort: Sort, place: Place, message: str, body: str, lanes: tuple[Lane, ...]) -> Request:
        now = self.clock.now()
        request = Request(sort, place, message, body, lanes, now)
        if sort != "status":
            if place in self._flying:
                self.wrongs.append(f"two requests in flight for {place.thread} at {now}")
            self._flying.add(place)
        for lane in lanes:
            if now < self._closed.get(lane.name, 0.0) - EXACT:
                self.wrongs.append(f"{sort} at {now} on {lane.name}, closed until {self._closed[lane.name]}")
        self.requests.append(request)
        return request

    async def _carried(self, request: Request, token: Token | None, effect: Callable[[], T]) -> T:
        queue = self.faults.get(request.sort)
        try:
            return await self._travels(request, token, effect, queue.popleft() if queue else None)
        except Exception as error:
            request.error = error
            self._closes(request, error)
            raise
        finally:
            request.returned = self.clock.now()
            if request.sort != "status":
                self._flying.discard(request.place)

    async def _travels(self, request: Request, token: Token | None, effect: Callable[[], T], fault: Fault | None) -> T:
        back = self.back
        await self.clock.sleep(self.there)
        if fault is None or fault.counted:
            await self._count(request, back)
        result = self._done(request, fault, token, effect)
        news = [each for lane in request.lanes if (each := self._news(lane)) is not None]
        await self.clock.sleep(back)
        if isinstance(result, TokenOver) and token is not None:
            token.refused = True
        if isinstance(result, Exception):
            raise result
        if fault is not None:
            raise fault.error
        for each in news:
            self.heard(each)
        if self.library_waits and news and not news[0].remaining:
            await self.clock.sleep(news[0].reset_after)
        return result

    def _done(
        self, request: Request, fault: Fault | None, token: Token | None, effect: Callable[[], T]
    ) -> T | Exception:
        """Do it; what fails at the server comes back as a value, because the answer has to travel."""
        if request.message and self.posted(request.message).deleted and not isinstance(fault, Fault):
            return MessageGone()
        if fault is not None and not fault.after:
            if isinstance(fault.error, Refused) and request.sort == "edit":
                self.posted(request.message).refused = True
            if isinstance(fault.error, MessageGone) and request.message:
                self.posted(request.message).deleted = True
            return fault.error
        if token is not None and (token.killed or self.clock.now() >= token.dies):
            return TokenOver()
        try:
            result = effect()
        except MessageGone as error:
            return error
        request.done = self.clock.now()
        return result

    async def _count(self, request: Request, back: float) -> None:
        now = self.clock.now()
        for lane in request.lanes:
            counter = self._counters.setdefault(lane.name, self.limits.counter(lane))
            retry_after = counter.arrive(now)
            if retry_after is not None:
                self.wrongs.append(f"over the budget of {lane.name} at {now}: {request.sort} sent at {request.sent}")
                await self.clock.sleep(back)
                raise Throttled(retry_after)

    def _news(self, lane: Lane) -> LaneNews | None:
        counter = self._counters.get(lane.name)
        return counter.news(lane, self.clock.now()) if counter else None

    def _closes(self, request: Request, error: Exception) -> None:
        self.troubled_until = max(self.troubled_until, self.clock.now())
        if isinstance(error, Throttled):
            until = self.clock.now() + error.retry_after
            self.troubled_until = float("inf")  # from now on the rates are what they are
            for lane in request.lanes:
                if error.everywhere or not lane.wide:
                    self._closed[lane.name] = max(until, self._closed.get(lane.name, 0.0))
