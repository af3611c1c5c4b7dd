"""Starts the confined process for one file and judges what it answers; nothing it says is believed unread."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gis.intake import limits
from gis.intake.child import OUT_NAME
from gis.intake.refused import Refused
from gis.intake.source import Task

_GIS = Path(__file__).resolve().parents[1]
# The package gis itself loads geopandas; the child gets an empty one in its place and starts in a third of the time.
_START = (
    "import sys, types; gis = types.ModuleType('gis'); gis.__path__ = [sys.argv[1]]; sys.modules['gis'] = gis; "
    "from gis.intake.child import main; main()"
)
_TEXTS = ("format", "driver", "layer", "crs_from", "geometry", "encoding", "encoding_from")
_BROKEN = "the file is damaged, or too large for the memory allowed; export it anew from a GIS desktop"
_SMALLER = "cut it to the municipality, or simplify it, before importing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A file that is strict GeoJSON now: ``out``. ``lacking`` are protections this kernel could not give."""

    out: Path
    format: str
    driver: str
    layer: str
    crs: object
    crs_from: str
    names: tuple[str, ...]
    geometry: str
    encoding: str
    encoding_from: str
    read: int
    left_out: int
    warnings: tuple[str, ...]
    lacking: tuple[str, ...]


def convert_confined(task: Task, *, wall_s: float = limits.WALL_S) -> Converted:
    """The source of ``task`` as GeoJSON in its work folder; raises Refused where it is not taken or uses too much."""
    answer = _answer(_run(task, wall_s), task)
    if (refused := answer.get("refused")) is not None:
        raise Refused(_line(refused["message"]), hint=_line(refused["hint"]))
    try:
        return _converted(answer["source"], answer["lacking"], task)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("its conversion broke off", hint=_BROKEN) from error


def _converted(source: Mapping[str, Any], lacking: list[str], task: Task) -> Converted:
    out = task.work / OUT_NAME
    if out.is_symlink() or not out.is_file() or out.stat().st_size > task.max_bytes:
        raise Refused("its conversion left no layer", hint="fetch the file again")
    texts = {name: _line(source[name]) for name in _TEXTS}
    return Converted(
        out=out,
        crs=source["crs"],
        names=tuple(map(str, source["names"])),
        read=int(source["read"]),
        left_out=int(source["left_out"]),
        warnings=tuple(map(_line, source["warnings"])),
        lacking=tuple(map(_line, lacking)),
        **texts,
    )


def _line(text: object) -> str:
    """A text as it may stand in a message: one line, printable."""
    return "".join(sign if sign.isprintable() else " " for sign in str(text))[:1000]


def _run(task: Task, wall_s: float) -> int:
    """The exit status of the confined process, negative for the signal that ended it."""
    given = json.dumps({**asdict(task), "source": str(task.source), "work": str(task.work)})
    command = [sys.executable, "-I", "-B", "-c", _START, str(_GIS), given]
    with (task.work / "answer.json").open("xb") as answer, (task.work / "log").open("xb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=log,
            cwd=task.work,
            env=_environment(task.work),
            start_new_session=True,
        )
        try:
            return process.wait(wall_s)
        except subprocess.TimeoutExpired as error:
            raise Refused(f"its conversion takes longer than {wall_s:.0f} s", hint=_SMALLER) from error
        finally:
            process.kill()
            process.wait()


def _environment(work: Path) -> dict[str, str]:
    """All the confined process knows of the outside: no secret, no proxy, no setting of ours."""
    return {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": str(work),
        "TMPDIR": str(work),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "GDAL_NUM_THREADS": "1",
        "GDAL_PAM_ENABLED": "NO",
        "PROJ_NETWORK": "OFF",
        "SHAPE_RESTORE_SHX": "NO",
    }


def _answer(status: int, task: Task) -> dict[str, Any]:
    if -status in {signal.SIGXCPU, signal.SIGKILL, signal.SIGXFSZ}:
        raise Refused("its conversion uses more time or space than is allowed", hint=_SMALLER)
    path = task.work / "answer.json"
    with path.open("rb") as file:
        content = file.read(limits.ANSWER_BYTES + 1)
    try:
        answer = json.loads(content)
    except ValueError as error:
        raise Refused(
            f"its conversion broke off ({_last_words(task.work / 'log')})",
            hint=_BROKEN,
        ) from error
    if not isinstance(answer, dict) or status:
        raise Refused("its conversion broke off", hint=_BROKEN)
    return answer


def _last_words(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 2000))
        said = file.read(2000).decode("utf-8", "replace").strip().splitlines()
    return _line(said[-1])[:200] if said else "without a word"
