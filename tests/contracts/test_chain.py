"""Compiling and deploying through Brownie, and what the client ships of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from contracts import chain as chain_module
from contracts.chain import compile_contracts, deploy, is_deployed
from contracts.client import Chain, ChainError, ChainUnavailable
from contracts.codec import CONTRACTS, artifact
from tests.contracts.stage import DELAY_SECONDS, FOUNDERS, MINTED, Stage, address, fake_stage

SOURCES = Path(chain_module.__file__).parent / "sources"
MAX_CODE_BYTES = 24_576  # EIP-170


def test_the_shipped_interfaces_are_those_of_a_fresh_compile() -> None:
    compiled = compile_contracts()
    for name in CONTRACTS:
        assert compiled[name] == artifact(name), f"run python -m contracts.chain for {name}"


def test_what_is_compiled_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiler(source: object) -> None:
        raise AssertionError("the compiler is asked")

    compiled = compile_contracts()
    monkeypatch.setattr("vyper.cli.vyper_json.compile_json", compiler)
    assert compile_contracts() == compiled


def test_a_changed_module_recompiles_what_imports_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain_module, "BUILD", tmp_path)
    monkeypatch.setattr(chain_module, "ROOT", tmp_path)
    (tmp_path / "sources").mkdir()
    (tmp_path / "contracts").mkdir()
    module = tmp_path / "sources" / "proof.vy"
    module.write_text("one")
    chain_module._discard_stale_build()
    (tmp_path / "contracts").mkdir()
    chain_module._discard_stale_build()
    assert (tmp_path / "contracts").exists()
    module.write_text("another")
    chain_module._discard_stale_build()
    assert not (tmp_path / "contracts").exists()


def test_a_deployment_is_ready_to_publish(node_stage: Stage) -> None:
    stage = node_stage
    assert is_deployed(stage.deployment, stage.chain)
    assert stage.deployment.chain_id == 31337
    assert stage.token.balance_of(address("publisher")) == MINTED
    assert stage.token.allowance(address("publisher"), stage.vault.address) >= MINTED
    assert stage.vault.role("guardian") == address("guardian")
    assert stage.vault.delay_seconds() == DELAY_SECONDS
    assert 0 < len(stage.chain.code(stage.vault.address)) <= MAX_CODE_BYTES


def test_a_second_deployment_stands_beside_the_first(node_stage: Stage) -> None:
    second = deploy(node_stage.chain.url, FOUNDERS, DELAY_SECONDS, 5)
    assert second.vault != node_stage.deployment.vault
    assert is_deployed(second, node_stage.chain)
    assert is_deployed(node_stage.deployment, node_stage.chain)


def test_another_chain_or_other_code_is_no_deployment(node_stage: Stage) -> None:
    chain, deployment = node_stage.chain, node_stage.deployment
    assert not is_deployed(replace(deployment, chain_id=1), chain)
    assert not is_deployed(replace(deployment, vault=deployment.token), chain)
    assert not is_deployed(replace(deployment, vault=address("label")), chain)
    assert not is_deployed(deployment, fake_stage().chain)


def test_a_node_that_is_away_and_a_deployer_without_gas_money_are_named(anvil_url: str) -> None:
    with pytest.raises(ChainUnavailable):
        deploy("http://127.0.0.1:1", FOUNDERS, DELAY_SECONDS, 5)
    poor = replace(FOUNDERS, deployer_key=b"\x77" * 32)
    with pytest.raises(ChainError, match="(?i)the deployment was refused: .*insufficient funds"):
        deploy(anvil_url, poor, DELAY_SECONDS, 5)
    assert Chain(anvil_url).chain_id() == 31337


def test_every_source_stays_small_and_pins_its_compiler() -> None:
    for path in SOURCES.glob("*.vy"):
        lines = path.read_text().splitlines()
        assert len(lines) <= 300, path
        assert lines[0] == "# pragma version 0.4.3"
