"""`leeward sms doctor` against doubles of both providers: each thing that can be wrong is found, and what to do."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner

import wsgi
from intake.sms import doctor
from intake.sms.checkup import Finding, Weight
from intake.sms.gateways import twilio_check
from intake.sms.gateways.smsgate import SmsGate
from intake.sms.gateways.twilio_check import FALLBACK_PATH, INBOUND_PATH, OVERRIDES, VOICE_PATH
from intake.sms.gateways.twilio_rest import Twilio
from service.clock import FixedClock
from service.runtime import Runtime
from service.settings import Settings
from tests.conftest import NOON
from tests.integration.hot import WORKER, Hot, hotline_at_double
from tests.integration.smsgate_double import SmsGateDouble, smsgate_double
from tests.integration.twilio_double import TwilioDouble, refuses, twilio_double
from tests.unit.intake.sms.webhooks import NUMBER, PHONE_KEY, PHONE_LOGIN, SITE, TOKEN, with_hotline, with_phone

OTHER = "+12365550177"


@pytest.fixture
def double() -> Iterator[TwilioDouble]:
    with twilio_double() as served:
        served.numbers.append(number())
        yield served


def number(**changed: object) -> dict[str, object]:
    """Give a number as it should be set up, with what a test wants otherwise."""
    return {
        "phone_number": NUMBER,
        "capabilities": {"sms": True, "mms": True, "voice": True},
        "sms_url": f"{SITE}{INBOUND_PATH}#{OVERRIDES}",
        "sms_method": "POST",
        "sms_fallback_url": f"{SITE}{FALLBACK_PATH}#{OVERRIDES}",
        "sms_fallback_method": "POST",
        "sms_application_sid": "",
        "voice_url": f"{SITE}{VOICE_PATH}#{OVERRIDES}",
        "voice_method": "POST",
        "voice_application_sid": "",
    } | changed


def settings_of(runtime: Runtime) -> Settings:
    """Give the settings of a hotline at Twilio."""
    return replace(with_hotline(runtime.settings), public_url=SITE)


def faults(double: TwilioDouble, settings: Settings) -> list[Finding]:
    """Look, and give what is wrong."""

    def gateway_of(these: Settings) -> Twilio:
        return Twilio(these, base_url=double.address, timeout=(1.0, 1.0))

    found = list(twilio_check.findings(settings, gateway_of))
    assert all(one.do for one in found if one.weight is not Weight.FINE)
    return [one for one in found if one.weight is Weight.FAULT]


def test_a_hotline_that_is_set_up_as_it_should_be_has_no_fault(double: TwilioDouble, sqlite_runtime: Runtime) -> None:
    assert faults(double, settings_of(sqlite_runtime)) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"sms_url": ""}, "webhook for texts leads elsewhere"),
        ({"sms_url": f"https://other.example{INBOUND_PATH}"}, "webhook for texts leads elsewhere"),
        ({"sms_url": f"{SITE}{INBOUND_PATH}"}, "webhook for texts is tried once only"),
        ({"sms_url": f"{SITE}{INBOUND_PATH}#rc=0&rp=5xx,ct,rt"}, "webhook for texts is tried once only"),
        ({"sms_url": f"{SITE}{INBOUND_PATH}#rc=2&rp=ct"}, "webhook for texts is tried once only"),
        ({"sms_fallback_url": None}, "fallback URL for texts leads elsewhere"),
        ({"sms_fallback_url": f"{SITE}{FALLBACK_PATH}"}, "fallback URL for texts is tried once only"),
        ({"sms_method": "GET"}, "webhook for texts is asked by GET"),
        ({"sms_application_sid": "AP" + "1" * 32}, "an application takes its texts"),
        ({"capabilities": {"sms": False}}, "it cannot take texts"),
        ({"voice_url": "https://demo.example/welcome"}, "a call to it does not reach us"),
        ({"phone_number": OTHER}, "the account does not have it"),
    ],
    ids=str,
)
def test_each_thing_that_is_wrong_with_a_number_is_found(
    double: TwilioDouble, sqlite_runtime: Runtime, changed: dict[str, object], told: str
) -> None:
    double.numbers[:] = [number(**changed)]
    found = faults(double, settings_of(sqlite_runtime))
    assert [one for one in found if told in one.what], found


def test_a_number_that_posts_to_us_and_is_not_in_the_settings_is_found(
    double: TwilioDouble, sqlite_runtime: Runtime
) -> None:
    double.numbers.append(number(phone_number=OTHER))
    (found,) = faults(double, settings_of(sqlite_runtime))
    assert (found.subject, found.what) == (OTHER, "its texts are posted to us and refused")


def test_each_token_is_tried_and_a_wrong_one_is_named_by_its_place(
    double: TwilioDouble, sqlite_runtime: Runtime
) -> None:
    settings = replace(settings_of(sqlite_runtime), twilio_auth_token=(TOKEN, "ab" * 16, "sha256:" + "c0" * 32))
    (found,) = faults(double, settings)
    assert found.subject == "auth token 2 of 2"
    assert "ab" * 16 not in str(found)


@pytest.mark.parametrize(("changed", "told"), [({"status": "suspended"}, "suspended"), ({"type": "Trial"}, "on trial")])
def test_an_account_that_does_not_work_is_found(
    double: TwilioDouble, sqlite_runtime: Runtime, changed: dict[str, str], told: str
) -> None:
    double.account |= changed
    assert [one for one in faults(double, settings_of(sqlite_runtime)) if told in one.what]


def test_a_messaging_service_that_takes_our_texts_is_found(double: TwilioDouble, sqlite_runtime: Runtime) -> None:
    service = {"numbers": [NUMBER], "use_inbound_webhook_on_number": False}
    double.services["MG" + "1" * 32] = service
    assert [one for one in faults(double, settings_of(sqlite_runtime)) if "messaging service" in one.what]
    service["use_inbound_webhook_on_number"] = True
    assert faults(double, settings_of(sqlite_runtime)) == []


def test_redaction_of_what_comes_in_is_found(double: TwilioDouble, sqlite_runtime: Runtime) -> None:
    double.came("", "+1604555XXXX", number=1)
    assert [one for one in faults(double, settings_of(sqlite_runtime)) if "masks" in one.what]


def test_a_provider_that_cannot_be_asked_is_a_fault(double: TwilioDouble, sqlite_runtime: Runtime) -> None:
    double.is_away = True
    assert faults(double, settings_of(sqlite_runtime))


@pytest.fixture
def telephone() -> Iterator[SmsGateDouble]:
    with smsgate_double() as served:
        served.webhooks += [{"event": event, "url": SITE + doctor.EVENTS_PATH} for event in doctor.EVENTS]
        yield served


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda phone: None, None),
        (lambda phone: phone.webhooks.pop(), "does not post to us: sms:cancelled"),
        (lambda phone: phone.webhooks.append({"event": "sms:received", "url": "https://x.example"}), "gets a copy"),
        (lambda phone: phone.devices.clear(), "not seen for an hour"),
        (lambda phone: phone.devices.__setitem__(0, {"lastSeen": "2026-07-08T15:00:00Z"}), "not seen for an hour"),
        (lambda phone: setattr(phone, "is_away", True), "not seen for an hour"),
    ],
)
def test_what_is_wrong_with_a_telephone_of_our_own_is_found(
    telephone: SmsGateDouble, sqlite_runtime: Runtime, change: Callable[[SmsGateDouble], object], told: str | None
) -> None:
    change(telephone)
    settings = replace(with_phone(sqlite_runtime.settings, telephone.address), public_url=SITE)
    gate = SmsGate(settings, timeout=1.0)
    found = [one for one in doctor.of_telephone(settings, gate, now=NOON) if one.weight is Weight.FAULT]
    assert [one for one in found if told and told in one.what] if told else not found


def test_a_telephone_s_server_that_does_not_know_us_is_found(telephone: SmsGateDouble, sqlite_runtime: Runtime) -> None:
    settings = replace(with_phone(sqlite_runtime.settings, telephone.address), smsgate_login="leeward:wrong")
    (found,) = doctor.of_telephone(settings, SmsGate(settings, timeout=1.0), now=NOON)
    assert "does not know us" in found.what


def test_a_phone_that_opted_out_at_the_provider_gives_its_keywords_away(runtime: Runtime, clock: FixedClock) -> None:
    with hotline_at_double(runtime, clock) as hot:
        assert of_database(hot) == []
        hot.double.then(refuses(21610))
        hot.text("hello", sender=WORKER)
        hot.work()
        (found,) = of_database(hot)
        assert (found.subject, found.weight) == ("keywords", Weight.FAULT)
        clock.advance(timedelta(days=31))
        assert of_database(hot) == []


def of_database(hot: Hot) -> list[Finding]:
    """Look at what the provider has answered lately."""
    with hot.runtime.database.session() as session:
        return list(doctor.of_database(session, now=hot.clock.now()))


def test_the_command_says_what_is_wrong_and_its_status_tells(runtime: Runtime) -> None:
    environ = {
        "LEEWARD_DATA": str(runtime.settings.data),
        "LEEWARD_DATABASE_URL": runtime.settings.database_url,
        "LEEWARD_PUBLIC_URL": SITE,
    }
    done = CliRunner().invoke(wsgi.cli, ["sms", "doctor"], env=environ)
    assert done.exit_code == 1
    assert "FAULT  settings: no provider is set up" in done.output
    phone = {
        "LEEWARD_SMSGATE_URL": "http://127.0.0.1:9/api",
        "LEEWARD_SMSGATE_LOGIN": PHONE_LOGIN,
        "LEEWARD_SMSGATE_SIGNING_KEY": PHONE_KEY,
        "LEEWARD_SMSGATE_NUMBER": "+17785550100",
    }
    done = CliRunner().invoke(wsgi.cli, ["sms", "doctor"], env=environ | phone)
    assert done.exit_code == 1
    assert "cannot be reached" in done.output
    assert PHONE_LOGIN not in done.output


def test_a_report_without_a_fault_is_well() -> None:
    lines, is_well = doctor.report([Finding(Weight.FINE, "x", "y"), Finding(Weight.NOTE, "x", "y", "z")])
    assert (lines, is_well) == (["fine   x: y", "note   x: y", "       do: z"], True)
