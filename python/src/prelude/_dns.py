"""Questions to name servers, as a stub resolver puts them (RFC 1034 section 5.3.1, RFC 1035 section 4): over UDP, five seconds each,
two rounds. Absent: a cache, search domains, TCP for long answers.
"""
import _host
from _addresses import gaierror, inet_ntop

_PATIENCE = 5
_ROUNDS = 2
_SERVERS = 3


def look_up(name, family, servers):
    question = _name(name)
    if question is None:
        raise gaierror(-2, 'Name or service not known')
    found, told = [], False
    for kind, which in ((1, 2), (28, 10)):
        if family in (0, which):
            code, addresses = _ask(question, kind, which, servers[:_SERVERS])
            found += addresses
            told = told or code == 0
    if found:
        return found
    raise gaierror(-5, 'No address associated with hostname') if told else gaierror(-2, 'Name or service not known')


def _name(name):
    """The name in labels, or None when it cannot be one."""
    try:
        labels = [label.encode('ascii') for label in name.rstrip('.').split('.')]
    except UnicodeEncodeError:
        return None
    if [label for label in labels if not 1 <= len(label) <= 63] or sum([len(label) + 1 for label in labels]) > 254:
        return None
    return b''.join([bytes([len(label)]) + label for label in labels]) + b'\0'


def _ask(question, kind, family, servers):
    """The response code of the first server that answers, and the addresses that it gives."""
    tail = question + kind.to_bytes(2, 'big') + b'\0\1'
    for _ in range(_ROUNDS):
        for server in servers:
            number = _host.entropy() & 0xffff
            # Recursion is desired; one question.
            message = number.to_bytes(2, 'big') + b'\1\0\0\1\0\0\0\0\0\0' + tail
            answer = _exchange(server, message)
            if answer is not None and answer[3] & 15 in (0, 3):
                return answer[3] & 15, _addresses(answer, len(message), kind, family)
    raise gaierror(-3, 'Temporary failure in name resolution')


def _exchange(server, message):
    fd = _host.socket(10 if ':' in server else 2, 2)
    try:
        _host.connect(fd, (server, 53))
        _host.send(fd, message)
        end = _host.now() + _PATIENCE
        while True:
            left = end - _host.now()
            if left <= 0 or not _host.poll([(fd, 1)], left):
                return None
            answer = _host.recv(fd, 4096)
            if len(answer) >= len(message) and answer[:2] == message[:2] and answer[2] & 128 and answer[12:len(message)].lower() == message[12:].lower():
                return answer
    except OSError:
        return None
    finally:
        _host.close(fd)


def _addresses(answer, at, kind, family):
    """Addresses of the records after the question; aliases stand before what they lead to (RFC 1034 section 3.6.2)."""
    found = []
    for _ in range(answer[6] << 8 | answer[7]):
        at = _after_name(answer, at)
        if at + 10 > len(answer):
            break
        size = answer[at + 8] << 8 | answer[at + 9]
        data = answer[at + 10:at + 10 + size]
        if (answer[at] << 8 | answer[at + 1]) == kind and len(data) == (4 if family == 2 else 16):
            found.append((family, inet_ntop(family, data)))
        at += 10 + size
    return found


def _after_name(answer, at):
    while at < len(answer) and answer[at]:
        if answer[at] >= 192:
            return at + 2
        at += answer[at] + 1
    return at + 1
