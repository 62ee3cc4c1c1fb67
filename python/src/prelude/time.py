"""Time, as the host's clocks show it. Absent: time zones (the host is in UTC), clocks of CPU time, `strptime`."""
import _host

timezone = 0
altzone = 0
daylight = 0
tzname = ('UTC', 'UTC')

_DAYS = ('Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday')
_MONTHS = ('January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December')
_NAMES = ('tm_year', 'tm_mon', 'tm_mday', 'tm_hour', 'tm_min', 'tm_sec', 'tm_wday', 'tm_yday', 'tm_isdst')


def sleep(seconds, /):
    if not isinstance(seconds, (int, float)):
        raise TypeError(f"'{type(seconds).__name__}' object cannot be interpreted as an integer")
    if seconds < 0:
        raise ValueError('sleep length must be non-negative')
    _host.sleep(seconds)


def time_ns():
    return _host.clock_ns()


def time():
    return _host.clock_ns() / 1000000000


def monotonic():
    return _host.now()


def monotonic_ns():
    return _host.now_ns()


perf_counter = process_time = thread_time = monotonic
perf_counter_ns = process_time_ns = thread_time_ns = monotonic_ns


class struct_time(tuple):
    n_fields = 11
    tm_zone = 'UTC'
    tm_gmtoff = 0

    def __getattr__(self, name):
        if name in _NAMES:
            return self[_NAMES.index(name)]
        raise AttributeError(f"'time.struct_time' object has no attribute '{name}'")

    def __repr__(self):
        return 'time.struct_time(' + ', '.join([f'{name}={value}' for name, value in zip(_NAMES, self)]) + ')'


def _days(year, month, day):
    """Days since 1970 of a date; years begin in March, so that the leap day is the last."""
    if month <= 2:
        year -= 1
    months = (month + 9) % 12
    return year * 365 + year // 4 - year // 100 + year // 400 + (months * 153 + 2) // 5 + day - 1 - 719468


def _leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def gmtime(seconds=None, /):
    seconds = int(time() // 1) if seconds is None else int(seconds // 1)
    days, rest = divmod(seconds, 86400)
    year = 1970 + days // 366
    while _days(year + 1, 1, 1) <= days:
        year += 1
    month = 12
    while _days(year, month, 1) > days:
        month -= 1
    yday = days - _days(year, 1, 1) + 1
    return struct_time((year, month, days - _days(year, month, 1) + 1, rest // 3600, rest // 60 % 60, rest % 60, (days + 3) % 7, yday, 0))


localtime = gmtime


def mktime(t, /):
    year, month, day, hour, minute, second = t[:6]
    return float(_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second)


def asctime(t=None, /):
    t = localtime() if t is None else t
    return f'{_DAYS[t[6]][:3]} {_MONTHS[t[1] - 1][:3]} {t[2]:2d} {t[3]:02d}:{t[4]:02d}:{t[5]:02d} {t[0]}'


def ctime(seconds=None, /):
    return asctime(localtime(seconds))


_LONG = {'D': '%m/%d/%y', 'T': '%H:%M:%S', 'R': '%H:%M', 'F': '%Y-%m-%d', 'c': '%a %b %e %H:%M:%S %Y', 'x': '%m/%d/%y', 'X': '%H:%M:%S',
         'r': '%I:%M:%S %p'}


def strftime(format, t=None, /):
    t = localtime() if t is None else t
    text = ''
    pieces = iter(format)
    for c in pieces:
        if c != '%':
            text += c
            continue
        code = next(pieces, '')
        text += strftime(_LONG[code], t) if code in _LONG else _field(code, t)
    return text


def _field(code, t):
    year, month, day, hour, minute, second, weekday, yday = t[:8]
    if code in 'Aa' and code:
        return _DAYS[weekday] if code == 'A' else _DAYS[weekday][:3]
    if code in ('B', 'b', 'h'):
        return _MONTHS[month - 1] if code == 'B' else _MONTHS[month - 1][:3]
    numbers = {'d': (day, 2), 'H': (hour, 2), 'I': ((hour + 11) % 12 + 1, 2), 'j': (yday, 3), 'm': (month, 2), 'M': (minute, 2),
               'S': (second, 2), 'y': (year % 100, 2), 'Y': (year, 1), 'w': ((weekday + 1) % 7, 1), 'u': (weekday + 1, 1),
               'U': ((yday + 6 - (weekday + 1) % 7) // 7, 2), 'W': ((yday + 6 - weekday) // 7, 2), 's': (int(mktime(t)), 1)}
    if code in numbers:
        number, width = numbers[code]
        return str(number).rjust(width, '0')
    return {'e': str(day).rjust(2), 'p': 'AM' if hour < 12 else 'PM', 'Z': 'UTC', 'z': '+0000', '%': '%', 'n': '\n', 't': '\t'}.get(code, '%' + code)
