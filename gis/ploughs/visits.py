"""A visit to a road: from coming onto it to leaving it, and the stretches that were driven there, each in one direction.

A turn is believed once it is 25 m long: noise goes back and forth by less. A stretch is carried on to the end of the line, or to where
the next road meets it, where the metres between two steps show that it was driven there: fixes each ten seconds are up to
55 m apart and would else lose as much at each end. Who moved little between two steps for his pace turned at the end of the line: the
step farthest on is as often the first one after the turn as the last one before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from gis.ploughs.lines import Line
from gis.ploughs.stretches import DETOUR, PACE_M, Beyond, Point, Stretch, believed, by_end

TURN_M = 25.0
BEGIN_M = 15.0
"""A stretch has a direction once it is so long; on short roads a half of the road (a turn: four fifths)."""

AT_END_M = 15.0
"""A stretch that comes so near to an end of the line reaches it: fixes are good to no more."""

ASIDE_M = 40.0
"""A step so far beside the road, by the way off it, tells where it was left."""

CUT_US = 60_000_000
CUT_FROM_M = 50.0
"""A stretch is cut with each minute of the clock, so that it is told soon and its times say when which part was driven."""


class Visit:
    """One visit to one line.

    ``came`` is the step before, where the drive was not broken before this visit; ``entered`` where it came onto the line, if known.
    ``lead_us``: so much earlier than the first point the first fix was.
    """

    def __init__(self, line: Line, came: Beyond | None, entered: Point | None, lead_us: int) -> None:
        self.line = line
        self._came = came
        self._lead_us = lead_us
        self._turn = min(TURN_M, 0.8 * line.length)
        self._least = min(BEGIN_M, 0.5 * line.length)
        self._anchored = entered is not None
        self._way = 0
        self._fixes = self._since = 0
        self._last = entered
        self._begin = self._low = self._high = self._far = self._waited = entered or Point(0, 0.0)
        self._back: Point | None = None
        self._set_out_at = self._begin
        self._prior: Point | None = None
        self._early: list[Point] = [] if entered is None else [entered]

    def add(self, point: Point, fixes: int) -> Iterator[Stretch]:
        """The stretches that end with this point."""
        self._since += fixes
        if self._last is None:
            self._begin = self._low = self._high = self._far = self._waited = self._last = point
            self._early.append(point)
            return
        point = self._unwrapped(point)
        self._last = point
        if self._way == 0:
            self._find_way(point)
        else:
            yield from self._advance(point)

    def pause(self, until_us: int) -> Iterator[Stretch]:
        """Ends the stretch where the vehicle stands; the next one begins there, so much later."""
        if self._last is not None:
            here = self._last
            yield from self._close()
            self._start(Point(until_us, here.along))

    def leave(self, towards: Beyond | None, at: Point | None, trail_us: int) -> Iterator[Stretch]:
        """The last stretch. ``towards`` is the step after, where the drive goes on; ``at`` where it left the line, if known.

        ``trail_us``: so much later than the last point the last fix was.
        """
        if self._last is None:
            return
        if at is not None:
            yield from self._leave_at(self._unwrapped(at))
        elif towards is not None:
            self._reach_end(towards)
        else:
            self._run_out(trail_us)
        yield from self._close()

    def _start(self, point: Point) -> None:
        self._begin = self._low = self._high = self._far = self._waited = self._last = point
        self._way, self._back, self._anchored, self._came, self._lead_us = 0, None, True, None, 0
        self._prior, self._early = None, [point]

    def _unwrapped(self, point: Point) -> Point:
        if not self.line.closed or self._last is None:
            return point
        length = self.line.length
        ahead = math.fmod(point.along - self._last.along, length)
        if ahead > length / 2:
            ahead -= length
        elif ahead < -length / 2:
            ahead += length
        return Point(point.at_us, self._last.along + ahead)

    def _find_way(self, point: Point) -> None:
        self._early.append(point)
        if point.along <= self._low.along:
            self._low = point
        if point.along >= self._high.along:
            self._high = point
        if point.along - self._low.along >= self._least:
            self._set_out(self._low, point, 1)
        elif self._high.along - point.along >= self._least:
            self._set_out(self._high, point, -1)

    def _set_out(self, begin: Point, point: Point, way: int) -> None:
        self._way, self._begin, self._far, self._waited, self._prior = way, begin, point, point, None
        self._begin_before(begin, _pace(begin, point))
        self._set_out_at = self._begin

    def _begin_before(self, begin: Point, pace: float) -> None:
        """Sets the begin of the stretch back to where the vehicle was before the first point in this direction."""
        way, early = self._way, [each for each in self._early if each.at_us < begin.at_us]
        self._early = []
        turned = by_end(early[-1], begin, self._end(-way), pace) if early and not self.line.closed else None
        if turned is not None:
            self._begin = turned
            return
        if self._anchored:
            return
        if self._came is None:
            self._begin = Point(begin.at_us - self._lead_us, self._clamped(begin.along - way * pace * self._lead_us))
        elif not self.line.closed:
            self._begin = self._from_end(begin, self._came, pace)
        if not self.line.closed and abs(self._begin.along - self._end(-way)) <= AT_END_M:
            self._begin = Point(self._begin.at_us, self._end(-way))

    def _from_end(self, begin: Point, came: Beyond, pace: float) -> Point:
        """Where the stretch began: at the end behind it where the way from the step before leads by that."""
        end = self._end(-self._way)
        passed, detour = self._ways(begin, end, came)
        if not believed(detour, passed, pace * (begin.at_us - came.at_us)):
            return begin
        share = abs(begin.along - end) / detour if detour > 0 else 0.0
        return Point(round(begin.at_us - share * (begin.at_us - came.at_us)), end)

    def _advance(self, point: Point) -> Iterator[Stretch]:
        ahead = self._way * (point.along - self._far.along)
        if ahead >= 0:
            self._fixes, self._since = self._fixes + self._since, 0
        if ahead > 0:
            self._prior = Point(self._waited.at_us, self._far.along)
            self._far = self._waited = point
            self._back = None
            long = abs(point.along - self._begin.along) >= CUT_FROM_M
            if long and point.at_us // CUT_US != self._begin.at_us // CUT_US:
                yield self._stretch()
                self._begin = point
        elif ahead == 0:
            self._waited = point
        else:
            self._back = self._back or point
            if -ahead >= self._turn:
                yield from self._turn_round(point)

    def _turn_round(self, point: Point) -> Iterator[Stretch]:
        waited, back = self._waited, self._back or point
        turned = Point(waited.at_us, self._far.along)
        if not self.line.closed:
            end = self._end(self._way)
            rest = abs(end - self._far.along)
            needed = 2 * rest + abs(self._far.along - back.along)
            between = back.at_us - waited.at_us
            after = _pace(Point(waited.at_us, self._far.along), point)
            if rest <= AT_END_M or needed <= DETOUR * max(after, self._speed()) * between + PACE_M:
                turned = Point(waited.at_us + round(between * rest / needed), end)
                self._far = Point(min(turned.at_us, self._far.at_us + round(between * rest / needed)), end)
            else:
                turned = self._turned_before(end, after) or turned
        yield self._stretch()
        self._way = -self._way
        self._begin, self._far, self._waited, self._back = turned, point, point, None
        self._set_out_at, self._prior = turned, None

    def _turned_before(self, end: float, after: float = 0.0) -> Point | None:
        """The turn at the end of the line, where the farthest point is the first or the last one beside it."""
        prior = self._prior
        if self.line.closed:
            return None
        turned = None
        if prior is not None:
            turned = by_end(prior, self._far, end, max(_pace(self._set_out_at, prior), after))
        if turned is None and self._back is not None:
            waited = Point(self._waited.at_us, self._far.along)
            turned = by_end(waited, self._back, end, max(self._speed(), after))
        if turned is not None:
            self._far = turned
        return turned

    def _leave_at(self, at: Point) -> Iterator[Stretch]:
        if self._went_to_the_end(at):
            return
        beyond = self._way * (self._far.along - at.along)
        if self._way and 0 <= beyond <= self._turn:
            self._far = at
        else:
            yield from self.add(at, 0)

    def _went_to_the_end(self, at: Point) -> bool:
        """Whether the vehicle was at the end of the line before it left by a place that is not the end."""
        if not self._way or self._last is None or self.line.closed or abs(self._end(self._way) - at.along) <= 1.0:
            return False
        end = self._end(self._way)
        turned = by_end(self._last, at, end, self._speed())
        self._far = turned or self._far
        return turned is not None or self._turned_before(end) is not None

    def _reach_end(self, towards: Beyond) -> None:
        if self.line.closed:
            return
        if self._way == 0:
            self._guess_way(towards)
        if self._way == 0 or self._last is None:
            return
        end = self._end(self._way)
        passed, detour = self._ways(self._last, end, towards)
        if believed(detour, passed, self._speed() * (towards.at_us - self._last.at_us)):
            share = abs(end - self._far.along) / detour if detour > 0 else 0.0
            begin_us = self._far.at_us
            self._far = Point(round(begin_us + share * (towards.at_us - begin_us)), end)
        elif self._turned_before(end) is None:
            self._turn_off(towards)

    def _turn_off(self, towards: Beyond) -> None:
        """A way off to one side: the road was driven to where the step beside it is nearest."""
        assert self._last is not None
        along, aside = self.line.nearest(towards.x, towards.y)
        ahead = self._way * (along - self._far.along)
        between = towards.at_us - self._last.at_us
        in_time = ahead + aside <= DETOUR * self._speed() * between + PACE_M
        if self._far == self._last and ahead > 0 and aside <= ASIDE_M and in_time:
            self._far = Point(self._far.at_us + round(between * ahead / (ahead + aside)), along)

    def _guess_way(self, towards: Beyond) -> None:
        """A short road driven between two steps: from the end where the vehicle came from to the other."""
        if self._came is None:
            return
        came, length = self._came, self.line.length
        forward = _apart(self.line.at(0.0), came) + _apart(self.line.at(length), towards)
        backward = _apart(self.line.at(length), came) + _apart(self.line.at(0.0), towards)
        if forward != backward:
            self._set_out(self._begin, self._begin, 1 if forward < backward else -1)

    def _run_out(self, trail_us: int) -> None:
        """To where the last fix was, a little later than the mean of the last step."""
        if self._way and self._far == self._last:
            along = self._clamped(self._far.along + self._way * self._speed() * trail_us)
            self._far = Point(self._far.at_us + trail_us, along)

    def _close(self) -> Iterator[Stretch]:
        if self._way:
            self._fixes, self._since = self._fixes + self._since, 0
            end = self._end(self._way)
            if not self.line.closed and abs(end - self._far.along) <= AT_END_M:
                self._far = Point(self._far.at_us, end)
            yield self._stretch()

    def _stretch(self) -> Stretch:  # a turn is placed between two steps; the stretch may have been cut at the later one
        fixes, self._fixes = self._fixes, 0
        return Stretch(self._begin, Point(max(self._begin.at_us, self._far.at_us), self._far.along), fixes)

    def pace(self) -> float:
        """Metres a microsecond of the present stretch, 0 where it has no direction yet."""
        return self._speed() if self._way else 0.0

    def _speed(self) -> float:
        return _pace(self._set_out_at, self._far)

    def _clamped(self, along: float) -> float:
        return along if self.line.closed else min(max(along, 0.0), self.line.length)

    def _end(self, way: int) -> float:
        return self.line.length if way > 0 else 0.0

    def _ways(self, point: Point, end: float, beyond: Beyond) -> tuple[float, float]:
        """Metres straight from a point of the line to one beyond, and by an end of the line."""
        x, y = self.line.at(point.along)
        straight = _apart((x, y), beyond)
        return straight, abs(point.along - end) + _apart(self.line.at(end), beyond)


def _pace(one: Point, other: Point) -> float:
    """Metres a microsecond."""
    return abs(other.along - one.along) / max(1, other.at_us - one.at_us)


def _apart(place: tuple[float, float], beyond: Beyond) -> float:
    return math.sqrt((place[0] - beyond.x) ** 2 + (place[1] - beyond.y) ** 2)
