"""The package as it is installed, the container, and what both need."""

import json
import re
import subprocess
import sys
import sysconfig
import venv
from importlib import metadata
from pathlib import Path

import pytest

from tests.test_structure import PACKAGE, PAGES, ROOT, imported
from tools.container_steps import placed, serving, steps

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
TRAINING = ROOT / "rakuten_core" / "training"
# Optional, found where it is installed; or only for what `labels` ranks while training.
NOT_SERVED = {"argostranslate", "cleanlab", "fsspec", "ray"}


def test_the_wheel_classifies_from_any_folder(tmp_path):
    """With this environment's packages: installing them again would take minutes."""
    source = tmp_path / "source"
    committed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, committed.stdout.decode().split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/")):
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.hardlink_to(ROOT / name)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path, source], check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "fresh", with_pip=False)
    python = tmp_path / "fresh" / "bin" / "python"
    packages = tmp_path / "fresh" / "lib" / f"python{sysconfig.get_python_version()}"
    (packages / "site-packages" / "more.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run(
        [*pip, "--python", python, "install", "--no-deps", "--no-index", wheel], check=True
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    finished = subprocess.run(
        [python.with_name("rakuten"), "classify", "--title", "Piscine hors sol", "--json"],
        cwd=elsewhere,
        check=True,
        capture_output=True,
    )
    assert json.loads(finished.stdout)["ranking"][0]["prdtypecode"] == 2583
    where = subprocess.run(
        [python, "-c", "import rakuten_core; print(rakuten_core.__file__)"],
        cwd=elsewhere,
        check=True,
        capture_output=True,
        text=True,
    )
    assert (tmp_path / "fresh").resolve() in Path(where.stdout.strip()).resolve().parents


def required_by(file: str) -> set[str]:
    """Return the distributions that a requirements file asks for, with all that they need."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    waiting = [re.split(r"[<>=!~; \[]", line)[0] for line in lines if re.match(r"\w", line)]
    found: set[str] = set()
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        found.add(name)
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            # For another system or Python.
            continue
        waiting += [re.split(r"[<>=!~; \[(]", need)[0] for need in needs if "extra ==" not in need]
    return found


def test_what_is_served_needs_only_the_packages_of_the_app():
    served = [path for path in PACKAGE if TRAINING not in path.parents]
    used = set().union(*(imported(path) for path in [*served, *PAGES, ROOT / "streamlit_app.py"]))
    used -= {*sys.stdlib_module_names, "rakuten_core", "pages", *NOT_SERVED}
    distributions = metadata.packages_distributions()
    required = required_by("requirements-app.txt")
    for name in used:
        owners = {re.sub(r"[-_.]+", "-", owner).lower() for owner in distributions[name]}
        assert owners & required, f"{name} is of {owners}"
    assert not required & {"tensorflow", "tensorflow-cpu", "keras", "onnx"}


def test_a_served_page_imports_no_learner(tmp_path):
    """Answering and its page need no TensorFlow, scikit-learn, SciPy or Matplotlib."""
    program = (
        "import sys\n"
        "from rakuten_core.api.warm_up import warm_up\n"
        "import rakuten_core.api.application, rakuten_core.api.stage\n"
        "warm_up()\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'scipy', 'matplotlib', 'onnx'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert finished.stdout.strip() == "[]"


def test_the_container_holds_what_it_serves_and_nothing_else():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    copied = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, flags=re.MULTILINE)
    assert {f"!{name}" for name in copied} == {line for line in ignored if line.startswith("!")}
    assert all((ROOT / name).exists() for name in copied)
    (user,) = re.findall(r"^USER (\d+)", DOCKERFILE, flags=re.MULTILINE)
    assert int(user) != 0
    assert "/api/ready" in DOCKERFILE.partition("HEALTHCHECK")[2]


def test_the_container_installs_what_the_app_requires_each_with_its_hash():
    locked = (ROOT / "requirements-container.lock").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([\w.-]+)==(\S+) \\$", locked, flags=re.MULTILINE))
    assert len(pins) == len(re.findall(r"^\S", locked, flags=re.MULTILINE))
    assert locked.count("--hash=sha256:") >= len(pins)
    exact = dict(
        re.findall(
            r"^([\w.-]+)==(\S+)$", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE
        )
    )
    named = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in exact.items()}
    for file in ("requirements-app.txt", "requirements-teams.txt"):
        named_there = re.findall(r"^[\w.-]+", (ROOT / file).read_text(), flags=re.MULTILINE)
        assert {name.lower() for name in named_there if name != "-r"} <= set(pins)
    assert {name: pins[name] for name in pins if name in named} == {
        name: named[name] for name in pins if name in named
    }


def test_the_steps_without_an_engine_are_those_of_the_dockerfile(tmp_path):
    found = steps(DOCKERFILE)
    assert len(found) == DOCKERFILE.count("\nRUN ")
    assert any("--require-hashes" in command for command in found)
    for command in found:
        moved = placed(command, tmp_path)
        assert "/opt/" not in moved and "/build/" not in moved
    command = serving(DOCKERFILE)
    assert command[0] == "/opt/venv/bin/python" and "streamlit_app.py" in command


@pytest.mark.parametrize("file", sorted(path.name for path in ROOT.glob("requirements-*.txt")))
def test_every_requirement_is_bounded(file):
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if re.match(r"\w", line):
            assert re.search(r"<|==", line), line
