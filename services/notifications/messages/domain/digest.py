"""What a release means for one person, laid out for reading: by their part in it, each change in before and after.

Pure. The sentences are in `messages/programme_changed/words.<language>.toml`; here are the facts that they speak of.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.lists import format_list

from shared.zones import zone_in_words

ROLES = ("speaker", "holds_seat", "waits", "starred")  # the first that somebody has is the one they are told under
HEADINGS = ("speaker", "spoke", *ROLES[1:], "other")
_SUBJECTS = (
    "cancelled", "seat_lost", "stage_left", "reinstated", "added", "time", "delayed", "length", "online", "room",
)  # fmt: skip
_STANDINGS = ("added", "reinstated", "online", "seat_lost", "stage_left")
CLOCK_PATTERNS = {"en": "h:mm a"}
CLOCK_PATTERN = "HH:mm"
TO = {"en": "to", "fr": "à", "nl": "tot"}

Say = Callable[..., str]


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How times are written for one person: at the venue first, and in their own zone where that is another time."""

    locale: str
    venue: str
    own: str = ""

    def span(self, starts: datetime | None, ends: datetime | None) -> str:
        """When something is, as the clocks at the venue show it."""
        return self._span(starts, ends, self.venue) if starts and ends else ""

    def own_span(self, starts: datetime | None, ends: datetime | None) -> str:
        """The same as the person's own clocks show it; empty where they show what those at the venue do."""
        if not starts or not ends or not self._has_own:
            return ""
        if starts.astimezone(ZoneInfo(self.own)).utcoffset() == starts.astimezone(ZoneInfo(self.venue)).utcoffset():
            return ""
        return self._span(starts, ends, self.own)

    def deadline(self, until: datetime, say: Say) -> str:
        """Until when something can be done, at the venue: a moment, or the end of a day."""
        at = until.astimezone(ZoneInfo(self.venue))
        if at.time() == time.min:
            return say("until_end", day=self.last_day(until))
        moment = f"{self._day(at)}, {self._time(at)} ({zone_in_words(self.venue, self.locale)})"
        return say("until_moment", moment=moment)

    def last_day(self, until: datetime) -> str:
        """The day at whose end, at the venue, a deadline is, with the zone."""
        day = (until.astimezone(ZoneInfo(self.venue)) - timedelta(seconds=1)).date()
        return f"{format_date(day, format='full', locale=self.locale)} ({zone_in_words(self.venue, self.locale)})"

    def _span(self, starts: datetime, ends: datetime, zone: str) -> str:
        first, last = starts.astimezone(ZoneInfo(zone)), ends.astimezone(ZoneInfo(zone))
        until = self._time(last) if first.date() == last.date() else f"{self._day(last)}, {self._time(last)}"
        to, where = TO[self.locale[:2]], zone_in_words(zone, self.locale)
        return f"{self._day(first)}, {self._time(first)} {to} {until} ({where})"

    def _day(self, at: datetime) -> str:
        return str(format_date(at, format="full", locale=self.locale))

    def _time(self, at: datetime) -> str:
        pattern = CLOCK_PATTERNS.get(self.locale[:2], CLOCK_PATTERN)
        return str(format_time(at.time(), pattern, locale=self.locale))

    @cached_property
    def _has_own(self) -> bool:
        try:
            return bool(self.own) and self.own != self.venue and ZoneInfo(self.own) is not None
        except (ValueError, OSError, LookupError):
            return False  # a zone that we don't know: the venue's is right for everybody


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One session of somebody's agenda, as sentences: what it is, what changed, what they may do."""

    title: str
    news: tuple[str, ...]
    is_cancelled: bool
    choice: tuple[str, ...] = ()  # about money: what they paid, what they can choose, until when
    link: str = ""  # to where they choose


@dataclass(frozen=True, kw_only=True)
class Group:
    """The sessions in which somebody has the same part."""

    heading: str
    sessions: tuple[Shown, ...]


def laid_out(
    items: Iterable[Mapping[str, Any]],
    *,
    say: Say,
    clock: Clock,
    names: Mapping[str, str],
    money: Callable[[int], str],
    link: Callable[[str], str],
) -> tuple[Group, ...]:
    """All that a release changes for one person, the sessions they speak in first."""
    by_role: dict[str, list[Shown]] = {}
    for item in items:
        shown = Shown(
            title=titled(item),
            news=tuple(each for each in _news(item, say=say, clock=clock, names=names) if each),
            is_cancelled="cancelled" in item["changes"],
            choice=_choice(item, say=say, clock=clock, money=money),
            link=link(item["registration"]) if has_choice(item) else "",
        )
        by_role.setdefault(_role(item), []).append(shown)
    order = [role for role in HEADINGS if role in by_role]
    return tuple(Group(heading=say(f"role_{role}"), sessions=tuple(by_role[role])) for role in order)


def titled(item: Mapping[str, Any]) -> str:
    """Code and title, as the printed programme has them."""
    return f"{item['code']} {item['title']}".strip()


def has_choice(item: Mapping[str, Any]) -> bool:
    """Whether the person paid for it and has to say what should become of that."""
    return bool(item["registration"] and item["choose_until"])


def only_speaks(items: Iterable[Mapping[str, Any]]) -> bool:
    """Whether somebody is told of nothing but what they speak in, so that their page as a speaker is what they need."""
    return all(set(item["roles"]) == {"speaker"} for item in items)


def in_one_sentence(items: Iterable[Mapping[str, Any]], *, say: Say) -> str:
    """What the subject says: one session by name, more of them by number."""
    items = tuple(items)
    if len(items) > 1:
        cancelled_count = sum("cancelled" in item["changes"] for item in items)
        return (
            say("subject_cancelled_of", cancelled=cancelled_count, count=len(items))
            if cancelled_count
            else say("subject_many", count=len(items))
        )
    (item,) = items
    for change in _SUBJECTS:
        if change in item["changes"]:
            return say(f"subject_{change}", title=titled(item))
    return say("subject_other", title=titled(item))


def _role(item: Mapping[str, Any]) -> str:
    if "stage_left" in item["changes"]:
        return "spoke"
    return next((role for role in ROLES if role in item["roles"]), "other")


def _news(item: Mapping[str, Any], *, say: Say, clock: Clock, names: Mapping[str, str]) -> list[str]:
    changes = set(item["changes"])
    was = clock.span(item["starts_before"], item["ends_before"])
    when = clock.span(item["starts"], item["ends"])
    own = clock.own_span(item["starts"], item["ends"])
    if "cancelled" in changes:
        place = say("was_to_be", when=was or when, room=_in_room(item["room_before"] or item["room"], say))
        return [place, say("why", reason=item["reason"]) if item["reason"] else ""]
    news = [say(f"it_is_{change}") for change in _STANDINGS if change in changes]
    if "seat_lost" in changes and "waits" in item["roles"]:
        news.append(say("first_in_line"))
    moved_in_time = bool(changes & {"time", "length", "delayed"}) and was and was != when
    news.append(
        say("time_changed", before=was, after=when) if moved_in_time else say("when", when=when) if when else ""
    )
    news.append(say("your_time", when=own) if own else "")
    news += _where(item, changes, say)
    if "speakers" in changes:
        news.append(_speakers(item, say=say, names=names, locale=clock.locale))
    if "content" in changes:
        news.append(say("content_changed"))
    if item["reason"]:
        news.append(say("why", reason=item["reason"]))
    if item["clashes"]:
        news.append(say("clashes", titles="; ".join(item["clashes"])))
    return news


def _where(item: Mapping[str, Any], changes: set[str], say: Say) -> list[str]:
    if item.get("online_url"):
        return [say("join", address=item["online_url"])]
    if not item["room"]:
        return []
    if "room" in changes and item["room_before"] and item["room_before"] != item["room"]:
        return [say("room_changed", before=item["room_before"], after=item["room"])]
    return [say("where", room=item["room"])]


def _speakers(item: Mapping[str, Any], *, say: Say, names: Mapping[str, str], locale: str) -> str:
    now = [names[person] for person in item["speakers"]]
    before = [names[person] for person in item["speakers_before"] if person in names]
    if not now:
        return say("speakers_gone")
    listed = str(format_list(now, locale=locale))
    if before and len(before) == len(item["speakers_before"]):
        return say("speakers_changed", before=str(format_list(before, locale=locale)), after=listed)
    return say("speakers_now", after=listed)


def _choice(item: Mapping[str, Any], *, say: Say, clock: Clock, money: Callable[[int], str]) -> tuple[str, ...]:
    if not has_choice(item):
        return ()
    amount = money(item["paid_minor"])
    return (
        say("you_paid", amount=amount),
        say("you_can_move", titles="; ".join(item["alternatives"])) if item["alternatives"] else say("no_alternative"),
        say("choose_by", until=clock.last_day(item["choose_until"]), amount=amount),
    )


def _in_room(room: str, say: Say) -> str:
    return say("in_room", room=room) if room else ""
