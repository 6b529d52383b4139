"""What a conversation remembers comes back as it was, and whatever else is read as a state does no harm."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from intake.sms.state import State, Step

NOW = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
FULL = State(
    step=Step.WHICH,
    language="es",
    suggested="es",
    latin=True,
    permission="evenings",
    danger=True,
    friend_phone=True,
    opted_out=True,
    silenced=True,
    card="53",
    place="region:5930",
    districts=(("5907", 0.6394), ("5935", 0.3606)),
    number_area="prov:BC",
    candidates=("rd:5915", "prov:ON"),
    asked=("opening es", "town es"),
    routed=True,
    waiting_for_yes=True,
    asked_at=NOW,
    heard_at=NOW,
    said_at=NOW,
    said="which town",
    warned_at=NOW,
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["yes", "town", "5907"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=6,
)


def test_a_full_state_comes_back_from_json() -> None:
    assert State.from_json(json.loads(json.dumps(FULL.to_json()))) == FULL


def test_a_state_at_its_beginning_writes_nothing() -> None:
    assert State().to_json() == {}
    assert State.from_json({}) == State()


def test_an_unknown_key_is_left_out() -> None:
    assert State.from_json({"later": 1, "language": "pa"}) == State(language="pa")


@given(st.dictionaries(st.sampled_from(sorted(FULL.to_json())), values))
def test_whatever_is_read_gives_a_state_that_can_be_used(document: dict[str, object]) -> None:
    state = State.from_json(document)
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state
    assert state.locale
    assert state.where().confidence >= 0


def test_what_the_worker_said_goes_before_what_the_number_says() -> None:
    assert State(number_area="prov:BC").where().province == "BC"
    assert State(number_area="prov:BC", place="rd:5907").where().districts == {"5907": 1.0}
    assert set(FULL.where().districts) == {"5907", "5935"}
