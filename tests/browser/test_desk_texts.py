"""A case of text messages at the desk, in Chromium: its texts in order, and an answer with its warning."""

import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, expect
from sqlalchemy import delete, select

from crypto import envelope, suite
from crypto.envelope import Envelope, MessageType
from intake.answers import Answers
from referrals import delivery
from referrals.case import mailbox_messages
from referrals.delivery import Delivery
from referrals.models import Message, Referral, Wrap
from service.clock import FixedClock
from tests.browser.desk_window import Window, window
from tests.integration.casework import work
from tests.integration.phone import Phone, hotline_of
from tests.integration.texted import Texted, plant_texts
from tests.network import Network

HOLDER = "org01"
SAFE = "Podemos hablar el domingo."


def answers(network: Network, texted: Texted) -> list[tuple[str, str]]:
    """Open what waits in the mailbox of a case of texts: each answer and its language."""
    with network.runtime.database.session() as session:
        sealed = mailbox_messages(session, network.runtime.keystore, texted.case_id)
    pair = suite.key_pair(texted.mailbox_seed)
    opened = [envelope.open_(Envelope(one.header, one.wraps, one.body), pair).document for one in sealed]
    return [(told["fields"]["text"], told["lang"]) for told in map(json.loads, opened)]


def top_of(shown: Locator) -> float:
    """Measure how far down the page something stands."""
    box = shown.bounding_box()
    assert box is not None
    return box["y"]


def open_reply(desk: Window) -> None:
    """Take the first case and open the form for an answer."""
    desk.open_desk(HOLDER)
    desk.open_case()
    desk.page.keyboard.press("t")
    desk.wait_for("The case is yours.")
    desk.page.keyboard.press("r")


def test_text_cases_stand_beside_forms_and_say_so_in_words(browser: Browser, network: Network) -> None:
    network.report(Answers(locale="en", what=("pay_hours",), district="5907", story="CANARY form"))
    plant_texts(network, HOLDER, language="und")
    with window(browser, network) as desk:
        desk.open_desk(HOLDER)
        rows = desk.page.locator(".row")
        expect(rows).to_have_count(2)
        assert sorted(rows.locator(".channel").all_text_contents()) == ["Form", "Text message"]
        texted = rows.filter(has_text="Text message")
        assert texted.locator(".language").text_content() == "Language not known yet"
        desk.page.get_by_label("Language").select_option("und")
        expect(rows).to_have_count(1)
        desk.open_case()
        facts = desk.page.locator(".facts").inner_text()
        assert "Text message" in facts
        assert "Language not known yet" in facts


def test_each_text_is_shown_plainly_in_its_place_with_how_it_was_sealed(browser: Browser, network: Network) -> None:
    texts = ("<b>CANARY</b> ਮੇਰਾ", "4", "Oliver")
    plant_texts(network, HOLDER, texts, urgency="emergency", media=("image/jpeg",))
    with window(browser, network) as desk:
        desk.open_desk(HOLDER)
        desk.open_case()
        shown = desk.page.locator(".message")
        expect(shown.locator(".text")).to_have_text(list(texts))
        came_with = "Came with this text; what could be taken in follows below\nimage/jpeg"
        assert [listed.inner_text() for listed in shown.locator(".answers:visible").all()] == [came_with]
        for at, author in enumerate(["The worker's first text", "The worker texted", "The worker texted"]):
            byline = shown.nth(at).locator(".byline").inner_text()
            for words in (author, f"{at + 1} of 3", "sealed at our server when it came"):
                assert words in byline
        assert shown.locator(".notice:visible").count() == 0, "that texts are unsigned is said once, above them"
        desk.wait_for("Texts can't be signed: whoever held the phone could have written them.")
        desk.wait_for("A digit alone answers a question that our server asked by text.")
        assert desk.page.locator("[data-part=mismatch]").is_hidden(), "texts answer no questions of a form"
        assert "Others may read this phone." in desk.page.locator(".safety").inner_text()


def test_what_the_hotline_took_in_is_shown_in_order_without_a_warning(
    browser: Browser, network: Network, clock: FixedClock
) -> None:
    texts = ("CANARY no me pagan", "5", "2", "Somos seis en la casa")
    Phone(hotline_of(network.runtime)).text(*texts)
    clock.advance(timedelta(minutes=16))
    work(network.runtime)
    with network.runtime.database.session() as session:
        chosen = select(Referral.organization_id).where(Referral.kind == "primary")
        holder = next(key for key in network.accounts if network.organization_id(key) == session.scalar(chosen))
    with window(browser, network) as desk:
        desk.open_desk(holder)
        assert desk.page.locator(".row .channel").text_content() == "Text message"
        desk.open_case()
        shown = desk.page.locator(".message")
        expect(shown.locator(".text")).to_have_text(list(texts))
        assert "4 of 4" in shown.last.inner_text()
        assert shown.locator(".notice:visible").count() == 0
        assert desk.page.locator("[data-part=mismatch]").is_hidden()


def test_a_text_that_is_missing_leaves_its_number_free(browser: Browser, network: Network) -> None:
    plant_texts(network, HOLDER)
    with network.runtime.database.session(write=True) as session:
        second = select(Message.id).where(Message.position == 1).scalar_subquery()
        session.execute(delete(Wrap).where(Wrap.message_id == second))
    with window(browser, network) as desk:
        desk.open_desk(HOLDER)
        desk.open_case()
        shown = desk.page.locator(".message")
        expect(shown).to_have_count(2)
        assert "3 of 3" in shown.nth(1).inner_text()
        assert "A message is missing before this one." in shown.nth(1).inner_text()


def test_an_answer_to_a_phone_is_warned_of_counted_and_sent(browser: Browser, network: Network) -> None:
    texted = plant_texts(network, HOLDER)
    with window(browser, network) as desk:
        open_reply(desk)
        warning = desk.page.locator("#phone-warning")
        for words in ("others may read", "Can you talk?", "only after answering 1", "Name no organization"):
            assert words in warning.inner_text()
        box = desk.page.get_by_label("Message to the worker")
        assert top_of(warning) < top_of(box), "the warning comes first"
        expect(box).to_have_accessible_description(re.compile("others may read"))
        box.fill("a" * 160)
        desk.wait_for("This makes 1 text on their phone.")
        desk.page.keyboard.press("End")
        desk.page.keyboard.type("ç")
        desk.wait_for("This makes 3 texts on their phone.")
        box.fill("ç" * 202)
        desk.wait_for("This makes about 4 texts on their phone. A shorter message is safer.")
        box.fill("")
        expect(desk.page.locator("[data-part=reply-count]")).to_be_hidden()
        box.fill(SAFE)
        desk.page.keyboard.press("Control+Enter")
        desk.wait_for("Kept. The worker is asked whether they can talk, and gets it after their yes.")
        expect(desk.page.locator(".message .text").last).to_have_text(SAFE)
    assert answers(network, texted) == [(SAFE, "es")]


@pytest.mark.parametrize(
    ("where", "words", "is_lost"),
    [
        (Delivery.ASKED, "This goes out when they say yes.", False),
        (Delivery.SENT, "This has left for the worker's phone.", False),
        (Delivery.UNKNOWN, "Nobody can say whether this reached the phone.", True),
        (Delivery.FAILED, "This did not reach the phone", True),
    ],
)
def test_an_answer_says_where_it_is_on_its_way_to_the_phone(
    browser: Browser, network: Network, where: Delivery, words: str, is_lost: bool
) -> None:
    plant_texts(network, HOLDER)
    with window(browser, network) as desk:
        open_reply(desk)
        desk.page.get_by_label("Message to the worker").fill(SAFE)
        desk.page.keyboard.press("Control+Enter")
        desk.wait_for("Kept. The worker is asked whether they can talk, and gets it after their yes.")
        with network.runtime.database.session(write=True) as session:
            reply = session.scalars(select(Message.id).where(Message.type == int(MessageType.REPLY))).one()
            delivery.tell(session, reply, where)
        desk.page.reload()
        desk.unlock(HOLDER)
        told = desk.page.locator("[data-part=delivery]", has_text=words)
        expect(told).to_be_visible()
        assert (told.get_attribute("class") == "notice") is is_lost


def test_words_that_give_away_are_named_and_a_person_decides(browser: Browser, network: Network) -> None:
    texted = plant_texts(network, HOLDER)
    own, other = (network.accounts[key].organization_name for key in (HOLDER, "org02"))
    message = f"Su denuncia llegó a {own.upper()}. {other} has your report."
    with window(browser, network) as desk:
        open_reply(desk)
        page = desk.page
        box = page.get_by_label("Message to the worker")
        box.fill(message)
        page.get_by_role("button", name="Sign and send").click()
        found = page.locator("[data-part=words]")
        expect(found).to_be_focused()
        for word in ("denuncia", own.upper(), other, "report"):
            assert word in found.inner_text()
        assert answers(network, texted) == []
        page.get_by_role("button", name="Change the message").click()
        expect(box).to_be_focused()
        page.keyboard.press("Control+Enter")
        expect(found).to_be_focused()
        for key in ("Tab", "Tab"):
            page.keyboard.press(key)
        expect(page.get_by_role("button", name="Send it anyway")).to_be_focused()
        page.keyboard.press("Enter")
        desk.wait_for("Kept. The worker is asked whether they can talk")
    assert answers(network, texted) == [(message, "es")]


def test_reading_about_one_message_sends_no_other(browser: Browser, network: Network) -> None:
    texted = plant_texts(network, HOLDER)
    with window(browser, network) as desk:
        open_reply(desk)
        page = desk.page
        box = page.get_by_label("Message to the worker")
        box.fill("Your case")
        page.get_by_role("button", name="Sign and send").click()
        expect(page.locator("[data-part=words]")).to_be_focused()
        box.fill("Your case and your receipt")
        expect(page.locator("[data-part=words]")).to_be_hidden()
        page.get_by_role("button", name="Sign and send").click()
        assert "receipt" in page.locator("[data-part=words]").inner_text()
        box.fill(SAFE)
        page.get_by_role("button", name="Sign and send").click()
        desk.wait_for("Kept. The worker is asked whether they can talk")
    assert answers(network, texted) == [(SAFE, "es")]


def test_a_language_that_nobody_knows_yet_must_be_chosen(browser: Browser, network: Network) -> None:
    texted = plant_texts(network, HOLDER, language="und")
    with window(browser, network) as desk:
        open_reply(desk)
        page = desk.page
        desk.wait_for("Their language is not known yet: choose the one that their texts are in.")
        page.get_by_label("Message to the worker").fill(SAFE)
        page.get_by_role("button", name="Sign and send").click()
        expect(page.get_by_label("Language of your message")).to_be_focused()
        assert answers(network, texted) == []
        page.get_by_label("Language of your message").select_option("pa")
        page.get_by_role("button", name="Sign and send").click()
        desk.wait_for("Kept.")
    assert answers(network, texted) == [(SAFE, "pa")]


def test_a_phone_that_nothing_may_be_sent_to_has_its_box_closed_with_the_reason(
    browser: Browser, network: Network
) -> None:
    plant_texts(network, HOLDER, may_answer=False)
    with window(browser, network) as desk:
        desk.open_desk(HOLDER)
        desk.open_case()
        desk.page.keyboard.press("t")
        desk.wait_for("No text can be sent to this phone: the worker wants no more texts, the phone is not theirs,")
        desk.page.keyboard.press("r")
        assert not desk.page.get_by_label("Message to the worker").is_visible()


def test_an_answer_to_a_form_carries_no_warning_about_a_phone(browser: Browser, network: Network) -> None:
    network.report(Answers(locale="en", what=("pay_hours",), district="5907", story="CANARY form"))
    with window(browser, network) as desk:
        open_reply(desk)
        assert desk.page.locator("#phone-warning").is_hidden()
        desk.page.get_by_label("Message to the worker").fill("Your report")
        expect(desk.page.locator("[data-part=reply-count]")).to_be_hidden()
        desk.page.get_by_role("button", name="Sign and send").click()
        desk.wait_for("Sent. The worker reads it with their receipt.")
