"""A slow machine fails no test that passes on a fast one."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@settings(max_examples=1)
@given(st.none())
def test_an_example_of_hypothesis_can_take_any_time(_: None) -> None:
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check
