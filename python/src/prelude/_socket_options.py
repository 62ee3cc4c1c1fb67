"""Values of socket options: between what Python gives and takes (numbers, and C's structures as bytes) and what `_host` does.

Absent: `getsockopt` of memberships, which Linux refuses too.
"""
from _addresses import inet_ntop
from struct import error, pack, unpack


def read(option, value):
    """What `_host.setsockopt` is given."""
    if option == 'TCP_CONGESTION':
        return value.decode().rstrip('\0')
    if option in ('IP_ADD_MEMBERSHIP', 'IP_DROP_MEMBERSHIP'):
        return _membership(value)
    if option == 'IP_MULTICAST_IF' and not isinstance(value, int):
        return inet_ntop(2, value[-4:] if len(value) <= 8 else value[4:8])
    if option == 'SO_LINGER':
        on, seconds = _fields('ii', value)
        return seconds if on else None
    if option in ('SO_RCVTIMEO', 'SO_SNDTIMEO'):
        seconds, micros = _fields('ll', value)
        return seconds + micros / 1000000 or None
    number = value if isinstance(value, int) else _fields('i', value)[0]
    if option == 'TCP_USER_TIMEOUT':
        return number / 1000 if number else None
    return int(number)


def _fields(format, value):
    # Linux heeds what a structure needs, and refuses less.
    try:
        if isinstance(value, int):
            return unpack(format, pack('i', value))
        return unpack(format, bytes(value)[:16 if format == 'll' else 4 * len(format)])
    except error:
        raise OSError(22, 'Invalid argument') from None


def _membership(value):
    if isinstance(value, int) or len(value) not in (8, 12, 20):
        raise OSError(22, 'Invalid argument')
    if len(value) == 20:
        return inet_ntop(10, value[:16]), unpack('I', value[16:])[0]
    if len(value) == 12 and unpack('i', value[8:])[0]:
        return inet_ntop(2, value[:4]), unpack('i', value[8:])[0]
    address = inet_ntop(2, value[4:8])
    return inet_ntop(2, value[:4]), None if address == '0.0.0.0' else address


def write(option, value, length):
    """What `getsockopt` gives: a number, or bytes of that length."""
    if option == 'SO_LINGER':
        data = pack('ii', value is not None, int(value or 0))
    elif option in ('SO_RCVTIMEO', 'SO_SNDTIMEO'):
        micros = round((value or 0) * 1000000)
        data = pack('ll', micros // 1000000, micros % 1000000)
    elif option == 'TCP_CONGESTION':
        data = value.encode().ljust(16, b'\0')
    elif isinstance(value, bytes):
        data = value
    elif isinstance(value, str):
        from _addresses import inet_aton
        data = inet_aton(value)
    else:
        number = round((value or 0) * 1000) if option == 'TCP_USER_TIMEOUT' else int(value or 0)
        data = pack('i', number)
    return unpack('i', data[:4])[0] if length == 0 else data[:length]
