"""What the tests of cards and posters share: a language's words, made-up facts, and sentences in each script."""

from functools import cache

from intake.content import published
from intake.outreach.facts import Facts, facts
from intake.outreach.making import Format, Kind, made
from intake.outreach.shapes import Drawn, Shape
from intake.outreach.typesetting import Typesetter
from intake.outreach.wording import Wording, wording
from translations.catalogue import catalogue
from translations.locales import locale

URL = "https://leeward.example"
NUMBER = "+16045550123"
# The card's longest sentences come out about so long in the languages of the form.
SAMPLES = {
    "hi": "आपका मालिक आपको देश से नहीं निकाल सकता। वह आपका इमिग्रेशन स्टेटस नहीं बदल सकता।",
    "zh-Hant": "老闆不能把你驅逐出境。老闆不能更改你的移民身份。",
    "zh-Hans": "老板不能把你驱逐出境。老板不能更改你的移民身份。",
    "vi": "Chủ không thể trục xuất bạn. Chủ không thể đổi tình trạng nhập cư của bạn.",
    "ko": "사장은 당신을 추방할 수 없습니다. 사장은 당신의 체류 자격을 바꿀 수 없습니다.",
    "ar": "لا يمكن لصاحب العمل أن يرحّلك (911). ولا يمكنه أن يغيّر وضعك في كندا.",
}


def said(code: str, *, carried: bool = True) -> Wording:
    return wording(catalogue(code), published.numbers(), published.rights(published.PROVINCE), carried=carried)


def told(code: str, *numbers: str) -> Facts:
    return facts(code, URL, numbers or (NUMBER,))


@cache
def file_of(kind: Kind, written: Format, code: str) -> bytes:
    return made(kind, written, catalogue(code), told(code))


def ink(drawn: Drawn) -> tuple[Shape, ...]:
    return tuple(drawn.at(0, 0))


def typesetter(code: str) -> Typesetter:
    return Typesetter(locale(code))
