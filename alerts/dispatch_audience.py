"""One audience's round: what it is told of, who waits for company, whose group speaks, what is repeated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from alerts import groups
from alerts.dispatch_matters import Matter
from alerts.episodes import notification_id
from alerts.letters import ALERT, REPEAT, Entry, in_order, letter
from alerts.system_messages import administrators, staff_channels
from config.model import ChannelConfig, Site
from config.people_plan import Audience
from core.levels import Level
from store.alert_rows import NotificationRow
from store.dispatching import Member, Standing

DEADLINE = timedelta(hours=6)
_DEADLINE_DANGER = timedelta(minutes=30)
_LOOK_AGAIN = timedelta(minutes=1)
"""Whether somebody has acknowledged, and whether that still holds, is looked at so often once a repeat is due."""

SENT, SUPERSEDED, NOBODY, PASSED = "sent", "superseded", "nobody", "passed"
"""What became of a telling, besides ``silence``, ``inhibit`` and ``schedule``: held back until it was over."""


@dataclass(frozen=True, slots=True)
class _News:
    """News for an audience: what it knew, and why it was held back before."""

    member: Member
    matter: Matter


@dataclass(slots=True)
class Table:
    """What a round gathers. ``outcomes`` are what became of a matter's newest word at each audience, None while it is undecided."""

    messages: list[NotificationRow] = field(default_factory=list)
    members: dict[tuple[str, UUID], Member] = field(default_factory=dict)
    dropped: list[Member] = field(default_factory=list)
    spoken: list[tuple[str, str]] = field(default_factory=list)
    outcomes: dict[UUID, list[str | None]] = field(default_factory=lambda: defaultdict(list))
    edges: list[datetime] = field(default_factory=list)


class AudienceRound:
    """What one audience is told now; messages, knowledge and outcomes go to the table."""

    def __init__(
        self,
        site: Site,
        audience: Audience,
        standing: Standing,
        holds: Mapping[UUID, str],
        acknowledged: Mapping[UUID, Level],
        now: datetime,
        table: Table,
    ) -> None:
        self._site = site
        self._people = site.people
        self._audience = audience
        self._standing = standing
        self._holds = holds
        self._acknowledged = acknowledged
        self._now = now
        self._table = table
        wanted = set(audience.channels)
        self._channels = [channel for channel in staff_channels(site) if channel.id in wanted]
        self._admin = audience.id in {each.id for each in administrators(site)}

    def all(self, matters: Sequence[Matter], known: Mapping[tuple[str, UUID], Member]) -> None:
        """Go through everything in play."""
        waiting: dict[str, list[_News]] = defaultdict(list)
        lasting: dict[str, list[_News]] = defaultdict(list)
        for matter in matters:
            member = known.get((self._audience.id, matter.id))
            if not self._takes(matter):
                self._table.outcomes[matter.id].append(NOBODY)
                continue
            before = member or self._unheard(matter)
            after, outcome = self._regard(before, matter)
            self._table.outcomes[matter.id].append(outcome)
            if outcome is None and after.waits_since is not None:
                waiting[after.group_key].append(_News(after, matter))
            elif after.seq and matter.firing and not after.held:
                lasting[after.group_key].append(_News(after, matter))
            if member is not None or after != before or not matter.known:
                self._keep(after)
        for key, news in waiting.items():
            self._speak(key, news, lasting.get(key, []))
        for key, told in lasting.items():
            self._repeat(key, told)

    def _takes(self, matter: Matter) -> bool:
        """Whether the audience is told of such a matter at all."""
        audience, station = self._audience, matter.station
        if not any(matter.reach >= channel.min_level for channel in self._channels):
            return False
        if matter.for_admin:
            return self._admin
        if matter.reach < audience.min_level or (matter.health and not audience.health):
            return False
        if station is None:
            return True
        here = not audience.stations or station.id in audience.stations
        return here and (not audience.kinds or station.kind in audience.kinds)

    def _unheard(self, matter: Matter) -> Member:
        """What an audience knows that was never told; of what was settled before anybody remembered, everything."""
        member = Member(
            audience=self._audience.id,
            matter=matter.id,
            group_key=groups.group_key(matter),
            incident_no=matter.incident_no,
            external_no=matter.external_no,
        )
        return self._informed(member, matter) if matter.known and not matter.raised else member

    def _informed(self, member: Member, matter: Matter) -> Member:
        return replace(
            member,
            seq=matter.seq,
            level=matter.level,
            firing=matter.firing,
            lost=matter.lost,
            waits_since=None,
            held="",
            held_at=None,
        )

    def _regard(self, member: Member, matter: Matter) -> tuple[Member, str | None]:
        """What the audience's knowledge becomes, and what became of the news: None while it waits or is held back."""
        why = self._holds.get(matter.id, "")
        fresh = matter.seq > member.seq or (matter.raised and matter.level > member.level)
        if not matter.firing:
            return self._regard_end(member, matter, why) if fresh else (member, SENT)
        if why:
            since = member.held_at if member.held else self._now
            return replace(member, held=why, held_at=since, waits_since=None), None if fresh else SENT
        if fresh and self._says_nothing_new(member, matter):
            return self._informed(member, matter), SUPERSEDED
        if fresh or member.held:
            return self._waiting(member), None
        return member, SENT

    def _regard_end(self, member: Member, matter: Matter, why: str) -> tuple[Member, str | None]:
        """Whoever was told of the beginning is told of the end, held back or not; what nobody heard of may pass."""
        if member.seq == 0 and (why or matter.brief):
            return self._informed(member, matter), why or PASSED
        return self._waiting(replace(member, held="", held_at=None)), None

    def _waiting(self, member: Member) -> Member:
        """It waits, never since an instant to come; why it was held stays until it is told, so that the message can say so."""
        return replace(member, waits_since=min(member.waits_since or self._now, self._now))

    def _says_nothing_new(self, member: Member, matter: Matter) -> bool:
        """Data are back that nobody was told were lost."""
        return matter.news == "data_back" and member.firing and not member.lost and matter.level == member.level

    def _keep(self, member: Member) -> None:
        self._table.members[member.audience, member.matter] = member

    def _speak(self, key: str, news: Sequence[_News], lasting: Sequence[_News]) -> None:
        """Let a group speak if it is due, else note when it will be."""
        spoke_at = self._standing.groups.get((self._audience.id, key))
        spoke_at = None if spoke_at is not None and spoke_at > self._now else spoke_at  # the clock was set back
        heard = max((each.member.level for each in (*news, *lasting) if each.member.firing), default=Level.NORMAL)
        waiting = [groups.Waiting(each.matter, each.member.waits_since or self._now, heard) for each in news]
        due = groups.due_at(waiting, spoke_at, self._people)
        if due > self._now:
            self._table.edges.append(due)
            return
        entries = [Entry(each.matter, fresh=True, released=each.member.held) for each in news]
        entries += [Entry(each.matter, fresh=False) for each in lasting]
        turns = {each.matter.id: each.member.turn for each in news if each.member.seq == each.matter.seq}
        self._send(key, ALERT, entries, turns)
        if any(entry.matter.urgent for entry in entries):
            self._table.edges.append(groups.repeat_at(self._now, self._people))
        for each in news:
            told = replace(self._informed(each.member, each.matter), turn=each.member.turn + 1, told_at=self._now)
            self._keep(told)
            self._table.outcomes[each.matter.id].remove(None)
            self._table.outcomes[each.matter.id].append(SENT)

    def _repeat(self, key: str, told: Sequence[_News]) -> None:
        """Tell again what is a danger and nobody has acknowledged, once the group was quiet for long enough."""
        group = self._audience.id, key
        dangers = [each for each in told if each.matter.urgent]
        if not dangers or group in self._table.spoken:
            return
        spoke_at = self._standing.groups.get(group) or max(each.member.told_at or self._now for each in dangers)
        due = groups.repeat_at(spoke_at, self._people)
        if spoke_at > self._now:  # the clock was set back
            due = self._now
        if due > self._now:
            self._table.edges.append(due)
            return
        unanswered = [
            each for each in dangers if self._acknowledged.get(each.matter.id, Level.NORMAL) < each.matter.level
        ]
        if not unanswered:
            self._table.edges.append(self._now + _LOOK_AGAIN)
            return
        entries = [Entry(each.matter, fresh=True) for each in unanswered]
        self._send(key, REPEAT, entries, {each.matter.id: each.member.turn for each in unanswered})
        for each in unanswered:
            self._keep(replace(each.member, turn=each.member.turn + 1, told_at=self._now))
        self._table.edges.append(groups.repeat_at(self._now, self._people))

    def _send(self, key: str, purpose: str, entries: Sequence[Entry], turns: Mapping[UUID, int]) -> None:
        """One message a channel, of what reaches its level; ``turns`` tells apart what is told of one step again."""
        self._table.spoken.append((self._audience.id, key))
        for channel in self._channels:
            reached = in_order([entry for entry in entries if _reaches(entry, channel)])
            if reached and reached[0].fresh:
                self._table.messages.append(self._message(channel, key, purpose, reached, turns))

    def _message(
        self, channel: ChannelConfig, key: str, purpose: str, entries: Sequence[Entry], turns: Mapping[UUID, int]
    ) -> NotificationRow:
        head = entries[0].matter
        occasion = f"{purpose}-{turns[head.id]}" if head.id in turns else ""
        reach = max(entry.matter.reach for entry in entries if entry.fresh)
        return NotificationRow(
            id=notification_id(head.id, head.seq, head.level, channel.id, self._audience.id, occasion),
            episode=head.episode,
            seq=head.seq,
            channel=channel.id,
            level=head.level,
            body=letter(self._site, key, purpose, entries),
            queued_at=self._now,
            deadline_at=self._now + (_DEADLINE_DANGER if reach == Level.DANGER else DEADLINE),
            audience=self._audience.id,
            thread=key,
            purpose=purpose,
        )


def _reaches(entry: Entry, channel: ChannelConfig) -> bool:
    height = entry.matter.reach if entry.fresh else entry.matter.level
    return height >= channel.min_level
