"""The house: its borders, its names, the size of its rooms."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = sorted((ROOT / "rakuten_core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))
NEVER_OUTSIDE_TRAINING = {"tensorflow", "keras"}


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a file imports anywhere, in functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_tensorflow_stays_in_training():
    training = ROOT / "rakuten_core" / "training"
    for path in [*PACKAGE, *PAGES, ROOT / "streamlit_app.py"]:
        if training not in path.parents:
            assert not imported(path) & NEVER_OUTSIDE_TRAINING, path
    assert any(imported(path) & NEVER_OUTSIDE_TRAINING for path in training.rglob("*.py"))


def test_streamlit_stays_in_the_app():
    assert not [path for path in PACKAGE if "streamlit" in imported(path)]
    assert all("streamlit" in imported(path) for path in PAGES if path.name == "page.py")


def test_layers_are_held():
    """The contracts stand in pyproject.toml."""
    finished = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout


def test_every_page_runs_without_tensorflow():
    """In a fresh process: this one has TensorFlow loaded."""
    program = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('pages/router.py', default_timeout=60).run()\n"
        "for page in sys.argv[1:]:\n"
        "    app.switch_page(page).run()\n"
        "    assert not app.exception, page\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'tensorflow', 'keras'}))\n"
    )
    pages = ["classify/page.py", "story.py", "models/compare/page.py", "models/labels.py"]
    finished = subprocess.run(
        [sys.executable, "-c", program, *pages],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.splitlines()[-1] == "[]"


def test_no_name_stands_for_two_modules():
    names = Counter(path.name for path in PACKAGE if not path.name.startswith("__"))
    shared = {name for name, count in names.items() if count > 1}
    assert not shared


@pytest.mark.parametrize(("paths", "most"), [(PACKAGE, 400), (PAGES, 120)])
def test_files_stay_short(paths, most):
    long = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert not {path: lines for path, lines in long.items() if lines > most}


def test_functions_stay_short():
    long = []
    for path in [*PACKAGE, *PAGES]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 60:
                long.append((path.name, node.name))
    assert not long
