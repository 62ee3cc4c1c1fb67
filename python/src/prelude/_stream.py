"""Files over sockets, for `socket.makefile`: a raw part, which reads and writes once, a buffer, and for text a decoder.

Absent: files of the host, which are `io`'s.
"""
from io import DEFAULT_BUFFER_SIZE, IOBase, UnsupportedOperation


class _Buffered(IOBase):
    """Bytes of a raw part, read ahead and written behind."""

    def __init__(self, raw, reads, writes, size):
        self.raw = raw
        self._reads = reads
        self._writes = writes
        self._size = size
        self._ahead = b''
        self._behind = []
        self._held = 0
        self._place = 0

    @property
    def name(self):
        return self.raw.name

    @property
    def mode(self):
        return self.raw.mode

    def __repr__(self):
        kind = 'Random' if self._reads and self._writes else 'Reader' if self._reads else 'Writer'
        return f'<_io.Buffered{kind} name={self.name!r}>'

    def readable(self):
        return self._reads

    def writable(self):
        return self._writes

    def fileno(self):
        self._check()
        return self.raw.fileno()

    def tell(self):
        return self._place + self._held

    def _begin(self):
        self._check()
        if not self._reads:
            raise UnsupportedOperation('read')
        if self._behind:
            self.flush()

    def _taken(self, size):
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        self._place += len(data)
        return data

    def read(self, size=-1, /):
        self._begin()
        if size is None or size < 0:
            parts = [self._taken(len(self._ahead))]
            while True:
                data = self.raw.read(max(self._size, DEFAULT_BUFFER_SIZE))
                if not data:
                    return b''.join(parts)
                parts.append(data)
                self._place += len(data)
        while len(self._ahead) < size:
            data = self.raw.read(max(self._size, size - len(self._ahead)))
            if not data:
                break
            self._ahead += data
        return self._taken(size)

    def read1(self, size=-1, /):
        self._begin()
        size = max(self._size, 1) if size < 0 else size
        if not self._ahead and size:
            self._ahead = self.raw.read(max(size, self._size))
        return self._taken(size)

    def readinto(self, buffer, /):
        data = self.read(len(buffer))
        buffer[:len(data)] = data
        return len(data)

    def peek(self, size=0, /):
        self._begin()
        if not self._ahead:
            self._ahead = self.raw.read(max(self._size, 1))
        return self._ahead

    def readline(self, size=-1, /):
        self._begin()
        looked = 0
        while True:
            end = self._ahead.find(b'\n', looked)
            if end >= 0 or (size is not None and 0 <= size <= len(self._ahead)):
                break
            looked = len(self._ahead)
            data = self.raw.read(max(self._size, 1))
            if not data:
                break
            self._ahead += data
        length = end + 1 if end >= 0 else len(self._ahead)
        return self._taken(length if size is None or size < 0 else min(length, size))

    def write(self, data, /):
        self._check()
        if not self._writes:
            raise UnsupportedOperation('write')
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"a bytes-like object is required, not '{type(data).__name__}'")
        data = bytes(data)
        self._behind.append(data)
        self._held += len(data)
        if self._held > self._size:
            self.flush()
        return len(data)

    def flush(self):
        self._check()
        while self._behind:
            data = b''.join(self._behind)
            self._behind = []
            sent = self.raw.write(data)
            self._place += sent
            self._held = len(data) - sent
            if self._held:
                self._behind = [data[sent:]]

    def close(self):
        if not self.closed:
            try:
                if self._behind:
                    self.flush()
            finally:
                self.closed = True
                self.raw.close()

    def detach(self):
        self.flush()
        return self.raw


class TextIOWrapper(IOBase):
    def __init__(self, buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False):
        if newline not in (None, '', '\n', '\r', '\r\n'):
            raise ValueError(f'illegal newline value: {newline}')
        self.buffer = buffer
        self.encoding = 'UTF-8' if encoding is None else encoding
        self.errors = 'strict' if errors is None else errors
        self.line_buffering = line_buffering
        self.newlines = None
        self.mode = 'r'
        self._newline = newline
        self._rest = b''
        self._ahead = ''
        self._ended = False
        self._utf8 = self.encoding.lower().replace('_', '-') in ('utf-8', 'utf8')

    @property
    def name(self):
        return self.buffer.name

    def __repr__(self):
        return f'<_io.TextIOWrapper name={self.name!r} mode={self.mode!r} encoding={self.encoding!r}>'

    def readable(self):
        return self.buffer.readable()

    def writable(self):
        return self.buffer.writable()

    def fileno(self):
        return self.buffer.fileno()

    @property
    def closed(self):
        return self.buffer.closed

    def _more(self):
        """Decodes what the buffer gives next; False at the end."""
        if self._ended:
            return False
        data = self.buffer.read1(DEFAULT_BUFFER_SIZE)
        self._ended = not data
        data = self._rest + data
        self._rest = b''
        if not self._ended:
            # What may go on with the next bytes waits for them: a character's beginning, and CR before a possible LF.
            cut = len(data) - (_incomplete(data) if self._utf8 else 0)
            if self._newline in (None, '') and data[:cut].endswith(b'\r'):
                cut -= 1
            data, self._rest = data[:cut], data[cut:]
        text = data.decode(self.encoding, self.errors)
        if self._newline is None:
            text = text.replace('\r\n', '\n').replace('\r', '\n')
        self._ahead += text
        return not self._ended

    def _begin(self):
        self._check()
        if not self.buffer.readable():
            raise UnsupportedOperation('not readable')

    def _taken(self, size):
        text, self._ahead = self._ahead[:size], self._ahead[size:]
        return text

    def read(self, size=-1, /):
        self._begin()
        if size is None or size < 0:
            data = self._rest + self.buffer.read()
            self._rest = b''
            text = data.decode(self.encoding, self.errors)
            if self._newline is None:
                text = text.replace('\r\n', '\n').replace('\r', '\n')
            return self._taken(len(self._ahead)) + text
        while len(self._ahead) < size and self._more():
            pass
        text = self._taken(size)
        if self._ended and not self._ahead:
            self._ended = False
        return text

    def _line_end(self, looked):
        """Where the first line ends, or -1."""
        if self._newline != '':
            mark = self._newline or '\n'
            end = self._ahead.find(mark, max(0, looked - len(mark) + 1))
            return -1 if end < 0 else end + len(mark)
        for place in range(looked, len(self._ahead)):
            if self._ahead[place] == '\n':
                return place + 1
            if self._ahead[place] == '\r':
                return place + (2 if self._ahead[place + 1:place + 2] == '\n' else 1)
        return -1

    def readline(self, size=-1, /):
        self._begin()
        end, looked = self._line_end(0), 0
        while end < 0 and not 0 <= size <= len(self._ahead):
            looked = len(self._ahead)
            if not self._more():
                end = self._line_end(looked)
                break
            end = self._line_end(looked)
        length = end if end >= 0 else len(self._ahead)
        line = self._taken(length if size < 0 else min(length, size))
        if self._ended and not self._ahead:
            self._ended = False
        return line

    def write(self, text, /):
        self._check()
        if not isinstance(text, str):
            raise TypeError(f'write() argument must be str, not {type(text).__name__}')
        if not self.buffer.writable():
            raise UnsupportedOperation('not writable')
        written = text
        if self._newline in ('\r', '\r\n'):
            written = text.replace('\n', self._newline)
        self.buffer.write(written.encode(self.encoding, self.errors))
        if self.line_buffering and '\n' in text:
            self.flush()
        return len(text)

    def flush(self):
        self._check()
        self.buffer.flush()

    def close(self):
        self.buffer.close()

    def tell(self):
        return self.buffer.tell()

    def detach(self):
        self.flush()
        return self.buffer


def _incomplete(data):
    """How many bytes at the end are the beginning of a character of UTF-8."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte >= 0xc0:
            return back if back < (2 if byte < 0xe0 else 3 if byte < 0xf0 else 4) else 0
        if byte < 0x80:
            return 0
    return 0


def _over(raw, mode, buffering, encoding, errors, newline):
    """A file over a raw part."""
    binary = 'b' in mode
    writes = bool(set(mode) & set('wax+'))
    reads = 'r' in mode or '+' in mode or not writes
    if buffering == 0 and not binary:
        raise ValueError('unbuffered streams must be binary')
    size = DEFAULT_BUFFER_SIZE if buffering is None or buffering < 0 or buffering == 1 else buffering
    buffer = _Buffered(raw, reads, writes, size)
    if binary:
        return buffer
    text = TextIOWrapper(buffer, encoding, errors, newline, line_buffering=buffering == 1)
    text.mode = mode
    return text
