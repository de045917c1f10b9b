"""The loop of a tile goes round with a device that answers at once, whoever waits for a place."""

import pytest

from benchmarks import tile_host

pytestmark = pytest.mark.study


def test_every_member_trains_as_long_as_the_device_says(monkeypatch):
    monkeypatch.setattr(tile_host, "REPEATS", 1)
    assert tile_host.seconds(members=3, tile=2, iterations=4, episodes=5) > 0  # which looks at every curve
