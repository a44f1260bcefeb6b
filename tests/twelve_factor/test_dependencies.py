"""A real pip installs real wheels, made here, into real environments."""

from __future__ import annotations

import ensurepip
import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile, ZipInfo

import pytest

from snippets.twelve_factor.dependencies.imports import undeclared
from snippets.twelve_factor.dependencies.lock import stale
from snippets.twelve_factor.dependencies.shell_dont import thumbnail
from snippets.twelve_factor.dependencies.transitive_dont import charge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handbook.outputs import Output

ROOT = Path(__file__).parents[2]
INSTALL = "twelve_factor/dependencies/install.sh"
PLACES = {  # what happened there, and the environment
    "from the first lock": "old",
    "upgraded, on a laptop": "upgraded",
    "from the new lock, in CI": "new",
}
MONEY = "def cents(amount):\n    return round(float(amount) * 100)\n"


@pytest.fixture(scope="module")
def pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the pip that comes with Python: to install it takes seconds."""
    folder = tmp_path_factory.mktemp("pip")
    bundled = Path(ensurepip.__file__).parent / "_bundled"
    with ZipFile(next(bundled.glob("pip-*.whl"))) as wheel:
        wheel.extractall(folder)
    return folder


class Shop:
    """A project, the wheels that exist, and the environments it is installed in."""

    def __init__(self, folder: Path, pip: Path) -> None:
        self.folder = folder
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        self.hashes: dict[str, str] = {}
        self.environment = {
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_INDEX": "1",
            "PYTHONPATH": str(pip),
        }
        self.publish("money", "1.0", MONEY)
        self.publish("payments", "1.0", "NAME = 'payments 1.0'\n", "money")
        self.publish("payments", "2.0", "NAME = 'payments 2.0'\n")

    def publish(self, name: str, version: str, code: str, *needs: str) -> None:
        """Make a wheel of one module."""
        about = f"{name}-{version}.dist-info"
        metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        requires = [f"Requires-Dist: {need}" for need in needs]
        files = {
            f"{name}.py": code,
            f"{about}/METADATA": "\n".join([*metadata, *requires, ""]),
            f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
            "Tag: py3-none-any\n",
        }
        files[f"{about}/RECORD"] = "".join(f"{file},,\n" for file in files)
        path = self.wheels / f"{name}-{version}-py3-none-any.whl"
        with ZipFile(path, "w") as wheel:
            for file, text in files.items():
                wheel.writestr(ZipInfo(file), text)
        self.hashes.setdefault(
            f"{name}=={version}", sha256(path.read_bytes()).hexdigest()
        )

    def lock(self, *pins: str) -> str:
        """Write the lock, with the hashes of what was published first."""
        rows = [f"{pin} \\\n --hash=sha256:{self.hashes[pin]}\n" for pin in pins]
        (self.folder / "requirements.txt").write_text("".join(rows), "utf-8")
        return "".join(rows)

    def make(self, name: str) -> Path:
        """Make an empty environment, and give its interpreter."""
        venv.create(self.folder / name, symlinks=True)
        return self.folder / name / "bin/python"

    def install(self, python: Path, script: str) -> str:
        """Run a script of the page in an environment, and give its errors."""
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        run = subprocess.run(
            ["sh", str(ROOT / "snippets" / script)],
            cwd=self.folder,
            env={"PATH": path, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert bool(run.returncode) == bool(run.stderr), run.stdout
        return run.stderr


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, pip: Path) -> Shop:
    """Make a project, with an environment that its first lock was installed in."""
    shop = Shop(tmp_path_factory.mktemp("shop"), pip)
    shop.lock("payments==1.0", "money==1.0")
    assert "" == shop.install(shop.make("old"), INSTALL)
    return shop


@pytest.fixture
def importing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Import from one environment after the other, as each would by itself."""

    def use(environment: Path) -> None:
        for module in ("money", "payments"):
            sys.modules.pop(module, None)
        monkeypatch.setattr(sys, "path", [packages(environment), *path])
        importlib.invalidate_caches()

    path = sys.path.copy()
    yield use
    for module in ("money", "payments"):
        sys.modules.pop(module, None)


def declared(name: str) -> list[str]:
    """Read what a pyproject.toml declares."""
    text = (ROOT / "snippets" / name).read_text("utf-8")
    return [*map(str, tomllib.loads(text)["project"]["dependencies"])]


def packages(environment: Path) -> str:
    """Find what is installed in an environment."""
    (folder,) = environment.glob("lib/python3*/site-packages")
    return str(folder)


@pytest.mark.proves("declare-dependencies")
def test_a_lock_that_is_out_of_date_is_found(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    """What satisfies the declaration passes; a bound that was raised does not."""
    for name, value in shop.environment.items():
        monkeypatch.setenv(name, value)  # a folder of wheels would hide the gap
    python = str(shop.folder / "old/bin/python")
    good = stale(declared("twelve_factor/dependencies/pyproject.toml"), python)
    before = sorted(Path(packages(shop.folder / "old")).iterdir())
    config = shop.folder / "old/pip.conf"
    config.write_text(f"[install]\nfind-links = {shop.wheels}\n", "utf-8")
    told = stale(["payments>=2"], python)
    config.unlink()

    assert "" == good == stale([], python)
    assert before == sorted(Path(packages(shop.folder / "old")).iterdir())
    assert "payments>=2 (from versions: none)" in told
    last = told.strip().split("\n")[-1]
    output.check("twelve_factor/dependencies/stale.out", last)


@pytest.mark.proves("declare-dependencies")
def test_a_package_that_was_tampered_with_is_refused(
    shop: Shop, output: Output
) -> None:
    """The same name and version with other bytes is not installed."""
    wheel = shop.wheels / "money-1.0-py3-none-any.whl"
    published = wheel.read_bytes()
    shop.publish("money", "1.0", MONEY.replace("100", "101"))
    lock = shop.lock("payments==1.0", "money==1.0")
    told = shop.install(shop.make("attacked"), "twelve_factor/dependencies/install.sh")
    wheel.write_bytes(published)

    assert not [*Path(packages(shop.folder / "attacked")).iterdir()]
    assert "DO NOT MATCH THE HASHES" in told
    first, what, *hashes = told.strip().split("\n")
    rows = [
        first.partition(". ")[0],
        what.partition(" from ")[0],
        *(re.sub(r"(\b[0-9a-f]{12})[0-9a-f]{52}", r"\1…", row) for row in hashes),
    ]
    output.check("twelve_factor/dependencies/tampered.out", "\n".join(rows))
    output.check("twelve_factor/dependencies/lock.out", lock)


@pytest.mark.proves("declare-dependencies")
def test_a_lock_without_hashes_is_refused(shop: Shop) -> None:
    """A version alone is not enough to be installed."""
    (shop.folder / "requirements.txt").write_text("money==1.0\n", "utf-8")
    told = shop.install(shop.make("loose"), "twelve_factor/dependencies/install.sh")

    assert "Hashes are required in --require-hashes mode" in told


@pytest.mark.proves("declare-dependencies")
def test_an_import_that_nobody_declared_is_found(
    shop: Shop, importing: Callable[[Path], None], tmp_path: Path
) -> None:
    """Of what came with another package, is missing or has another name, three are found."""
    importing(shop.folder / "old")
    code = "import os, payments, money.coins\nfrom taxes import vat\nfrom . import x\n"
    (tmp_path / "orders.py").write_text(f"{code}import orders, prometheus_client\n")
    (tmp_path / "money.csv").touch()
    (tmp_path / "api").mkdir()
    (tmp_path / "api/routes.py").write_text(f"import freight, {tmp_path.name}, api\n")
    requirements = declared("twelve_factor/dependencies/pyproject.toml")
    found = undeclared(tmp_path, [*requirements, " Prometheus.Client>=0.25"])

    assert {"freight", "money", "taxes"} == found


@pytest.mark.harm("declare-dependencies")
def test_a_package_that_came_with_another_leaves_with_it(
    shop: Shop, importing: Callable[[Path], None], output: Output
) -> None:
    """An upgrade leaves it on the laptop; a new environment has it no more."""
    shutil.copytree(shop.folder / "old", shop.folder / "upgraded", symlinks=True)
    shop.lock("payments==2.0")
    for name in ("upgraded", "new"):
        python = shop.folder / name / "bin/python"
        shop.install(python if name == "upgraded" else shop.make(name), INSTALL)
    rows = []
    for told, name in PLACES.items():
        importing(shop.folder / name)
        try:
            happened = charge("19.99")
        except ModuleNotFoundError as error:
            happened = f"{type(error).__name__}: {error}"
        rows.append(f"{told:<29}{happened}")

    assert "payments 2.0 charged 1999 cents" in rows[1]
    assert "No module named 'money'" in rows[2]
    output.check("twelve_factor/dependencies/transitive_dont.out", "\n".join(rows))


@pytest.mark.harm("declare-dependencies")
def test_a_program_that_nobody_declared_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    """Where ImageMagick is not installed, the first upload fails."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError) as told:
        thumbnail(tmp_path / "large.png")

    output.check(
        "twelve_factor/dependencies/shell_dont.out",
        f"{type(told.value).__name__}: {told.value}",
    )
