"""How far a training is, for a person at a terminal or the reader of a log."""

import json
import math
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from resnet_notes.errors import BadInput
from resnet_notes.replacing import replacing

if TYPE_CHECKING:
    from resnet_notes.training.loop import Progress

SAID = {
    "train_error": "training error {:.2f} %",
    "test_error": "test error {:.2f} %",
    "reconstruction_error": "reconstruction error {:.4f}",
    "free_energy_gap": "free-energy gap {:.2f} nats",
    "test_log_likelihood": "test log-likelihood {:.1f} nats",
}
"""What an evaluation may find, and how a log says it."""


class Reporter:
    """Tells how far a training is: a bar on a terminal, a line per evaluation in a log.

    As a job of a build it tells the build once a second, too, in a small file that goes when the training ends; and it
    ends with the build: a build that was killed takes its jobs along at their next step.
    """

    def __init__(self, name: str, steps: int) -> None:
        self.name, self.steps, self.begun = name, steps, time.monotonic()
        self.parent = os.getppid() if "RESNET_NOTES_BUILD" in os.environ else None
        self.file = Path(os.environ["RESNET_NOTES_PROGRESS"]) if "RESNET_NOTES_PROGRESS" in os.environ else None
        self.next_time = self.begun
        self.bar = tqdm(total=steps, desc=name, unit="step", disable=not sys.stderr.isatty())

    def __enter__(self) -> "Reporter":
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()
        if self.file is not None:
            with suppress(OSError):
                self.file.unlink(missing_ok=True)

    def __call__(self, progress: "Progress") -> None:
        """Report where the training stands; end it when the build that began it is gone."""
        if self.parent is not None and os.getppid() != self.parent:
            raise BadInput(f"{self.name}: the build that began this job is gone; run it again to go on from here")
        self.bar.update(progress.step - self.bar.n)
        self._tell_build(progress.step)
        if progress.diverged_at_step is not None:
            self.bar.write(f"{self.name}: diverged at step {progress.diverged_at_step}", file=sys.stderr)
        if self.bar.disable and progress.history and progress.history[-1]["step"] == progress.step:
            row = progress.history[-1]
            found = "".join(f", {said.format(row[name])}" for name, said in SAID.items() if told(row.get(name)))
            spent = time.monotonic() - self.begun
            print(f"{self.name}: step {progress.step} of {self.steps}{found}, {spent:.0f} s", flush=True)

    def _tell_build(self, step: int) -> None:
        """Write where the training stands for the display of the build; what cannot be written is no harm."""
        now = time.monotonic()
        if self.file is None or now < self.next_time:
            return
        self.next_time = now + 1
        with suppress(OSError), replacing(self.file) as path:
            path.write_text(json.dumps({"name": self.name, "step": step, "steps": self.steps}), encoding="utf-8")


def told(value: float | None) -> bool:
    """Whether there is anything to say of a number that an evaluation may have left out."""
    return value is not None and not math.isnan(value)
