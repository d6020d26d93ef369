import json
import re
import subprocess
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resnet_notes.compare.blocks import blocks_of
from resnet_notes.compare.builds import read_build
from resnet_notes.compare.comparison import Build, Change, aligned, compare, sentences_of
from resnet_notes.compare.page import to_page
from resnet_notes.errors import BadInput

TEXT = """
<h2 id="a"><span class="number">1</span> Depth</h2>
<p>He et al. 2015 train deep networks. The error is 44.1\N{NO-BREAK SPACE}% (38.2 to 50.0, 5 seeds).<sup>1</sup><span
class="side"><sup>1</sup>A note.</span> For <math display="inline"><mi>n</mi><mo>+</mo><mn>1</mn></math> it is <em>not</em>
known.</p>
<ul><li>One item. <a href="#claim:x"><span class="verdict confirmed">confirmed</span></a></li><li>Two<ul><li>Inner</li></ul>
after</li></ul>
<figure id="fig:x"><img src="data:image/svg+xml;base64,AAAA" alt="What it shows."/><figcaption>Figure 1. What it
shows.</figcaption></figure>
<table><thead><tr><th>Claim</th><th>Verdict</th></tr></thead><tbody><tr><td><p>Said</p></td><td>so</td></tr></tbody></table>
"""


def page(text: str) -> str:
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>T</title></head><body><a class="skip">Skip</a>'
        f"<nav>Contents</nav><script>if (1 < 2) {{}}</script><main>{text}</main></body></html>"
    )


def interval(mean: float) -> dict:
    return {"mean": mean, "low": mean - 1, "high": mean + 1, "n": 5}


def claim(verdict: str, mean: float = 5.0) -> dict:
    return {"statement": "S.", "source": "s", "effect": "points", "claimed": "3", "verdict": verdict} | interval(mean)


def build(text: str = TEXT, **changed) -> Build:
    metrics = {"plain": {"20": {"error": interval(10.0), "diverged": 0}}}
    params = {"recipe": {"steps": 600, "batch": None}, "seeds": [0, 1]}
    values = {"metrics": metrics, "claims": {"x": claim("confirmed"), "y": claim("refuted")}, "params": params}
    return Build("build", page(text), **(values | changed))


def words(block) -> str:
    return unescape(re.sub(r"<[^>]*>", "", "".join(map("".join, zip(block.words, block.spaces, strict=True)))))


def marked(page: str, tag: str) -> list[str]:
    return re.findall(f"<{tag}>(.*?)</{tag}>", page)


def test_blocks_hold_the_text_in_the_order_of_reading():
    assert [(block.kind, words(block)) for block in blocks_of(page(TEXT))] == [
        ("heading", "1 Depth"),
        ("paragraph", "He et al. 2015 train deep networks. The error is 44.1\N{NO-BREAK SPACE}% (38.2 to 50.0, 5 seeds)."
         "1 1A note. For n+1 it is not known."),
        ("item", "One item. confirmed"), ("item", "Two"), ("item", "Inner"), ("item", "after"),
        ("figure", ""), ("caption", "Figure 1. What it shows."), ("row", "Claim | Verdict"), ("row", "Said | so"),
    ]  # fmt: skip


def test_a_formula_is_one_word_and_an_address_of_a_link_none():
    paragraph, item = blocks_of(page(TEXT))[1:3]
    assert '<math display="inline"><mi>n</mi><mo>+</mo><mn>1</mn></math>' in paragraph.words
    assert item.words == ("One", "item", ".", "<strong>confirmed</strong>")


def test_sentences_end_where_a_reader_ends_them():
    paragraph = blocks_of(page(TEXT))[1]
    found = ["".join(map("".join, zip(paragraph.words[s], paragraph.spaces[s]))) for s in sentences_of(paragraph)]
    assert [re.sub(r"<[^>]*>", "", sentence).split()[0] for sentence in found] == ["He", "The", "1A", "For"]


def test_identical_builds_say_so():
    found = compare(build(), build())
    assert found.is_empty and not found.sentences and not found.figures
    shown = to_page(build(), build())
    assert "identical" in shown and not marked(shown, "del") and not marked(shown, "ins")


def test_other_white_space_is_no_change():
    assert compare(build(), build(TEXT.replace("train deep", "train\n  deep"))).is_empty


def test_one_number_marks_its_sentence_and_no_other():
    new = build(TEXT.replace("44.1", "43.9"))
    shown = to_page(build(), new)
    assert (marked(shown, "del"), marked(shown, "ins")) == (["44.1"], ["43.9"])
    assert compare(build(), new).sentences == 1
    sentences = re.findall(r'<span class="sentence">(.*?seeds\)\.)', shown)
    assert [re.sub("<[^>]*>", "", sentence) for sentence in sentences] == [
        f"The error is {number}\N{NO-BREAK SPACE}% (38.2 to 50.0, 5 seeds)." for number in ("44.1", "43.9")
    ]
    assert shown.count('class="sentence"') == 2


def test_a_sign_a_formula_and_an_emphasis_are_changes():
    for old, new in (
        ("44.1", "−44.1"),
        ("<mn>1</mn>", "<mn>2</mn>"),
        ("<em>not</em>", "not"),
        ("confirmed<", "refuted<"),
    ):
        assert compare(build(), build(TEXT.replace(old, new))).sentences == 1


def test_a_figure_with_another_picture_is_shown_twice():
    new = build(TEXT.replace("AAAA", "BBBB"))
    found = compare(build(), new)
    assert (found.figures, found.sentences) == (1, 0)
    shown = to_page(build(), new)
    assert shown.count("base64,AAAA") == shown.count("base64,BBBB") == 1
    assert "base64" not in to_page(build(), build())


def test_a_figure_that_came_is_beside_nothing():
    more = TEXT + '<figure id="fig:y"><img src="data:image/png;base64,CCCC"/><figcaption>New.</figcaption></figure>'
    rows = [row for row in compare(build(), build(more)).rows if row.is_changed]
    assert [(row.old, row.block.kind, row.block.name) for row in rows] == [
        (None, "figure", "fig:y"),
        (None, "caption", "fig:y"),
    ]


def test_verdicts_that_flipped_come_or_went():
    new = {"x": claim("undecided"), "y": claim("refuted", 7.0), "z": claim("confirmed")}
    found = compare(build(), build(claims=new))
    assert [change.path for change in found.verdicts] == [("x",), ("z",)]
    assert found.claims == [
        Change(("y", key), old, old + 2) for key, old in (("mean", 5.0), ("low", 4.0), ("high", 6.0))
    ]
    back = compare(build(claims=new), build())
    assert [(change.old["verdict"], change.new and change.new["verdict"]) for change in back.verdicts] == [
        ("undecided", "confirmed"), ("confirmed", None),
    ]  # fmt: skip


def test_a_restatement_that_flipped_is_a_verdict():
    old, new = ({"x": claim("refuted") | {"restated": claim(verdict)}} for verdict in ("confirmed", "refuted"))
    shown = to_page(build(claims=old), build(claims=new))
    assert "refuted; restated: confirmed" in shown and "refuted; restated: refuted" in shown


def test_metrics_that_changed_came_or_went():
    new = {"plain": {"20": {"error": interval(13.0)}, "56": {"diverged": 2}}}
    assert compare(build(), build(metrics=new)).metrics == [
        Change(("plain", "20", "error"), interval(10.0), interval(13.0)),
        Change(("plain", "56", "diverged"), None, 2),
        Change(("plain", "20", "diverged"), 0, None),
    ]


@pytest.mark.parametrize(("mean", "overlap"), [(11.0, "yes"), (12.0, "yes"), (12.5, "no"), (7.5, "no")])
def test_the_page_says_by_how_much_and_whether_intervals_overlap(mean, overlap):
    shown = to_page(build(), build(metrics={"plain": {"20": {"error": interval(mean), "diverged": 0}}}))
    cells = re.findall(r'<td data-of="(?:Difference|Intervals overlap)">(.*?)</td>', shown)
    assert cells == [f"{mean - 10:+.4g}".replace("-", "−"), overlap]


def test_means_and_ends_that_are_not_there_are_shown_as_such():
    none = {"mean": None, "low": None, "high": None, "n": 0}
    one = {"mean": 3.0, "low": None, "high": None, "n": 1}
    shown = to_page(build(metrics={"a": none}), build(metrics={"a": one}))
    assert (
        "no value (no interval, 0\N{NO-BREAK SPACE}seeds)" in shown
        and "3.00 (no interval, 1\N{NO-BREAK SPACE}seed)" in shown
    )


def test_params_that_changed():
    new = {"recipe": {"steps": 900, "batch": None}, "seeds": [0, 1, 2]}
    found = compare(build(), build(params=new)).params
    assert found == [Change(("recipe", "steps"), 600, 900), Change(("seeds",), [0, 1], [0, 1, 2])]


def test_the_page_loads_nothing_and_is_the_same_again():
    new = build(TEXT.replace("Two", '<a href="https://example.org">3 &lt; 4</a>'))
    shown = to_page(build(), new)
    assert not re.findall(r"(?:https?:)?//", shown)
    assert "&lt;" in shown and "<script" not in shown
    assert to_page(build(), new) == shown


TEXTS = st.lists(
    st.tuples(
        st.sampled_from(["p", "h2", "li", "tr"]),
        st.lists(st.sampled_from(["a", "b.", "C", "44.1", "<em>d</em>", "&lt;", "(e)"]), max_size=6),
    ),
    max_size=6,
)


def blocks(text) -> list:
    return blocks_of(page("".join(f"<{tag}>{' '.join(parts)}</{tag}>" for tag, parts in text)))


def side(rows, name: str) -> list:
    """The blocks of one side with the marks of their words."""
    return [(getattr(row, name), getattr(row, f"{name}_marks")) for row in rows if getattr(row, name)]


@given(TEXTS, TEXTS)
def test_exchanging_the_builds_exchanges_the_marks(old, new):
    there, back = aligned(blocks(old), blocks(new)), aligned(blocks(new), blocks(old))
    assert (side(there, "old"), side(there, "new")) == (side(back, "new"), side(back, "old"))
    assert sum(row.sentences for row in there) == sum(row.sentences for row in back)


@given(TEXTS, TEXTS)
def test_both_texts_are_there_whole_and_agree_where_nothing_is_marked(old, new):
    old, new = blocks(old), blocks(new)
    rows = aligned(old, new)
    assert [block for block, _ in side(rows, "old")] == old
    assert [block for block, _ in side(rows, "new")] == new
    for row in rows:
        kept = [
            [word for word, mark in zip(block.words, marks, strict=True) if not mark] if block else []
            for block, marks in ((row.old, row.old_marks), (row.new, row.new_marks))
        ]
        assert kept[0] == kept[1]
        assert row.is_changed == any(row.old_marks + row.new_marks + (row.old is None, row.new is None))


@given(TEXTS, TEXTS)
@settings(max_examples=25)
def test_the_page_shows_every_word(old, new):
    old, new = (build("".join(f"<p>{' '.join(parts)}</p>" for _, parts in text)) for text in (old, new))
    shown = unescape(re.sub(r"<[^>]*>", "", to_page(old, new))).split()
    for one in (old, new):
        assert all(word in " ".join(shown) for block in blocks_of(one.page) for word in words(block).split())


def put(folder: Path, changed: str = "600", place: str = "notes.html") -> None:
    (folder / "notes").mkdir(parents=True)
    one = build(TEXT.replace("44.1", changed))
    (folder / place).write_text(one.page)
    (folder / "notes/notes.0123.seal").write_text(json.dumps({"origin": {"params": one.params}}))
    (folder / "metrics.json").write_text(json.dumps(one.metrics))
    (folder / "claims.json").write_text(json.dumps(one.claims))


def test_a_commit_is_read_without_touching_the_tree(tmp_path):
    def git(*words):
        subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@x", *words], cwd=tmp_path, check=True)

    project = tmp_path / "part of a repository"
    put(project / "results")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "First words")
    (project / "results/notes.html").write_text(page("<p>Other.</p>"))
    committed = read_build("HEAD", project, Path("results"))
    in_tree = read_build("results", project, Path("results"))
    assert committed._replace(label="") == build(TEXT.replace("44.1", "600"))._replace(label="")
    assert committed.label.endswith(" First words") and len(committed.label.split()[0]) == 12
    assert in_tree == committed._replace(label="results", page=page("<p>Other.</p>"))
    with pytest.raises(BadInput, match=r"no notes in it; notes.html is missing"):
        read_build("HEAD", project, Path("results/presets/smoke"))


def test_notes_lie_where_older_builds_have_them(tmp_path):
    put(tmp_path / "old", place="notes/notes.html")
    put(tmp_path / "new")
    old, new = (read_build(name, tmp_path, Path("results")) for name in ("old", "new"))
    assert old._replace(label="") == new._replace(label="")


def test_what_cannot_be_compared_is_named(tmp_path):
    put(tmp_path / "good")
    assert read_build("good", tmp_path, Path("results")).params == build().params
    (tmp_path / "good/metrics.json").write_text("{")
    with pytest.raises(BadInput, match=r"good: metrics\.json is not JSON"):
        read_build("good", tmp_path, Path("results"))
    (tmp_path / "good/metrics.json").unlink()
    with pytest.raises(BadInput, match=r"good: there is no metrics\.json beside its notes"):
        read_build("good", tmp_path, Path("results"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match=r"empty: there are no notes in it"):
        read_build("empty", tmp_path, Path("results"))
    for name in ("nowhere", "--help", ""):
        with pytest.raises(BadInput, match=rf"{name}: neither a folder with results nor a commit"):
            read_build(name or "x" * 40, tmp_path, Path("results"))
