"""Serves the Web API: reads a call, lets it wait, fail or be throttled as planned, performs it, and writes it all down.

https://docs.slack.dev/apis/web-api/: the answer to everything but a 429 has status 200, and its `ok` says how it went.
"""

from dataclasses import dataclass, field

from aiohttp import web

from bot.clock import Clock
from tests.emulators.slack.arguments import Arguments, decode, read_arguments
from tests.emulators.slack.faults import Breakdown, DropAfter, DropBefore, Faults, Refuse, Slow, Throttle
from tests.emulators.slack.feed import Feed
from tests.emulators.slack.methods import METHODS
from tests.emulators.slack.methods.context import AnyMethod, Context
from tests.emulators.slack.places import Workspace
from tests.emulators.slack.rules.limits import Budgets
from tests.emulators.slack.rules.rejection import Json, Rejected, missing_scope
from tests.emulators.slack.socket_mode import SocketMode
from tests.emulators.slack.terms import Latency, Terms
from tests.emulators.slack.triggers import Triggers
from tests.emulators.slack.world import World


@dataclass(slots=True)
class Call:
    """This is the log of one call. Times are monotonic; `status` 0 means that the connection was lost instead of an answer."""

    method: str
    arguments: Json
    asked: float
    effect: float = 0.0
    answered: float = 0.0
    status: int = 0
    error: str = ""
    answer: Json = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Throttled:
    """This is the log of one 429; `injected` says that a test had planned it."""

    time: float
    method: str
    retry_after: int | None
    injected: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """This is what goes back over the wire."""

    body: Json = field(default_factory=dict[str, object])
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    page: str = ""

    def response(self) -> web.Response:
        """As aiohttp sends it."""
        if self.page:
            return web.Response(status=self.status, text=self.page, content_type="text/html", headers=self.headers)
        return web.json_response(self.body, status=self.status, headers=self.headers)


@dataclass(slots=True)
class WebApi:
    """This is the Web API of the emulated Slack."""

    world: World
    feed: Feed
    socket: SocketMode
    terms: Terms
    latency: Latency
    clock: Clock
    faults: Faults
    triggers: Triggers
    url: str = ""
    calls: list[Call] = field(default_factory=list[Call])
    throttled: list[Throttled] = field(default_factory=list[Throttled])
    _budgets: Budgets = field(init=False)

    def __post_init__(self) -> None:
        self._budgets = Budgets(self.terms.rates)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The route of every method."""
        call = Call(request.match_info["method"], {}, self.clock.now())
        self.calls.append(call)
        await self._travel(self.latency.before)
        try:
            arguments = await read_arguments(request)
        except Rejected as rejection:
            reply = Reply(rejection.body())
        else:
            call.arguments = arguments.values
            reply = await self._outcome(call, arguments)
        await self._travel(self.latency.after)
        call.answered = self.clock.now()
        if reply is None:
            return _lost(request)
        call.status, call.answer, call.error = reply.status, reply.body, str(reply.body.get("error", ""))
        return reply.response()

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """The route that takes the bytes of a file: no method of the Web API, and no token is asked for.

        Faults are planned for the name "upload".
        """
        call = Call("upload", {"file": request.match_info["file"]}, self.clock.now())
        self.calls.append(call)
        await self._travel(self.latency.before)
        content, fault = await request.read(), self.faults.take("upload", call.arguments)
        if isinstance(fault, DropBefore | DropAfter):
            return _lost(request)
        file = self.world.files.get(request.match_info["file"])
        call.effect = self.clock.now()
        if fault is not None:
            call.status = fault.status if isinstance(fault, Breakdown) else 429
        elif file is None or file.shared or len(content) != file.length:
            call.status = 400
        else:
            file.content, call.status = content, 200
        await self._travel(self.latency.after)
        call.answered = self.clock.now()
        headers = {"Retry-After": str(fault.retry_after)} if isinstance(fault, Throttle) else {}
        return web.Response(status=call.status, text="OK" if call.status == 200 else "", headers=headers)

    # What becomes of a call -----------------------------------------------------------------------------

    async def _outcome(self, call: Call, arguments: Arguments) -> Reply | None:
        fault = self.faults.take(call.method, arguments.values)
        match fault:
            case Slow(seconds, before_effect=True):
                await self.clock.sleep(seconds)
                return self._effect(call, arguments)
            case Slow(seconds):
                reply = self._effect(call, arguments)
                await self.clock.sleep(seconds)
                return reply
            case DropAfter():
                self._effect(call, arguments)
                return None
            case None:
                return self._effect(call, arguments)
            case _:
                return self._failure(call, fault)

    def _failure(self, call: Call, fault: Throttle | Breakdown | Refuse | DropBefore) -> Reply | None:
        match fault:
            case Throttle(retry_after):
                return self._throttle(call, retry_after, injected=True)
            case Breakdown(status, page):
                return Reply(status=status, page=page)
            case Refuse(error):
                return Reply(Rejected(error).body())
            case DropBefore():
                return None

    def _effect(self, call: Call, arguments: Arguments) -> Reply:
        call.effect = self.clock.now()
        try:
            method = _method(call.method)
            workspace = self._caller(method, arguments.token)
            owner = self.world.app.id if method.token == "app" else workspace.id
            channel = str(arguments.values.get("channel", ""))
            retry_after = self._budgets.spend(method.name, owner, channel, call.effect)
            if retry_after is not None:
                return self._throttle(call, retry_after, injected=False)
            return self._perform(method, workspace, arguments.values, call.effect)
        except Rejected as rejection:
            return Reply(rejection.body())

    def _perform(self, method: AnyMethod, workspace: Workspace, values: Json, now: float) -> Reply:
        if method.scopes and not workspace.scopes.intersection(method.scopes):
            raise missing_scope(method.scopes[0], workspace.scopes)
        context = Context(
            world=self.world,
            feed=self.feed,
            terms=self.terms,
            workspace=workspace,
            triggers=self.triggers,
            now=now,
            url=self.url,
            issue_ticket=self.socket.issue_ticket,
        )
        body = method.perform(context, decode(values, method.arguments))
        return Reply({"ok": True, **body}, headers={"X-OAuth-Scopes": ",".join(sorted(workspace.scopes))})

    def _caller(self, method: AnyMethod, token: str) -> Workspace:
        if not token:
            raise Rejected("not_authed")
        workspaces = [workspace for workspace in self.world.workspaces.values() if workspace.token == token]
        if not workspaces and token != self.world.app.token:
            raise Rejected("invalid_auth")
        if (method.token == "bot") != bool(workspaces):
            raise Rejected("not_allowed_token_type")
        workspace = workspaces[0] if workspaces else self.world.home
        if workspace.revoked:
            raise Rejected("token_revoked")
        return workspace

    def _throttle(self, call: Call, retry_after: int | None, *, injected: bool) -> Reply:
        self.throttled.append(Throttled(self.clock.now(), call.method, retry_after, injected))
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return Reply({"ok": False, "error": "ratelimited"}, 429, headers)

    async def _travel(self, seconds: float) -> None:
        if seconds:
            await self.clock.sleep(seconds)


def _method(name: str) -> AnyMethod:
    if name not in METHODS:
        raise Rejected("unknown_method", extra=(("req_method", name),))
    return METHODS[name]


def _lost(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
