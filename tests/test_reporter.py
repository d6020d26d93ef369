import os

import pytest

from resnet_notes.errors import BadInput
from resnet_notes.reporter import Reporter
from resnet_notes.training.loop import Progress

ROW = {"step": 4, "learning_rate": 0.1, "train_loss": 1.0, "train_error": 12.5, "test_error": 25.0}


def test_a_build_that_is_gone_takes_its_jobs_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESNET_NOTES_BUILD", "1")
    with Reporter("run", 9) as reporter:
        reporter(Progress(step=1))
        monkeypatch.setattr(os, "getppid", lambda: 1)
        with pytest.raises(BadInput, match="^run: the build that began this job is gone; run it again"):
            reporter(Progress(step=2))


def test_a_log_has_a_line_per_evaluation(capsys: pytest.CaptureFixture[str]) -> None:
    with Reporter("run", 9) as reporter:
        reporter(Progress(step=3))
        reporter(Progress(step=4, history=[ROW]))
        reporter(Progress(step=5, history=[ROW]))
    printed, bar = capsys.readouterr()
    assert printed.splitlines() == ["run: step 4 of 9, training error 12.50 %, test error 25.00 %, 0 s"]
    assert bar == ""


def test_a_divergence_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with Reporter("run", 9) as reporter:
        reporter(Progress(step=4, diverged_at_step=2))
    assert "run: diverged at step 2" in capsys.readouterr().err
