"""Many clients at once on kept connections, light enough to run beside the server that they ask."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Found:
    """What the clients saw."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    """Connections that broke."""

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Seconds within which this share of the requests was answered."""
        return statistics.quantiles(self.latencies, n=1000, method="inclusive")[round(share * 1000) - 1]

    @property
    def errors(self) -> int:
        """Answers of 500 and above, and connections that broke."""
        return sum(count for status, count in self.statuses.items() if status >= 500) + len(self.failures)


def ask(port: int, targets: Sequence[str], *, clients: int, seconds: float, headers: str = "") -> Found:
    """Let ``clients`` ask for the targets in turn for so many seconds, each on a connection of its own."""
    return asyncio.run(_ask(port, targets, clients, seconds, headers))


async def _ask(port: int, targets: Sequence[str], clients: int, seconds: float, headers: str) -> Found:
    found = Found(seconds)
    begin = time.perf_counter()
    turns = (itertools.islice(itertools.cycle(targets), number % len(targets), None) for number in range(clients))
    await asyncio.gather(*(_client(port, turn, begin + seconds, headers, found) for turn in turns))
    found.seconds = time.perf_counter() - begin
    return found


async def _client(port: int, targets: Iterator[str], end: float, headers: str, found: Found) -> None:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        while time.perf_counter() < end:
            asked = time.perf_counter()
            writer.write(f"GET {next(targets)} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode())
            await writer.drain()
            status = await asyncio.wait_for(_answer(reader), 30)
            found.latencies.append(time.perf_counter() - asked)
            found.statuses[status] += 1
        writer.close()
        await writer.wait_closed()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
        found.failures.append(f"{type(error).__name__}: {error}")


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    length = next((line for line in head.split("\r\n") if line.startswith("content-length:")), "content-length: 0")
    if status != 304:
        await reader.readexactly(int(length.partition(":")[2]))
    return status
