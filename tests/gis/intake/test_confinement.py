"""The confined process: what it cannot do, and that nothing but a refusal comes out of broken files."""

import json
import random
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gis
from gis.intake import limits
from gis.intake.child import read_source, task_of
from gis.intake.converting import _START, convert_confined
from gis.intake.encodings import choose, decoded, is_broken
from gis.intake.gdal import DRIVERS
from gis.intake.refused import Refused
from gis.intake.rehearsal import rehearsed
from gis.intake.shapefile import measure
from gis.intake.source import Task, compact

PROBE = """
import json, os, resource, socket, subprocess, sys
from pathlib import Path
from gis.intake.confinement import confine
work, canary, port = Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
lacking = confine(work, 1_000_000)
def tried(what):
    try:
        what()
    except (OSError, MemoryError, ValueError) as error:
        return type(error).__name__
    return "done"
answer = {
    "lacking": lacking,
    "socket": tried(lambda: socket.create_connection(("127.0.0.1", port), 1)),
    "program": tried(lambda: os.execv("/bin/true", ["true"])),
    "another program": tried(lambda: subprocess.run(["/bin/true"])),
    "fork": tried(os.fork),
    "read": tried(lambda: open(canary).read()),
    "write": tried(lambda: open(canary + ".new", "w")),
    "link": tried(lambda: os.symlink(canary, work / "link")),
    "signal": tried(lambda: os.kill(os.getppid(), 0)),
    "limits": tried(lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 1))),
    "memory": tried(lambda: bytearray(4_000_000_000)),
    "large file": tried(lambda: (work / "large").write_bytes(bytes(2_000_000))),
    "own file": tried(lambda: (work / "own").write_text("x")),
    "secrets": sorted(set(os.environ) - {"LC_CTYPE"}),
}
print(json.dumps(answer))
"""


def task(work: Path, **changes) -> Task:
    given = Task(
        source=work / "source", work=work, name="x", layer=None, crs=None, encoding=None, plane_box=None,
        max_features=1000, max_vertices=100_000, max_bytes=1_000_000,
    )  # fmt: skip
    return replace(given, **changes)


def test_what_the_confined_process_cannot_do(tmp_path, outside):
    work = tmp_path / "work"
    work.mkdir()
    start = _START.replace("from gis.intake.child import main; main()", "") + "\n" + PROBE
    package = str(Path(gis.__file__).parent)
    port = outside.address.split(":")[2].split("/")[0]
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + start,
         package, str(work), str(outside.canary), port],
        env={}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    lacking = " ".join(answer.pop("lacking"))
    for probe in ("read", "write", "link") if "Landlock" in lacking else ():
        answer.pop(probe)  # told in every record where the kernel cannot do it
    assert "seccomp" not in lacking
    assert answer.pop("own file") == "done"
    assert answer.pop("secrets") == []
    assert {name: outcome for name, outcome in answer.items() if outcome == "done"} == {}


def test_every_driver_of_this_gdal_is_known():
    """Where the shipped GDAL gains a driver it must be added to the list, or nothing is read."""
    command = "import pyogrio, json; print(json.dumps(sorted(pyogrio.list_drivers())))"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == sorted(DRIVERS)


def test_time_is_limited(tmp_path, files):
    (tmp_path / "source").write_bytes(files.collection(files.point(140.4, 38.6)))
    with pytest.raises(Refused, match="takes longer than 0 s"):
        convert_confined(task(tmp_path), wall_s=0)


def test_a_ring_whose_repair_would_take_hours_ends_with_the_time_allowed(tmp_path, files):
    corners = random.Random(1)
    ring = [[140.3 + corners.random() * 0.3, 38.45 + corners.random() * 0.2] for _ in range(3_000)]
    tangle = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    (tmp_path / "source").write_bytes(files.collection({"type": "Feature", "properties": {}, "geometry": tangle}))
    with pytest.raises(Refused, match=r"takes longer than 2 s|more time or space"):
        convert_confined(task(tmp_path), wall_s=2)


@pytest.mark.parametrize("text", ["\ud800", "\0", "x" * 70_000])
def test_the_trial_of_repairs_leaves_strange_words_to_the_strict_reader(text):
    ring = [[140.4, 38.6], [140.5, 38.7], [140.5, 38.6], [140.4, 38.7], [140.4, 38.6]]
    shapes = [{"type": "Polygon", "coordinates": [ring]}, {"type": "Polygon", "coordinates": 3}, None]
    lines = [compact({"type": "Feature", "properties": {"t": text}, "geometry": shape}) for shape in shapes]
    assert list(rehearsed(lines)) == lines


def test_what_comes_out_is_limited(tmp_path, files):
    (tmp_path / "source").write_bytes(files.collection(*[files.point(140.4, 38.6)] * 20))
    with pytest.raises(Refused, match="becomes more than the 1,000 bytes"):
        convert_confined(task(tmp_path, max_bytes=1000))


def test_a_task_survives_the_command_line(tmp_path):
    asked = task(tmp_path, plane_box=(1.0, 2.0, 3.0, 4.0), encoding="cp932")
    text = json.dumps({name: str(v) if isinstance(v := getattr(asked, name), Path) else v for name in asked.__slots__})
    assert task_of(text) == asked


def test_a_shapefile_of_five_million_vertices_is_refused_by_its_index(tmp_path, files, shp):
    """83: the file is never read; it is as large as its one record claims, and empty."""
    size = 5_000_000 * 16
    index = files.patched(files.patched(shp[".shx"][:108], 24, ">i", 54), 104, ">i", size // 2)
    (tmp_path / "a.shx").write_bytes(index)
    with (tmp_path / "a.shp").open("wb") as file:
        file.write(files.patched(shp[".shp"], 24, ">i", (size + 108) // 2))
        file.truncate(size + 108)
    with pytest.raises(Refused, match="more than 2,000,000 vertices"):
        measure(tmp_path / "a.shp", tmp_path / "a.shx", None, max_features=10, max_vertices=2_000_000)


def test_ten_million_features_are_refused_by_the_index(tmp_path, shp):
    (tmp_path / "a.shp").write_bytes(shp[".shp"])
    with (tmp_path / "a.shx").open("wb") as file:
        file.write(shp[".shx"][:100])
        file.truncate(100 + 8 * 10_000_000)
    with pytest.raises(Refused, match="holds 10,000,000 features"):
        measure(tmp_path / "a.shp", tmp_path / "a.shx", None, max_features=200_000, max_vertices=2_000_000)


CHEAP = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
DEAR = settings(CHEAP, max_examples=4)
FLIPS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6)


def damaged(content: bytes, kept: float, flips) -> bytes:
    broken = bytearray(content[: int(len(content) * kept)])
    for place, byte in flips:
        if broken:
            broken[int(place * len(broken))] = byte
    return bytes(broken)


@CHEAP
@given(kept=st.sampled_from([1.0, 1.0, 0.97, 0.5]), flips=FLIPS, name=st.sampled_from(["kmz", "csv", "json", "kml"]))
def test_broken_text_and_archives_are_refused_or_read(tmp_path_factory, files, placemark, kept, flips, name):
    kml = files.kml(placemark * 3)
    csv = "名称,緯度,経度\n会館,38.6,140.4\n".encode("cp932")
    contents = {
        "kmz": files.zip_of({"doc.kml": kml}), "csv": csv, "json": files.collection(files.point(140.4, 38.6)), "kml": kml,
    }  # fmt: skip
    work = tmp_path_factory.mktemp("fuzz")
    (work / "source").write_bytes(damaged(contents[name], kept, flips))
    with suppress(Refused):
        list(read_source(task(work)).lines)


@CHEAP
@given(part=st.sampled_from([".shp", ".shx", ".dbf"]), kept=st.sampled_from([1.0, 1.0, 0.9, 0.5, 0.0]), flips=FLIPS)
def test_broken_parts_of_a_shapefile_are_refused_or_measured(tmp_path_factory, shp, part, kept, flips):
    work = tmp_path_factory.mktemp("fuzz")
    for ending, content in shp.items():
        (work / f"a{ending}").write_bytes(damaged(content, kept, flips) if ending == part else content)
    with suppress(Refused):
        found = measure(work / "a.shp", work / "a.shx", work / "a.dbf", max_features=1000, max_vertices=1000)
        assert len(found.types) == len(shp[".shx"][100:]) // 8 or part == ".shx"


@DEAR
@given(kept=st.sampled_from([1.0, 0.9]), flips=FLIPS, name=st.sampled_from(["halls.gpkg", "halls.fgb"]))
def test_broken_binary_files_are_refused_or_read(tmp_path_factory, halls, written, kept, flips, name):
    driver = {"halls.gpkg": "GPKG", "halls.fgb": "FlatGeobuf"}[name]
    content = written(halls, driver, Path(name).suffix)[Path(name).suffix]
    work = tmp_path_factory.mktemp("fuzz")
    (work / "source").write_bytes(content[:80] + damaged(content[80:], kept, flips))
    with suppress(Refused):
        convert_confined(task(work))


def test_letters_cut_in_half_by_a_field_are_not_another_encoding():
    cut = "町民会館".encode()[:10]
    assert decoded(cut, "utf-8") == "町民会"
    assert choose([cut], cpg=None, stated=None).name == "utf-8"
    assert decoded("町民会館".encode("cp932")[:7], "utf-8") is None


@pytest.mark.parametrize("text", ["逕ｺ豌台ｼ夐､ｨ", "ç”ºæ°‘", "町\ufffd会", "蜈ｬ豌鷹､ｨ"])
def test_broken_letters_are_seen(text):
    assert is_broken(text, strict=True)


@pytest.mark.parametrize("text", ["町民会館", "ｺｳﾐﾝｶﾝ", "Café", "会館①", "髙橋", "ＡＢＣ"])
def test_sound_letters_are_left_alone(text):
    assert not is_broken(text, strict=True)


def test_limits_are_below_what_a_small_server_has():
    assert limits.MEMORY_BYTES <= 4_000_000_000
    assert limits.MEMBER_BYTES <= limits.UNPACKED_BYTES
