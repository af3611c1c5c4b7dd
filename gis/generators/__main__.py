"""``python -m gis.generators [FOLDER]`` writes the made-up layers into a folder that holds the town's boundary."""

from __future__ import annotations

import sys
from pathlib import Path

from gis.generators.example import BOUNDARY, example_layers

EXAMPLE = Path("config/example/layers/data")


def main(folder: Path) -> None:
    """Writes every layer into ``folder``, over what is there."""
    for name, text in example_layers(folder / BOUNDARY).items():
        (folder / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{folder / name}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLE)
