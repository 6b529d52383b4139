"""The directory in a real database: imported whole or not at all, seen at once, and exported as it was."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import event, select

from crypto import suite
from referrals.caseworkers.accounts import make_demo_account
from referrals.caseworkers.invitations import invite
from referrals.directory import checking, state
from referrals.directory.commands import directory
from referrals.directory.exporting import document_of
from referrals.directory.faults import DirectoryRefused
from referrals.directory.importing import Imported, import_directory
from referrals.directory.models import Organization, OrganizationEpoch
from referrals.directory.snapshot import Directory, Snapshot
from referrals.directory.tabular import canonical
from service.clock import FixedClock
from service.models import AuditEntry
from service.runtime import RealDatabaseRefused, Runtime
from tests.unit.referrals.directory.samples import an_id, changed, document, organization
from tests.unit.referrals.directory.test_tabular import demo_directory

WORDS = [f"word{number}" for number in range(7776)]


def take_over(runtime: Runtime, told: Any) -> Imported:
    with runtime.database.session(write=True) as session:
        return import_directory(session, told, now=runtime.clock.now(), random=runtime.random)


def serial(runtime: Runtime) -> int:
    with runtime.database.session() as session:
        return state.serial(session)


def exported(runtime: Runtime) -> dict[str, Any]:
    with runtime.database.session() as session:
        return document_of(session)


def snapshot(runtime: Runtime, directory_: Directory | None = None) -> Snapshot:
    with runtime.database.session(one_statement=True) as session:
        return (directory_ or Directory(runtime.clock)).current(session)


def member(runtime: Runtime, key: str) -> Any:
    return next(found for found in snapshot(runtime).members.values() if found.key == key)


def let_enrol(runtime: Runtime, key: str) -> None:
    """Give an organization somebody with a key."""
    organization_id = member(runtime, key).id
    with runtime.database.session(write=True) as session:
        make_demo_account(
            session, organization_id, f"demo@{key}.example", WORDS, now=runtime.clock.now(), random=runtime.random
        )


def test_a_directory_comes_out_as_it_went_in(runtime: Runtime) -> None:
    imported = take_over(runtime, demo_directory())
    assert len(imported.added) == 16
    assert exported(runtime) == canonical(demo_directory())
    assert serial(runtime) == 1
    with runtime.database.session() as session:
        (entry,) = session.scalars(select(AuditEntry.entry)).all()
    assert entry["action"] == "directory.imported"
    assert entry["added"] == 16


def test_the_same_file_again_changes_nothing(runtime: Runtime) -> None:
    take_over(runtime, demo_directory())
    again = take_over(runtime, canonical(demo_directory()))
    assert again == Imported((), (), (), (), unchanged=16)
    assert serial(runtime) == 1
    with runtime.database.session() as session:
        assert len(session.scalars(select(AuditEntry.id)).all()) == 1


def test_what_changed_is_named_and_seen(runtime: Runtime) -> None:
    take_over(runtime, document(organization("a"), organization("b")))
    told = changed(document(organization("a"), organization("b"), organization("c")), "/organizations/1/name", "New")
    assert take_over(runtime, told) == Imported(("c",), ("b",), (), (), unchanged=2)
    assert serial(runtime) == 2
    assert member(runtime, "b").name == "New"


def test_what_stands_beside_the_organizations_counts_too(runtime: Runtime) -> None:
    take_over(runtime, document())
    take_over(runtime, document() | {"fictional": False})
    assert serial(runtime) == 2
    assert exported(runtime)["fictional"] is False


def test_a_member_left_out_is_deleted_if_nothing_refers_to_it(runtime: Runtime) -> None:
    take_over(runtime, document(organization("a"), organization("b")))
    assert take_over(runtime, document(organization("b"))).removed == ("a",)
    assert [found.key for found in snapshot(runtime).members.values()] == ["b", "helpers"]


@pytest.mark.parametrize("tie", ["key", "invitation"])
def test_a_member_left_out_is_kept_inactive_if_something_refers_to_it(runtime: Runtime, tie: str) -> None:
    take_over(runtime, document(organization("a"), organization("b")))
    if tie == "key":
        let_enrol(runtime, "a")
    else:
        with runtime.database.session(write=True) as session:
            invite(session, organization_key="a", email="x@a.example", now=runtime.clock.now(), random=runtime.random)
    without = document(organization("b"))
    assert take_over(runtime, without).made_inactive == ("a",)
    assert member(runtime, "a").candidate.inactive
    assert (member(runtime, "a").epoch is not None) == (tie == "key")
    # Once inactive it is no change any more, and a file that was exported since says the same.
    assert not take_over(runtime, without).changed_anything
    assert not take_over(runtime, exported(runtime)).changed_anything
    assert take_over(runtime, document(organization("a"), organization("b"))).changed == ("a",)
    assert not member(runtime, "a").candidate.inactive


def test_members_may_trade_keys(runtime: Runtime) -> None:
    take_over(runtime, document(organization("a"), organization("b")))
    traded = document(organization("a", alternate_name="b"), organization("b", alternate_name="a"))
    assert set(take_over(runtime, traded).changed) == {"a", "b"}
    assert member(runtime, "a").name == "Fictional b"


def test_a_key_of_a_member_that_stays_inactive_is_not_given_away(runtime: Runtime) -> None:
    take_over(runtime, document(organization("a")))
    let_enrol(runtime, "a")
    with pytest.raises(DirectoryRefused) as caught:
        take_over(runtime, document(organization("b", alternate_name="a")))
    assert an_id("a") in str(caught.value.faults[0])
    assert serial(runtime) == 2
    assert not member(runtime, "a").candidate.inactive


def test_a_file_with_a_fault_changes_nothing(runtime: Runtime) -> None:
    take_over(runtime, document(organization("a"), organization("b")))
    before = exported(runtime)
    broken = changed(document(organization("c")), "/organizations/0/x_leeward/role", "helper")
    with pytest.raises(DirectoryRefused):
        take_over(runtime, broken)
    assert exported(runtime) == before
    assert serial(runtime) == 1


def test_two_imports_at_once_both_happen(runtime: Runtime) -> None:
    files = [document(organization("a")), document(organization("b"))]
    done: list[Imported] = []
    threads = [threading.Thread(target=lambda told=told: done.append(take_over(runtime, told))) for told in files * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) == 4
    assert exported(runtime) in [canonical(told) for told in files]
    assert serial(runtime) == sum(imported.changed_anything for imported in done)


def test_notices_go_to_the_first_service_s_own_address(runtime: Runtime) -> None:
    told = document(organization("a", email="office@a.example"), organization("b", email="office@b.example"))
    take_over(runtime, changed(told, "/organizations/1/services/0/email", None))
    assert member(runtime, "a").email == "intake@a.example"
    assert member(runtime, "b").email == "office@b.example"


@contextmanager
def counted(runtime: Runtime) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*args: Any) -> None:
        if not args[2].startswith("PRAGMA"):
            statements.append(args[2])

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(runtime.database.engine, "before_cursor_execute", note)


def test_a_current_snapshot_costs_one_small_select(runtime: Runtime) -> None:
    take_over(runtime, demo_directory())
    kept = Directory(runtime.clock)
    first = snapshot(runtime, kept)
    with counted(runtime) as statements:
        assert snapshot(runtime, kept) is first
    (statement,) = statements
    assert "serial" in statement
    assert "organization" not in statement.replace("directory_state", "")


def test_a_change_is_seen_by_the_next_look(runtime: Runtime) -> None:
    kept = Directory(runtime.clock)
    assert snapshot(runtime, kept).members == {}
    assert snapshot(runtime, kept).coordinator is None
    take_over(runtime, demo_directory())
    seen = snapshot(runtime, kept)
    assert len(seen.candidates) == 16
    assert seen.coordinator is not None
    assert seen.coordinator.key == "org16"
    assert [candidate.key for candidate in seen.candidates] == [f"org{number:02}" for number in range(1, 17)]


def test_an_organization_has_a_key_once_its_first_caseworker_made_one(runtime: Runtime) -> None:
    take_over(runtime, document(organization("a", x_leeward={"role": "support_org", "has_key": True})))
    kept = Directory(runtime.clock)
    before = snapshot(runtime, kept).members[bytes.fromhex(an_id("a").replace("-", ""))]
    assert before.epoch is None
    assert not before.candidate.has_key
    let_enrol(runtime, "a")
    after = snapshot(runtime, kept).members[before.id]
    assert after.candidate.has_key
    assert after.epoch is not None
    assert after.epoch.number == 1
    assert suite.key_id(after.epoch.public_key) == after.epoch.kid


def add_epoch(runtime: Runtime, key: str, number: int, starts: timedelta, **changes: Any) -> bytes:
    pair = suite.key_pair(bytes([number]) * 32)
    values = {
        "id": runtime.random(16),
        "organization_id": member(runtime, key).id,
        "number": number,
        "kid": pair.kid,
        "public_key": pair.public_key,
        "verify_key": suite.verify_key(bytes([number]) * 32),
        "starts_at": runtime.clock.now() + starts,
        "ends_at": runtime.clock.now() + starts + timedelta(days=90),
        "revoked": False,
    }
    with runtime.database.session(write=True) as session:
        session.add(OrganizationEpoch(**values | changes))
        state.bump(session, runtime.clock.now())
    return pair.kid


def test_the_epoch_in_use_is_the_newest_that_has_started_and_is_not_revoked(
    runtime: Runtime, clock: FixedClock
) -> None:
    take_over(runtime, document(organization("a")))
    first = add_epoch(runtime, "a", 1, timedelta(days=-100))
    add_epoch(runtime, "a", 2, timedelta(days=-1), revoked=True)
    third = add_epoch(runtime, "a", 3, timedelta(hours=1))
    kept = Directory(runtime.clock)

    def kid() -> bytes:
        epoch = snapshot(runtime, kept).members[organization_id].epoch
        assert epoch is not None
        return epoch.kid

    organization_id = member(runtime, "a").id
    # The first one's end is over; it stays in use until another one starts, and nothing but time passes.
    assert kid() == first
    clock.advance(timedelta(minutes=59))
    assert kid() == first
    clock.advance(timedelta(minutes=1))
    assert kid() == third


def test_what_is_wrong_with_the_directory_in_use_is_an_alarm(runtime: Runtime, clock: FixedClock) -> None:
    def alarms() -> tuple[str, ...]:
        return checking.alarms(snapshot(runtime), runtime.clock.now())

    assert alarms() == ("no_coordinator",)
    take_over(runtime, document(organization("a")))
    assert alarms() == ("coordinator_has_no_key",)
    let_enrol(runtime, "helpers")
    assert alarms() == ()
    clock.advance(timedelta(days=91))
    assert alarms() == ("epoch_expired",)


def test_threads_that_look_while_the_directory_changes_see_a_whole_one(runtime: Runtime) -> None:
    files = [document(organization("a")), document(*(organization(f"o{number}") for number in range(5)))]
    take_over(runtime, files[0])
    kept = Directory(runtime.clock)
    over = threading.Event()
    sizes: set[int] = set()

    def look() -> None:
        while not over.is_set():
            sizes.add(len(snapshot(runtime, kept).members))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(6):
        take_over(runtime, files[(number + 1) % 2])
    over.set()
    for thread in threads:
        thread.join(30)
    assert sizes <= {2, 6}
    assert len(snapshot(runtime, kept).members) == 2


def environment(runtime: Runtime) -> Mapping[str, str]:
    """Name the instance. Nothing here is secret: whoever keeps the directory needs none of the service's secrets."""
    return {"LEEWARD_DATA": str(runtime.settings.data), "LEEWARD_DATABASE_URL": runtime.settings.database_url}


def run(runtime: Runtime, *arguments: object) -> Result:
    return CliRunner().invoke(directory, [str(argument) for argument in arguments], env=dict(environment(runtime)))


def test_the_commands_carry_a_directory_through_json_and_csv(runtime: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "directory.json"
    file.write_text(json.dumps(demo_directory()), encoding="utf-8")
    first = run(runtime, "import", file)
    assert first.exit_code == 0, first.output
    assert "added: org01, org02" in first.stdout
    assert "The coordinator has no key" in first.stderr
    assert "warning: /organizations/0/services/0: STALE" in first.stderr
    for kind, place in (("json", "copy.json"), ("csv", "folder"), ("csv", "package.zip")):
        assert run(runtime, "export", tmp_path / place, "--format", kind).exit_code == 0
        again = run(runtime, "import", tmp_path / place)
        assert ("warning: services.csv:2: STALE" in again.stderr) == (kind == "csv")
        assert again.stdout == "unchanged: 16\n"
    assert json.loads(run(runtime, "export", "-").stdout) == exported(runtime) == canonical(demo_directory())
    assert serial(runtime) == 1


def test_the_commands_refuse_with_every_fault_and_its_place(runtime: Runtime, tmp_path: Path) -> None:
    broken = changed(document(organization("a")), "/organizations/0/services/0/languages/0/code", "spanish")
    broken = changed(broken, "/organizations/0/x_leeward/role", "helper")
    file = tmp_path / "directory.json"
    file.write_text(json.dumps(broken), encoding="utf-8")
    for command in ("check", "import"):
        refused = run(runtime, command, file)
        assert refused.exit_code == 1
        assert "fault: /organizations/0/services/0/languages/0/code: 'spanish' is no language code" in refused.stderr
        assert "fault: /organizations/0/x_leeward/role: 'helper' is no role" in refused.stderr
    file.write_text("{")
    assert "is not JSON" in run(runtime, "import", file).stderr
    assert exported(runtime) == {"organizations": []}


def test_faults_of_csv_are_named_by_file_row_and_column(runtime: Runtime, tmp_path: Path) -> None:
    take_over(runtime, document(organization("a")))
    run(runtime, "export", tmp_path / "folder", "--format", "csv")
    languages = tmp_path / "folder" / "languages.csv"
    languages.write_text(languages.read_text(encoding="utf-8").replace(",en,", ",english,"), encoding="utf-8")
    for command in ("check", "import"):
        refused = run(runtime, command, tmp_path / "folder")
        assert refused.exit_code == 1
        assert "fault: languages.csv:2:code: 'english' is no language code" in refused.stderr


def test_check_tells_warnings_apart_and_needs_no_database(tmp_path: Path) -> None:
    file = tmp_path / "directory.json"
    file.write_text(json.dumps(demo_directory()), encoding="utf-8")
    checked = CliRunner().invoke(directory, ["check", str(file)], env={"LEEWARD_DATA": str(tmp_path / "nowhere")})
    assert checked.exit_code == 0
    assert "warning: /organizations/0/services/0: STALE" in checked.stdout
    assert checked.stdout.count("STALE") == 13
    assert checked.stdout.endswith(f"0 faults, {checked.stdout.count('warning: ')} warnings\n")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("command", ["import", "export"])
def test_a_real_directory_is_kept_apart_from_a_demo_s(runtime: Runtime, tmp_path: Path, command: str) -> None:
    file = tmp_path / "directory.json"
    file.write_text(json.dumps(demo_directory()), encoding="utf-8")
    as_demo = {**environment(runtime), "LEEWARD_DEMO": "1"}
    refused = CliRunner().invoke(directory, [command, str(file)], env=as_demo)
    assert isinstance(refused.exception, RealDatabaseRefused)
    assert exported(runtime) == {"organizations": []}


def test_an_export_does_not_write_over_other_things(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("hello")
    assert "not an empty folder" in run(runtime, "export", tmp_path, "--format", "csv").stderr
    assert run(runtime, "export", "-", "--format", "csv").exit_code == 2
    assert "cannot write" in run(runtime, "export", tmp_path / "no" / "where.json").stderr


def test_an_organization_s_row_says_what_is_looked_up_by_column(runtime: Runtime) -> None:
    take_over(runtime, demo_directory())
    with runtime.database.session() as session:
        row = session.scalars(select(Organization).where(Organization.key == "org09")).one()
    assert (row.role, row.email, row.position) == ("support_org", "intake@org09.example", 8)
    found = member(runtime, "org09")
    assert found.open_24h
    assert found.timezone == "America/Vancouver"
