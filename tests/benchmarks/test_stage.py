"""The scenarios as data, and the smallest of them played by the real bot and by a baseline: figures are shown, not asserted."""

from itertools import islice
from pathlib import Path

import msgspec
import pytest

from benchmarks.__main__ import main
from benchmarks.baselines import BASELINES
from benchmarks.scenarios import FIRST_WORD, QUICK, SCENARIOS, Scenario, named
from benchmarks.stage import play, prefixes, script_of


def test_every_scenario_has_a_name_of_its_own_and_questions_in_order() -> None:
    names = [each.name for each in (*SCENARIOS, *QUICK)]
    assert len(set(names)) == len(names)
    assert all(each.asked_at == tuple(sorted(each.asked_at)) for each in SCENARIOS)


def test_sustained_has_ten_live_answers_at_any_time_for_three_minutes() -> None:
    scenario = named("sustained")
    assert scenario.steady is not None
    begin, end = scenario.steady
    assert end - begin == 180
    for moment in range(int(begin) + 1, int(end)):
        live = sum(at + FIRST_WORD <= moment <= at + FIRST_WORD + scenario.duration for at in scenario.asked_at)
        assert live in {9, 10, 11}


def test_answers_are_told_apart_by_their_words_and_sources() -> None:
    names = list(islice(prefixes(), 28))
    assert (names[0], names[25:]) == ("a", ["z", "aa", "ab"])
    script = script_of(named("s10"), "Question ab: what is known about it?")
    assert script.answer.startswith("ab1 ab2 ")
    assert script.sources[0].url == "https://source1.example/ab/1"


def test_an_unknown_name_is_told() -> None:
    assert main(["nothing"]) == 2


def test_a_quick_bench_plays_on_both_platforms_and_writes_its_figures(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    assert main(["--quick", "--json", str(file)]) == 0
    results = msgspec.json.decode(file.read_bytes())["results"]
    assert [each["scenario"] for each in results] == [each.name for each in QUICK]
    for each in results:
        it = each["figures"]
        assert (it["lost"], it["doubled"], it["disordered"], it["missing_sources"], it["unfinished"]) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("scenario", QUICK, ids=lambda each: each.name)
async def test_a_baseline_plays_a_small_scenario_and_every_answer_is_whole(scenario: Scenario) -> None:
    it = (await play(scenario, BASELINES[0])).figures
    assert it.answers == len(scenario.asked_at)
    assert (it.lost, it.doubled, it.disordered, it.missing_sources, it.unfinished) == (0, 0, 0, 0, 0)
