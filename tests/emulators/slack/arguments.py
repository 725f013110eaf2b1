"""Reads the arguments of a call, however they are encoded: query, form, multipart or JSON, as Slack does.

https://docs.slack.dev/apis/web-api/#basics: a token comes in the header, or in a form or query; JSON needs the header.
"""

import json
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from tests.emulators.slack.rules.rejection import Json, Rejected

T = TypeVar("T")
_NESTED = frozenset({"attachments", "blocks", "chunks", "files", "loading_messages", "metadata", "view"})
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@dataclass(frozen=True, slots=True)
class Arguments:
    """This is what a call said; `token` is "" if it brought none."""

    token: str
    values: Json


async def read_arguments(request: web.Request) -> Arguments:
    """Take a request apart; raises `Rejected`."""
    values: Json = dict(request.query)
    token = values.pop("token", "")
    if request.content_type in _FORMS:
        values |= await _form(request)
        token = values.pop("token", token)
    elif request.content_type == "application/json":
        values |= _json_object(await request.read())
    elif await request.read():
        raise Rejected("invalid_post_type")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = bearer.strip()
    return Arguments(token, {name: _nested(name, value) for name, value in values.items() if value is not None})


def decode(values: Json, shape: type[T]) -> T:
    """The arguments as a method wants them, strings of a form turned into numbers and flags; raises `Rejected`."""
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        problem = str(error)
        raise Rejected("invalid_blocks_format" if "$.blocks" in problem else "invalid_arguments", (problem,)) from error


async def _form(request: web.Request) -> Json:
    try:
        form = await request.post()
    except ValueError as error:
        raise Rejected("invalid_form_data") from error
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _json_object(body: bytes) -> Json:
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise Rejected("invalid_json") from error
    if not isinstance(value, dict):
        raise Rejected("json_not_object")
    return value


def _nested(name: str, value: Any) -> Any:
    if name not in _NESTED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
