"""What a whole conversation costs in each language: outgoing segments, counted on the real conversation's real texts.

A greeting, the language by its digit, the permission, the town: the longest that somebody holds who answers all that is
asked. No server has a part in it.
"""

from collections.abc import Iterator
from typing import Final

from intake.sms.languages import LATIN_PUNJABI, LOCALES
from tests.load.bench import Bench
from tests.load.figures import Figure, Target
from tests.unit.intake.sms.talks import most_of, segments_of, whole_conversation
from translations.locales import locales

# US dollars for one outgoing segment from a long code: Twilio's list price for its United States page, "current as of
# October 2026", as read on 2026-11-09 (API Evangelist, "Twilio API Pricing", 2026-11-12). Who resells it lists the same
# for Canada. Carriers' fees, taxes and texts that come in are not in it; a contract's price is another one.
LIST_PRICE: Final = 0.0083
_NOTE: Final = (
    f"Twilio's list price of {LIST_PRICE} US dollars a segment from a long code, current as of October 2026; without "
    "carriers' fees and without what texts that come in cost"
)


def measure(bench: Bench) -> Iterator[Figure]:
    """Count in every language that the hotline has texts in, or is to have."""
    codes = [one.code for one in locales()]
    for code in codes if LATIN_PUNJABI in codes else [*codes, LATIN_PUNJABI]:
        of, limit = f"a whole conversation in {code}", Target(at_most=most_of(code))
        if code not in LOCALES:
            yield Figure(f"cost.{code}.segments", f"{of}, segments", None, "", limit, "the hotline does not offer it")
            continue
        segments = segments_of(whole_conversation(code))
        note = _NOTE if code == codes[0] else ""
        yield Figure(f"cost.{code}.segments", f"{of}, segments", segments, "", limit)
        yield Figure(f"cost.{code}.price", f"{of}, list price", segments * LIST_PRICE * 100, "US cents", note=note)
