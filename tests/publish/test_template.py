"""The text of the notes: numbers as they are to be read, and mistakes that stop the build."""

import json

import pytest

jinja2 = pytest.importorskip("jinja2")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from resnet_notes.errors import BadInput  # noqa: E402
from resnet_notes.publish import values  # noqa: E402
from resnet_notes.publish.template import Context, render  # noqa: E402

ERROR = {"mean": 44.0636, "low": 38.15, "high": 49.98, "n": 5}
CLAIMS = {
    "worse": {
        "statement": "It is *worse* by $x^2$.", "source": "@he2015residual [section 1]", "effect": "points of training error",
        "claimed": "above 10", "verdict": "confirmed", "mean": 33.552, "low": 25.39, "high": 41.71, "n": 5,
    },
    "gates": {
        "statement": "8 gates.", "source": "Notes", "effect": "gates", "claimed": "8", "found": 9.0, "verdict": "imprecise",
        "restated": {"statement": "9 gates.", "source": "Logic", "effect": "gates", "claimed": "9", "found": 9.0, "verdict": "confirmed"},
    },
    "lost": {
        "statement": "Lost.", "source": "Notes", "effect": "nats on average", "claimed": "below 0",
        "verdict": "undecided", "mean": None, "low": None, "high": None, "n": 0,
    },
    "small": {
        "statement": "Small.", "source": "He", "effect": "standard deviation", "claimed": "below 0",
        "verdict": "refuted", "mean": 0.01234, "low": 0.01014, "high": 0.01454, "n": 5,
    },
    "deepest": {
        "statement": "Deep.", "source": "He", "effect": "hidden layers", "claimed": "above 10",
        "verdict": "confirmed", "mean": 80.0, "low": 80.0, "high": 80.0, "n": 5,
    },
}  # fmt: skip
METRICS = {
    "grid": {"plain": {"56": {"error": ERROR, "one": {"mean": 12.0, "low": None, "high": None, "n": 1}}}},
    "likelihood": {"mean": -84.46, "low": -85.0, "high": -83.92, "n": 3},
    "factor": {"mean": 0.3338, "low": 0.3335, "high": 0.334, "n": 10, "of": "draws"},
    "layers": {"mean": 80.0, "low": 80.0, "high": 80.0, "n": 5},
    "drawn": {"mean": 0.3, "low": None, "high": None, "n": 1, "of": "draws"},
}
PARAMS = {"recipe": {"steps": 55000, "rate": 0.03}}
LINEAGE = {
    "tables": {"paths": {"file": "results/tables/paths.csv"}},
    "figures": {"paths": {"table": "paths", "sections": ["paths", "residual"]}},
}


@pytest.fixture
def rendered(tmp_path):
    def text(source, claims=CLAIMS):
        template = tmp_path / "notes.md"
        template.write_text(source, encoding="utf-8")
        return render(template, Context(METRICS, claims, PARAMS, LINEAGE)).replace(values.SPACE, " ")

    return text


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ('metrics["grid"]["plain"]["56"]["error"] | percent', "44.1 % (38.1 to 50.0, 5 seeds)"),
        ('metrics["grid"]["plain"]["56"]["error"] | percent(0)', "44 % (38 to 50, 5 seeds)"),
        ('metrics["grid"]["plain"]["56"]["one"] | percent', "12.0 % (no interval, 1 seed)"),
        ('claims["worse"] | points', "+33.6 points (25.4 to 41.7, 5 seeds)"),
        ("metrics.likelihood | nats", "−84.5 nats (−85.0 to −83.9, 3 seeds)"),
        ("metrics.factor | measured(digits=3)", "0.3338 (0.3335 to 0.3340, 10 draws)"),
        ('metrics.drawn | measured("blocks", 1)', "0.3 blocks (no interval, 1 draw)"),
        ('metrics.layers | measured("layers", 0)', "80 layers (the same in all 5 seeds)"),
        ("params.recipe.steps | number", "55,000"),
        ("params.recipe.rate | number(2)", "0.03"),
        ("-0.04 | number(1)", "0.0"),
        ("params.recipe.rate", "0.03"),
        ('effect("worse")', "+33.6 points of training error (25.4 to 41.7, 5 seeds)"),
        ('effect("gates")', "9 (gates)"),
        ('effect("lost")', "no value (no interval, 0 seeds)"),
        ('effect("small")', "0.0123 (0.0101 to 0.0145, 5 seeds; standard deviation)"),
        ('effect("deepest")', "80 (the same in all 5 seeds; hidden layers)"),
        ('effect("gates", restated=true)', "9 (gates)"),
        ('confirmed("gates", restated=true)', "True"),
        ('confirmed("worse", restated=true)', "False"),
        ('verdict("worse")', "[[confirmed]{.verdict .confirmed}](#claim:worse)"),
        (
            'figure("paths", "Short\n paths.")',
            '![Short paths.](figures/paths.svg){#fig:paths table="paths.csv" sections="paths, residual"}',
        ),
        (
            'figure("paths", "Short.", here=true)',
            '![Short.](figures/paths.svg){#fig:paths .here table="paths.csv" sections="paths, residual"}',
        ),
    ],
)
def test_a_tag_says(rendered, tag, said):
    assert rendered(f"{{{{ {tag} }}}}") == said


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ('metrics["grid"]["plian"]["56"]', 'metrics["grid"]["plian"] is not there; there is plain'),
        ('metrics["grid"]["plain"]["57"]["error"] | percent', 'metrics["grid"]["plain"]["57"] is not there'),
        ("params.recipe.batch", 'params["recipe"]["batch"] is not there; there is steps, rate'),
        ('metrics["grid"]["plain"] | percent', 'metrics["grid"]["plain"] is not an interval'),
        ('metrics["grid"]["plain"]["56"]["one"]["low"]', "None cannot be written"),
        ('metrics["grid"]["plain"]', 'metrics["grid"]["plain"] cannot be written'),
        ('"many" | number', "'many' is not a number"),
        ("nothing", "'nothing' is undefined"),
        ('verdict("wurse")', 'claims["wurse"] is not there; there is worse, gates, lost, small, deepest'),
        ('confirmed("wurse")', 'claims["wurse"] is not there'),
        ('effect("worse", restated=true)', 'claims["worse"]["restated"] is not there'),
        ('figure("path", "Words.")', "there is no figure path; there is paths"),
        ("1 | percnt", "No filter named 'percnt'"),
        ("1 +", "unexpected"),
    ],
)
def test_a_mistake_is_one_line_that_names_file_and_line(rendered, tag, message):
    with pytest.raises(BadInput) as error:
        rendered(f"One.\n\nTwo, and {{{{ {tag} }}}}.\n")
    said = str(error.value)
    assert said.startswith("notes.md, line 3: ") and message in said and "\n" not in said


@pytest.mark.parametrize("verdict", ["confirmed", "refuted", "undecided", "imprecise"])
def test_the_verdict_chooses_the_sentence(rendered, verdict):
    claims = {"worse": CLAIMS["worse"] | {"verdict": verdict}}
    words = ["confirmed", "refuted", "undecided", "imprecise"]
    source = "".join(f'{{% if {word}("worse") %}}{word.upper()}{{% endif %}}' for word in words)
    assert rendered(source, claims) == verdict.upper()


def test_tags_alone_on_their_lines_leave_no_empty_line_and_no_words_grow_together(rendered):
    source = 'One\n{% if confirmed("worse") %}\ntwo\n  {% else %}\nthree\n{% endif %}\nfour {% if true %}five{% endif %}\nsix\n'
    assert rendered(source) == "One\ntwo\nfour five\nsix\n"


def test_identifiers_of_markdown_are_no_comments(rendered):
    assert rendered("# Depth {#depth}\n{## not\nshown ##}\n$$x$$ {#eq:x}\n") == "# Depth {#depth}\n$$x$$ {#eq:x}\n"


def test_every_claim_has_a_row(rendered):
    rows = rendered("{{ claims_table() }}").splitlines()
    assert [row.count(" | ") for row in rows[3:-1]] == [3] * len(CLAIMS)
    assert rows[3].startswith("| [It is *worse* by $x^2$.]{#claim:worse} | [confirmed]{.verdict .confirmed} |")
    assert rows[3].endswith("| @he2015residual [section 1] |")
    assert "*Restated (confirmed):* 9 gates" in rows[4] and rows[4].endswith("| Notes *Restated:* Logic |")


def test_a_statement_is_put_right_only_where_the_verdict_is_imprecise(rendered):
    without = {name: part for name, part in CLAIMS["gates"].items() if name != "restated"}
    assert "Restated" not in rendered("{{ claims_table() }}", {"gates": without | {"verdict": "confirmed"}})


def test_claims_in_their_place_are_a_list_with_badges(rendered):
    found = rendered('{{ judged("worse", "gates") }}')
    assert found.count("\n- ") == 2 and "](#claim:worse)" in found and "](#claim:gates)" in found


@given(st.dictionaries(st.text(), st.integers() | st.dictionaries(st.text(), st.floats(allow_nan=False))))
def test_a_branch_is_what_was_put_in(results):
    branch = values.Branch(results, "metrics")
    assert json.dumps(branch) == json.dumps(results)


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_a_number_reads_back_as_it_was_rounded(value, digits):
    text = values.number(value, digits)
    assert float(text.replace(",", "").replace(values.MINUS, "-")) == round(float(f"{value:.{digits}f}"), digits)
    assert text != f"{values.MINUS}{0:.{digits}f}"
