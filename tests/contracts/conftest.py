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


@pytest.fixture
def node_stage(deployed_stage: Stage) -> Iterator[Stage]:
    """A vault on a real node, as it was deployed."""
    checkpoint = deployed_stage.chain.rpc("evm_snapshot")
    yield deployed_stage
    deployed_stage.chain.rpc("evm_revert", checkpoint)


@pytest.fixture(params=["in process", "anvil"])
def stage(request: pytest.FixtureRequest) -> Stage:
    """A new vault, with nothing published yet."""
    if request.param == "in process":
        return fake_stage()
    stage: Stage = request.getfixturevalue("node_stage")
    return stage
