"""Bytes as text. Functions are the machine's own; its ValueErrors become this module's Error."""
import _binascii
from _binascii import b2a_base64, crc32, hexlify


class Error(ValueError):
    pass


class Incomplete(Exception):
    pass


def unhexlify(hexstr):
    try:
        return _binascii.unhexlify(hexstr)
    except ValueError as e:
        raise Error(str(e)) from None


def a2b_base64(data, /, *, strict_mode=False):
    try:
        return _binascii.a2b_base64(data)
    except ValueError as e:
        raise Error(str(e)) from None


b2a_hex = hexlify
a2b_hex = unhexlify
