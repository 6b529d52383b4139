"""What is held until somebody can read it, on both databases: routed after silence, never lost, an alarm in time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

import wsgi
from crypto.envelope import WrapRole
from intake import sweep
from intake.sms import conversations as kept
from intake.sms import settling
from intake.sms.chores import chores
from intake.sms.index import name_of
from intake.sms.numbers import PHONE_KEPT
from intake.sms.settling import HELD_AT_MOST, HELD_TOO_LONG, SILENT_AFTER
from referrals.directory.models import DirectoryState, OrganizationEpoch
from referrals.referral import DESTROY_KEY_TOPIC
from service import outbox
from service.clock import FixedClock
from service.outbox import DeliveryFailed
from service.runtime import Runtime
from service.worker import Worker
from tests.integration.casework import actions
from tests.integration.office import Office
from tests.integration.phone import CANARY, NUMBER, Phone, cases, conversations, hotline_of, said
from tests.integration.worker_client import count, rows, stored
from tests.network import KEYS, Network

MINUTE = timedelta(minutes=1)
TOLD = "Mi jefe no me paga"


@pytest.fixture
def phone(network: Network) -> Phone:
    return Phone(hotline_of(network.runtime))


def state(runtime: Runtime) -> str:
    (case,) = cases(runtime)
    return str(case.state)


def alarms(runtime: Runtime) -> tuple[str, ...]:
    with runtime.database.session() as session:
        return settling.alarms(session, now=runtime.clock.now())


def give_key(network: Network, key: str, *, has_one: bool) -> None:
    """Take an organization's key away, or give it back."""
    own = OrganizationEpoch.organization_id == network.organization_id(key)
    with network.runtime.database.session(write=True) as session:
        session.execute(update(OrganizationEpoch).where(own).values(revoked=not has_one))
        session.execute(update(DirectoryState).values(serial=DirectoryState.serial + 1))


def pass_time(runtime: Runtime, clock: FixedClock, span: timedelta, *, step: timedelta = MINUTE) -> None:
    """Let time pass, with a worker all the while that routes and destroys keys, and sends nothing."""
    topics = (settling.SILENCE_TOPIC, DESTROY_KEY_TOPIC)
    worker = Worker(runtime, {topic: handler for topic, handler in wsgi.handlers().items() if topic in topics})
    end = clock.now() + span
    while clock.now() < end:
        clock.set(min(clock.now() + step, end))
        while worker.run_once():
            pass


def test_fifteen_minutes_of_silence_route_a_case_on_what_is_known(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(TOLD, "5", "1")
    pass_time(runtime, clock, SILENT_AFTER - MINUTE)
    assert state(runtime) == "held"
    pass_time(runtime, clock, 2 * MINUTE)
    (case,) = cases(runtime)
    # The number says the province and no more, and nobody who is there for all of it deals with what is not known.
    assert (case.state, case.area, case.language) == ("received", "prov:BC", "es")
    assert Office(network, "org16").reads(case.id) == [TOLD, "5", "1"]
    assert "report.routed" in actions(runtime)


def test_silence_says_nothing_to_the_worker(phone: Phone, network: Network, clock: FixedClock) -> None:
    phone.text(TOLD)
    asked = len(said(network.runtime))
    settle_at_once(network.runtime, clock)
    assert len(said(network.runtime)) == asked


def settle_at_once(runtime: Runtime, clock: FixedClock) -> None:
    """Have a case that is held routed, without sending what waits to be sent."""
    clock.advance(SILENT_AFTER)
    (conversation,) = conversations(runtime)
    settling.on_silence(runtime, {"conversation": conversation.id.hex()})


def test_a_worker_who_goes_on_writing_is_routed_before_it_is_an_alarm(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(TOLD)
    for _ in range(int(HELD_AT_MOST / (5 * MINUTE)) - 1):
        pass_time(runtime, clock, 5 * MINUTE)
        phone.text("Ayer tampoco nos dejaron salir de la casa, y nos quitaron los papeles a todos nosotros")
        assert state(runtime) == "held"
    pass_time(runtime, clock, 6 * MINUTE)
    assert state(runtime) == "received"
    assert alarms(runtime) == ()


def test_settling_leaves_no_wrap_for_the_holding_key_and_destroys_it(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(TOLD, "5")
    (conversation,) = conversations(runtime)
    assert conversation.holding_key_id is not None
    pass_time(runtime, clock, SILENT_AFTER + MINUTE)
    assert {row.role for row in rows(runtime)["wrap"]} == {int(WrapRole.RECIPIENT)}
    assert runtime.keystore.get_many([conversation.holding_key_id]) == {}
    (settled,) = conversations(runtime)
    assert (settled.holding_key_id, settled.settle_by) == (None, None)


def test_a_case_is_routed_once_however_often_its_silence_is_noticed(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(TOLD)
    settle_at_once(runtime, clock)
    before = stored(runtime)
    (conversation,) = conversations(runtime)
    settling.on_silence(runtime, {"conversation": conversation.id.hex()})
    assert stored(runtime) == before


def test_a_text_that_comes_while_its_case_is_being_routed_is_in_it(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(TOLD)
    clock.advance(SILENT_AFTER)
    (conversation,) = conversations(runtime)
    with runtime.database.session() as session:
        known = kept.of_id(session, runtime, conversation.id)
    assert known is not None
    phone.text("Y me grita todos los dias delante de todos, por eso ya no puedo dormir en la noche")
    with pytest.raises(kept.ConversationChanged), runtime.database.session(write=True) as session:
        kept.change(session, runtime, known, known.memory, settle_by=None)
    pass_time(runtime, clock, HELD_AT_MOST)
    (case,) = cases(runtime)
    assert len(Office(network, "org16").reads(case.id)) == 2


def test_where_nobody_fits_the_coordinator_gets_it(phone: Phone, network: Network, clock: FixedClock) -> None:
    phone.number = "+529515550142"
    phone.text("Hello")
    settle_at_once(network.runtime, clock)
    (case,) = cases(network.runtime)
    coordinator = Office(network, "org16")
    assert coordinator.reads(case.id) == ["Hello"]
    assert coordinator.referral(case.id).kind == "primary"
    assert (case.language, case.area) == ("und", None)


def test_while_nobody_has_a_key_a_case_is_held_is_an_alarm_and_is_routed_once_somebody_has_one(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    for key in KEYS:
        give_key(network, key, has_one=False)
    phone.text(TOLD, "5", "1", "2")
    assert state(runtime) == "held"
    pass_time(runtime, clock, HELD_TOO_LONG - MINUTE)
    assert alarms(runtime) == ()
    pass_time(runtime, clock, MINUTE)
    assert alarms(runtime) == ("sms_held_too_long",)
    pass_time(runtime, clock, timedelta(days=3), step=timedelta(hours=4))
    assert not [row for row in rows(runtime)["outbox"] if row.state == outbox.DEAD and row.topic == "sms.silence"]
    give_key(network, "org16", has_one=True)
    pass_time(runtime, clock, 6 * MINUTE)
    (case,) = cases(runtime)
    assert case.state == "received"
    assert Office(network, "org16").reads(case.id) == [TOLD, "5", "1", "2"]
    assert alarms(runtime) == ()


def test_a_text_of_a_held_case_routes_it_as_soon_as_somebody_has_a_key(phone: Phone, network: Network) -> None:
    for key in KEYS:
        give_key(network, key, has_one=False)
    phone.text(TOLD, "5", "1", "2")
    assert state(network.runtime) == "held"
    give_key(network, "org01", has_one=True)
    phone.text("¿Hola?")
    (case,) = cases(network.runtime)
    assert Office(network, "org01").reads(case.id) == [TOLD, "5", "1", "2", "¿Hola?"]


def test_an_alarm_of_a_held_case_is_told_by_readyz(phone: Phone, network: Network, clock: FixedClock) -> None:
    phone.text(TOLD)
    clock.advance(HELD_TOO_LONG)
    answer = network.app.test_client().get("/readyz", base_url="http://127.0.0.1:8000")
    assert "sms_held_too_long" in answer.json["alarms"]  # type: ignore[index]


def test_a_case_that_changed_meanwhile_is_tried_again(phone: Phone, network: Network, clock: FixedClock) -> None:
    runtime = network.runtime
    phone.text(TOLD)
    clock.advance(SILENT_AFTER)
    (conversation,) = conversations(runtime)

    class Meddling:
        """Randomness during which another text comes in."""

        done = False

        def __call__(self, size: int) -> bytes:
            if not self.done:
                self.done = True
                phone.text("Y me grita todos los dias delante de todos, por eso ya no puedo dormir en la noche")
            return runtime.random(size)

    with pytest.raises(DeliveryFailed) as caught:
        settling.on_silence(replace(runtime, random=Meddling()), {"conversation": conversation.id.hex()})
    assert caught.value.code == "sms_written_meanwhile"
    assert state(runtime) == "held"


def watch_days(worker: Worker, clock: FixedClock, days: int) -> None:
    """Let days go by while a worker looks on."""
    for _ in range(days):
        clock.advance(timedelta(days=1))
        worker.run_once()


def test_a_number_is_forgotten_thirty_days_after_the_last_text_and_no_answer_is_promised_then(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(TOLD, "5", "1", "2")
    worker = Worker(runtime, {}, chores({}))
    watch_days(worker, clock, PHONE_KEPT.days - 1)
    assert conversations(runtime)[0].phone_hmac == name_of(runtime, NUMBER).hmac
    watch_days(worker, clock, 1)
    (conversation,) = conversations(runtime)
    assert not any(getattr(conversation, name) for name in kept.FORGOTTEN)
    (case,) = cases(runtime)
    assert case.may_answer is False
    assert Office(network, "org01").reads(case.id)[0] == TOLD
    assert not worker.failing_chores
    phone.text("Hello")
    assert count(runtime, "case") == 2


def test_the_ids_of_texts_are_known_for_as_long_as_a_provider_keeps_them(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(TOLD)
    worker = Worker(runtime, {}, chores({}))
    left = []
    for days in (399, 1):
        watch_days(worker, clock, days)
        left.append(count(runtime, "sms_inbound"))
    assert left == [1, 0]


def test_keys_of_conversations_are_no_orphans_and_those_of_none_are(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text(TOLD)
    (conversation,) = conversations(runtime)
    used = [key for key in (conversation.holding_key_id, conversation.mailbox_key_id) if key is not None]
    assert len(used) == 2
    unused = [runtime.keystore.take(purpose).id for purpose in ("holding", "relay")]
    swept = 0
    for _ in range(3):
        clock.advance(timedelta(days=1))
        swept += sweep.sweep_keys(runtime)
    assert swept > 0
    assert set(runtime.keystore.get_many([*used, *unused])) == set(used)


def test_nothing_of_a_text_is_in_the_log_of_its_whole_way(
    phone: Phone, network: Network, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    runtime = network.runtime
    phone.text(f"{CANARY} {TOLD}", "5", f"1 {CANARY}")
    pass_time(runtime, clock, SILENT_AFTER + MINUTE)
    out, err = capsys.readouterr()
    for secret in (CANARY, NUMBER, NUMBER[2:]):
        assert secret not in out + err
