"""The terminal's guess at a language: letters decide, words and a model suggest, and the hotline runs none of it."""

import ast
import subprocess
import sys

import pytest

from intake.sms.identify import Identified, identify
from tests.guards.tree import PACKAGES, ROOT, files

SAID = {
    "es": "el patrón tiene mi pasaporte y no nos paga las horas extra",
    "fr": "le patron garde mon passeport et il ne paie pas les heures",
    "en": "my boss has my passport and he does not pay us for overtime",
    "fil": "hindi po kami binabayaran ng amo namin at kinuha niya ang passport",
    "pt": "o meu chefe não paga as horas e ficou com o meu passaporte",
    "vi": "ông chủ giữ hộ chiếu của tôi và không trả lương",
    "hi": "मेरा मालिक पैसे नहीं देता और पासपोर्ट रख लिया",
    "ar": "صاحب العمل لا يدفع لنا وأخذ جوازات سفرنا",
    "zh-Hant": "老闆拿走了我的護照，也不給我們工資",
    "zh-Hans": "老板拿走了我的护照，也不给我们工资",
}


@pytest.mark.parametrize("code", SAID)
def test_a_story_is_guessed_and_never_decided(code: str) -> None:
    found = identify(SAID[code])
    assert (found.choice, found.suggestion, found.by) == (None, code, "model")
    assert 0 < found.confidence <= 1


@pytest.mark.parametrize(
    ("text", "code"), [("ਮਾਲਕ ਨੇ ਪਾਸਪੋਰਟ ਰੱਖ ਲਿਆ", "pa"), ("사장님이 월급을 안 줘요", "ko"), ("นายจ้าง", "th")]
)
def test_a_script_of_one_language_decides(text: str, code: str) -> None:
    assert identify(text) == Identified(choice=code, confidence=1.0, by="script")


@pytest.mark.parametrize(
    "text",
    [
        *("", "hi", "hola", "ok ok", "12345 67890 12345", "👍👍👍👍👍👍👍👍👍👍👍👍"),
        *("mera malik paise nahi dinda te passport rakh lia", "mera boss salary nahi de raha hai"),
        *("میرا مالک پیسے نہیں دیتا", "malik ne sadi tankhah nahi ditti"),
    ],
)
def test_a_greeting_and_what_no_detector_knows_stay_unknown(text: str) -> None:
    assert identify(text) == Identified()


def test_the_model_is_loaded_by_nothing_that_takes_texts_in() -> None:
    """It costs over 100 MiB, so one module knows it, and one command knows that."""
    importers: dict[str, set[str]] = {"py3langid": set(), "intake.sms.identify": set()}
    for path in files(".py", folders=PACKAGES):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
            elif isinstance(node, ast.Import):
                names = {one.name for one in node.names}
            else:
                continue
            for name, found in importers.items():
                if any(one == name or one.startswith(f"{name}.") for one in names):
                    found.add(path.relative_to(ROOT).as_posix())
    assert importers == {"py3langid": {"intake/sms/identify.py"}, "intake.sms.identify": {"intake/sms/measuring.py"}}


def test_neither_the_webhook_nor_the_worker_nor_the_command_s_help_loads_the_model() -> None:
    code = (
        "import sys; import intake.sms.views, intake.sms.commands, intake.sms.answering, intake.sms.settling;"
        "print(sorted({'numpy', 'py3langid', 'intake.sms.identify'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
