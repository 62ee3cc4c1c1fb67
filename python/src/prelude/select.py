"""Waiting for several descriptors: `select`, `poll` and `epoll`, all over the system call `poll`.

Absent: edge triggering (EPOLLET) and EPOLLONESHOT, which are refused; kqueue.
"""
import _host

error = OSError
POLLIN = 1
POLLPRI = 2
POLLOUT = 4
POLLERR = 8
POLLHUP = 16
POLLNVAL = 32
POLLRDHUP = 0x2000
EPOLLIN = 1
EPOLLPRI = 2
EPOLLOUT = 4
EPOLLERR = 8
EPOLLHUP = 16
EPOLLRDHUP = 0x2000
EPOLLONESHOT = 1 << 30
EPOLLET = 1 << 31
PIPE_BUF = 4096


def _fd(of):
    if isinstance(of, int):
        fd = of
    elif hasattr(of, 'fileno'):
        fd = of.fileno()
        if not isinstance(fd, int):
            raise TypeError('fileno() returned a non-integer')
    else:
        raise TypeError('argument must be an int, or have a fileno() method.')
    if fd < 0:
        raise ValueError(f'file descriptor cannot be a negative integer ({fd})')
    return int(fd)


def select(rlist, wlist, xlist, timeout=None, /):
    if timeout is not None and not isinstance(timeout, (int, float)):
        raise TypeError('timeout must be a float or None')
    if timeout is not None and timeout < 0:
        raise ValueError('timeout must be non-negative')
    lists = []
    for asked in (rlist, wlist, xlist):
        lists.append([(_fd(of), of) for of in asked])
    events = {}
    for bit, pairs in zip((POLLIN, POLLOUT, POLLPRI), lists):
        for fd, _ in pairs:
            events[fd] = events.get(fd, 0) | bit
    ready = dict(_host.poll(list(events.items()), timeout))
    for bits in ready.values():
        if bits & POLLNVAL:
            raise OSError(9, 'Bad file descriptor')
    # What Linux's select counts as readable, writable, exceptional (fs/select.c).
    told = (POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI)
    return tuple([[of for fd, of in pairs if ready.get(fd, 0) & bits] for bits, pairs in zip(told, lists)])


class poll:
    def __init__(self):
        self._events = {}

    def register(self, fd, eventmask=POLLIN | POLLPRI | POLLOUT, /):
        self._events[_fd(fd)] = int(eventmask)

    def modify(self, fd, eventmask, /):
        fd = _fd(fd)
        if fd not in self._events:
            raise FileNotFoundError(2, 'No such file or directory')
        self._events[fd] = int(eventmask)

    def unregister(self, fd, /):
        fd = _fd(fd)
        if fd not in self._events:
            raise KeyError(fd)
        del self._events[fd]

    def poll(self, timeout=None, /):
        """`timeout` is in milliseconds."""
        return _host.poll(list(self._events.items()), None if timeout is None or timeout < 0 else timeout / 1000)


class epoll:
    def __init__(self, sizehint=-1, flags=0):
        self._events = {}
        self.closed = False

    def _known(self, fd, number, text, wanted):
        if self.closed:
            raise ValueError('I/O operation on closed epoll object')
        fd = _fd(fd)
        if (fd in self._events) != wanted:
            raise OSError(number, text)
        return fd

    def register(self, fd, eventmask=EPOLLIN | EPOLLPRI | EPOLLOUT):
        fd = self._known(fd, 17, 'File exists', False)
        self._events[fd] = _level(eventmask)

    def modify(self, fd, eventmask):
        fd = self._known(fd, 2, 'No such file or directory', True)
        self._events[fd] = _level(eventmask)

    def unregister(self, fd):
        del self._events[self._known(fd, 2, 'No such file or directory', True)]

    def poll(self, timeout=None, maxevents=-1):
        """`timeout` is in seconds."""
        if self.closed:
            raise ValueError('I/O operation on closed epoll object')
        ready = _host.poll(list(self._events.items()), None if timeout is None or timeout < 0 else timeout)
        return ready if maxevents < 0 else ready[:maxevents]

    def close(self):
        self.closed = True
        self._events = {}

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def _level(eventmask):
    if eventmask & (EPOLLET | EPOLLONESHOT):
        raise OSError(22, 'Invalid argument')
    return int(eventmask)
