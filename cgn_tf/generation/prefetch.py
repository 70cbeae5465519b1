"""Results that are made in another thread while the ones before them are used."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def prefetch(
    function: Callable[[Task], Result], tasks: Iterable[Task], buffer_size: int = 2
) -> Iterator[tuple[Task, Result]]:
    """Each task with `function(task)`, in order, while one thread works on the tasks that come next.

    `tasks` is advanced in the calling thread. An exception of `function` is raised where its result is due. When the
    caller stops early, the call in progress ends first and no other begins.

    Args:
        function: called in the other thread.
        tasks: arguments of the calls.
        buffer_size: number of tasks at most whose results are made before they are asked for.
    """
    pending: deque[tuple[Task, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        for task in tasks:
            pending.append((task, pool.submit(function, task)))
            if len(pending) > buffer_size:
                first, result = pending.popleft()
                yield first, result.result()
        while pending:
            first, result = pending.popleft()
            yield first, result.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
