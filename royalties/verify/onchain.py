"""Bundles against the chain: what was published there is what they say."""

from collections.abc import Iterator, Sequence

from contracts.client import Chain, ChainError, Event, Vault
from royalties.verify.bundle import Bundle, InputError
from royalties.verify.checks import Check, judge


def check(bundles: Sequence[Bundle], rpc_url: str) -> list[Check]:
    """Each bundle's root, total and hash as one `Published` event that was not vetoed.

    Raises:
        InputError: the node does not answer, or its log has a gap
    """
    chain = Chain(rpc_url)
    vault = Vault(chain, bundles[0].vault)
    try:
        if chain.chain_id() != bundles[0].chain_id:
            named = f"the node serves chain {chain.chain_id()}, the bundle {bundles[0].chain_id}"
            return [Check("chain", False, named)]
        standing, stopped = _published(chain.logs([vault.address], 0, chain.block().number))
        active = vault.active("pending")
        deposited = vault.deposited()
    except ChainError as error:
        raise InputError(f"the chain at {rpc_url} can't be read: {error}") from error
    checks = []
    for bundle in bundles:
        event = standing.get(bundle.hash.hex())
        epoch = event.args["epoch"] if event else 0
        state = "active" if active and active.number >= epoch else "pending"
        failures = [*_differences(bundle, event)]
        if bundle.replaces and bundle.replaces.hex() not in stopped:
            failures.append(f"it replaces 0x{bundle.replaces.hex()}, which no guardian stopped")
        if bundle.replaces.hex() in standing:
            failures.append(f"it replaces 0x{bundle.replaces.hex()}, which was published again")
        if deposited < bundle.total:
            failures.append(f"the vault took in {deposited} micros, less than {bundle.total}")
        told = f"epoch {epoch} of {vault.address}, {state}"
        checks += judge(f"period {bundle.number}: chain", failures, told)
    return checks


def _published(events: Sequence[Event]) -> tuple[dict[str, Event], set[str]]:
    """Publications that stand, by data hash, and the data hashes of vetoed ones."""
    by_epoch: dict[int, Event] = {}
    stopped = set()
    for event in events:
        if event.name == "Published":
            by_epoch[event.args["epoch"]] = event
        if event.name == "Vetoed":
            vetoed = by_epoch.pop(event.args["epoch"], None)
            if vetoed is None:
                epoch = event.args["epoch"]
                raise InputError(
                    f"the node gives a veto of epoch {epoch} and no publication before it:"
                    " its log has a gap, ask another one"
                )
            stopped.add(vetoed.args["data_hash"].hex())
    return {event.args["data_hash"].hex(): event for event in by_epoch.values()}, stopped


def _differences(bundle: Bundle, event: Event | None) -> Iterator[str]:
    if event is None:
        yield f"no root was published with this bundle's hash 0x{bundle.hash.hex()}"
        return
    if event.args["root"] != bundle.root:
        yield f"the chain has the root 0x{event.args['root'].hex()}, not 0x{bundle.root.hex()}"
    if event.args["total"] != bundle.total:
        yield f"the chain has the total {event.args['total']}, not {bundle.total}"
