"""Events over HTTP, seen from Slack: signed requests to the app's request URL, with a deadline.

https://docs.slack.dev/apis/events-api/ and https://docs.slack.dev/authentication/verifying-requests-from-slack/.
"""

import asyncio
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp
from typing_extensions import override

from bot.clock import Clock
from tests.emulators.slack.feed import Carrier, Outcome, Parcel
from tests.emulators.slack.places import App
from tests.emulators.slack.rules.rejection import Json

_REDIRECTS = 2


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The value of `X-Slack-Signature` for a body sent at `timestamp` (whole seconds of wall time)."""
    signed = b"v0:" + str(timestamp).encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


@dataclass(slots=True)
class HttpEvents(Carrier):
    """This is the way to the app's request URL.

    A test may sign with another `secret`, or with a clock that is wrong by `skew` seconds.
    """

    app: App
    clock: Clock
    deadline: float
    secret: str = ""
    skew: int = 0
    session: aiohttp.ClientSession | None = None

    @override
    async def carry(self, parcel: Parcel) -> Outcome:
        if parcel.kind == "interactive":
            form = urlencode({"payload": json.dumps(parcel.body)}).encode()
            return await self._send(form, "application/x-www-form-urlencoded", {})
        retry: dict[str, str] = {}
        if parcel.attempt:
            retry = {"X-Slack-Retry-Num": str(parcel.attempt), "X-Slack-Retry-Reason": _http_reason(parcel.reason)}
        return await self._send(json.dumps(parcel.body).encode(), "application/json", retry)

    async def verify(self) -> bool:
        """Ask the request URL whether it is ours: https://docs.slack.dev/reference/events/url_verification/."""
        challenge = uuid.uuid4().hex
        body = {"token": self.app.verification_token, "challenge": challenge, "type": "url_verification"}
        outcome = await self._send(json.dumps(body).encode(), "application/json", {})
        return outcome.acknowledged and outcome.answer is not None and outcome.answer.get("challenge") == challenge

    async def close(self) -> None:
        """End the session."""
        if self.session is not None:
            await self.session.close()

    async def _send(self, body: bytes, content_type: str, more: dict[str, str]) -> Outcome:
        headers = {"Content-Type": content_type, **self._signed(body), **more}
        self.session = self.session or aiohttp.ClientSession()
        try:
            async with (
                asyncio.timeout(self.deadline),
                self.session.post(
                    self.app.request_url, data=body, headers=headers, max_redirects=_REDIRECTS
                ) as response,
            ):
                return await _outcome(response)
        except (TimeoutError, aiohttp.ClientError) as error:
            return Outcome(acknowledged=False, reason=_reason(error))

    def _signed(self, body: bytes) -> dict[str, str]:
        timestamp = int(self.clock.today().timestamp()) + self.skew
        return {
            "X-Slack-Request-Timestamp": str(timestamp),
            "X-Slack-Signature": signature(self.secret or self.app.signing_secret, timestamp, body),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }


async def _outcome(response: aiohttp.ClientResponse) -> Outcome:
    text = await response.text()
    taken = HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
    return Outcome(
        acknowledged=taken,
        reason="" if taken else "http_error",
        final=response.headers.get("X-Slack-No-Retry") == "1",
        status=response.status,
        answer=_answer(text),
    )


def _answer(text: str) -> Json | None:
    try:
        answer = json.loads(text)
    except ValueError:
        return {"challenge": text}
    return answer if isinstance(answer, dict) else None


def _reason(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "http_timeout"
        case aiohttp.TooManyRedirects():
            return "too_many_redirects"
        case aiohttp.ClientSSLError():
            return "ssl_error"
        case aiohttp.ClientConnectionError():
            return "connection_failed"
        case _:
            return "unknown_error"


def _http_reason(reason: str) -> str:
    return "http_timeout" if reason == "timeout" else reason
