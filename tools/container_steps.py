"""Run the Dockerfile's RUN steps in a fresh folder: python -m tools.container_steps FOLDER

For machines without a container engine. Paths of the image are put below FOLDER, and the server is
started at the end. Prints what the virtual environment takes beside the one of training, if there
is one.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tqdm.auto import tqdm

ROOT = Path(__file__).parents[1]
_PORT = 8599


def steps(dockerfile: str) -> list[str]:
    """Return the commands of the RUN lines, in order."""
    joined = dockerfile.replace("\\\n", " ")
    return re.findall(r"^RUN (.+)$", joined, flags=re.MULTILINE)


def serving(dockerfile: str) -> list[str]:
    """Return the arguments of the last CMD line."""
    return re.findall(r'"([^"]*)"', re.findall(r"^CMD \[(.+)\]$", dockerfile, re.MULTILINE)[-1])


def placed(command: str, folder: Path) -> str:
    """Return a command with the image's paths below a folder."""
    moved = command.replace("/opt/venv", str(folder / "venv"))
    moved = moved.replace(" /store", f" {folder}/store")
    return moved.replace("/build/", f"{ROOT}/")


def size(folder: Path) -> float:
    """Return the size of a folder's files in MiB."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 2**20


def main() -> None:
    """Run every step, then the server until it is ready."""
    folder = Path(sys.argv[1]).resolve()
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for command in tqdm(steps(dockerfile), desc="RUN", unit="step"):
        subprocess.run(placed(command, folder), shell=True, check=True, cwd=ROOT)
    command = [
        placed(part, folder).replace("8501", str(_PORT)).replace("0.0.0.0", "127.0.0.1")
        for part in serving(dockerfile)
    ]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait(server)
    finally:
        server.terminate()
        server.wait()
    print(f"environment of the app: {size(folder / 'venv'):,.0f} MiB")
    if (ROOT / ".venv").is_dir():
        print(f"environment of training and tests: {size(ROOT / '.venv'):,.0f} MiB")


def _wait(server: subprocess.Popen[bytes]) -> None:
    address = f"http://127.0.0.1:{_PORT}/api/ready"
    while server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                print(f"{address}: {answer.read().decode()}")
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The server ended before it was ready.")


if __name__ == "__main__":
    main()
