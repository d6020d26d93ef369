"""The hash of a job's code: what it covers, by other ways of finding it out, and what it passes over."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from resnet_notes.provenance import code as code_module
from resnet_notes.provenance.code import Code, hash_of_text

SOURCE = Path(__file__).parents[2] / "src"
PACKAGE = "resnet_notes"
MODULES = sorted(
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
    for path in (SOURCE / PACKAGE).rglob("*.py")
)


@pytest.fixture(scope="module")
def code() -> Code:
    return Code(SOURCE)


def imports(module: str) -> set[str]:
    """Modules of the package that the source of one names in its import statements, wherever they stand."""
    path = SOURCE.joinpath(*module.split("."))
    text = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    named = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "no relative imports in this package"
            named |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return named & set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_closure_as_found_by_walking_the_sources(module: str, code: Code) -> None:
    found, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [*imports(name), *([name.rpartition(".")[0]] if "." in name else [])]
    assert code.closure(module) == found


@pytest.mark.parametrize("module", ["training.run", "figures.longer_training", "claims.depth", "analysis.summary"])
def test_what_python_really_loads_is_covered(module: str, code: Code) -> None:
    script = f"import sys, {PACKAGE}.{module}\nprint(*[m for m in sys.modules if m.split('.')[0] == '{PACKAGE}'])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert f"{PACKAGE}.{module}" in loaded
    assert set(loaded) <= code.closure(f"{PACKAGE}.{module}")


def test_a_training_job_does_not_run_what_stands_above_it(code: Code) -> None:
    rooms = {name.split(".")[1] for name in code.closure(f"{PACKAGE}.training.run") if "." in name}
    assert rooms == {"training", "models", "data", "errors", "replacing"}
    assert not {f"{PACKAGE}.data.{name}" for name in ("fetch", "catalogue", "sources")} & code.closure(
        f"{PACKAGE}.training.run"
    )


def test_a_figure_does_not_run_training_and_a_table_no_figures(code: Code) -> None:
    def rooms(module: str) -> set[str]:
        return {name.split(".")[1] for name in code.closure(f"{PACKAGE}.{module}") if "." in name}

    assert rooms("figures.training_curves") == {"figures", "analysis", "replacing"}
    assert rooms("figures.propagation") == {"figures", "analysis", "replacing"}
    assert rooms("theory.parity_size") == {"theory", "errors"}
    assert rooms("analysis.training_curves") == {"analysis"}
    assert rooms("claims.depth") == {"claims", "analysis"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package in which `a` imports `b.c`, whose package's `__init__` imports `d`; `e` is apart."""
    name = "resnet_notes_test_package"
    root = tmp_path / name
    files = {
        "__init__.py": "",
        "a.py": f"def job():\n    from {name}.b.c import x\n    return x\n",
        "b/__init__.py": f"import {name}.d\n",
        "b/c.py": "x = 1\n",
        "d.py": "y = 2\n",
        "e.py": f"import {name}.a\n",
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(code_module, "PACKAGE", name)
    return root


def test_an_edit_is_seen_through_imports_and_only_through_them(package: Path) -> None:
    def hashes() -> dict[str, str]:
        code = Code(package.parent)
        return {module: code.hash_of(f"{package.name}.{module}") for module in ("a", "b.c", "d", "e")}

    def changed_by(path: str, text: str) -> set[str]:
        before = hashes()
        (package / path).write_text(text)
        after = hashes()
        return {module for module in before if before[module] != after[module]}

    assert changed_by("b/c.py", "x = 5\n") == {"a", "b.c", "e"}
    assert changed_by("b/c.py", "x = 5  # five\n\n\n# of all\n") == set()
    assert changed_by("e.py", "z = 1\n") == {"e"}
    assert changed_by("__init__.py", "version = 1\n") == {"a", "b.c", "d", "e"}


def test_what_a_package_itself_imports_is_covered(package: Path) -> None:
    assert f"{package.name}.d" in Code(package.parent).closure(f"{package.name}.a")


STATEMENTS = st.sampled_from(
    [
        "x = 1",
        "y = 'a # b'",
        'z = f"{x!r}# {y}"',
        "w = r'#\\'#'",
        "if x:",
        "def f(a, b='#'):",
        "x += 2; y = '''# c'''",
        "g = [1,",
        "m = '''one # two",
    ]
)
CLOSINGS = {"g = [1,": "     2]", "m = '''one # two": "# three'''", "if x:": "    pass", "def f(a, b='#'):": "    pass"}


def lines_of(statements: list[str]) -> list[str]:
    return [line for one in statements for line in (one, *([CLOSINGS[one]] if one in CLOSINGS else []))]


PROGRAMS = st.lists(STATEMENTS, max_size=6)


@given(PROGRAMS, st.data())
def test_comments_blank_lines_and_trailing_space_change_nothing(program: list[str], data: st.DataObject) -> None:
    decorated = []
    for line in lines_of(program):
        # what follows on a line that ends inside a string would be part of the string
        inside = line == "m = '''one # two"
        extra = data.draw(st.sampled_from(["", "  ", "\t", "  # note", "# '''", ' # "', "\n", "\n\n# alone \n  # too"]))
        decorated.append(line + ("" if inside else extra))
    decorated.append(data.draw(st.sampled_from(["", "\n\n", "# the end"])))
    plain = "\n".join(lines_of(program))
    text = "\n".join(decorated)
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(plain))
    assert hash_of_text(text) == hash_of_text(plain)


@given(PROGRAMS, PROGRAMS)
@example(["y = 'a # b'"], ["y = 'a # c'"])
def test_any_other_change_changes_the_hash(first: list[str], second: list[str]) -> None:
    texts = ["\n".join(lines_of(program)) for program in (first, second)]
    assert (hash_of_text(texts[0]) == hash_of_text(texts[1])) == (texts[0] == texts[1])


@settings(max_examples=40)
@given(st.data())
def test_one_changed_letter_of_a_string_with_a_hash_sign_is_seen(data: st.DataObject) -> None:
    text = "a = 'x # one'\nb = '''\n# two\n'''\nc = f'# {a} # three'  "
    place = data.draw(st.sampled_from([i for i, letter in enumerate(text) if letter.isalpha()]))
    changed = text[:place] + ("q" if text[place] != "q" else "k") + text[place + 1 :]
    try:
        ast.parse(changed)
    except SyntaxError:
        return
    assert hash_of_text(changed) != hash_of_text(text)


def test_indentation_counts() -> None:
    assert hash_of_text("if x:\n    a\n    b\n") != hash_of_text("if x:\n    a\nb\n")


@pytest.mark.parametrize(("one", "other"), [("'''a\n\nb'''", "'''a\nb'''"), ("'''a \nb'''", "'''a\nb'''")])
def test_blank_lines_and_trailing_space_inside_a_string_count(one: str, other: str) -> None:
    assert hash_of_text(f"x = {one}\n") != hash_of_text(f"x = {other}\n")


def test_odd_line_separators_inside_a_string_shift_nothing() -> None:
    assert hash_of_text("x = '\x0c\u2028'\ny = 1  # one\n") == hash_of_text("x = '\x0c\u2028'\ny = 1  # two\n")
