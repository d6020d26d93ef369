"""The charts that a reader can explore: their numbers beside the tables', and their place in the documents."""

import csv
import hashlib
import json
import math
import re
import shutil
from base64 import b64encode
from pathlib import Path
from statistics import fmean
from urllib.parse import unquote_to_bytes

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pypandoc")
pytest.importorskip("typst")

from resnet_notes.errors import BadInput
from resnet_notes.publish.explorer import curves, explore_markdown, surfaces
from resnet_notes.publish.html import plain_address, to_html
from resnet_notes.publish.pdf import to_pdf
from resnet_notes.publish.template import Context, render

ROOT = Path(__file__).parents[2]
NOTES, TABLES = ROOT / "notes", ROOT / "results/tables"
CURVES = "experiment,architecture,depth,seed,dataset,steps,diverged_at_step,step,train_error,test_error"
SURFACES = "architecture,depth,dataset,seed,first,second,log10_loss,error"


def data_in(text):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)[1])


def rows_of(name):
    with (TABLES / f"{name}.csv").open(newline="") as lines:
        return list(csv.DictReader(lines))


def close(value, text):
    """Whether a number is that of a table but for its fourth digit."""
    return math.isclose(value, float(text), rel_tol=1e-3, abs_tol=1e-12)


@pytest.fixture
def study(tmp_path):
    """A function that writes tables, and gives what a text then becomes."""

    def rendered(source, figures=("training_curves", "surfaces"), **tables):
        folder = tmp_path / "results/tables"
        folder.mkdir(parents=True, exist_ok=True)
        for name, lines in tables.items():
            (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        (tmp_path / "notes.md").write_text(source)
        lineage = {"figures": dict.fromkeys(figures)}
        return render(tmp_path / "notes.md", Context({}, {}, {}, lineage, folder))

    return rendered


def test_every_value_of_every_run_is_that_of_the_table():
    networks = data_in(explore_markdown("training_curves", TABLES))["networks"]
    shown = {
        (network["architecture"], network["depth"], run["seed"], step): (train, test)
        for network in networks
        for run in network["runs"]
        for step, train, test in zip(run["step"], run["train"], run["test"], strict=True)
    }
    rows = [row for row in rows_of("training_curves") if row["step"]]
    assert len(shown) == len(rows)
    for row in rows:
        train, test = shown[row["architecture"], int(row["depth"]), int(row["seed"]), int(row["step"])]
        assert close(train, row["train_error"]) and close(test, row["test_error"])


def test_means_are_those_over_the_seeds():
    network = data_in(explore_markdown("training_curves", TABLES))["networks"][-1]
    mean = network["mean"]
    for at, step in enumerate(mean["step"]):
        own = [
            float(row["test_error"])
            for row in rows_of("training_curves")
            if (row["architecture"], int(row["depth"])) == (network["architecture"], network["depth"])
            and row["step"] == str(step)
        ]
        assert close(mean["test"]["mean"][at], fmean(own)) and mean["test"]["n"][at] == len(own)
        assert mean["test"]["low"][at] < mean["test"]["mean"][at] < mean["test"]["high"][at]


def test_every_loss_of_every_plane_is_that_of_the_table():
    planes = data_in(explore_markdown("surfaces", TABLES))["planes"]
    shown = {}
    for plane in planes:
        for y, logs, errors in zip(plane["second"], plane["log10_loss"], plane["error"], strict=True):
            for x, log, error in zip(plane["first"], logs, errors, strict=True):
                shown[plane["name"], round(x, 3), round(y, 3)] = log, error
    seen = 0
    for row in rows_of("surfaces"):
        name = f"{row['architecture']}, {row['depth']} layers, seed {row['seed']}"
        found = shown.get((name, round(float(row["first"]), 3), round(float(row["second"]), 3)))
        if found:
            seen += 1
            assert close(found[0], row["log10_loss"]) and close(found[1], row["error"])
    assert seen == len(shown) > 0


def test_the_same_table_gives_the_same_text():
    for name in ("training_curves", "surfaces"):
        table = pd.read_csv(TABLES / f"{name}.csv")
        once, again = ({"training_curves": curves, "surfaces": surfaces}[name](table) for _ in range(2))
        assert json.dumps(once) == json.dumps(again) == json.dumps(data_in(explore_markdown(name, TABLES)))


def test_a_study_of_one_architecture_and_seed_shows_what_it_has(study):
    rows = [f"residual,residual,14,7,mnist,40,,{step},{90 - step}.5,{91 - step}.5" for step in (20, 40)]
    (network,) = data_in(study('{{ explore("training_curves") }}', training_curves=[CURVES, *rows]))["networks"]
    assert (network["architecture"], network["depth"], network["shown"]) == ("residual", 14, True)
    assert network["runs"] == [
        {"seed": 7, "diverged": False, "step": [20, 40], "train": [70.5, 50.5], "test": [71.5, 51.5]}
    ]
    assert network["mean"]["test"] == {"mean": [71.5, 51.5], "low": [None, None], "high": [None, None], "n": [1, 1]}


def test_a_run_that_diverged_is_shown_but_in_no_mean(study):
    rows = [
        "degradation,plain,8,0,mnist,40,,20,50,52",
        "degradation,plain,8,1,mnist,40,30,20,80,82",
        "degradation,plain,8,2,mnist,40,10,,,",
    ]
    (network,) = data_in(study('{{ explore("training_curves") }}', training_curves=[CURVES, *rows]))["networks"]
    assert [(run["seed"], run["diverged"]) for run in network["runs"]] == [(0, False), (1, True)]
    assert network["mean"]["train"]["mean"] == [50]


def test_where_all_diverged_there_is_no_mean(study):
    rows = ["degradation,plain,8,1,mnist,40,30,20,80,82"]
    (network,) = data_in(study('{{ explore("training_curves") }}', training_curves=[CURVES, *rows]))["networks"]
    assert network["mean"]["step"] == network["mean"]["test"]["mean"] == []


def test_a_loss_that_is_not_finite_is_left_out(study):
    rows = [
        f"plain,8,mnist,0,{x},{y},{'' if x == y == 1 else x + y},{'' if x == y == 1 else 9}"
        for x in (0, 1)
        for y in (0, 1)
    ]
    (plane,) = data_in(study('{{ explore("surfaces") }}', surfaces=[SURFACES, *rows]))["planes"]
    assert plane["log10_loss"] == [[0, 1], [1, None]] and plane["error"] == [[9, 9], [9, None]]


def test_a_table_without_values_leaves_nothing(study):
    lines = ["plain,8,mnist,0,0.0,0,1,9", "plain,8,mnist,0,1.0,0,2,9"]
    diverged = ["degradation,plain,8,2,mnist,40,10,,,"]
    for rows in ([], diverged):
        assert study('a{{ explore("training_curves") }}b', training_curves=[CURVES, *rows]) == "ab"
    for rows in ([], lines):
        assert study('a{{ explore("surfaces") }}b', surfaces=[SURFACES, *rows]) == "ab"


def test_a_study_without_the_figure_leaves_nothing(study):
    assert study('a{{ explore("surfaces") }}b', figures=()) == "ab"


@pytest.mark.parametrize(
    ("name", "said"), [("surfaces", "there is no surfaces.csv"), ("lesions", "figure lesions cannot be explored")]
)
def test_a_chart_that_cannot_be_shown_stops_the_build(study, name, said):
    with pytest.raises(BadInput, match=rf"^notes.md, line 2: {said}"):
        study(f'Text.\n{{{{ explore("{name}") }}}}\n', figures=(name,))


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """A page and a PDF with a chart, and the same without."""
    root = tmp_path_factory.mktemp("explorer")
    text = "---\ntitle: Small\n---\n\nBefore.\n\n{}\n\nBehind.\n"
    with_chart, without = text.format(explore_markdown("surfaces", TABLES)), text.format("")
    pages = [to_html(markdown, root, NOTES).decode() for markdown in (with_chart, without)]
    return *pages, to_pdf(with_chart, root, NOTES), to_pdf(without, root, NOTES)


def test_the_page_holds_the_numbers_and_the_library_as_they_are(documents):
    page = documents[0]
    assert data_in(page) == data_in(explore_markdown("surfaces", TABLES))
    library = re.search(r'<script type="text/plain" id="plotly">(.*?)</script>', page, re.DOTALL)[1]
    file = NOTES / "scripts/plotly-gl3d.min.js"
    assert library.encode() == file.read_bytes()
    assert hashlib.sha256(file.read_bytes()).hexdigest() in (NOTES / "scripts/README.md").read_text()


def test_only_a_page_with_a_chart_has_the_library(documents):
    with_chart, without, *_ = documents
    assert 'id="plotly"' in with_chart and 'id="plotly"' not in without
    assert len(with_chart) - len(without) > (NOTES / "scripts/plotly-gl3d.min.js").stat().st_size * 0.99


def test_print_has_no_trace_of_a_chart(documents):
    assert documents[2] == documents[3]


@given(st.text())
def test_a_picture_survives_its_address(text):
    given = f"<svg>{text}</svg>".encode()
    address = plain_address(b64encode(given).decode())
    assert not re.search(r"[\"<>\s&#](?<! )", address)
    assert unquote_to_bytes(address.removeprefix("data:image/svg+xml,")) == given


def test_pictures_are_text_in_their_addresses(tmp_path):
    (tmp_path / "one.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0\nL4 5"/><text>50 % &amp; ä</text></svg>\n'
    )
    shutil.copytree(NOTES, tmp_path / "notes")
    page = to_html("---\ntitle: A\n---\n\n![A.](one.svg){#fig:one}", tmp_path, tmp_path / "notes").decode()
    (address,) = re.findall(r'<img[^>]*src="(data:image/svg\+xml,[^"]*)"', page)
    assert unquote_to_bytes(address.partition(",")[2]) == (tmp_path / "one.svg").read_bytes()
