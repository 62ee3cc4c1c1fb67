"""Selectors over `select` and `poll`. Absent: what is there on other systems (kqueue, /dev/poll)."""
import select as _select

EVENT_READ = 1
EVENT_WRITE = 2


class SelectorKey(tuple):
    """`(fileobj, fd, events, data)`."""

    def __new__(cls, fileobj, fd, events, data):
        return tuple.__new__(cls, (fileobj, fd, events, data))

    @property
    def fileobj(self):
        return self[0]

    @property
    def fd(self):
        return self[1]

    @property
    def events(self):
        return self[2]

    @property
    def data(self):
        return self[3]

    def __repr__(self):
        return f'SelectorKey(fileobj={self[0]!r}, fd={self[1]!r}, events={self[2]!r}, data={self[3]!r})'


def _fd(fileobj):
    if isinstance(fileobj, int):
        fd = fileobj
    else:
        try:
            fd = int(fileobj.fileno())
        except (AttributeError, TypeError, ValueError):
            raise ValueError(f'Invalid file object: {fileobj!r}') from None
    if fd < 0:
        raise ValueError(f'Invalid file descriptor: {fd}')
    return fd


class BaseSelector:
    def __init__(self):
        self._keys = {}

    def _lookup(self, fileobj):
        try:
            return _fd(fileobj)
        except ValueError:
            # A file that has been closed is still known by what it was.
            for key in self._open().values():
                if key.fileobj is fileobj:
                    return key.fd
            raise

    def _open(self):
        if self._keys is None:
            raise RuntimeError('Selector is closed')
        return self._keys

    def register(self, fileobj, events, data=None):
        if not events or events & ~(EVENT_READ | EVENT_WRITE):
            raise ValueError(f'Invalid events: {events!r}')
        key = SelectorKey(fileobj, self._lookup(fileobj), events, data)
        if key.fd in self._open():
            raise KeyError(f'{fileobj!r} (FD {key.fd}) is already registered')
        self._keys[key.fd] = key
        return key

    def unregister(self, fileobj):
        fd = self._lookup(fileobj)
        if fd not in self._open():
            raise KeyError(f'{fileobj!r} is not registered')
        return self._keys.pop(fd)

    def modify(self, fileobj, events, data=None):
        fd = self._lookup(fileobj)
        if fd not in self._open():
            raise KeyError(f'{fileobj!r} is not registered')
        if not events or events & ~(EVENT_READ | EVENT_WRITE):
            raise ValueError(f'Invalid events: {events!r}')
        self._keys[fd] = SelectorKey(self._keys[fd].fileobj, fd, events, data)
        return self._keys[fd]

    def get_key(self, fileobj):
        fd = self._lookup(fileobj)
        if fd not in self._open():
            raise KeyError(f'{fileobj!r} is not registered')
        return self._keys[fd]

    def get_map(self):
        return None if self._keys is None else {key.fileobj: key for key in self._keys.values()}

    def close(self):
        self._keys = None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def _ready(self, told):
        """Keys with what each is ready for; an error or an end is both, as CPython has it."""
        ready = []
        for fd, bits in told:
            key = self._keys.get(fd)
            events = (EVENT_READ if bits & ~_select.POLLOUT else 0) | (EVENT_WRITE if bits & ~_select.POLLIN else 0)
            if key is not None and events & key.events:
                ready.append((key, events & key.events))
        return ready


class SelectSelector(BaseSelector):
    def select(self, timeout=None):
        keys = self._open().values()
        readers = [key.fd for key in keys if key.events & EVENT_READ]
        writers = [key.fd for key in keys if key.events & EVENT_WRITE]
        readable, writable, _ = _select.select(readers, writers, [], None if timeout is None else max(timeout, 0))
        bits = {fd: _select.POLLIN for fd in readable}
        for fd in writable:
            bits[fd] = bits.get(fd, 0) | _select.POLLOUT
        return self._ready(bits.items())


class PollSelector(BaseSelector):
    def select(self, timeout=None):
        poller = _select.poll()
        for key in self._open().values():
            events = (_select.POLLIN if key.events & EVENT_READ else 0) | (_select.POLLOUT if key.events & EVENT_WRITE else 0)
            poller.register(key.fd, events)
        return self._ready(poller.poll(None if timeout is None else max(timeout, 0) * 1000))


class EpollSelector(PollSelector):
    pass


DefaultSelector = EpollSelector
