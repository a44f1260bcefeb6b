"""What the kubelet does with a Secret in a volume: its AtomicWriter, step by step."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Volume:
    """A Secret that is mounted, as the container sees it.

    Args:
        path: The folder where it is mounted.
        content: Each file, by name.
    """

    def __init__(self, path: Path, content: Mapping[str, str]) -> None:
        self.path = path
        self.write(content)

    def write(self, content: Mapping[str, str]) -> None:
        """Project another version: the numbers are those of atomic_writer.go."""
        data = self.path / "..data"
        before = data.readlink() if data.is_symlink() else None  # 2
        name = datetime.now(UTC).strftime("..%Y_%m_%d_%H_%M_%S.")
        folder = Path(tempfile.mkdtemp(prefix=name, dir=self.path))  # 5
        folder.chmod(0o755)
        for file, text in content.items():  # 6
            (folder / file).write_text(text, encoding="utf-8")
        for file in content:  # 7
            if not (self.path / file).is_symlink():
                (self.path / file).symlink_to(f"..data/{file}")
        new = self.path / "..data_tmp"
        new.symlink_to(folder.name)  # 8
        new.rename(data)  # 9
        if before:
            shutil.rmtree(self.path / before)  # 11
