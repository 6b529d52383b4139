"""The tests' own network holds together: its keys open what is sealed for them, on both databases."""

from intake.answers import Answers
from referrals.case import case_file, queue_page
from service.runtime import Runtime
from tests.network import KEYS, plant


def test_a_report_is_opened_with_the_keys_of_the_organization_that_it_was_routed_to(runtime: Runtime) -> None:
    network = plant(runtime)
    submitted = network.report(Answers(locale="es", what=("pay_hours",), place="Oliver", story="No me pagan."))
    organization_id = network.organization_id("org01")
    with runtime.database.session() as session:
        (row,) = queue_page(session, organization_id=organization_id, view="new")
        file = case_file(session, runtime.keystore, organization_id=organization_id, case_id=row.case_id)
    assert submitted.organization_name == network.accounts["org01"].organization_name
    assert network.read(file.messages[0], "org01")["fields"]["story"] == "No me pagan."


def test_every_account_of_the_network_unlocks(runtime: Runtime) -> None:
    network = plant(runtime)
    assert set(network.accounts) == set(KEYS)
    assert len({network.epoch_seed(key) for key in KEYS}) == len(KEYS)
