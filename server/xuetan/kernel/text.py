"""Words for people: the message catalogue and the repair of text that is not well formed.

Texts live in contracts/messages and are generated into `xuetan.contracts.messages`; nobody writes a sentence for a
person in code. An unknown key or a missing parameter is a programming error and raises.
"""

import json
from functools import lru_cache
from importlib import resources

LANGUAGES = ("zh-Hans", "en")
Message = str | dict[str, str]


class Catalogue:
    """All messages of the languages the server speaks."""

    def __init__(self, messages: dict[str, dict[str, Message]]) -> None:
        self._messages = messages

    @classmethod
    def load(cls) -> "Catalogue":
        folder = resources.files("xuetan.contracts") / "messages"
        return cls({language: json.loads((folder / f"{language}.json").read_text("utf-8")) for language in LANGUAGES})

    def t(self, language: str, key: str, /, **params: object) -> str:
        """The text of `key`; plural forms are chosen by the parameter `count`. An unknown language reads Chinese."""
        message = self._messages.get(language, self._messages[LANGUAGES[0]])[key]
        if isinstance(message, dict):
            message = message.get(plural_form(language, params["count"]), message["other"])
        return message.format_map(params) if "{" in message else message

    def has(self, key: str) -> bool:
        return key in self._messages[LANGUAGES[0]]


def plural_form(language: str, count: object) -> str:
    """The CLDR plural category of a whole number: Chinese has one form, English two."""
    return "one" if language == "en" and count == 1 else "other"


@lru_cache(maxsize=1)
def _installed() -> Catalogue:
    return Catalogue.load()


def t(language: str, key: str, /, **params: object) -> str:
    """The text of `key` in the catalogue that is installed."""
    return _installed().t(language, key, **params)


def well_formed(text: str) -> str:
    """The same text without what no store can keep: NUL is dropped, a lone surrogate becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
