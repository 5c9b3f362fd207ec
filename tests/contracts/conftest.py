"""The stages: every behaviour is shown on the chain in the process and on a real node alike."""

from collections.abc import Iterator

import pytest

from contracts.node import running_anvil
from tests.contracts.stage import Stage, anvil_stage, fake_stage


@pytest.fixture(scope="session")
def anvil_url() -> Iterator[str]:
    with running_anvil(timestamp=1_700_000_000) as url:
        yield url


@pytest.fixture(scope="session")
def deployed_stage(anvil_url: str) -> Stage:
    return anvil_stage(anvil_url)


@pytest.fixture(params=["in process", "anvil"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A new vault, with nothing published yet."""
    if request.param == "in process":
        yield fake_stage()
        return
    stage: Stage = request.getfixturevalue("deployed_stage")
    checkpoint = stage.chain.rpc("evm_snapshot")
    yield stage
    stage.chain.rpc("evm_revert", checkpoint)
