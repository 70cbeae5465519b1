"""A server process for a test, told through files what to do; see `model_runner`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.programs import Program


class Running:
    """A server on loopback."""

    def __init__(self, address: str, control: Path, process: Program) -> None:
        self.address, self.process = address, process
        self._asked, self._faults = control / "asked", control / "faults"

    def will(self, *faults: str) -> None:
        """What the next requests to predict meet, one after the other; the count of requests begins anew."""
        self._faults.write_text("\n".join(faults)) if faults else self._faults.unlink(missing_ok=True)
        self._asked.write_text("")

    @property
    def asked(self) -> int:
        """Requests to predict since `will`."""
        return len(self._asked.read_text().splitlines())


@contextlib.contextmanager
def running(scheme: str, models: Mapping[str, Path], control: Path) -> Iterator[Running]:
    """A server of `models` that ends with the block."""
    control.mkdir(parents=True)
    served = [f"{name}={base}" for name, base in models.items()]
    process = Program(f"tests/serving/{scheme}_server.py", f"--control={control}", *served)
    try:
        while not process.output.endswith("\n"):
            assert process.returncode is None, process.errors
            time.sleep(0.005)
        yield Running(f"{scheme}://127.0.0.1:{process.output.strip()}", control, process)
    finally:
        process.stop()
