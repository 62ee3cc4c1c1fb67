"""What programs ask of the system: files by path, and the process. Absent: directories, processes, permissions."""
import _host
import os_path as path

name = 'posix'
sep = '/'
linesep = '\n'
curdir = '.'
pardir = '..'
extsep = '.'
devnull = '/dev/null'
environ = {}
error = OSError
O_RDONLY = 0
O_WRONLY = 1
O_RDWR = 2
O_CREAT = 0o100
O_EXCL = 0o200
O_TRUNC = 0o1000
O_APPEND = 0o2000
F_OK = 0

_SENTENCES = {1: 'Operation not permitted', 2: 'No such file or directory', 3: 'No such process', 4: 'Interrupted system call',
              5: 'Input/output error', 6: 'No such device or address', 9: 'Bad file descriptor', 11: 'Resource temporarily unavailable',
              12: 'Cannot allocate memory', 13: 'Permission denied', 17: 'File exists', 19: 'No such device', 20: 'Not a directory',
              21: 'Is a directory', 22: 'Invalid argument', 24: 'Too many open files', 28: 'No space left on device', 29: 'Illegal seek',
              32: 'Broken pipe', 36: 'File name too long', 38: 'Function not implemented', 71: 'Protocol error',
              88: 'Socket operation on non-socket', 89: 'Destination address required', 90: 'Message too long',
              91: 'Protocol wrong type for socket', 92: 'Protocol not available', 93: 'Protocol not supported',
              94: 'Socket type not supported', 95: 'Operation not supported', 97: 'Address family not supported by protocol',
              98: 'Address already in use', 99: 'Cannot assign requested address', 100: 'Network is down', 101: 'Network is unreachable',
              102: 'Network dropped connection on reset', 103: 'Software caused connection abort', 104: 'Connection reset by peer',
              105: 'No buffer space available', 106: 'Transport endpoint is already connected',
              107: 'Transport endpoint is not connected', 110: 'Connection timed out', 111: 'Connection refused', 112: 'Host is down',
              113: 'No route to host', 114: 'Operation already in progress', 115: 'Operation now in progress'}


def strerror(code, /):
    if code == 0:
        return 'Success'
    return _SENTENCES.get(code, f'Unknown error {code}')


def fspath(path):
    return path if isinstance(path, (str, bytes)) else path.__fspath__()


def unlink(path):
    try:
        _host.unlink(fspath(path))
    except OSError as e:
        raise OSError(e.errno, e.strerror, path) from None


remove = unlink


def access(path, mode):
    try:
        _host.access(fspath(path))
    except OSError:
        return False
    return True


def open(path, flags, mode=0o777):
    try:
        return _host.open(fspath(path), flags)
    except OSError as e:
        raise OSError(e.errno, e.strerror, path) from None


def read(fd, n, /):
    return _host.read(fd, n)


def write(fd, data, /):
    return _host.write(fd, bytes(data))


def close(fd):
    _host.close(fd)


def getpid():
    return _host.pid()


def getenv(key, default=None):
    return environ.get(key, default)


def urandom(size, /):
    data = b''
    while len(data) < size:
        data += _host.entropy().to_bytes(8, 'little')
    return data[:size]


