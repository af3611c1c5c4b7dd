"""The work diary of a plough (除雪日報): what one vehicle did in one day of work, reckoned from its track.

A day of work begins at ``plan.day_begins`` in the site's zone, so that a night is one day; there drives are divided when they are
matched (``gis.ploughs.drives``). What began in a day belongs to it whole: added up over days nothing counts twice and nothing is
left out. Lengths are those driven on the lines as drawn, in metres of the plane zone; hours are those between fixes, never across
a gap.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.plough_plan import PloughPlan
from core.model import Vehicle
from core.ploughs import Evidence, Passage, Run, Stop, Track
from gis.ploughs.covered import Covered
from gis.ploughs.network import Network
from gis.ploughs.pseudonyms import day_began

UNSAID = "unsaid"
"""The task of a drive whose device says none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTime:
    """Time with one task. ``stopped_s`` of ``seconds`` it stood still. ``evidence`` empty: not at work, or nobody can tell."""

    task: str
    evidence: str
    seconds: int
    stopped_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadWork:
    """What was worked over of one road: ``worked_m`` counts each pass (延べ), ``distinct_m`` each metre once (実延長).

    Of a road that is not in the layer any more only ``road`` is known: the work was done all the same.
    """

    road: str
    name: str
    code: str
    class_name: str
    contractor: str
    official_length_m: float | None
    passes: int
    worked_m: float
    distinct_m: float
    signal_m: float
    inferred_m: float
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassWork:
    """The same added up by class of road."""

    code: str
    class_name: str
    roads: int
    worked_m: float
    distinct_m: float
    signal_m: float
    inferred_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well the day is known: fixes and what is doubtful about them, gaps, and how much of the way lies on roads."""

    fixes: int
    flags: Mapping[str, int]
    gaps: int
    unknown_s: int
    driven_m: float
    matched_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DiaryDay:
    """One vehicle's day of work; everything in order of time, roads by class and name. ``until`` is when the next day begins."""

    site: str
    vehicle: str
    name_ja: str
    name_en: str
    contractor: str
    day: date
    since: datetime
    until: datetime
    first_at: datetime | None
    last_at: datetime | None
    times: tuple[TaskTime, ...]
    classes: tuple[ClassWork, ...]
    roads: tuple[RoadWork, ...]
    stops: tuple[Stop, ...]
    quality: Quality
    fictitious: bool

    @property
    def idle(self) -> bool:
        """Whether nothing at all is known of the vehicle on that day."""
        return self.first_at is None


def day_span(plan: PloughPlan, time_zone: str, day: date) -> tuple[datetime, datetime]:
    """When a day of work begins and when the next does."""
    return day_began(plan, time_zone, day), day_began(plan, time_zone, day + timedelta(days=1))


def diary_day(
    network: Network, plan: PloughPlan, vehicle: Vehicle, track: Track, day: date, *, site: str, time_zone: str
) -> DiaryDay:
    """The diary of ``vehicle`` for ``day``; ``track`` may hold more than the day."""
    since, until = day_span(plan, time_zone, day)
    own = _of_day(track, since, until)
    roads = _roads(network, own.passages)
    return DiaryDay(
        site=site,
        vehicle=vehicle.id,
        name_ja=vehicle.name_ja,
        name_en=vehicle.name_en,
        contractor=vehicle.contractor,
        day=day,
        since=since,
        until=until,
        first_at=min((run.began_at for run in own.runs), default=None),
        last_at=max((run.ended_at for run in own.runs), default=None),
        times=_times(own.runs, track),
        classes=_classes(roads),
        roads=roads,
        stops=own.stops,
        quality=_quality(own),
        fictitious=vehicle.fictitious,
    )


def _of_day(track: Track, since: datetime, until: datetime) -> Track:
    """What begins in [since, until); passages that were only driven on a neighbouring line are no driven length."""
    return Track(
        passages=tuple(one for one in track.passages if since <= one.began_at < until and not one.derived),
        stops=tuple(one for one in track.stops if since <= one.began_at < until),
        gaps=tuple(one for one in track.gaps if since <= one.began_at < until),
        runs=tuple(one for one in track.runs if since <= one.began_at < until),
    )


Span = tuple[datetime, datetime]


def _times(runs: Iterable[Run], track: Track) -> tuple[TaskTime, ...]:
    """By task, the working ones with their evidence; where a device says none, the passages held to be work are."""
    total: defaultdict[tuple[str, str], timedelta] = defaultdict(timedelta)
    stopped: defaultdict[tuple[str, str], timedelta] = defaultdict(timedelta)
    stops = [(stop.began_at, stop.ended_at) for stop in track.stops]
    for run in runs:
        for key, span, sign in _parts(run, track.passages):
            total[key] += sign * (span[1] - span[0])
            stopped[key] += sign * sum((_overlap(stop, span) for stop in stops), timedelta())
    return tuple(
        TaskTime(task=task, evidence=evidence, seconds=_seconds(time), stopped_s=_seconds(stopped[task, evidence]))
        for (task, evidence), time in sorted(total.items())
        if time > timedelta()
    )


def _parts(run: Run, passages: Iterable[Passage]) -> list[tuple[tuple[str, str], Span, int]]:
    """A run as spans by task and evidence; those of a device that says no task are taken out of it where it worked (−1)."""
    whole = (run.began_at, run.ended_at)
    if run.task is not None:
        return [((run.task.value, "" if run.evidence is None else run.evidence.value), whole, 1)]
    work = _worked(run, passages)
    worked = [((UNSAID, Evidence.INFERRED.value), span, 1) for span in work]
    return [((UNSAID, ""), whole, 1), *worked, *(((UNSAID, ""), span, -1) for span in work)]


def _worked(run: Run, passages: Iterable[Passage]) -> list[Span]:
    """When passages of a run are held to be work, no moment twice."""
    spans: list[Span] = []
    for one in sorted(passages, key=lambda passage: passage.began_at):
        if one.task is None and one.evidence is Evidence.INFERRED and not one.derived:
            since = max(one.began_at, run.began_at, spans[-1][1] if spans else run.began_at)
            until = min(one.ended_at, run.ended_at)
            if since < until:
                spans.append((since, until))
    return spans


def _overlap(one: Span, other: Span) -> timedelta:
    return max(timedelta(), min(one[1], other[1]) - max(one[0], other[0]))


def _seconds(span: timedelta) -> int:
    return round(span.total_seconds())


def _roads(network: Network, passages: Sequence[Passage]) -> tuple[RoadWork, ...]:
    worked: dict[str, list[Passage]] = {}
    for one in passages:
        if one.evidence is not None:
            worked.setdefault(one.road, []).append(one)
    found = [_road(network, road, ones) for road, ones in worked.items()]
    return tuple(sorted(found, key=lambda work: (not work.code, work.code, work.name, work.road)))


def _road(network: Network, id_: str, passages: Sequence[Passage]) -> RoadWork:
    road = network.roads.get(id_)
    once = Covered()
    for one in passages:
        once.add(round(one.from_m * 1000), round(one.to_m * 1000))
    signal, inferred = (_metres(passages, evidence) for evidence in (Evidence.SIGNAL, Evidence.INFERRED))
    return RoadWork(
        road=id_,
        name=road.name if road else "",
        code=road.code if road else "",
        class_name=road.class_name if road else "",
        contractor=road.contractor if road else "",
        official_length_m=road.official_length_m if road else None,
        passes=len(passages),
        worked_m=round(signal + inferred, 1),
        distinct_m=round(once.length / 1000, 1),
        signal_m=signal,
        inferred_m=inferred,
        first_at=min(one.began_at for one in passages),
        last_at=max(one.ended_at for one in passages),
    )


def _metres(passages: Iterable[Passage], evidence: Evidence) -> float:
    millimetres = sum(round((one.to_m - one.from_m) * 1000) for one in passages if one.evidence is evidence)
    return round(millimetres / 1000, 1)


def _classes(roads: Iterable[RoadWork]) -> tuple[ClassWork, ...]:
    together: dict[str, list[RoadWork]] = {}
    for work in roads:
        together.setdefault(work.code, []).append(work)
    return tuple(
        ClassWork(
            code=code,
            class_name=ones[0].class_name,
            roads=len(ones),
            worked_m=round(sum(one.worked_m for one in ones), 1),
            distinct_m=round(sum(one.distinct_m for one in ones), 1),
            signal_m=round(sum(one.signal_m for one in ones), 1),
            inferred_m=round(sum(one.inferred_m for one in ones), 1),
        )
        for code, ones in together.items()  # roads stand in the order of their codes
    )


def _quality(track: Track) -> Quality:
    flags: Counter[str] = Counter()
    for run in track.runs:
        flags.update(run.flags)
    unknown = [one for one in track.gaps if one.reason == "silence"]
    return Quality(
        fixes=sum(run.fixes for run in track.runs),
        flags={name: flags[name] for name in sorted(flags) if flags[name]},
        gaps=len(unknown),
        unknown_s=sum(_seconds(one.ended_at - one.began_at) for one in unknown),
        driven_m=round(sum(run.driven_m for run in track.runs), 1),
        matched_m=round(sum(run.matched_m for run in track.runs), 1),
    )
