"""Words that mean something when they stand alone in a text: stop, start, help, not my phone, yes, no. Pure.

They are read in every language at once, since a keyword is often typed in another one than the story. "STOP 12345" is
not STOP: whatever has more to say is story.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from intake.sms.digits import bare

# A keyword is short; what is longer is story and is not looked at.
_LONGEST: Final = 40


class Command(StrEnum):
    """What a text asks for when it is nothing but a keyword."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    FRIEND = "friend"
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Keyword:
    """A command, and the language of its word where one language alone has it, in letters that our texts in it use."""

    command: Command
    language: str | None = None


# Latin letters without accents; Punjabi also in English letters, as people type it.
_WORDS: Final[dict[Command, dict[str, str]]] = {
    Command.STOP: {
        "": "stop|stopall|stop all",
        "en": "unsubscribe|end|cancel|quit|stop texting me|no more texts",
        "fr": "arret|arrete|arreter|arretez|desabonner|ne plus m'ecrire|ne m'ecrivez plus",
        "es": "alto|baja|basta|parar|detener|cancelar|no mas mensajes",
        "pa": "ਬੰਦ|ਬੰਦ ਕਰੋ|ਰੋਕੋ|ਰੁਕੋ|ਸਟਾਪ|band karo|bandh karo|roko|ruko",
    },
    Command.START: {
        "en": "start|unstop|restart",
        "fr": "debut|commencer|recommencer|reprendre",
        "es": "iniciar|comenzar|empezar",
        "pa": "ਸ਼ੁਰੂ|ਸ਼ੁਰੂ ਕਰੋ|ਸਟਾਰਟ|shuru|shuru karo",
    },
    Command.HELP: {
        "": "sos|911|9-1-1",
        "en": "help|help me|please help|please help me|emergency|i need help",
        "fr": "aide|aidez moi|a l'aide|au secours|secours|urgence",
        "es": "ayuda|ayudame|ayudenme|ayuda por favor|auxilio|emergencia|socorro|necesito ayuda",
        "pa": "ਮਦਦ|ਮੱਦਦ|ਮਦਦ ਕਰੋ|ਸਹਾਇਤਾ|ਹੈਲਪ|ਬਚਾਓ|madad|madad karo|meri madad karo|bachao",
    },
    Command.FRIEND: {
        "en": "not my phone|its not my phone|this is not my phone|not my number|wrong number|friends phone"
        "|my friends phone|this is my friends phone|borrowed phone",
        "fr": "pas mon telephone|ce n'est pas mon telephone|pas mon numero|mauvais numero|telephone d'un ami",
        "es": "no es mi telefono|no es mi celular|no es mi numero|numero equivocado|telefono de un amigo"
        "|es de un amigo|celular de un amigo",
        "pa": "ਮੇਰਾ ਫੋਨ ਨਹੀਂ|ਮੇਰਾ ਫੋਨ ਨਹੀਂ ਹੈ|ਇਹ ਮੇਰਾ ਫੋਨ ਨਹੀਂ|ਇਹ ਮੇਰਾ ਫੋਨ ਨਹੀਂ ਹੈ|ਗਲਤ ਨੰਬਰ|ਦੋਸਤ ਦਾ ਫੋਨ"
        "|mera phone nahi|mera phone nahi hai|dost da phone|galat number",
    },
    Command.YES: {
        "": "👍|ok|okay|✅",
        "en": "yes|yes please|y|yeah|yep|sure",
        "fr": "oui|d'accord|oui merci",
        "es": "si|si por favor|claro|esta bien",
        "pa": "ਹਾਂ|ਹਾਂਜੀ|ਹਾਂ ਜੀ|ਜੀ|ਜੀ ਹਾਂ|ਠੀਕ ਹੈ|ਓਕੇ|haan|han|haanji|haan ji|hanji|han ji|theek hai|thik hai",
    },
    Command.NO: {
        "": "👎|no",
        "en": "nope|no thanks|no thank you|please no|please dont",
        "fr": "non|non merci",
        "es": "no gracias",
        "pa": "ਨਹੀਂ|ਨਾ|ਨਹੀਂ ਜੀ|ਨਾ ਜੀ|nahi|nahin|na|nahi ji",
    },
    Command.UNSURE: {
        "en": "i dont know|dont know|not sure|i am not sure|skip",
        "fr": "je ne sais pas|sais pas|je sais pas",
        "es": "no se|no lo se|no estoy seguro|no estoy segura",
        "pa": "ਪਤਾ ਨਹੀਂ|ਮੈਨੂੰ ਪਤਾ ਨਹੀਂ|pata nahi|pata nahin|mainu pata nahi",
    },
}
# May stand beside a digit without making it a part of a story: "1 please", "option 2", "1 and 4".
_COURTESIES: Final = {
    "en": "please pls thanks thank you ok okay yes option number reply answer and the is it i hi hello sir madam",
    "fr": "merci oui option numero reponse et le la c est bonjour svp",
    "es": "por favor gracias si opcion numero respuesta y el la es hola",
    "pa": "ਜੀ ਹਾਂ ਨੰਬਰ ਤੇ ਅਤੇ ਧੰਨਵਾਦ haan ji hanji te",
}
COURTESIES: Final = frozenset(word for words in _COURTESIES.values() for word in words.split())
_EMOJI: Final = "👍👎✅"
_APOSTROPHES: Final = str.maketrans("", "", "'’‘ʼ`´")


def keyword(text: str) -> Keyword | None:
    """Read a text that is nothing but a keyword; None where it is not. Case, accents, stops and emoji do not matter."""
    if len(text) > _LONGEST:
        return None
    return _keywords().get(key_of(text))


def key_of(text: str) -> str:
    """Give the form in which keywords compare: words as `bare` writes them with one space between, and no signs.

    An emoji counts only where there is nothing else.
    """
    letters = bare(text.translate(_APOSTROPHES))
    words = "".join(letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in letters).split()
    return " ".join(words) or "".join(letter for letter in letters if letter in _EMOJI)[:1]


@cache
def _keywords() -> dict[str, Keyword]:
    """Map each keyword to what it asks for, with its language where no other language has the same word."""
    found: dict[str, list[Keyword]] = {}
    for command, languages in _WORDS.items():
        for language, phrases in languages.items():
            for phrase in phrases.split("|"):
                found.setdefault(key_of(phrase), []).append(Keyword(command, language or None))
    return dict(_one_each(found))


def _one_each(found: dict[str, list[Keyword]]) -> Iterator[tuple[str, Keyword]]:
    for key, keywords in found.items():
        (command, language), *others = ((one.command, one.language) for one in keywords)
        # Punjabi in English letters may come from a phone, or from a person, that cannot read Gurmukhi.
        is_clear = not others and not (language == "pa" and key.isascii())
        yield key, Keyword(command, language if is_clear else None)
