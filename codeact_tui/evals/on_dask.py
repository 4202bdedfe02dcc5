"""Runs trials on a Dask cluster: each as a task of its own, in a kernel of the worker's machine.

What goes over the wire is JSON in bytes, both ways. Keys of providers do not: a worker has its own environment. Dask
itself pickles what it sends between its processes, so a cluster has to be one that is trusted.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

import msgspec
from msgspec import Struct

from codeact_tui.errors import CodeActError
from codeact_tui.evals.base import SuiteError, Task, Trial
from codeact_tui.evals.runner import HOPELESS, MISSES_IN_A_ROW, Missed, Outcomes, Pending

__all__ = ["Parcel", "answer_parcel", "run_on_dask"]

_CONNECT_S = 30
_EXTRA = "pip install 'codeact-tui[dask]'"


class Parcel(Struct, frozen=True):
    """All that a worker needs for one trial."""

    pending: Pending
    task: Task
    settings: bytes
    """Of codeact, as JSON."""
    requests_per_minute: float
    """This worker's share of the common pace."""
    version: str
    """Of codeact: a worker with another one refuses."""


class _Reply(Struct, frozen=True):
    trial: Trial | None = None
    why: str = ""
    hopeless: bool = False


class _Future(Protocol):
    @property
    def key(self) -> str: ...

    def cancel(self) -> object: ...


def answer_parcel(data: bytes, version: str, run: Callable[[Parcel], Trial]) -> bytes:
    """Run a parcel's trial on a worker, and write what came of it.

    Args:
        data: A `Parcel`, as JSON.
        version: Of the worker's codeact.
        run: Runs it.
    """
    parcel = msgspec.json.decode(data, type=Parcel)
    if parcel.version != version:
        why = f"A worker has codeact {version}, and this is {parcel.version}. Install the same on all."
        return msgspec.json.encode(_Reply(why=why, hopeless=True))
    try:
        return msgspec.json.encode(_Reply(run(parcel)))
    except CodeActError as error:
        return msgspec.json.encode(_Reply(why=error.sentence, hopeless=isinstance(error, HOPELESS)))


async def run_on_dask(address: str, parcels: Sequence[Parcel], answer: Callable[[bytes], bytes]) -> Outcomes:
    """Run trials on a cluster, as many at a time as its workers have threads.

    Args:
        address: The scheduler's.
        parcels: What is to be run; each worker's share of the pace is worked out here.
        answer: What a worker calls with a parcel; importable there by its name.

    Raises:
        SuiteError: Dask is not installed, there is no scheduler, no worker, or what fails one trial fails all.
    """
    client = await _connected(address)
    try:
        workers = await _workers(client)
        sent = [
            msgspec.json.encode(msgspec.structs.replace(each, requests_per_minute=each.requests_per_minute / workers))
            for each in parcels
        ]
        futures = cast("list[_Future]", client.map(answer, sent, pure=False, retries=1))
        by_key = {future.key: parcel.pending for future, parcel in zip(futures, parcels, strict=True)}
        async for outcome in _until_done(client, futures, by_key):
            yield outcome
    finally:
        await client.close()


async def _until_done(client: Any, futures: Sequence[_Future], by_key: dict[str, Pending]) -> Outcomes:
    from distributed import as_completed  # pyright: ignore[reportUnknownVariableType]

    in_a_row = 0
    completed: Any = as_completed(futures, loop=client.loop, with_results=True, raise_errors=False)
    async for future, result in completed:
        outcome = _outcome(by_key[future.key], result)
        in_a_row = in_a_row + 1 if isinstance(outcome, Missed) else 0
        yield outcome
        if isinstance(outcome, Missed) and in_a_row == MISSES_IN_A_ROW:
            raise SuiteError(
                f"{MISSES_IN_A_ROW} trials in a row could not be run. The last: {outcome.why}",
                remedy="What is done is kept; the same command goes on.",
            )


def _outcome(pending: Pending, result: object) -> Trial | Missed:
    if not isinstance(result, bytes):
        return Missed(
            pending, f"A worker failed: {str(cast('Any', result)[1] if isinstance(result, tuple) else result)[:500]}"
        )
    reply = msgspec.json.decode(result, type=_Reply)
    if reply.hopeless:
        raise SuiteError(reply.why)
    return reply.trial if reply.trial is not None else Missed(pending, reply.why)


async def _connected(address: str) -> Any:
    try:
        from distributed import Client  # pyright: ignore[reportUnknownVariableType]
    except ImportError as error:
        raise SuiteError("--dask needs Dask, which is not installed.", remedy=f"Install it: {_EXTRA}") from error
    try:
        client: Any = await Client(address, asynchronous=True, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise SuiteError(f"There is no Dask scheduler at {address}.", remedy="Start one: dask scheduler.") from error
    return client


async def _workers(client: Any) -> int:
    try:
        await client.wait_for_workers(1, timeout=_CONNECT_S)
    except TimeoutError as error:
        raise SuiteError("The Dask cluster has no workers.", remedy="Start some: dask worker ADDRESS.") from error
    return max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
