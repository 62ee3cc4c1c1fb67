# === try-order
def f(kind):
    print('--', kind)
    try:
        print('try')
        if kind: raise kind('boom')
    except ValueError as e:
        print('value', e)
    except (KeyError, IndexError) as e:
        print('lookup', repr(e), e)
    except Exception as e:
        print('other', type(e).__name__)
    else:
        print('else')
    finally:
        print('finally')
for k in (None, ValueError, KeyError, IndexError, TypeError):
    f(k)

# === finally-overrides
def a():
    try:
        return 'try'
    finally:
        return 'finally'
def b():
    for i in range(3):
        try:
            continue
        finally:
            print('fin', i)
    return 'done'
def c():
    while True:
        try:
            1 / 0
        finally:
            break
    return 'error lost'
def d():
    try:
        raise ValueError('lost')
    finally:
        return 'swallowed'
def e():
    x = 1
    try:
        return x
    finally:
        x = 2
def f():
    try:
        try:
            raise KeyError('inner')
        finally:
            raise ValueError('outer')
    except ValueError as err:
        return repr(err), repr(err.__context__)
print(a(), b(), c(), d(), e(), f())

# === nested-finally-return-loop
def g():
    for i in range(5):
        try:
            try:
                if i == 1: continue
                if i == 3: return i
                print('body', i)
            finally:
                print('inner', i)
        finally:
            print('outer', i)
print(g())

# === exception-variable-is-deleted
e = 'before'
try:
    raise ValueError('x')
except ValueError as e:
    print(e)
try:
    print(e)
except NameError as err:
    print(err)
def f():
    try:
        raise ValueError
    except ValueError as x:
        pass
    return x
try:
    f()
except UnboundLocalError as err:
    print(err)

# === reraise
def f():
    try:
        raise ValueError('original')
    except ValueError:
        print('log')
        raise
try:
    f()
except ValueError as e:
    print('again', e, e.__context__, e.__cause__)
try:
    raise
except RuntimeError as e:
    print(e)
try:
    try:
        1 / 0
    except ZeroDivisionError as e:
        saved = e
    raise saved
except ZeroDivisionError as e:
    print(e is saved)

# === chains
try:
    try:
        {}['k']
    except KeyError as e:
        raise ValueError('bad config') from e
except ValueError as v:
    print(v, repr(v.__cause__), v.__suppress_context__, v.__context__ is v.__cause__)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise TypeError('second')
except TypeError as t:
    print(repr(t.__context__), t.__cause__, t.__suppress_context__)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise TypeError('third') from None
except TypeError as t:
    print(t.__cause__, t.__suppress_context__, repr(t.__context__))
try:
    raise ValueError from 5
except TypeError as e:
    print(e)

# === args-and-str
for e in (ValueError(), ValueError('a'), ValueError('a', 1), ValueError(5), KeyError('k'), KeyError(), KeyError('a', 'b'), KeyError(5), OSError(2, 'No such file'), OSError('only'), OSError(2, 'msg', 'file.txt'), StopIteration(7), SystemExit(3), Exception(None), IndexError('i'), UnicodeError('u'), ConnectionError(104, 'reset'), Exception([1]), Exception((1, 2)), ValueError('quote\'s')):
    print(type(e).__name__, '|', e, '|', repr(e), '|', e.args)

# === custom
class AppError(Exception):
    pass
class Detailed(AppError):
    def __init__(self, code, message='none'):
        super().__init__(f'[{code}] {message}')
        self.code = code
class Strange(Exception):
    def __str__(self): return 'strange ' + str(self.args)
class NoSuper(Exception):
    def __init__(self, a, b): self.a = a
try:
    raise Detailed(5, 'five')
except AppError as e:
    print(e, e.code, repr(e), e.args, isinstance(e, Exception))
print(Strange(1, 2), repr(Strange('x')), repr(AppError()), str(AppError()), NoSuper(1, 2).args, NoSuper(1, 2), repr(NoSuper('p', 'q')))
try:
    raise AppError
except Exception as e:
    print(repr(e), type(e).__mro__[1].__name__)

# === raise-bad
for bad in (5, 'text', None, int, object, []):
    try:
        raise bad
    except TypeError as e:
        print(e)
try:
    try:
        1 / 0
    except 'text':
        pass
except TypeError as e:
    print(e)
try:
    try:
        1 / 0
    except (ValueError, 5):
        pass
except TypeError as e:
    print(e)
class Raises(Exception):
    def __init__(self): raise ValueError('in init')
try:
    raise Raises
except ValueError as e:
    print(e)

# === hierarchy
for c in (KeyError, IndexError, ZeroDivisionError, OverflowError, FileNotFoundError, ConnectionRefusedError, BrokenPipeError, TimeoutError, BlockingIOError, UnicodeDecodeError, UnboundLocalError, RecursionError, NotImplementedError, ModuleNotFoundError, KeyboardInterrupt, SystemExit, StopIteration, GeneratorExit, IndentationError, ConnectionResetError, InterruptedError, PermissionError, IsADirectoryError, EOFError, MemoryError, AssertionError, ArithmeticError, TabError, ImportError, UserWarning):
    print(c.__name__, [b.__name__ for b in c.__mro__[1:-1]])
print(IOError is OSError, EnvironmentError is OSError, issubclass(TimeoutError, OSError))

# === oserror-picks-subclass
import errno
for n in (errno.ENOENT, errno.EACCES, errno.EEXIST, errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT, errno.EAGAIN, errno.EADDRINUSE, errno.EINTR, errno.EISDIR, errno.ENOTDIR, errno.ECONNABORTED, errno.ENETUNREACH, errno.EINPROGRESS, errno.EBADF, errno.EINVAL, errno.ESHUTDOWN, 9999):
    e = OSError(n, 'text')
    print(type(e).__name__, e, e.errno, e.strerror, e.filename, repr(e))
e = OSError(2, 'gone', 'a.txt')
print(e, e.filename, repr(e), e.args, OSError().errno, OSError(5).errno, OSError(5).args)
class Mine(OSError): pass
print(type(Mine(2, 'x')).__name__, type(ConnectionError(111, 'x')).__name__)

# === assert-statement
assert True
assert 1 == 1, 'never'
try:
    assert [] , 'empty list'
except AssertionError as e:
    print(repr(e))
try:
    assert 0
except AssertionError as e:
    print(repr(e), str(e) == '')
try:
    assert False, {'a': 1}
except AssertionError as e:
    print(e, e.args)

# === except-in-loop-and-generator
def parse(items):
    for item in items:
        try:
            yield int(item)
        except ValueError as e:
            print('skip', e)
print(list(parse(['1', 'x', '3'])))
def retry(n):
    for attempt in range(n):
        try:
            if attempt < 2: raise ConnectionError(f'try {attempt}')
            return attempt
        except ConnectionError as e:
            print(e)
    else:
        return 'gave up'
print(retry(5), retry(1))

# === errors-in-except-and-else
try:
    try:
        pass
    except ValueError:
        print('no')
    else:
        raise ValueError('from else')
    finally:
        print('fin')
except ValueError as e:
    print(e)
try:
    try:
        1 / 0
    except ZeroDivisionError as e:
        raise KeyError('new') from e
    finally:
        print('fin2')
except KeyError as e:
    print(e, e.__cause__)

# === notes-and-with-traceback
e = ValueError('v')
e.add_note('a note')
print(e.__notes__, e.__traceback__)
try:
    raise e
except ValueError as x:
    print(x.__traceback__ is not None, x.__traceback__.tb_lineno > 0)

# === system-exit-caught
import sys
try:
    sys.exit('message')
except SystemExit as e:
    print(e.code, repr(e))
try:
    exit(3)
except SystemExit as e:
    print(e.code)
try:
    raise SystemExit
except SystemExit as e:
    print(e.code)
try:
    sys.exit()
except Exception:
    print('not here')
except BaseException as e:
    print(type(e).__name__)

# === exc-info
import sys
def f():
    try:
        1 / 0
    except ZeroDivisionError:
        kind, value, tb = sys.exc_info()
        print(kind.__name__, value, tb is not None)
    print(sys.exc_info())
f()
import traceback
try:
    [][1]
except IndexError:
    text = traceback.format_exc()
    print(text.splitlines()[0], text.splitlines()[-1])

# === exception-groups-of-control
def find(items, want):
    for outer in items:
        try:
            for x in outer:
                if x == want:
                    return x
                if x is None:
                    break
            else:
                continue
            print('broke')
        except TypeError as e:
            print('bad', e)
        finally:
            print('done', outer)
    return None
print(find([[1, 2], [None, 3], 5, [3]], 3))
