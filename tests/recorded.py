"""Conversations with the hotline in its twelve languages, each from the first text to the last, written for tests.

Nobody is quoted here: the authors of Leeward made these up, with no person, farm or firm in mind.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Recorded:
    """What a worker texts, and where that leads: the language, and the organizations of the demo network that fit."""

    name: str
    texts: tuple[str, ...]
    language: str
    organizations: frozenset[str]


def _of(name: str, language: str, organizations: str, *texts: str) -> Recorded:
    return Recorded(name, texts, language, frozenset(organizations.split()))


RECORDED: Final = (
    _of(
        *("English, near Oliver", "en", "org01"),
        "Hello, my boss has my passport and he does not give it back",
        "1",
        "2",
    ),
    _of(
        *("Spanish, a digit for the language, near Kelowna", "es", "org01"),
        "Buenas",
        "5",
        "2",
        "1",
    ),
    _of(
        *("Spanish from its words, a town in writing", "es", "org02 org03 org10"),
        "El patrón no nos paga las horas extra y dice que nos va a mandar de regreso",
        "1",
        "Abbotsford",
    ),
    _of(
        *("French, in the Interior", "fr", "org06"),
        "Bonjour, mon patron ne paie pas les heures et il garde mon passeport",
        "1",
        "Vernon",
    ),
    _of(
        *("Filipino by name, a caregiver in Surrey", "fil", "org05"),
        "Good evening po",
        "Tagalog",
        "1",
        "5",
    ),
    _of(
        *("Punjabi in Gurmukhi, digits in Gurmukhi", "pa", "org02 org10 org11"),
        "ਮਾਲਕ ਨੇ ਮੇਰਾ ਪਾਸਪੋਰਟ ਰੱਖ ਲਿਆ ਹੈ ਤੇ ਤਨਖਾਹ ਨਹੀਂ ਦਿੰਦਾ",
        "੧",
        "੩",
    ),
    _of(
        *("Punjabi in English letters, by its digit", "pa", "org02 org10 org11"),
        "sat sri akal ji",
        "7",
        "haan ji",
        "abbotsford",
    ),
    _of(
        *("Hindi by name, near Vernon", "hi", "org06"),
        "मालिक पैसे नहीं देता",
        "हिंदी",
        "१",
        "६",
    ),
    _of(
        *("Chinese in traditional characters, in Metro Vancouver", "zh-Hant", "org03"),
        "老闆拿走了我的護照，也不給我們加班費",
        "繁體中文",
        "一",
        "5",
    ),
    _of(
        *("Chinese in simplified characters, in Metro Vancouver", "zh-Hans", "org03"),
        "老板拿走了我的护照，也不给我们工资",
        "简体中文",
        "1",
        "５",
    ),
    _of(
        *("Vietnamese by name, in Surrey", "vi", "org12"),
        "Ông chủ giữ hộ chiếu của tôi và không trả lương",
        "tiếng việt",
        "1",
        "Surrey",
    ),
    _of(
        *("Portuguese by name, in Burnaby", "pt", "org03"),
        "O meu chefe não paga as horas e ficou com o meu passaporte",
        "português",
        "1",
        "Burnaby",
    ),
    _of(
        *("Korean, whose letters decide it", "ko", "org03"),
        "사장님이 월급을 안 주고 여권을 가져갔어요",
        "1",
        "5",
    ),
    _of(
        *("Arabic by name, digits in Arabic", "ar", "org03"),
        "صاحب العمل لا يدفع لنا وأخذ جوازات سفرنا",
        "عربي",
        "١",
        "٥",
    ),
    _of(
        *("A card of the north in Filipino, evenings only", "fil", "org07"),
        "35",
        "2",
    ),
    # Towns as people write them, in their own letters or beside other words.
    _of(
        *("English, a village with its province, evenings only", "en", "org01"),
        "they cut my hours after i asked about the overtime",
        "2",
        "osoyoos bc",
    ),
    _of(
        *("Spanish, near a town", "es", "org01"),
        "no tengo contrato y el patron me debe tres semanas",
        "1",
        "cerca de Oliver",
    ),
    _of(
        *("French, a town of the Kootenay", "fr", "org06"),
        "Salut, ma patronne garde mon passeport depuis le mois de mai",
        "1",
        "Creston BC",
    ),
    _of(
        *("Filipino from its words, a town between courtesies", "fil", "org05"),
        "hindi po kami binabayaran ng overtime ng amo namin",
        "1",
        "sa Surrey po",
    ),
    _of(
        *("Punjabi, the town in Gurmukhi too", "pa", "org02 org10 org11"),
        "ਫਾਰਮ ਤੇ ਸਾਨੂੰ ਘੰਟਿਆਂ ਦੇ ਪੈਸੇ ਨਹੀਂ ਮਿਲੇ",
        "੧",
        "ਐਬਟਸਫੋਰਡ",
    ),
    _of(
        *("Hindi, the town in Devanagari", "hi", "org11"),
        "मेरे मालिक ने पासपोर्ट रख लिया है",
        "हिन्दी",
        "१",
        "सरे",
    ),
    _of(
        *("Chinese in traditional characters, a town in Chinese", "zh-Hant", "org03"),
        "餐廳老闆不給加班費，還說要取消我的工作證",
        "繁體中文",
        "1",
        "列治文",
    ),
    _of(
        *("Chinese in simplified characters, the digit as a word, a town in Chinese", "zh-Hans", "org03"),
        "农场老板不让我们去看医生",
        "简体中文",
        "一",
        "素里",
    ),
    _of(
        *("Vietnamese by name, near a town", "vi", "org03"),
        "Chủ nông trại không trả tiền làm thêm giờ cho chúng tôi",
        "tiếng Việt",
        "1",
        "gần Abbotsford",
    ),
    _of(
        *("Vietnamese, whose yes differs from a stop by its tone alone", "vi", "org12"),
        "Chủ không trả tiền lương và giữ giấy tờ của tôi",
        "Đúng",
        "Burnaby",
    ),
    _of(
        *("Portuguese from its words, a town with its province", "pt", "org03"),
        "o patrão fica com o nosso dinheiro e não temos contrato",
        "1",
        "Langley BC",
    ),
    _of(
        *("Korean, the town in Hangul", "ko", "org03"),
        "식당에서 일하는데 사장님이 초과근무 수당을 안 줘요",
        "1",
        "버나비",
    ),
    _of(
        *("Arabic by name, the town in Arabic", "ar", "org03"),
        "صاحب المطعم أخذ جوازي ولا يعطيني راتبي",
        "عربي",
        "١",
        "فانكوفر",
    ),
)
