"""The guards of ADR 0001 (plain packages, nobody in their place) and of what the deployment files say of each other."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from app.doctor import PACKAGES

NOT_SHIPPED = {"bench"}


@pytest.fixture
def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_loads_from_this_checkout(name, root):
    module = importlib.import_module(name)
    assert Path(module.__file__) == root / name / "__init__.py"


def test_folders_wheel_contract_image_and_doctor_name_the_same_packages(root, project):
    folders = {path.parent.name for path in root.glob("*/__init__.py")} - NOT_SHIPPED
    contracts = project["tool"]["importlinter"]
    (layers,) = (contract["layers"] for contract in contracts["contracts"] if contract["type"] == "layers")
    in_layers = list(chain.from_iterable(layer.split(" | ") for layer in layers))
    copied = re.findall(r"^COPY (\w+) \1$", (root / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(folders) == 9
    for names in (
        project["tool"]["setuptools"]["packages"],
        project["tool"]["mypy"]["packages"],
        project["tool"]["ruff"]["lint"]["isort"]["known-first-party"],
        contracts["root_packages"],
        in_layers,
        copied,
        PACKAGES,
    ):
        assert sorted(names) == sorted(folders)


def test_tests_are_no_packages_that_could_shadow_ours(root):
    assert list((root / "tests").rglob("__init__.py")) == []


def test_the_image_takes_packages_from_its_own_folder_only(root):
    image = (root / "Dockerfile").read_text(encoding="utf-8")
    assert "PYTHONSAFEPATH=1 PYTHONPATH=/app" in image


def test_the_import_contracts_hold(root):
    linter = Path(sys.executable).with_name("lint-imports")
    finished = subprocess.run(
        [linter, "--no-cache"], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )
    assert finished.returncode == 0, finished.stdout
    assert ", 0 broken" in finished.stdout


def test_the_certificate_holds_the_one_name_collector_and_evaluator_call_the_broker_by(root, tmp_path):
    compose = (root / "docker-compose.yml").read_text(encoding="utf-8")
    (called,) = set(re.findall(r"@\$\{YUKIMORI_BROKER_NAME:-(\w+)\}:8883", compose))
    assert f'aliases: ["${{YUKIMORI_BROKER_NAME:-{called}}}"]' in compose
    subprocess.run([root / "tools" / "make-certificates", tmp_path, "mqtt.example.jp"], check=True, capture_output=True)
    shown = ["openssl", "x509", "-in", tmp_path / "server.crt", "-noout", "-ext", "subjectAltName"]
    names = subprocess.run(shown, check=True, capture_output=True, text=True).stdout
    assert {"DNS:mqtt.example.jp", f"DNS:{called}", "DNS:localhost"} <= set(re.split(r"[,\s]+", names))
