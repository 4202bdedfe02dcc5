"""A calendar with an office's holidays. Dates are written as 2024-03-09."""

from datetime import date, timedelta

__all__ = ["add_days", "add_months", "day_of_year", "days_between", "holidays", "is_leap_year", "weekday"]

_HOLIDAYS = {
    2023: ["2023-01-01", "2023-04-07", "2023-05-01", "2023-06-09", "2023-10-13", "2023-12-25", "2023-12-26"],
    2024: ["2024-01-01", "2024-03-29", "2024-05-01", "2024-06-14", "2024-10-11", "2024-12-25", "2024-12-26"],
    2025: ["2025-01-01", "2025-04-18", "2025-05-01", "2025-06-13", "2025-10-10", "2025-12-25", "2025-12-26"],
}


def weekday(day: str) -> str:
    """Give the day of the week: Monday, Tuesday, and so on."""
    names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    return names[date.fromisoformat(day).weekday()]


def add_days(day: str, days: int) -> str:
    """Give the date so many days later, or earlier when the number is below 0."""
    return (date.fromisoformat(day) + timedelta(days=int(days))).isoformat()


def add_months(day: str, months: int) -> str:
    """Give the same day of a later month; the month's last day where it has no such day."""
    start = date.fromisoformat(day)
    count = start.year * 12 + start.month - 1 + int(months)
    first_of_next = date((count + 1) // 12, (count + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(count // 12, count % 12 + 1, min(start.day, last)).isoformat()


def days_between(start: str, end: str) -> int:
    """Give the number of days from one date to a later one."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def day_of_year(day: str) -> int:
    """Give the number of a day in its year; 1 January is 1."""
    return date.fromisoformat(day).timetuple().tm_yday


def is_leap_year(year: int) -> bool:
    """Say whether a year has a 29 February."""
    return (int(year) % 4 == 0 and int(year) % 100 != 0) or int(year) % 400 == 0


def holidays(year: int) -> list[str]:
    """List the office's holidays of a year: 2023, 2024 or 2025."""
    return list(_HOLIDAYS[int(year)])
