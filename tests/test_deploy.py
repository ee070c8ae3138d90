"""What is put on a server: the image holds all that runs, and the units are what systemd takes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, free_port, wait_healthy
from tests.test_web import ask_at, stream_at

CONTAINERFILE = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The image's folder, as the Containerfile fills it."""
    folder = tmp_path / "image"
    for line in re.findall(r"^COPY ((?!--from|requirements).+)$", CONTAINERFILE, re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            place = folder / target / Path(source).name if target == "./" else folder / target
            place.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            copy(ROOT / source, place)
    return folder


def environment(data: Path) -> dict[str, str]:
    """That of the image, with this computer's paths."""
    (block,) = re.findall(r"^ENV (.+(?:\n    .+)+)", CONTAINERFILE, re.MULTILINE)
    named = dict(re.findall(r"(\w+)=(\S+)", block)) | {"SYNC_DATA": str(data)}
    del named["PATH"]
    return {**os.environ, **named}


def test_the_image_holds_all_that_the_dashboard_and_the_worker_need(image: Path, tmp_path: Path):
    data, port = tmp_path / "data", free_port()
    environ = environment(data) | {
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_ALLOWED_HOSTS": "desk.example.com other.example.com",
    }
    (words,) = re.findall(r"^CMD (\[.+\])$", CONTAINERFILE, re.MULTILINE)
    command = [sys.executable, "-m", *json.loads(words)]
    said = tmp_path / "said"
    with said.open("wb") as log:
        process = subprocess.Popen(command, cwd=image, env=environ, stdout=log, stderr=log)
    try:
        wait_healthy(f"http://127.0.0.1:{port}/healthz", process)
        assert ask_at(port, "/", Host="desk.example.com")[0] == 200
        assert ask_at(port, "/", Host="evil.example.com")[0] == 400
        assert ask_at(port, "/readyz")[0] == 200
        for host in ("desk.example.com", f"127.0.0.1:{port}"):
            with stream_at(port, origin=f"http://{host}", host=host):
                pass
        worker = [sys.executable, "-m", "sync", "worker", "--help"]
        subprocess.run(worker, cwd=image, env=environ, check=True, stdout=subprocess.DEVNULL)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
    assert said.read_text(encoding="utf-8").strip() == ""
    written = {path.name for path in image.rglob("*") if "__pycache__" in path.parts}
    assert written == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_units(unit: Path, tmp_path: Path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze")
    text = unit.read_text(encoding="utf-8")
    assert text.count("/opt/sync-desk/.venv/bin/python -m ") == 1
    here = tmp_path / unit.name
    here.write_text(text.replace("/opt/sync-desk/.venv/bin/python", sys.executable), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(here)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
