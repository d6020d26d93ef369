import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from resnet_notes.analysis import error_by_depth, longer_training, training_curves
from resnet_notes.analysis.runs import CURVE, FINAL, curves, final_errors
from resnet_notes.analysis.summary import summary
from resnet_notes.analysis.tables import SIGNIFICANT, in_order, write_table

Runs = list[dict[str, Any]]


def test_final_errors(runs: Runs):
    frame = final_errors(runs)
    assert list(frame.columns) == FINAL
    assert frame["train_error"].isna().tolist() == [False, False, False, False, True, False]
    assert frame["diverged_at_step"].dropna().tolist() == [7]


def test_curves(runs: Runs):
    frame = curves(runs)
    assert list(frame.columns) == CURVE and len(frame) == 10
    assert frame.iloc[0].tolist() == ["control", "plain", 8, 0, 30, 80.5, 70.25]


def test_no_runs():
    assert final_errors([]).empty and curves([]).empty and summary([]) == {}


def test_a_finished_run_without_errors_is_refused(runs: Runs):
    path = Path(runs[0]["folder"]) / "metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"test_error": None}))
    with pytest.raises(ValueError, match="did not diverge"):
        final_errors(runs)


def test_written_table(runs: Runs, tmp_path: Path):
    frame = error_by_depth.table(runs)
    write_table(in_order(frame), tmp_path / "new" / "a.csv")
    write_table(in_order(frame.iloc[::-1]), tmp_path / "new" / "b.csv")
    written = (tmp_path / "new" / "a.csv").read_bytes()
    assert written == (tmp_path / "new" / "b.csv").read_bytes()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a.csv", "b.csv"]
    assert written.decode().splitlines()[1:5] == [
        "degradation,plain,8,0,fashion-mnist,20,10.0000,11.0000,",
        "degradation,plain,8,1,fashion-mnist,20,12.0000,13.0000,",
        "degradation,plain,20,0,fashion-mnist,20,30.0000,31.0000,",
        "degradation,plain,20,1,fashion-mnist,20,,,7",
    ]
    assert b"\r" not in written


def test_numbers_of_many_sizes_keep_their_digits_and_rows_their_order(tmp_path: Path):
    frame = pd.DataFrame({"depth": [9, 1], "x": [1.23456789e-12, 2.0], "n": pd.array([3, None], "Int64")})
    write_table(frame, tmp_path / "a.csv", SIGNIFICANT)
    assert (tmp_path / "a.csv").read_text() == "depth,x,n\n9,1.23457e-12,3\n1,2,\n"


def test_failed_write_leaves_the_old_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "a.csv"
    path.write_text("old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_table(pd.DataFrame({"x": [1]}), path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"] and path.read_text() == "old"


def test_training_curves_keep_a_run_without_evaluations(runs: Runs):
    frame = training_curves.table(runs)
    assert set(frame["experiment"]) == {"degradation", "residual"} and len(frame) == 9
    lost = frame[frame["diverged_at_step"].notna()]
    assert len(lost) == 1 and lost["step"].isna().all() and lost["test_error"].isna().all()


def test_longer_training_takes_what_the_control_has(runs: Runs):
    frame = longer_training.table(runs)
    assert set(zip(frame["architecture"], frame["depth"], strict=True)) == {("plain", 8)}
    after = frame[frame["when"] == "after"]
    assert sorted(zip(after["steps"], after["train_error"], strict=True)) == [
        (20, 10.0),
        (20, 12.0),
        (60, 5.0),
    ]
    assert set(frame[frame["when"] == "during"]["experiment"]) == {"control"}


def test_summary(runs: Runs):
    nested = summary(runs)
    assert json.loads(json.dumps(nested, allow_nan=False)) == nested
    assert nested["degradation"]["plain"]["8"] == {
        # t(1) = 12.7062 and sd / sqrt(2) = 1
        "train_error": {"mean": 11.0, "low": -1.7062, "high": 23.7062, "n": 2},
        "test_error": {"mean": 12.0, "low": -0.7062, "high": 24.7062, "n": 2},
        "diverged": 0,
    }
    one_left = nested["degradation"]["plain"]["20"]
    assert one_left["train_error"] == {"mean": 30.0, "low": None, "high": None, "n": 1}
    assert one_left["diverged"] == 1
    assert list(nested["degradation"]["plain"]) == ["8", "20"]


def test_summary_of_nothing_but_divergence(runs: Runs):
    cell = summary([runs[1]])["degradation"]["plain"]["20"]
    assert cell["test_error"] == {"mean": None, "low": None, "high": None, "n": 0} and cell["diverged"] == 1
