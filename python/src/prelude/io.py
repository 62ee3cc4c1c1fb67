"""Files and streams over descriptors of the host. Absent: seeking beyond what was read, other buffers than the one for reading."""
import _host

SEEK_SET = 0
SEEK_CUR = 1
SEEK_END = 2
DEFAULT_BUFFER_SIZE = 8192


class UnsupportedOperation(OSError):
    pass


class IOBase:
    closed = False

    def __enter__(self):
        self._check()
        return self

    def __exit__(self, kind, value, trace):
        self.close()

    def __iter__(self):
        self._check()
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def _check(self):
        if self.closed:
            raise ValueError('I/O operation on closed file.')

    def close(self):
        self.closed = True

    def flush(self):
        self._check()

    def readlines(self, hint=-1):
        lines = []
        while True:
            line = self.readline()
            if not line:
                return lines
            lines.append(line)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def isatty(self):
        return False

    def readable(self):
        return True

    def writable(self):
        return True

    def seekable(self):
        return True


class BufferedFile(IOBase):
    def __init__(self, fd, mode, name, reads=True, writes=False):
        self._fd = fd
        self.mode = mode
        self.name = name
        self._reads = reads
        self._writes = writes
        self._data = bytearray()
        self._at = 0
        self._ended = False

    def __del__(self):
        self.close()

    def fileno(self):
        self._check()
        return self._fd

    def readable(self):
        return self._reads

    def writable(self):
        return self._writes

    def close(self):
        if not self.closed:
            self.closed = True
            _host.close(self._fd)

    def _fill(self):
        if self._ended:
            return False
        more = _host.read(self._fd, DEFAULT_BUFFER_SIZE)
        if not more:
            self._ended = self._fd != 0
            return False
        self._data += more
        return True

    def _readable(self):
        self._check()
        if not self._reads:
            raise UnsupportedOperation('not readable' if 'b' not in self.mode else 'read')

    def read(self, size=-1):
        self._readable()
        if size is None or size < 0:
            while self._fill():
                pass
            end = len(self._data)
        else:
            while len(self._data) < self._at + size and self._fill():
                pass
            end = min(self._at + size, len(self._data))
        data = bytes(self._data[self._at:end])
        self._at = end
        return data

    read1 = read

    def readinto(self, buffer):
        data = self.read(len(buffer))
        buffer[:len(data)] = data
        return len(data)

    def readline(self, size=-1):
        self._readable()
        begin = self._at
        while True:
            end = self._data.find(b'\n', begin)
            if end >= 0:
                end += 1
                break
            begin = len(self._data)
            if not self._fill():
                end = len(self._data)
                break
        if size is not None and size >= 0:
            end = min(end, self._at + size)
        line = bytes(self._data[self._at:end])
        self._at = end
        return line

    def write(self, data):
        self._check()
        if not self._writes:
            raise UnsupportedOperation('write')
        if isinstance(data, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        data = bytes(data)
        left = data
        while left:
            left = left[_host.write(self._fd, left):]
        return len(data)

    def tell(self):
        self._check()
        return self._at

    def seek(self, offset, whence=0):
        self._readable()
        if whence == 1:
            offset += self._at
        elif whence == 2:
            while self._fill():
                pass
            offset += len(self._data)
        while len(self._data) < offset and self._fill():
            pass
        self._at = min(offset, len(self._data))
        return self._at


class TextIOWrapper(IOBase):
    def __init__(self, buffer, encoding=None, errors=None, newline=None):
        self.buffer = buffer
        self.encoding = 'utf-8' if encoding is None else encoding
        self.errors = 'strict' if errors is None else errors
        self._newline = newline
        self._text = ''
        self.name = buffer.name
        self.mode = buffer.mode

    @property
    def closed(self):
        return self.buffer.closed

    def close(self):
        self.buffer.close()

    def fileno(self):
        return self.buffer.fileno()

    def readable(self):
        return self.buffer.readable()

    def writable(self):
        return self.buffer.writable()

    def _told(self, data):
        text = data.decode(self.encoding, self.errors)
        if self._newline is None:
            text = text.replace('\r\n', '\n').replace('\r', '\n')
        return text

    def _can_read(self):
        self._check()
        if not self.buffer.readable():
            raise UnsupportedOperation('not readable')

    def read(self, size=-1):
        self._can_read()
        if size is None or size < 0:
            text = self._text + self._told(self.buffer.read())
            self._text = ''
            return text
        while len(self._text) < size:
            line = self.buffer.readline()
            if not line:
                break
            self._text += self._told(line)
        text = self._text[:size]
        self._text = self._text[size:]
        return text

    def readline(self, size=-1):
        self._can_read()
        if '\n' not in self._text:
            self._text += self._told(self.buffer.readline())
        end = self._text.find('\n') + 1 or len(self._text)
        if size is not None and size >= 0:
            end = min(end, size)
        line = self._text[:end]
        self._text = self._text[end:]
        return line

    def write(self, text):
        self._check()
        if not self.buffer.writable():
            raise UnsupportedOperation('not writable')
        if not isinstance(text, str):
            raise TypeError(f'write() argument must be str, not {type(text).__name__}')
        self.buffer.write(text.encode(self.encoding, self.errors))
        return len(text)

    def flush(self):
        self._check()
        self.buffer.flush()

    def seek(self, offset, whence=0):
        self._text = ''
        return self.buffer.seek(offset, whence)

    def tell(self):
        return self.buffer.tell()


class BytesIO(IOBase):
    def __init__(self, initial_bytes=b''):
        self._data = bytearray(initial_bytes)
        self._at = 0

    def getvalue(self):
        self._check()
        return bytes(self._data)

    def getbuffer(self):
        return memoryview(self._data)

    def read(self, size=-1):
        self._check()
        end = len(self._data) if size is None or size < 0 else min(self._at + size, len(self._data))
        data = bytes(self._data[self._at:end])
        self._at = max(self._at, end)
        return data

    read1 = read

    def readinto(self, buffer):
        data = self.read(len(buffer))
        buffer[:len(data)] = data
        return len(data)

    def readline(self, size=-1):
        self._check()
        end = self._data.find(b'\n', self._at) + 1 or len(self._data)
        if size is not None and size >= 0:
            end = min(end, self._at + size)
        data = bytes(self._data[self._at:end])
        self._at = max(self._at, end)
        return data

    def write(self, data):
        self._check()
        if isinstance(data, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        if self._at > len(self._data):
            self._data += bytes(self._at - len(self._data))
        self._data[self._at:self._at + len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset, whence=0):
        self._check()
        self._at = max(0, offset + (0, self._at, len(self._data))[whence])
        return self._at

    def tell(self):
        self._check()
        return self._at

    def truncate(self, size=None):
        size = self._at if size is None else size
        del self._data[size:]
        return size


class StringIO(IOBase):
    def _check(self):
        if self.closed:
            raise ValueError('I/O operation on closed file')

    def __init__(self, initial_value='', newline='\n'):
        self._data = '' if initial_value is None else initial_value
        self._at = 0

    def getvalue(self):
        self._check()
        return self._data

    def read(self, size=-1):
        self._check()
        end = len(self._data) if size is None or size < 0 else min(self._at + size, len(self._data))
        text = self._data[self._at:end]
        self._at = max(self._at, end)
        return text

    def readline(self, size=-1):
        self._check()
        end = self._data.find('\n', self._at) + 1 or len(self._data)
        if size is not None and size >= 0:
            end = min(end, self._at + size)
        text = self._data[self._at:end]
        self._at = max(self._at, end)
        return text

    def write(self, text):
        self._check()
        if not isinstance(text, str):
            raise TypeError(f'string argument expected, got {type(text).__name__!r}')
        gap = '\0' * (self._at - len(self._data))
        self._data = self._data[:self._at] + gap + text + self._data[self._at + len(text):]
        self._at += len(text)
        return len(text)

    def seek(self, offset, whence=0):
        self._check()
        self._at = (offset, self._at, len(self._data))[whence]
        return self._at

    def tell(self):
        self._check()
        return self._at

    def truncate(self, size=None):
        size = self._at if size is None else size
        self._data = self._data[:size]
        return size


def open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    kinds = [c for c in mode if c in 'rwax']
    for c in mode:
        if c not in 'rwaxbt+' or mode.count(c) > 1:
            raise ValueError(f'invalid mode: {mode!r}')
    if 'b' in mode and 't' in mode:
        raise ValueError("can't have text and binary mode at once")
    if len(kinds) != 1:
        raise ValueError('must have exactly one of create/read/write/append mode')
    if 'b' in mode:
        if encoding is not None:
            raise ValueError("binary mode doesn't take an encoding argument")
        if errors is not None:
            raise ValueError("binary mode doesn't take an errors argument")
        if newline is not None:
            raise ValueError("binary mode doesn't take a newline argument")
    kind = kinds[0]
    reads = kind == 'r' or '+' in mode
    writes = kind != 'r' or '+' in mode
    if isinstance(file, int):
        fd = file
    else:
        # O_RDONLY, O_WRONLY, O_RDWR; O_CREAT 0o100, O_EXCL 0o200, O_TRUNC 0o1000, O_APPEND 0o2000.
        flags = 2 if reads and writes else 1 if writes else 0
        flags |= {'r': 0, 'w': 0o1100, 'a': 0o2100, 'x': 0o300}[kind]
        path = file.decode() if isinstance(file, bytes) else file
        try:
            fd = _host.open(path, flags)
        except OSError as e:
            raise OSError(e.errno, e.strerror, file) from None
    buffer = BufferedFile(fd, mode, file, reads, writes)
    if 'b' in mode:
        return buffer
    return TextIOWrapper(buffer, encoding, errors, newline)


_input = None


def standard_input():
    global _input
    if _input is None:
        _input = TextIOWrapper(BufferedFile(0, 'r', '<stdin>'))
    return _input


def input(prompt='', /):
    import _sys
    if prompt != '':
        _sys.write(1, str(prompt))
    _sys.flush(1)
    line = standard_input().readline()
    if not line:
        raise EOFError('EOF when reading a line')
    return line[:-1] if line.endswith('\n') else line
