# === datetime-basics
# not in: datetime is not a module of this Python
import datetime
d = datetime.datetime(2024, 2, 29, 12, 30, 5)
print(d, d.isoformat(), d + datetime.timedelta(days=1), d.strftime('%d/%m/%Y %H:%M'), d.weekday(), datetime.date(2024, 1, 1) < datetime.date(2024, 1, 2), datetime.timedelta(seconds=90))

# === re-basics
# not in: re is not a module of this Python
import re
m = re.match(r'(\w+) (/\S*) HTTP/(\d\.\d)', 'GET /index.html HTTP/1.1')
print(m.group(1), m.groups(), m.group(0), re.findall(r'\d+', 'a1b22c333'), re.sub(r'\s+', ' ', 'a   b\t c'), re.split(r'[,;]', 'a,b;c'), re.search('x', 'abc'), bool(re.fullmatch(r'[a-z]+', 'abc')), re.compile(r'(?P<k>\w)=(?P<v>\d)').search('q=5').groupdict())

# === statistics-basics
# not in: statistics is not a module of this Python
import statistics
print(statistics.mean([1, 2, 3, 4]), statistics.median([3, 1, 2]), statistics.median([1, 2, 3, 4]), statistics.stdev([1, 2, 3, 4]), statistics.mode('aab'))

# === logging-to-stderr
# not in: logging is not a module of this Python
import logging
logging.basicConfig(level=logging.INFO, format='%(levelname)s %(message)s')
logging.info('hidden from stdout %d', 5)
print('done')

# === argparse-defaults
# not in: argparse is not a module of this Python
import argparse
p = argparse.ArgumentParser()
p.add_argument('--port', type=int, default=8898)
print(p.parse_args([]).port, p.parse_args(['--port', '9000']).port)

# === urllib-quote
# not in: urllib is not a module of this Python
from urllib.parse import urlparse, quote, unquote, parse_qs, urlencode
u = urlparse('http://user@host:8080/a/b?x=1&y=2#frag')
print(u.scheme, u.hostname, u.port, u.path, u.query, u.fragment, quote('a b/中'), unquote('a%20b%2F'), parse_qs('x=1&x=2&y='), urlencode({'a': 1, 'b': 'x y'}))

# === async-functions
# not in: `async def` needs an event loop
import asyncio
async def main():
    await asyncio.sleep(0)
    print('async')
asyncio.run(main())

# === complex-numbers
# not in: complex numbers
z = 3 + 4j
print(abs(z), z * 1j)

# === eval-and-exec
# not in: programs are compiled before they run
print(eval('1 + 2'))
exec('print("from exec")')
