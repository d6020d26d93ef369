"""How far a training is, for a person at a terminal or the reader of a log."""

import os
import sys
import time
from typing import TYPE_CHECKING

from tqdm import tqdm

from resnet_notes.errors import BadInput

if TYPE_CHECKING:
    from resnet_notes.training.loop import Progress


class Reporter:
    """Tells how far a training is: a bar on a terminal, a line per evaluation in a log.

    As a job of a build it ends with the build: a build that was killed takes its jobs along at their next step.
    """

    def __init__(self, name: str, steps: int) -> None:
        self.name, self.steps, self.begun = name, steps, time.monotonic()
        self.parent = os.getppid() if "RESNET_NOTES_BUILD" in os.environ else None
        self.bar = tqdm(total=steps, desc=name, unit="step", disable=not sys.stderr.isatty())

    def __enter__(self) -> "Reporter":
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def __call__(self, progress: "Progress") -> None:
        """Report where the training stands; end it when the build that began it is gone."""
        if self.parent is not None and os.getppid() != self.parent:
            raise BadInput(f"{self.name}: the build that began this job is gone; run it again to go on from here")
        self.bar.update(progress.step - self.bar.n)
        if progress.diverged_at_step is not None:
            self.bar.write(f"{self.name}: diverged at step {progress.diverged_at_step}", file=sys.stderr)
        if self.bar.disable and progress.history and progress.history[-1]["step"] == progress.step:
            row = progress.history[-1]
            print(
                f"{self.name}: step {progress.step} of {self.steps}, training error {row['train_error']:.2f} %, "
                f"test error {row['test_error']:.2f} %, {time.monotonic() - self.begun:.0f} s",
                flush=True,
            )
