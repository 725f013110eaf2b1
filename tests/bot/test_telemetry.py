"""The facts: figures and ids, never texts."""

import dataclasses
import inspect
import typing

import pytest

from bot.telemetry import Silence, WriteSkipped

FACTS = [
    each
    for each in vars(inspect.getmodule(Silence)).values()
    if isinstance(each, type) and each.__module__ == Silence.__module__ and each is not Silence
]


def test_silence_takes_no_notes() -> None:
    Silence().notice(WriteSkipped("slack"))


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_a_fact_is_a_frozen_value(fact: type) -> None:
    assert dataclasses.is_dataclass(fact)
    assert fact.__dataclass_params__.frozen  # type: ignore[attr-defined] - dataclasses keep it for introspection
    assert typing.get_type_hints(fact)
