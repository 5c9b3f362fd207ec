"""Logs as a node gives them: which to ask it for, and the events of ours that stand in them. Pure.

Anybody moves a token, as often as they like, and each transaction that is asked for is another
request: of a token's logs only those are read that move it from or to somebody named.
"""

from collections.abc import Container, Iterator, Sequence
from typing import Any

from eth_utils.address import to_checksum_address

from contracts import codec
from contracts.records import Event


def queries(
    addresses: Sequence[str], from_block: int, to_block: int, token: str, holders: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """What to ask `eth_getLogs`: of these contracts everything, of the token what holders move."""
    blocks = {"fromBlock": hex(from_block), "toBlock": hex(to_block)}
    yield {"address": list(addresses), **blocks}
    if token:
        ours = ["0x" + holder.removeprefix("0x").lower().zfill(64) for holder in holders]
        for topics in ([codec.TRANSFER, ours], [codec.TRANSFER, None, ours]):
            yield {"address": [token], "topics": topics, **blocks}


def place(log: dict[str, Any]) -> tuple[int, int]:
    """Where its transaction stands on the chain."""
    return int(log["blockNumber"], 16), int(log["transactionIndex"], 16)


def moves(event: Event, holders: Container[str]) -> bool:
    """Whether it moves a token from or to one of these."""
    ends = (event.args.get("sender"), event.args.get("receiver"))
    return event.name == "Transfer" and any(end in holders for end in ends)


def events_of(receipt: dict[str, Any], wanted: Container[str] | None = None) -> tuple[Event, ...]:
    """What the transaction logged, of these contracts alone where they are named.

    What others log beside it is not read: anything may stand there under the name of ours.
    """
    events = []
    for position, log in enumerate(receipt["logs"]):
        if wanted is not None and to_checksum_address(log["address"]) not in wanted:
            continue
        topics = [bytes.fromhex(topic.removeprefix("0x")) for topic in log["topics"]]
        decoded = codec.decode_log(topics, bytes.fromhex(log["data"].removeprefix("0x")))
        if decoded is not None:
            events.append(
                Event(
                    name=decoded[0],
                    args=decoded[1],
                    tx_hash=receipt["transactionHash"],
                    log_position=position,
                    block_number=int(receipt["blockNumber"], 16),
                    block_hash=receipt["blockHash"],
                    address=to_checksum_address(log["address"]),
                )
            )
    return tuple(events)
