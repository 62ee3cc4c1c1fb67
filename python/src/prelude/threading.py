"""Threads, and what they wait with, over `_host.spawn`, `park` and `unpark`.

A thread can be interrupted between any two operations, so what several threads change is changed by one call: `list.pop`,
`list.append`. A wake-up that comes before the waiting is kept, and one that nobody asked for may come: whoever waits looks again.
Absent: `settrace`, `excepthook` of a program's own, stack sizes.
"""
import _host
import sys

TIMEOUT_MAX = 9223372036.0


class _Waiting:
    """Threads that wait, the first first."""

    def __init__(self):
        self._idents = []

    def _until(self, ready, timeout, why):
        """Waits until `ready()` is true, and gives it; what is false when the time is over."""
        result = ready()
        if result or (timeout is not None and timeout <= 0):
            return result
        end = None if timeout is None else _host.now() + timeout
        me = _host.ident()
        self._idents.append(me)
        try:
            while True:
                result = ready()
                if result:
                    return result
                left = None if end is None else end - _host.now()
                if left is not None and left <= 0:
                    return result
                _host.park(left, why)
        finally:
            self._idents.remove(me)

    def _wake(self):
        for ident in self._idents[:1]:
            _host.unpark(ident)

    def _wake_all(self):
        for ident in self._idents[:]:
            _host.unpark(ident)


class Lock:
    def __init__(self):
        self._free = [True]
        self._waiting = _Waiting()

    def _take(self):
        try:
            return self._free.pop()
        except IndexError:
            return False

    def acquire(self, blocking=True, timeout=-1):
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout < 0 and timeout != -1:
            raise ValueError('timeout value must be a non-negative number')
        if self._take():
            return True
        if not blocking:
            return False
        if self._waiting._until(self._take, None if timeout == -1 else timeout, 'Lock.acquire'):
            return True
        # The release may have woken this one just when its time was over.
        if self._free:
            self._waiting._wake()
        return False

    def release(self):
        if self._free:
            raise RuntimeError('release unlocked lock')
        self._free.append(True)
        self._waiting._wake()

    def locked(self):
        return not self._free

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc):
        self.release()

    def __repr__(self):
        state = 'unlocked' if self._free else 'locked'
        return f'<{state} _thread.lock object at {id(self):#x}>'


allocate_lock = Lock


class RLock:
    def __init__(self):
        self._lock = Lock()
        self._owner = None
        self._count = 0

    def acquire(self, blocking=True, timeout=-1):
        me = _host.ident()
        if self._owner == me:
            self._count += 1
            return True
        if self._lock.acquire(blocking, timeout):
            self._owner = me
            self._count = 1
            return True
        return False

    def release(self):
        if self._owner != _host.ident():
            raise RuntimeError('cannot release un-acquired lock')
        self._count -= 1
        if self._count == 0:
            self._owner = None
            self._lock.release()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc):
        self.release()

    def __repr__(self):
        state = 'locked' if self._count else 'unlocked'
        return f'<{state} _thread.RLock object owner={self._owner or 0} count={self._count} at {id(self):#x}>'

    def _release_save(self):
        count, self._count, self._owner = self._count, 0, None
        self._lock.release()
        return count

    def _acquire_restore(self, count):
        self._lock.acquire()
        self._owner = _host.ident()
        self._count = count

    def _is_owned(self):
        return self._owner == _host.ident()


class Condition:
    def __init__(self, lock=None):
        self._lock = RLock() if lock is None else lock
        self._waiters = []
        self.acquire = self._lock.acquire
        self.release = self._lock.release

    def __enter__(self):
        return self._lock.__enter__()

    def __exit__(self, *exc):
        return self._lock.__exit__(*exc)

    def __repr__(self):
        return f'<Condition({self._lock}, {len(self._waiters)})>'

    def _is_owned(self):
        if hasattr(self._lock, '_is_owned'):
            return self._lock._is_owned()
        return self._lock.locked()

    def wait(self, timeout=None):
        if not self._is_owned():
            raise RuntimeError('cannot wait on un-acquired lock')
        waiter = _Waiter()
        self._waiters.append(waiter)
        recursive = hasattr(self._lock, '_release_save')
        count = self._lock._release_save() if recursive else self._lock.release()
        try:
            return waiter.wait(timeout)
        finally:
            if recursive:
                self._lock._acquire_restore(count)
            else:
                self._lock.acquire()
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def wait_for(self, predicate, timeout=None):
        end = None if timeout is None else _host.now() + timeout
        result = predicate()
        while not result:
            left = None if end is None else end - _host.now()
            if left is not None and left <= 0:
                break
            self.wait(left)
            result = predicate()
        return result

    def notify(self, n=1):
        if not self._is_owned():
            raise RuntimeError('cannot notify on un-acquired lock')
        woken, self._waiters[:n] = self._waiters[:n], []
        for waiter in woken:
            waiter.wake()

    def notify_all(self):
        self.notify(len(self._waiters))

    notifyAll = notify_all


class _Waiter:
    """A thread that waits for a condition."""

    def __init__(self):
        self.ident = _host.ident()
        self.woken = False

    def wait(self, timeout):
        end = None if timeout is None else _host.now() + timeout
        while not self.woken:
            left = None if end is None else end - _host.now()
            if left is not None and left <= 0:
                break
            _host.park(left, 'Condition.wait')
        return self.woken

    def wake(self):
        self.woken = True
        _host.unpark(self.ident)


class Event:
    def __init__(self):
        self._flag = False
        self._waiting = _Waiting()

    def is_set(self):
        return self._flag

    isSet = is_set

    def set(self):
        self._flag = True
        self._waiting._wake_all()

    def clear(self):
        self._flag = False

    def wait(self, timeout=None):
        return self._waiting._until(self.is_set, timeout, 'Event.wait')

    def __repr__(self):
        return f"<threading.Event at {id(self):#x}: {'set' if self._flag else 'unset'}>"


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError('semaphore initial value must be >= 0')
        self._tokens = [True] * value
        self._initial = value
        self._waiting = _Waiting()

    def _take(self):
        try:
            return self._tokens.pop()
        except IndexError:
            return False

    def acquire(self, blocking=True, timeout=None):
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        if self._take():
            return True
        if not blocking:
            return False
        if self._waiting._until(self._take, timeout, 'Semaphore.acquire'):
            return True
        if self._tokens:
            self._waiting._wake()
        return False

    def release(self, n=1):
        if n < 1:
            raise ValueError('n must be one or more')
        for _ in range(n):
            self._tokens.append(True)
        for ident in self._waiting._idents[:n]:
            _host.unpark(ident)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exc):
        self.release()


class BoundedSemaphore(Semaphore):
    def release(self, n=1):
        if n < 1:
            raise ValueError('n must be one or more')
        if len(self._tokens) + n > self._initial:
            raise ValueError('Semaphore released too many times')
        Semaphore.release(self, n)


class BrokenBarrierError(RuntimeError):
    pass


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        self._cond = Condition(Lock())
        self._parties = parties
        self._action = action
        self._timeout = timeout
        self._count = 0
        self._round = 0
        self._broken = False

    def wait(self, timeout=None):
        if timeout is None:
            timeout = self._timeout
        with self._cond:
            if self._broken:
                raise BrokenBarrierError
            place, mine = self._count, self._round
            self._count += 1
            if self._count == self._parties:
                self._open()
                return place
            if not self._cond.wait_for(lambda: self._round != mine or self._broken, timeout):
                self._break()
            if self._broken:
                raise BrokenBarrierError
            return place

    def _open(self):
        try:
            if self._action:
                self._action()
        except BaseException:
            self._break()
            raise
        self._count = 0
        self._round += 1
        self._cond.notify_all()

    def _break(self):
        self._broken = True
        self._cond.notify_all()

    def reset(self):
        with self._cond:
            if self._count:
                self._break()
            self._broken = False
            self._count = 0
            self._round += 1

    def abort(self):
        with self._cond:
            self._break()

    @property
    def parties(self):
        return self._parties

    @property
    def n_waiting(self):
        return self._count

    @property
    def broken(self):
        return self._broken


_threads = {}
_made = [0]


class Thread:
    def __init__(self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None):
        if group is not None:
            raise AssertionError('group argument must be None for now')
        if name is None:
            _made[0] += 1
            name = f'Thread-{_made[0]}'
            if hasattr(target, '__name__'):
                name += f' ({target.__name__})'
        self._target = target
        self._name = str(name)
        self._args = args
        self._kwargs = {} if kwargs is None else kwargs
        self._daemonic = current_thread().daemon if daemon is None else bool(daemon)
        self._ident = None
        self._started = False
        self._done = Event()
        self._initialized = True

    def start(self):
        if not hasattr(self, '_initialized'):
            raise RuntimeError('thread.__init__() not called')
        if self._started:
            raise RuntimeError('threads can only be started once')
        self._started = True
        ident = _host.spawn(_run, (self,), self._name)
        self._ident = ident
        if not self._done.is_set():
            _threads[ident] = self

    def run(self):
        try:
            if self._target is not None:
                self._target(*self._args, **self._kwargs)
        finally:
            self._target = self._args = self._kwargs = None

    def join(self, timeout=None):
        if not hasattr(self, '_initialized'):
            raise RuntimeError('Thread.__init__() not called')
        if not self._started:
            raise RuntimeError('cannot join thread before it is started')
        if self is current_thread():
            raise RuntimeError('cannot join current thread')
        self._done._waiting._until(self._done.is_set, timeout, f'join of {self._name}')

    def is_alive(self):
        return self._started and not self._done.is_set()

    def __repr__(self):
        status = 'initial' if not self._started else 'started' if self.is_alive() else 'stopped'
        if self._daemonic:
            status += ' daemon'
        if self._ident is not None:
            status += f' {self._ident}'
        return f'<{type(self).__name__}({self._name}, {status})>'

    @property
    def name(self):
        return self._name

    @name.setter
    def name(self, name):
        self._name = str(name)

    @property
    def ident(self):
        return self._ident

    @property
    def native_id(self):
        return self._ident

    @property
    def daemon(self):
        return self._daemonic

    @daemon.setter
    def daemon(self, daemonic):
        if self._started:
            raise RuntimeError('cannot set daemon status of active thread')
        self._daemonic = bool(daemonic)

    def isDaemon(self):
        return self._daemonic

    def setDaemon(self, daemonic):
        self.daemon = daemonic

    def getName(self):
        return self._name

    def setName(self, name):
        self.name = name


def _run(thread):
    ident = _host.ident()
    thread._ident = ident
    _threads[ident] = thread
    try:
        thread.run()
    except SystemExit:
        pass
    except BaseException as e:
        sys.stderr.write(f'Exception in thread {thread._name}:\n{_host.traceback(e)}')
        sys.stderr.flush()
    finally:
        _threads.pop(ident, None)
        thread._done.set()


class _MainThread(Thread):
    def __init__(self):
        self._name = 'MainThread'
        self._daemonic = False
        self._ident = _host.ident()
        self._started = True
        self._done = Event()
        self._initialized = True


_main = _MainThread()
_threads[_main._ident] = _main


class _DummyThread(Thread):
    """A thread that `Thread` did not start."""

    def __init__(self, ident):
        _made[0] += 1
        self._name = f'Dummy-{_made[0]}'
        self._daemonic = True
        self._ident = ident
        self._started = True
        self._done = Event()
        self._initialized = True


class Timer(Thread):
    def __init__(self, interval, function, args=None, kwargs=None):
        Thread.__init__(self)
        self.interval = interval
        self.function = function
        self.args = [] if args is None else args
        self.kwargs = {} if kwargs is None else kwargs
        self.finished = Event()

    def cancel(self):
        self.finished.set()

    def run(self):
        self.finished.wait(self.interval)
        if not self.finished.is_set():
            self.function(*self.args, **self.kwargs)
        self.finished.set()


class local:
    def __init__(self):
        object.__setattr__(self, '_of_threads', {})

    def _mine(self):
        return self.__dict__['_of_threads'].setdefault(_host.ident(), {})

    def __getattr__(self, name):
        if name == '_of_threads':
            object.__setattr__(self, '_of_threads', {})
        values = self._mine()
        if name not in values:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return values[name]

    def __setattr__(self, name, value):
        self._mine()[name] = value

    def __delattr__(self, name):
        values = self._mine()
        if name not in values:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        del values[name]


def current_thread():
    ident = _host.ident()
    if ident not in _threads:
        _threads[ident] = _DummyThread(ident)
    return _threads[ident]


currentThread = current_thread


def main_thread():
    return _main


def get_ident():
    return _host.ident()


get_native_id = get_ident


def enumerate():
    return list(_threads.values())


def active_count():
    return len(_threads)


activeCount = active_count


def _shutdown():
    """What the end of the first thread waits for: the machine calls it before it ends the process."""
    for thread in list(_threads.values()):
        if thread is not _main and not thread._daemonic:
            thread.join()
