"""Addresses and names: text to bytes and back, and what `getaddrinfo` finds: an address as it stands, then `/etc/hosts`, then the
servers of `/etc/resolv.conf` (`_dns`). Absent: services by name but for the common ones, scopes of IPv6, search domains.
"""
import _host
from _socket_constants import AF_INET, AF_INET6, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM


class gaierror(OSError):
    pass


class herror(OSError):
    pass


_SERVICES = {'echo': 7, 'discard': 9, 'daytime': 13, 'ftp': 21, 'ssh': 22, 'telnet': 23, 'smtp': 25, 'time': 37, 'domain': 53, 'http': 80,
             'pop3': 110, 'ntp': 123, 'imap2': 143, 'https': 443}


# Numbers.


def _word(name, x, bits):
    if x < 0:
        raise OverflowError(f"{name}: can't convert negative Python int to C {bits}-bit unsigned integer")
    if x >> bits:
        raise OverflowError(f'{name}: Python int too large to convert to C {bits}-bit unsigned integer')
    return int.from_bytes(x.to_bytes(bits // 8, 'little'), 'big')


def htons(x, /):
    return _word('htons', x, 16)


def ntohs(x, /):
    return _word('ntohs', x, 16)


def _long(x):
    if x < 0:
        raise OverflowError("can't convert negative value to unsigned int")
    if x >> 32:
        raise OverflowError('int larger than 32 bits')
    return int.from_bytes(x.to_bytes(4, 'little'), 'big')


def htonl(x, /):
    return _long(x)


def ntohl(x, /):
    return _long(x)


# Addresses.


def _quad(text):
    """The bytes of four decimal numbers with points between, or None."""
    parts = text.split('.')
    if len(parts) != 4:
        return None
    for part in parts:
        if not part.isdigit() or not part.isascii() or len(part) > 3 or int(part) > 255 or (len(part) > 1 and part[0] == '0'):
            return None
    return bytes([int(part) for part in parts])


def inet_aton(ip_string, /):
    """One to four numbers, each decimal, octal or hexadecimal; the last one fills what is left."""
    numbers = [_number(part) for part in ip_string.split('.')]
    if None in numbers or len(numbers) > 4 or [n for n in numbers[:-1] if n > 255] or numbers[-1] >> 8 * (5 - len(numbers)):
        raise OSError('illegal IP address string passed to inet_aton')
    return bytes(numbers[:-1]) + numbers[-1].to_bytes(5 - len(numbers), 'big')


def _number(text):
    base = 16 if text[:2].lower() == '0x' else 8 if text[:1] == '0' and len(text) > 1 else 10
    try:
        return int(text, base) if base != 8 else int(text[1:], 8)
    except ValueError:
        return None


def inet_ntoa(packed_ip, /):
    if len(packed_ip) != 4:
        raise OSError('packed IP wrong length for inet_ntoa')
    return '.'.join([str(byte) for byte in packed_ip])


def inet_pton(address_family, ip_string, /):
    if address_family not in (2, 10):
        raise OSError(97, 'Address family not supported by protocol')
    packed = _quad(ip_string) if address_family == 2 else _groups(ip_string)
    if packed is None:
        raise OSError('illegal IP address string passed to inet_pton')
    return packed


def inet_ntop(address_family, packed_ip, /):
    if address_family not in (2, 10):
        raise ValueError(f'unknown address family {int(address_family)}')
    if len(packed_ip) != (4 if address_family == 2 else 16):
        raise ValueError('invalid length of packed IP address string')
    return inet_ntoa(packed_ip) if address_family == 2 else _groups_text(packed_ip)


def _groups(text):
    """The bytes of an IPv6 address (RFC 4291 section 2.2), or None."""
    halves = text.split('::')
    if len(halves) > 2:
        return None
    packed = [_half(half, place == len(halves) - 1) for place, half in enumerate(halves)]
    if None in packed:
        return None
    size = sum([len(half) for half in packed])
    if len(halves) == 1:
        return packed[0] if size == 16 else None
    return packed[0] + bytes(16 - size) + packed[1] if size <= 14 else None


def _half(text, last):
    if not text:
        return b''
    groups = text.split(':')
    packed = b''
    for place, group in enumerate(groups):
        if '.' in group and last and place == len(groups) - 1:
            quad = _quad(group)
            if quad is None:
                return None
            packed += quad
        elif 1 <= len(group) <= 4 and not [c for c in group if c not in '0123456789abcdefABCDEF']:
            packed += int(group, 16).to_bytes(2, 'big')
        else:
            return None
    return packed


def _groups_text(packed):
    """The longest run of zeros is left out (RFC 5952)."""
    groups = [packed[i] << 8 | packed[i + 1] for i in range(0, 16, 2)]
    best, length = -1, 1
    for start in range(8):
        end = start
        while end < 8 and groups[end] == 0:
            end += 1
        if end - start > length:
            best, length = start, end - start
    # glibc writes the last four bytes of mapped and compatible addresses with points.
    if best == 0 and (length == 6 or (length == 5 and groups[5] == 0xffff)):
        return ('::' if length == 6 else '::ffff:') + inet_ntoa(packed[12:])
    texts = [f'{group:x}' for group in groups]
    if best < 0:
        return ':'.join(texts)
    return ':'.join(texts[:best]) + '::' + ':'.join(texts[best + length:])


# Names.


def _literal(host, family):
    """The address that the text itself is, as `(family, text)`, or None."""
    if family != 10 and (host[:1].isdigit()):
        try:
            return 2, inet_ntoa(inet_aton(host))
        except OSError:
            pass
    if family != 2 and ':' in host:
        packed = _groups(host)
        if packed is not None:
            return 10, _groups_text(packed)
    return None


def _lines(path):
    """The lines of a small file, without comments; none when it is not there."""
    try:
        fd = _host.open(path, 0)
    except OSError:
        return []
    data = b''
    try:
        while len(data) < 65536:
            more = _host.read(fd, 4096)
            if not more:
                break
            data += more
    finally:
        _host.close(fd)
    return [line.split('#')[0].split() for line in data.decode('utf-8', 'replace').split('\n')]


def _hosts(name, family):
    found = []
    for words in _lines('/etc/hosts'):
        if name.lower() in [word.lower() for word in words[1:]]:
            address = _literal(words[0], family)
            if address is not None:
                found.append(address)
    return found


def _find(host, family):
    """All addresses of a name: pairs of a family and a text."""
    if isinstance(host, (bytes, bytearray)):
        host = host.decode()
    literal = _literal(host, family)
    if literal is not None:
        return [literal]
    if family == 10 and _quad(host) is not None:
        raise gaierror(-9, 'Address family for hostname not supported')
    if host.lower().rstrip('.') == 'localhost':
        # RFC 6761 section 6.3: without asking anybody.
        return [found for found in ((10, '::1'), (2, '127.0.0.1')) if family in (0, found[0])]
    found = _hosts(host, family)
    if found:
        return found
    from _dns import look_up
    return look_up(host, family, [words[1] for words in _lines('/etc/resolv.conf') if words[:1] == ['nameserver'] and len(words) > 1])


def _resolved(address, family, name):
    """The address of a socket's call, with its host in digits."""
    if family == 1:
        if not isinstance(address, (str, bytes, bytearray)):
            raise TypeError(f"a bytes-like object is required, not '{type(address).__name__}'")
        path = address if isinstance(address, str) else bytes(address).decode('utf-8', 'replace')
        if len(path.encode()) > 108:
            raise OSError('AF_UNIX path too long')
        return path
    title = 'AF_INET' if family == 2 else 'AF_INET6'
    if not isinstance(address, tuple):
        raise TypeError(f'{name}(): {title} address must be tuple, not {type(address).__name__}')
    if family == 2 and len(address) != 2:
        raise TypeError('AF_INET address must be a pair (host, port)')
    if family == 10 and not 2 <= len(address) <= 4:
        raise TypeError('AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])')
    host, port = address[:2]
    if not isinstance(host, (str, bytes, bytearray)):
        raise TypeError(f'str, bytes or bytearray expected, not {type(host).__name__}')
    if not isinstance(port, int):
        raise TypeError(f"'{type(port).__name__}' object cannot be interpreted as an integer")
    if host == '':
        host = '0.0.0.0' if family == 2 else '::'
    elif host == '<broadcast>':
        host = '255.255.255.255'
    else:
        host = _find(host, family)[0][1]
    if not 0 <= port <= 65535:
        raise OverflowError(f'{name}(): port must be 0-65535.')
    return (host, int(port))


def _port(port):
    if port is None:
        return 0
    if isinstance(port, int):
        return int(port) & 0xffff
    text = port.decode() if isinstance(port, bytes) else port
    if text.isdigit():
        return int(text) & 0xffff
    if text in _SERVICES:
        return _SERVICES[text]
    raise gaierror(-8, 'Servname not supported for ai_socktype')


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    number = _port(port)
    if host is None or host == '':
        pairs = [(2, '0.0.0.0'), (10, '::')] if flags & 1 else [(10, '::1'), (2, '127.0.0.1')]
        found = [pair for pair in pairs if family in (0, pair[0])]
    elif flags & 4:
        literal = _literal(host, family)
        if literal is None:
            raise gaierror(-2, 'Name or service not known')
        found = [literal]
    else:
        found = _find(host, family)
    kinds = [pair for pair in ((SOCK_STREAM, 6), (SOCK_DGRAM, 17), (SOCK_RAW, 0))
             if type in (0, pair[0]) and (proto in (0, pair[1]) or pair[1] == 0)]
    return [(AF_INET, kind, protocol or proto, '', (address, number)) if which == 2
            else (AF_INET6, kind, protocol or proto, '', (address, number, 0, 0))
            for which, address in found for kind, protocol in kinds]


def gethostbyname(hostname, /):
    if hostname == '':
        return '0.0.0.0'
    if hostname == '<broadcast>':
        return '255.255.255.255'
    return _find(hostname, 2)[0][1]


def gethostbyname_ex(hostname, /):
    return hostname, [], [address for _, address in _find(hostname, 2)]


def gethostname():
    return _host.hostname()


def gethostbyaddr(ip_address, /):
    address = _find(ip_address, 0)[0][1]
    for words in _lines('/etc/hosts'):
        if words[:1] == [address]:
            return words[1], words[2:], [address]
    if address in ('127.0.0.1', '::1'):
        return 'localhost', [], [address]
    raise herror(1, 'Unknown host')


def getfqdn(name=''):
    name = name.strip()
    if not name or name == '0.0.0.0':
        name = gethostname()
    try:
        host, aliases, _ = gethostbyaddr(name)
    except OSError:
        return name
    for alias in [host] + aliases:
        if '.' in alias:
            return alias
    return host


def getnameinfo(sockaddr, flags, /):
    host, port = sockaddr[:2]
    names = {number: name for name, number in _SERVICES.items()}
    if not flags & 1:
        try:
            host = gethostbyaddr(host)[0]
        except OSError:
            pass
    return host, str(port) if flags & 2 else names.get(port, str(port))


def getservbyname(servicename, protocolname='tcp', /):
    if servicename not in _SERVICES:
        raise OSError('service/proto not found')
    return _SERVICES[servicename]


def getservbyport(port, protocolname='tcp', /):
    for name, number in _SERVICES.items():
        if number == port:
            return name
    raise OSError('port/proto not found')
