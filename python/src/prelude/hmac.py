"""Keyed hashing (RFC 2104)."""
import hashlib


class HMAC:
    def __init__(self, key, msg=None, digestmod=''):
        if not isinstance(key, (bytes, bytearray)):
            raise TypeError(f'key: expected bytes or bytearray, but got {type(key).__name__!r}')
        if not digestmod:
            raise TypeError("Missing required parameter 'digestmod'.")
        self._new = digestmod if callable(digestmod) else (lambda data=b'': hashlib.new(digestmod, data))
        inner = self._new()
        self.block_size = inner.block_size
        self.digest_size = inner.digest_size
        self.name = 'hmac-' + inner.name
        if len(key) > self.block_size:
            key = self._new(key).digest()
        key = bytes(key).ljust(self.block_size, b'\0')
        inner.update(bytes([byte ^ 0x36 for byte in key]))
        self._inner = inner
        self._pad = bytes([byte ^ 0x5c for byte in key])
        if msg is not None:
            self.update(msg)

    def update(self, msg):
        self._inner.update(msg)

    def digest(self):
        return self._new(self._pad + self._inner.digest()).digest()

    def hexdigest(self):
        return self.digest().hex()


def new(key, msg=None, digestmod=''):
    return HMAC(key, msg, digestmod)


def digest(key, msg, digest):
    return HMAC(key, msg, digest).digest()


def compare_digest(a, b):
    return a == b
