"""Which words of a text count for search. Pure.

Words are folded (case, accents, width), so that a question finds a page that spells them otherwise. Scripts that are written
without spaces become overlapping pairs of characters, the usual way to search them without a dictionary.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

_MARK = 10  # combining classes below are part of the letter (nukta, kana voicing, virama), those above are accents
_PIECES = re.compile(
    r"(?P<pairs>[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0003ffff]+)|(?P<word>[\w\u0900-\u0963\u0966-\u0dff]+)"
)
_QUESTION_WORDS = frozenset(
    """
    a about again all also am an and any anybody anyone anything are as at be because been before being but by
    can cannot come comes coming could did do does doing done down each else ever every explain few find for
    from further get gets getting give go goes going good got had happen happens has have having he hello help
    her here hers hey hi him his how i if in into is it its just know let like look make many may me might more
    most much must my need no nor not now of off on once one only or other our out over own please possible same
    say see shall she should show so some somebody somehow someone something such tell than thank thanks that
    the their them then there these they thing things this those through to too try under until up us use used
    using very want was way we well were what when where whether which while who whom whose why will wish with
    without work works would yes you your yours

    aber als am an auch auf aus bei bin bist da das dass dem den der des die dies doch du ein eine einen einer
    es fur geht hat ich ihr im in ist ja kann kein man mein mich mir mit nach nicht oder sein sich sie sind und
    uns von wann warum was welche wer wie wir wird wo zu zum zur

    au aux avec ce ces comment dans de des du elle en est et il je la le les mais mon ne nous ou par pas peut
    pour quand que quel quelle qui quoi sa se sur un une vous

    como con cual cuando de del donde el ella en es esta la las lo los mi para pero por porque puedo que quien
    se si sin su un una y yo
    """.split()  # noqa: SIM905 - a list of two hundred quoted words is harder to read and to extend
)
_FILLER_PAIRS = frozenset(
    """
    什么 怎么 如何 哪里 为什 么样 请问 可以 我们 的是 です ます した して する から まで こと どう なに ため
    어떻 떻게 무엇 하나 나요 습니 니다
    """.split()  # noqa: SIM905 - as above
)


@dataclass(frozen=True, slots=True)
class AskedWord:
    """This is a word of a question: as it was written, and the folded forms that are looked for."""

    written: str
    forms: tuple[str, ...]


def words_of(text: str) -> list[str]:
    """Every word of a text in reading order, folded; a name such as `HTTP_PORT` counts whole and in its parts."""
    return [word for match in _PIECES.finditer(_folded(text)) for word in _spread(match)]


def asked_words(question: str, limit: int = 24) -> tuple[AskedWord, ...]:
    """What a question is about: each word once, none that every question has; at most `limit` words are searched."""
    asked: dict[str, AskedWord] = {}
    room = limit
    for match in _PIECES.finditer(unicodedata.normalize("NFC", question)):
        forms = tuple(dict.fromkeys(word for word in words_of(match.group()) if _says_something(word)))[:room]
        if forms and match.group().casefold() not in asked:
            asked[match.group().casefold()] = AskedWord(match.group(), forms)
            room -= len(forms)
    return tuple(asked.values())


def _says_something(word: str) -> bool:
    return (len(word) > 1 or not word.isascii()) and word not in _QUESTION_WORDS and word not in _FILLER_PAIRS


def _folded(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in spread if unicodedata.combining(c) < _MARK))


def _spread(match: re.Match[str]) -> list[str]:
    run = match.group()
    if match.lastgroup == "pairs":
        return [a + b for a, b in pairwise(run)] or [run]
    parts = [part for part in run.split("_") if part]
    return parts if len(parts) <= 1 else [run, *parts]
