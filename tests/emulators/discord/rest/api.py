"""The way of a request: latency, planned faults, the token, the limits, its action; and the record of it all.

https://docs.discord.com/developers/topics/rate-limits
"""

import asyncio
import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec
from aiohttp import web
from multidict import CIMultiDict

from tests.emulators.discord.faults import Broken, CutOff, Fault, Faults, Refuse, Slow, Throttle
from tests.emulators.discord.rest.exchange import Answer, Request, Route, Upload
from tests.emulators.discord.rest.places import attachment
from tests.emulators.discord.rest.routes import ROUTES
from tests.emulators.discord.rules.limits import EDIT, channel_draws, interaction_draws
from tests.emulators.discord.rules.refusals import NO_ROUTE, OLD_EDITS, UNAUTHORIZED, RefusedError
from tests.emulators.discord.rules.windows import Admission, Buckets, Draw, FixedWindow, Scope, Shown
from tests.emulators.discord.world.world import World

_FILE = re.compile(r"files\[(\d+)]")
_INTERACTION_ROUTES = ("/webhooks/", "/interactions/")
_BAN_PAGE = b"<!doctype html><title>Access denied</title><h1>Error 1015</h1><p>You are being rate limited.</p>"


@dataclass(frozen=True, slots=True)
class Latency:
    """These are the seconds that every request takes before and after its effect."""

    before: float = 0.0
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Call:
    """This is one request in the record: when it took effect, the route it took, and what came of it.

    `route` is a template such as "/channels/{channel}/messages"; `json` is what was sent; status 0 is a lost connection.
    """

    at: float
    method: str
    route: str
    status: int
    json: Any
    path: str


@dataclass(slots=True)
class Api:
    """This is the REST server. `changed` is called after every request."""

    world: World
    token: str
    latency: Latency
    changed: Callable[[], None]
    faults: Faults = field(default_factory=Faults)
    buckets: Buckets = field(default_factory=Buckets)
    calls: list[Call] = field(default_factory=list[Call])
    invalid: FixedWindow = field(init=False)

    def __post_init__(self) -> None:
        self.invalid = FixedWindow(self.world.limits.invalid_requests)

    def add_routes(self, app: web.Application) -> None:
        """Serve every endpoint below /api/v10, and the files of messages."""
        for route in ROUTES:
            app.router.add_route(route.method, f"/api/v10{route.path}", partial(self.serve, route))
        files = Route("GET", "/attachments/{attachment}/{filename}", attachment, authorized=False)
        app.router.add_get(files.path, partial(self.serve, files))
        missing = Route("*", "/{tail}", _missing, authorized=False)
        app.router.add_route("*", "/api/{tail:.*}", partial(self.serve, missing))

    async def serve(self, route: Route, http: web.Request) -> web.StreamResponse:
        """Answer one request."""
        request = await _read(http)
        fault = self.faults.take(route.name)
        slow = fault if isinstance(fault, Slow) else Slow()
        await self._pass(self.latency.before + slow.before)
        if fault == CutOff(after_effect=False):
            return self._cut(route, request, http)
        answer = self._decide(route, request, http.headers.get("Authorization", ""), fault)
        if isinstance(fault, CutOff):
            await self._pass(self.latency.after)
            return self._cut(route, request, http)
        self._record(route, request, http, answer.status)
        await self._pass(self.latency.after + slow.after)
        return _response(answer)

    async def _pass(self, seconds: float) -> None:
        if seconds > 0:
            await self.world.clock.sleep(seconds)

    def _cut(self, route: Route, request: Request, http: web.Request) -> web.StreamResponse:
        self._record(route, request, http, 0)
        if http.transport is not None:
            http.transport.abort()
        return web.Response(status=499)

    def _record(self, route: Route, request: Request, http: web.Request, status: int) -> None:
        call = Call(self.world.now(), http.method, route.path, status, request.json(), http.path)
        self.calls.append(call)
        self.changed()

    def _decide(self, route: Route, request: Request, authorization: str, fault: Fault | None) -> Answer:
        """Everything that happens at one instant. Nothing here waits, so that the effect is atomic."""
        if self.invalid.remaining(self.world.now()) <= 0:
            return _banned()
        answer = self._checked(route, request, authorization, fault)
        unshared = answer.headers.get("X-RateLimit-Scope") != "shared"
        if answer.status in {401, 403} or (answer.status == 429 and unshared):
            self.invalid.spend(self.world.now())
        return answer

    def _checked(self, route: Route, request: Request, authorization: str, fault: Fault | None) -> Answer:
        match fault:
            case Throttle():
                return _throttle(fault)
            case Broken(after_effect=False):
                return Answer(fault.status, {"message": f"{fault.status}: Internal Server Error", "code": 0})
            case Refuse():
                return Answer(fault.reason.status, RefusedError(fault.reason).body())
            case Broken() | CutOff() | Slow() | None:
                pass
        if route.authorized and authorization != f"Bot {self.token}":
            return Answer(401, RefusedError(UNAUTHORIZED).body())
        admission = self.buckets.admit(self._draws(route, request), self.world.now())
        answer = self._act(route, request) if admission.refused_by is None else _refused(admission)
        if isinstance(fault, Broken):
            answer = Answer(fault.status, {"message": f"{fault.status}: Internal Server Error", "code": 0})
        return replace(answer, headers=_limit_headers(self.world, admission.shown) | dict(answer.headers))

    def _act(self, route: Route, request: Request) -> Answer:
        try:
            return route.action(self.world, request)
        except RefusedError as error:
            return Answer(error.reason.status, error.body())

    def _draws(self, route: Route, request: Request) -> list[Draw]:
        limits, found = self.world.limits, request.parameters
        if route.path.startswith(_INTERACTION_ROUTES):
            interaction = self.world.interactions.get(found["token"])
            place = str(interaction.channel.id) if interaction else ""
            return interaction_draws(limits, route.name, found["token"], place)
        if not route.authorized:
            return []
        return channel_draws(
            limits, route.name, found.get("channel", ""), old=self._is_old(route, found.get("message"))
        )

    def _is_old(self, route: Route, message_id: str | None) -> bool:
        if route.name != EDIT or message_id is None or not message_id.isdigit():
            return False
        message = self.world.messages.get(int(message_id))
        return message is not None and self.world.now() - message.created_at > self.world.terms.old_after


async def _read(http: web.Request) -> Request:
    if not http.content_type.startswith("multipart/"):
        return Request(dict(http.match_info), dict(http.query), await http.read())
    body, uploads = b"", list[Upload]()
    form = await http.post()
    for name, value in form.items():
        found = _FILE.fullmatch(name)
        if isinstance(value, web.FileField):
            content = await asyncio.to_thread(value.file.read)
            uploads.append(Upload(int(found[1]) if found else 0, value.filename, content))
        elif name == "payload_json" and isinstance(value, str):
            body = value.encode()
    return Request(dict(http.match_info), dict(http.query), body, tuple(sorted(uploads, key=lambda one: one.index)))


def _response(answer: Answer) -> web.Response:
    headers = CIMultiDict(answer.headers)
    if answer.via:
        headers["Via"] = "1.1 google"  # without it a client takes a 429 for a ban by Cloudflare
    if answer.body is None:
        return web.Response(status=answer.status, headers=headers)
    body = answer.body if isinstance(answer.body, bytes) else msgspec.json.encode(answer.body)
    # Exactly "application/json": discord.py parses nothing that names a charset.
    headers["Content-Type"] = answer.kind
    return web.Response(status=answer.status, body=body, headers=headers)


def _limit_headers(world: World, shown: Shown | None) -> dict[str, str]:
    if shown is None:
        return {}
    reset = world.clock.today().timestamp() + shown.reset_after
    return {
        "X-RateLimit-Limit": str(shown.draw.limit.count),
        "X-RateLimit-Remaining": str(shown.remaining),
        "X-RateLimit-Reset": f"{reset:.3f}",
        "X-RateLimit-Reset-After": f"{shown.reset_after:.3f}",
        "X-RateLimit-Bucket": hashlib.md5(shown.draw.name.encode()).hexdigest(),
    }


def _refused(admission: Admission) -> Answer:
    draw = admission.refused_by
    assert draw is not None, "only what was refused gets here"
    if draw.code == OLD_EDITS.code:
        return _slow_down(admission.retry_after, draw.scope, RefusedError(OLD_EDITS).body())
    return _slow_down(admission.retry_after, draw.scope, {"message": "You are being rate limited."})


def _slow_down(retry_after: float, scope: Scope, told: dict[str, Any]) -> Answer:
    headers = {"Retry-After": str(math.ceil(retry_after)), "X-RateLimit-Scope": scope}
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    return Answer(429, told | {"retry_after": retry_after, "global": scope == "global"}, headers)


def _throttle(fault: Throttle) -> Answer:
    answer = _slow_down(fault.retry_after, fault.scope, {"message": "You are being rate limited."})
    if not fault.body:
        answer = replace(answer, body=_BAN_PAGE, kind="text/html")
    return answer if fault.via else replace(answer, via=False, headers={})


def _banned() -> Answer:
    return Answer(429, _BAN_PAGE, kind="text/html", via=False)


def _missing(_: World, __: Request) -> Answer:
    raise RefusedError(NO_ROUTE)
