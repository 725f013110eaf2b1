"""Refusals and errors, from every body that was seen."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.perplexity.faults import failure_said, refusal, run_ended, seconds_to_wait
from bot.errors import (
    EngineBroken,
    EngineBusy,
    EngineFailed,
    EngineKeyRefused,
    EngineRefused,
    EngineUnpaid,
)
from tests.emulators.perplexity import KEY

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAGE = b"<html>\r\n<head><title>401 Authorization Required</title></head></html>"


def envelope(kind: str, code: int) -> bytes:
    return b'{"error":{"message":"some words","type":"%s","code":%d}}' % (kind.encode(), code)


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (302, b"", EngineRefused(302, "")),
        (400, envelope("invalid_model", 400), EngineRefused(400, "invalid_model")),
        (400, envelope("invalid_message", 400), EngineRefused(400, "invalid_message")),
        (400, b'{"error":{"type":"Invalid Model!","code":"invalid_model"}}', EngineRefused(400, "invalid_model")),
        (400, b'{"error":"no words"}', EngineRefused(400, "")),
        (401, PAGE, EngineKeyRefused(401)),
        (401, envelope("insufficient_credits", 401), EngineUnpaid()),
        (402, b"", EngineUnpaid()),
        (403, envelope("forbidden", 403), EngineKeyRefused(403)),
        (404, envelope("not_found", 404), EngineRefused(404, "not_found")),
        (408, b"", EngineBroken(408)),
        (409, b"", EngineBroken(409)),
        (413, envelope("payload_too_large", 413), EngineRefused(413, "payload_too_large")),
        (422, b'{"detail":[{"loc":["body"],"msg":"m","type":"value_error"}]}', EngineRefused(422, "value_error")),
        (422, b'{"detail":"words"}', EngineRefused(422, "")),
        (424, envelope("external_connector_error", 424), EngineBroken(424, "external_connector_error")),
        (425, b"", EngineBroken(425)),
        (429, envelope("request_rate_limit_exceeded", 429), EngineBusy()),
        (429, envelope("insufficient_quota", 429), EngineUnpaid()),
        (500, envelope("internal_error", 500), EngineBroken(500, "internal_error")),
        (502, PAGE, EngineBroken(502)),
        (524, b"\xff\xfe", EngineBroken(524)),
    ],
)
def test_a_status_is_a_failure_with_the_short_type_of_its_body(status: int, body: bytes, failure: EngineFailed) -> None:
    assert repr(refusal(status, body)) == repr(failure)


def test_the_time_to_wait_goes_with_a_refusal_that_passes() -> None:
    assert repr(refusal(429, b"", 7.0)) == repr(EngineBusy(7.0))
    assert repr(refusal(503, b"", 7.0)) == repr(EngineBroken(503, "", 7.0))


@given(st.sampled_from([200, 302, 400, 401, 404, 429, 500]), st.binary())
def test_any_body_is_taken(status: int, body: bytes) -> None:
    assert isinstance(refusal(status, body), EngineFailed)
    assert isinstance(failure_said(body), EngineFailed)


@pytest.mark.parametrize("field", ["type", "code", "message", "param"])
def test_a_key_that_comes_back_in_an_error_does_not_get_into_ours(field: str) -> None:
    for body in (f'{{"error":{{"{field}":"{KEY}"}}}}', f'{{"{field}":"{KEY}"}}', f"Bad key {KEY}"):
        assert KEY not in repr(refusal(400, body.encode()))
        assert KEY not in repr(failure_said(body.encode()))


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (envelope("internal_error", 500), EngineBroken(500, "internal_error")),
        (envelope("invalid_request", 400), EngineRefused(400, "invalid_request")),
        (envelope("cancelled", 499), EngineRefused(499, "cancelled")),
        (b'{"error":{"type":"bad_gateway"}}', EngineBroken(502, "bad_gateway")),
        (b'{"error":{"type":"gateway_timeout"}}', EngineBroken(504, "gateway_timeout")),
        (b'{"error":{"type":"model_overloaded"}}', EngineBroken(503, "model_overloaded")),
        (b'{"error":{"type":"not_found"}}', EngineRefused(404, "not_found")),
        (b'{"error":{"type":"authentication_error"}}', EngineKeyRefused(401)),
        (b'{"type":"error","error":{"type":"request_rate_limit_exceeded"}}', EngineBusy()),
        (b'{"type":"error","code":"429","message":"m"}', EngineBusy()),
        (b'{"error":{"type":"insufficient_credits"}}', EngineUnpaid()),
        (b'{"message":"m"}', EngineBroken(200, "")),
        (b"it broke", EngineBroken(200, "")),
    ],
)
def test_an_error_in_the_stream_is_the_failure_that_its_code_or_type_says(data: bytes, failure: EngineFailed) -> None:
    assert repr(failure_said(data)) == repr(failure)


def test_a_run_that_ended_badly_without_a_reason_has_its_status_for_one() -> None:
    assert repr(run_ended("failed", b"null")) == repr(EngineBroken(200, "failed"))
    assert repr(run_ended("failed", b'{"type":"invalid_request"}')) == repr(EngineRefused(400, "invalid_request"))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 12:00:30 -0000", 30.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_the_time_to_wait_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, NOW) == seconds


@given(st.text())
def test_any_header_is_taken(header: str) -> None:
    assert (seconds_to_wait(header, NOW) or 0.0) >= 0.0
