"""The sheets of features draw any grid of pictures, and say what their tables say."""

from io import StringIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from safetensors.numpy import save_file

from resnet_notes.analysis import dbn_features as dbn_table
from resnet_notes.analysis import features as convnet_table
from resnet_notes.figures import dbn_features, feature_sheet, features, style

SIDE = 14


def examined(
    folder: Path, experiment: str, fields: dict[int, int], units: int = 2, starts: int = 3, seeds: tuple[int, ...] = (0,),
    **settings: Any,
) -> dict[str, Any]:  # fmt: skip
    """What an examination leaves: grey says which picture it is, agreement is 0.9 trained and 0.5 before."""
    folder.mkdir()
    pictures, rows = {}, []
    for seed, trained, (layer, field), unit in product(seeds, (0, 1), fields.items(), range(units)):
        side = min(field, SIDE)
        parts = {"top": 9, "maximised": starts} | ({"weights": 1} if layer == 1 else {})
        for part, count in parts.items():
            for place in range(count):
                rows_cut = int(part == "top" and place == 8 and side > 1)  # the last patch is clipped
                grey = np.full((side - rows_cut, side), 20 * unit + place + 100 * trained, dtype=np.uint8)
                pictures[f"{seed}/{trained}/{layer}/{unit}/{part}/{place}"] = grey
        rows += [{"seed": seed, "trained": trained, "layer": layer, "field": field, "unit": unit, "start": start,
                  "reached": 10.0 * layer + start, "largest": 1.5 * layer, "agreement": 0.5 + 0.4 * trained}
                 for start in range(starts)]  # fmt: skip
    save_file(pictures, folder / f"{experiment}.safetensors")
    pd.DataFrame(rows).to_csv(folder / f"{experiment}.csv", index=False)
    return {"experiment": experiment, "folder": str(folder), "images": 2000, "dataset": "mnist"} | settings


def convnet(folder: Path, **more: Any) -> dict[str, Any]:
    return examined(folder, "features", {1: 3, 3: 11, 13: 71, 19: 159}, architecture="residual", depth=20, **more)


def words(figure: Figure) -> str:
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return " ".join(text.get_text() for text in texts).replace("\n", " ")


def read_back(table: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(StringIO(table.to_csv(index=False, float_format="%.4f")))


def test_the_table_holds_every_picture_with_its_numbers(tmp_path: Path) -> None:
    run = convnet(tmp_path / "run", seeds=(0, 4))
    table = read_back(convnet_table.table([{"experiment": "lesions"}, run]))
    assert len(table) == 2 * 2 * 2 * (4 * 12 + 1)
    assert (table[["architecture", "depth", "dataset", "images"]] == ["residual", 20, "mnist", 2000]).all(axis=None)
    made = table[table["part"] == "maximised"]
    assert (made["reached"] == 10 * made["layer"] + made["place"]).all()
    assert table[table["part"] != "maximised"]["reached"].isna().all()
    assert (table["largest"] == 1.5 * table["layer"]).all()
    own = table[(table["seed"] == 4) & (table["trained"] == 1) & (table["layer"] == 1) & (table["unit"] == 1)]
    assert own["part"].tolist() == ["weights"] + ["top"] * 9 + ["maximised"] * 3
    assert own["place"].tolist() == [0, *range(9), *range(3)]
    for picture in own.itertuples():
        grey = feature_sheet.pixels(picture.pixels, picture.height)
        assert grey.shape == (picture.height, picture.width) and (grey == 120 + picture.place).all()


@pytest.mark.parametrize(("units", "starts", "saved"), [(1, 1, True), (4, 5, False)])
def test_a_sheet_of_a_convolutional_network(units: int, starts: int, saved: bool, tmp_path: Path) -> None:
    table = read_back(convnet_table.table([convnet(tmp_path / "run", units=units, starts=starts)]))
    figure = features.draw(table)
    said = words(figure)
    for name in (
        "Layer 1: the stem",
        "Layer 3: the first block",
        "Layer 13: end of stage 2",
        "Layer 19: end of stage 3",
    ):
        assert name in said
    assert said.count("likeness 0.90") == said.count("likeness 0.50") == 4
    assert "3\u00d73 pixels" in said and "11\u00d711 pixels" in said and said.count("14\u00d714 pixels") == 2
    assert "cut where the image ends" in said
    whole = table[(table["part"] != "top") | (table["place"] != 8)]
    assert "cut" not in words(features.draw(whole)), "no patch is smaller than what the unit sees"
    if saved:
        style.save(figure, tmp_path, "drawn")


def test_pictures_lie_apart_and_on_their_side_with_pixels_of_one_size(tmp_path: Path) -> None:
    table = read_back(convnet_table.table([convnet(tmp_path / "run")]))
    figure = features.draw(table)
    (axes,) = figure.axes
    boxes = np.array([image.get_extent() for image in axes.images])
    assert len(boxes) == len(table)
    width, height = figure.get_size_inches()
    assert axes.get_xlim() == (0, width) and axes.get_ylim() == (0, height)
    left, right, bottom, top = boxes.T
    assert (left > 0).all() and (right < width).all() and (bottom > 0).all() and (top < height).all()
    apart = (left[:, None] >= right) | (right[:, None] <= left) | (bottom[:, None] >= top) | (top[:, None] <= bottom)
    assert (apart | np.eye(len(boxes), dtype=bool)).all()
    trained = np.array([image.get_array().max() >= 100 for image in axes.images])  # type: ignore[union-attr]
    assert right[trained].max() < left[~trained].min()
    sizes = np.array([image.get_array().shape for image in axes.images])  # type: ignore[union-attr]
    assert np.allclose((right - left) / sizes[:, 1], (top - bottom) / sizes[:, 0]), "pixels are squares"


def test_other_depths_name_their_stages() -> None:
    assert [features.name(layer, 8) for layer in (1, 3, 5, 7)] == [
        "Layer 1: the stem", "Layer 3: the first block", "Layer 5: end of stage 2", "Layer 7: end of stage 3"
    ]  # fmt: skip
    assert features.name(37, 56) == "Layer 37: end of stage 2"


@pytest.mark.parametrize("layers", [1, 6])
def test_a_sheet_of_a_deep_belief_network(layers: int, tmp_path: Path) -> None:
    shown = dict.fromkeys(sorted({1, (layers + 1) // 2, layers}), SIDE)
    run = examined(tmp_path / "run", "dbn_features", shown, layers=[16] * layers)
    figure = dbn_features.draw(read_back(dbn_table.table([run])))
    said = words(figure)
    assert all(f"Layer {layer} of {layers}" in said for layer in shown) and "MNIST, one stack" in said
    style.save(figure, tmp_path, "drawn")
