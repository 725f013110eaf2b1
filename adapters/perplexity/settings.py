"""The settings of the Perplexity engine. Pure: what is wrong is collected by the reader, what is unset is the engine's own default.

What the options mean: https://docs.perplexity.ai/docs/legacy/sonar/models/sonar and
https://github.com/perplexityai/api-platform-developers (request mapping).
"""

import re
from dataclasses import dataclass, field

from bot.config import Reader

MOST_DOMAINS = 20
_LONGEST_DOMAIN = 253
_DOMAIN = re.compile(r"-?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2}")
_KEY = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class PerplexitySettings:
    """These are the settings of one Perplexity engine; "", 0 and None leave a choice to Perplexity. Durations in seconds.

    `first_byte_timeout` is the longest silence before the first event, `idle_timeout` the longest between two events:
    models that research for minutes need more of both.
    """

    api_key: str = field(default="", repr=False)
    base_url: str = "https://api.perplexity.ai"
    api: str = "sonar"
    model: str = "sonar"
    preset: str = ""
    max_tokens: int = 0
    temperature: float | None = None
    search_mode: str = ""
    domain_filter: tuple[str, ...] = ()
    recency: str = ""
    context_size: str = ""
    language: str = ""
    related_questions: bool = False
    stream_mode: str = "concise"
    connect_timeout: float = 10.0
    first_byte_timeout: float = 60.0
    idle_timeout: float = 60.0
    max_retries: int = 3


def read(reader: Reader) -> PerplexitySettings:
    """Fill the settings; every problem stays in `reader`, none of them with the key in it."""
    api = reader.choice("PERPLEXITY_API", ("sonar", "agent"), "sonar")
    preset = reader.text("PERPLEXITY_PRESET")
    settings = PerplexitySettings(
        api_key=_key(reader),
        base_url=_base_url(reader),
        api=api,
        model=reader.text("PERPLEXITY_MODEL", _default_model(api, preset)),
        preset=preset,
        max_tokens=reader.integer("PERPLEXITY_MAX_TOKENS", 0, 0, 128_000),
        temperature=_temperature(reader),
        search_mode=_option(reader, "PERPLEXITY_SEARCH_MODE", ("web", "academic", "sec")),
        domain_filter=_domains(reader),
        recency=_option(reader, "PERPLEXITY_RECENCY", ("hour", "day", "week", "month", "year")),
        context_size=_option(reader, "PERPLEXITY_CONTEXT_SIZE", ("low", "medium", "high")),
        language=_language(reader),
        related_questions=reader.switch("PERPLEXITY_RELATED_QUESTIONS", default=False),
        stream_mode=reader.choice("PERPLEXITY_STREAM_MODE", ("concise", "full"), "concise"),
        connect_timeout=reader.seconds("PERPLEXITY_CONNECT_TIMEOUT", 10.0),
        first_byte_timeout=reader.seconds("PERPLEXITY_FIRST_BYTE_TIMEOUT", 60.0),
        idle_timeout=reader.seconds("PERPLEXITY_IDLE_TIMEOUT", 60.0),
        max_retries=reader.integer("PERPLEXITY_MAX_RETRIES", 3, 0, 20),
    )
    reader.problems.extend(_contradictions(settings))
    return settings


def _default_model(api: str, preset: str) -> str:
    if api == "sonar":
        return "sonar"
    return "" if preset else "perplexity/sonar"


def _key(reader: Reader) -> str:
    """The key, "" for none: whether one is needed depends on the engine that was chosen."""
    key = reader.secret("PERPLEXITY_API_KEY")
    if key and not _KEY.fullmatch(key):
        reader.problems.append("PERPLEXITY_API_KEY has characters in it that no key has: copy it again.")
        return ""
    return key


def _base_url(reader: Reader) -> str:
    url = reader.url("PERPLEXITY_BASE_URL", "https://api.perplexity.ai")
    if "@" in url.split("/")[2]:
        reader.problems.append("PERPLEXITY_BASE_URL has a name or password in it: only PERPLEXITY_API_KEY is sent.")
    return url


def _option(reader: Reader, name: str, options: tuple[str, ...]) -> str:
    return reader.choice(name, options, options[0]) if reader.text(name) else ""


def _temperature(reader: Reader) -> float | None:
    if not reader.text("PERPLEXITY_TEMPERATURE"):
        return None
    return reader.number("PERPLEXITY_TEMPERATURE", 0.0, 0.0, 2.0)


def _language(reader: Reader) -> str:
    language = reader.text("PERPLEXITY_LANGUAGE").lower()
    if language and not _LANGUAGE.fullmatch(language):
        reader.problems.append(f"PERPLEXITY_LANGUAGE is {language!r}: use two letters, such as en.")
    return language


def _domains(reader: Reader) -> tuple[str, ...]:
    domains = reader.listing("PERPLEXITY_DOMAIN_FILTER")
    if len(domains) > MOST_DOMAINS:
        reader.problems.append(f"PERPLEXITY_DOMAIN_FILTER has {len(domains)} domains: use at most {MOST_DOMAINS}.")
    for domain in domains:
        if len(domain.removeprefix("-")) > _LONGEST_DOMAIN or not _DOMAIN.fullmatch(domain):
            reader.problems.append(
                f"PERPLEXITY_DOMAIN_FILTER has {domain!r}: use domains such as example.com, or -example.com to deny one."
            )
    return domains


def _contradictions(settings: PerplexitySettings) -> list[str]:
    """Settings that the chosen API does not know."""
    if settings.api == "sonar":
        return ["PERPLEXITY_PRESET needs PERPLEXITY_API=agent."] if settings.preset else []
    problems: list[str] = []
    if settings.search_mode not in {"", "web"}:
        problems.append(f"PERPLEXITY_SEARCH_MODE={settings.search_mode} needs PERPLEXITY_API=sonar.")
    if settings.related_questions:
        problems.append("PERPLEXITY_RELATED_QUESTIONS=on needs PERPLEXITY_API=sonar.")
    if settings.model.startswith("anthropic/") and not settings.max_tokens:
        problems.append(f"PERPLEXITY_MAX_TOKENS must be set for the model {settings.model}.")
    return problems
