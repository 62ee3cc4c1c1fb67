"""The interpreter, as a program sees it. Absent: what would reach out of the machine (`settrace`, `path`, `_getframe`)."""
import _sys
from _sys import getsizeof, maxsize

argv = ['main.py']
byteorder = 'little'
platform = 'linux'
version = '3.11.0 (Sockscope)'
executable = ''
maxunicode = 0x10ffff
path = []
modules = {}


class _VersionInfo(tuple):
    major = 3
    minor = 11
    micro = 0
    releaselevel = 'final'
    serial = 0

    def __repr__(self):
        return "sys.version_info(major=3, minor=11, micro=0, releaselevel='final', serial=0)"


version_info = _VersionInfo((3, 11, 0, 'final', 0))
hexversion = 0x030b00f0


class _FloatInfo:
    max = 1.7976931348623157e+308
    min = 2.2250738585072014e-308
    epsilon = 2.220446049250313e-16
    dig = 15
    mant_dig = 53


float_info = _FloatInfo()


class _Writer:
    """Standard output, or the error stream."""
    encoding = 'utf-8'
    errors = 'strict'
    closed = False

    def __init__(self, number, name):
        self._number = number
        self.name = name
        self.mode = 'w'
        self.buffer = _BytesWriter(self)

    def write(self, text):
        return _sys.write(self._number, text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        _sys.flush(self._number)

    def fileno(self):
        return self._number

    def isatty(self):
        return False

    def writable(self):
        return True

    def readable(self):
        return False


class _BytesWriter:
    def __init__(self, text):
        self._text = text

    def write(self, data):
        self._text.write(bytes(data).decode('utf-8', 'replace'))
        return len(data)

    def flush(self):
        self._text.flush()


class _Reader:
    """Standard input, which is opened when it is first read."""
    encoding = 'utf-8'
    errors = 'strict'
    name = '<stdin>'
    mode = 'r'
    closed = False

    def _file(self):
        import io
        return io.standard_input()

    @property
    def buffer(self):
        return self._file().buffer

    def read(self, size=-1):
        return self._file().read(size)

    def readline(self, size=-1):
        return self._file().readline(size)

    def readlines(self):
        return self._file().readlines()

    def __iter__(self):
        return self._file()

    def fileno(self):
        return 0

    def isatty(self):
        return False


stdin = _Reader()
stdout = _Writer(1, '<stdout>')
stderr = _Writer(2, '<stderr>')
__stdout__ = stdout
__stderr__ = stderr


def exit(status=None, /):
    raise SystemExit() if status is None else SystemExit(status)


_limit = 1000


def getrecursionlimit():
    return _limit


def setrecursionlimit(limit, /):
    # The machine's own limit stays: it is the caller's to set.
    global _limit
    if limit < 1:
        raise ValueError('recursion limit must be greater or equal than 1')
    _limit = limit


def getdefaultencoding():
    return 'utf-8'


def intern(text, /):
    return text


def exc_info():
    import _host
    e = _host.handled()
    return (None, None, None) if e is None else (type(e), e, e.__traceback__)
