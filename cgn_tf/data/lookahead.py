"""Results that are made in another thread while the ones before them are used."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def with_lookahead(
    function: Callable[[Task], Result], tasks: Iterable[Task], ahead: int = 2
) -> Iterator[tuple[Task, Result]]:
    """Each task with `function(task)`, in order; one thread works on the tasks that come next, up to `ahead`.

    `tasks` is advanced in the calling thread. An exception of `function` is raised where its result is due. When the
    caller stops early, the call in progress ends first and no other begins.
    """
    pending: deque[tuple[Task, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        for task in tasks:
            pending.append((task, pool.submit(function, task)))
            if len(pending) > ahead:
                first, result = pending.popleft()
                yield first, result.result()
        while pending:
            first, result = pending.popleft()
            yield first, result.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
