"""The calendar of 2026, and the slow walk over it, minute by minute, that clocks agree with."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from gridgov.domain.deadlines import WorkingCalendar

MINUTE = timedelta(minutes=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = ((time(8, 30), time(12)), (time(14), time(17, 30)))
# State Council notice for 2026 (国办发明电〔2025〕7号), typed from its text.
OFF_2026 = "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25"
OFF_2026_AUTUMN = "10-01 10-02 10-05 10-06 10-07"
FIXED_DAYS = ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"]
MAKE_UP_2026 = "01-04 02-14 02-28 05-09 09-20 10-10"


def calendar_in(timezone: str = "Asia/Shanghai") -> WorkingCalendar:
    off = f"{OFF_2026} {OFF_2026_AUTUMN}".split()
    return WorkingCalendar(
        timezone=timezone,
        hours=HOURS,
        days={date.fromisoformat(f"2026-{day}"): False for day in off}
        | {date.fromisoformat(f"2026-{day}"): True for day in MAKE_UP_2026.split()},
        first=date(2026, 1, 1),
        last=date(2026, 12, 31),
    )


CALENDAR = calendar_in()
BERLIN = calendar_in("Europe/Berlin")


def moment_at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def clock_at(moment: datetime, zone: ZoneInfo = SHANGHAI) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


# --- the slow reference: knows nothing but "is this minute open?" ---


def is_usual_workday(day: date, calendar: WorkingCalendar) -> bool:
    """Monday to Friday; of a year nobody has published without the fixed days of the law."""
    published = calendar.first <= day <= calendar.last
    return day.weekday() < 5 and (published or f"{day:%m-%d}" not in FIXED_DAYS)


def is_open(moment: datetime, calendar: WorkingCalendar) -> bool:
    local = moment.astimezone(ZoneInfo(calendar.timezone))
    working = calendar.days.get(local.date(), is_usual_workday(local.date(), calendar))
    return working and any(opens <= local.time() < closes for opens, closes in calendar.hours)


def next_open(moment: datetime, calendar: WorkingCalendar) -> datetime:
    while not is_open(moment, calendar):
        moment += MINUTE
    return moment


def slow_hours(start: datetime, minutes: int, calendar: WorkingCalendar) -> datetime:
    moment = next_open(start, calendar)
    while minutes > 0:
        moment = next_open(moment, calendar) + MINUTE
        minutes -= 1
    return moment


def slow_days(start: datetime, days: int, calendar: WorkingCalendar) -> datetime:
    zone = ZoneInfo(calendar.timezone)
    moment = next_open(start, calendar)
    clock, seen = moment.astimezone(zone).time(), moment.astimezone(zone).date()
    while days > 0:
        moment = next_open(moment, calendar)
        local = moment.astimezone(zone)
        if local.date() != seen:
            seen, days = local.date(), days - 1
        if days > 0:
            moment += MINUTE
    while moment.astimezone(zone).time() != clock:
        moment += MINUTE
    return moment


def starts(first: str, days: int) -> st.SearchStrategy[datetime]:
    begin = datetime.fromisoformat(first).replace(tzinfo=UTC)
    return st.integers(0, days * 1440).map(lambda minutes: begin + minutes * MINUTE)


SPRING_FESTIVAL = starts("2026-02-09", 24)
NEW_YEAR = starts("2026-12-28", 10)
CLOCK_CHANGES = st.one_of(starts("2026-03-26", 5), starts("2026-10-22", 5))
