"""What the bench prints and writes, from results made by hand."""

from xml.etree import ElementTree as ET

import msgspec
import pytest

from benchmarks import report
from benchmarks.bars import Measured, bars
from benchmarks.chart import chart
from benchmarks.figures import Figures, Spread
from benchmarks.page import BEGIN, END, with_figures
from benchmarks.scenarios import SCENARIOS
from benchmarks.stage import Gone, Result


def spread(mean: float) -> Spread:
    return Spread(mean, mean, mean, mean)


def result(scenario: str, word: float, *, bot: str = "footnote", throttled: int = 0, lost: int = 0) -> Result:
    return Result(
        scenario,
        bot,
        Figures(
            answers=1,
            placeholder=spread(0.1),
            first_text=spread(0.25),
            word=spread(word),
            final_lag=spread(0.2),
            bound=0.1,
            bound_all=0.05,
            lost=lost,
            doubled=0,
            disordered=0,
            missing_sources=0,
            unfinished=0,
            throttled=throttled,
            writes={"chat.update": 25.0, "chat.postMessage": 1.0},
        ),
        gone=Gone(0.25, 0) if scenario == "gone" else None,
        faults={"429": 3} if scenario.endswith("faults") else {},
    )


def verdict(measured: Measured, figure: str) -> bool | None:
    return next(bar.met for bar in bars(measured) if bar.figure.startswith(figure))


def test_a_bar_is_met_up_to_its_limit_and_missed_beyond_it() -> None:
    assert verdict(Measured([result("s1", 0.30)]), "word delay mean, s1") is True
    assert verdict(Measured([result("s1", 0.31)]), "word delay mean, s1") is False
    assert verdict(Measured(), "word delay mean, s1") is None


def test_one_429_misses_the_bar_unless_faults_were_injected_or_a_baseline_met_it() -> None:
    assert verdict(Measured([result("s1", 0.2, throttled=1)]), "429") is False
    assert verdict(Measured([result("s1", 0.2), result("s10-faults", 0.2, throttled=1)]), "429") is True
    assert verdict(Measured([result("s1", 0.2), result("s1", 0.2, bot="every 1.0 s", throttled=9)]), "429") is True


def test_a_word_lost_under_faults_misses_the_bar() -> None:
    assert verdict(Measured([result("s10-faults", 0.2, lost=1)]), "lost") is False


def test_at_least_so_many_answers_are_carried() -> None:
    name = "density: discord, answers that one core carries"
    assert verdict(Measured(micro={name: 200.0}), "live answers") is True
    assert verdict(Measured(micro={name: 150.0}), "live answers") is False


def test_tables_have_a_row_for_each_run_and_cells_for_each_column() -> None:
    rows = report.runs([result("s1", 0.25), result("s1", 27.0, bot="every 1.0 s")])
    assert [row[:2] for row in rows] == [("s1", "footnote"), ("s1", "every 1.0 s")]
    assert {len(row) for row in rows} == {len(report.HEAD)}
    assert report.markdown_table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
    assert report.text_table(("a", "bb"), [("111", "2")]).splitlines() == ["a    bb", "---  --", "111  2 "]


def test_what_has_no_column_is_said_in_a_sentence() -> None:
    lines = report.extras([result("gone", 0.2), result("s10-faults", 0.2)])
    assert lines == [
        "gone (footnote): the engine was left 250 ms later; 0 writes were sent after the deletion.",
        "s10-faults (footnote): injected 3 × 429.",
    ]


def test_the_json_has_results_parts_and_bars() -> None:
    decoded = msgspec.json.decode(report.as_json(Measured([result("s1", 0.25)], {"start: Slack": 2.0})))
    assert decoded["results"][0]["figures"]["word"]["mean"] == 0.25
    assert decoded["micro"] == {"start: Slack": 2.0}
    assert len(decoded["bars"]) == len(bars(Measured()))


def test_the_page_gets_new_figures_and_keeps_its_words() -> None:
    page = f"# Performance\n\nBefore.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n"
    written = with_figures(page, Measured([result("s1", 0.25)]), "a machine")
    assert written.startswith("# Performance\n\nBefore.\n")
    assert written.endswith("\nAfter.\n")
    assert "old" not in written
    assert "| s1 | footnote |" in written
    assert with_figures(written, Measured([result("s1", 0.25)]), "a machine") == written


def test_a_page_without_a_place_for_figures_is_not_written() -> None:
    with pytest.raises(ValueError, match="no place"):
        with_figures("# Performance", Measured(), "a machine")


def test_the_chart_has_a_dot_for_each_bot_and_a_stroke_for_the_bound() -> None:
    drawn = ET.fromstring(chart(Measured([result("s1", 0.25), result("s1", 27.0, bot="every 1.0 s")]), SCENARIOS))
    titles = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == ["s1, every 1.0 s: 27.00 s", "s1, footnote: 0.25 s"]
