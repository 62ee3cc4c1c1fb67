"""Numbers of sockets, Linux's, which show their names as CPython's do. Absent: numbers that mean nothing here."""


class _Named(int):
    """A number with a name, as members of IntEnum are."""

    def __new__(cls, name, value):
        made = int.__new__(cls, value)
        made.name = name
        made.value = value
        return made

    def __repr__(self):
        return f'<{type(self).__name__}.{self.name}: {self.value}>'

    def __str__(self):
        return str(self.value)

    def __format__(self, spec):
        return format(self.value, spec)

    def __hash__(self):
        return hash(self.value)

    def __eq__(self, other):
        return self.value == other

    @classmethod
    def of(cls, number):
        return cls._members.get(int(number), number)


class AddressFamily(_Named):
    pass


class SocketKind(_Named):
    pass


class MsgFlag(_Named):
    pass


class AddressInfo(_Named):
    pass


def _members(kind, numbers):
    made = {name: kind(name, number) for name, number in numbers.items()}
    kind._members = {int(member.value): member for member in made.values()}
    for name, member in made.items():
        setattr(kind, name, member)


_members(AddressFamily, {'AF_UNSPEC': 0, 'AF_UNIX': 1, 'AF_INET': 2, 'AF_INET6': 10})
_members(SocketKind, {'SOCK_STREAM': 1, 'SOCK_DGRAM': 2, 'SOCK_RAW': 3, 'SOCK_NONBLOCK': 2048, 'SOCK_CLOEXEC': 524288})
_members(MsgFlag, {'MSG_OOB': 1, 'MSG_PEEK': 2, 'MSG_TRUNC': 32, 'MSG_DONTWAIT': 64, 'MSG_WAITALL': 256, 'MSG_ERRQUEUE': 8192,
                   'MSG_NOSIGNAL': 16384, 'MSG_MORE': 32768})
_members(AddressInfo, {'AI_PASSIVE': 1, 'AI_CANONNAME': 2, 'AI_NUMERICHOST': 4, 'AI_V4MAPPED': 8, 'AI_ALL': 16, 'AI_ADDRCONFIG': 32,
                       'AI_NUMERICSERV': 1024})

AF_UNSPEC = AddressFamily.AF_UNSPEC
AF_UNIX = AddressFamily.AF_UNIX
AF_INET = AddressFamily.AF_INET
AF_INET6 = AddressFamily.AF_INET6
SOCK_STREAM = SocketKind.SOCK_STREAM
SOCK_DGRAM = SocketKind.SOCK_DGRAM
SOCK_RAW = SocketKind.SOCK_RAW
SOCK_NONBLOCK = SocketKind.SOCK_NONBLOCK
SOCK_CLOEXEC = SocketKind.SOCK_CLOEXEC
MSG_OOB = MsgFlag.MSG_OOB
MSG_PEEK = MsgFlag.MSG_PEEK
MSG_TRUNC = MsgFlag.MSG_TRUNC
MSG_DONTWAIT = MsgFlag.MSG_DONTWAIT
MSG_WAITALL = MsgFlag.MSG_WAITALL
MSG_ERRQUEUE = MsgFlag.MSG_ERRQUEUE
MSG_NOSIGNAL = MsgFlag.MSG_NOSIGNAL
MSG_MORE = MsgFlag.MSG_MORE
AI_PASSIVE = AddressInfo.AI_PASSIVE
AI_CANONNAME = AddressInfo.AI_CANONNAME
AI_NUMERICHOST = AddressInfo.AI_NUMERICHOST
AI_V4MAPPED = AddressInfo.AI_V4MAPPED
AI_ALL = AddressInfo.AI_ALL
AI_ADDRCONFIG = AddressInfo.AI_ADDRCONFIG
AI_NUMERICSERV = AddressInfo.AI_NUMERICSERV

SOL_SOCKET = 1
SOL_IP = IPPROTO_IP = 0
SOL_TCP = IPPROTO_TCP = 6
SOL_UDP = IPPROTO_UDP = 17
IPPROTO_ICMP = 1
IPPROTO_IPV6 = 41
IPPROTO_ICMPV6 = 58
SO_REUSEADDR = 2
SO_TYPE = 3
SO_ERROR = 4
SO_BROADCAST = 6
SO_SNDBUF = 7
SO_RCVBUF = 8
SO_KEEPALIVE = 9
SO_LINGER = 13
SO_REUSEPORT = 15
SO_RCVTIMEO = 20
SO_SNDTIMEO = 21
SO_ACCEPTCONN = 30
SO_PROTOCOL = 38
SO_DOMAIN = 39
TCP_NODELAY = 1
TCP_CORK = 3
TCP_KEEPIDLE = 4
TCP_KEEPINTVL = 5
TCP_KEEPCNT = 6
TCP_INFO = 11
TCP_CONGESTION = 13
TCP_USER_TIMEOUT = 18
IP_TTL = 2
IP_RECVERR = 11
IP_MTU_DISCOVER = 10
IP_MULTICAST_IF = 32
IP_MULTICAST_TTL = 33
IP_MULTICAST_LOOP = 34
IP_ADD_MEMBERSHIP = 35
IP_DROP_MEMBERSHIP = 36
IPV6_UNICAST_HOPS = 16
IPV6_MULTICAST_IF = 17
IPV6_MULTICAST_HOPS = 18
IPV6_MULTICAST_LOOP = 19
IPV6_JOIN_GROUP = 20
IPV6_LEAVE_GROUP = 21
IPV6_MTU_DISCOVER = 23
IPV6_RECVERR = 25
IPV6_V6ONLY = 26
SHUT_RD = 0
SHUT_WR = 1
SHUT_RDWR = 2
SOMAXCONN = 4096
INADDR_ANY = 0
INADDR_BROADCAST = 0xffffffff
INADDR_LOOPBACK = 0x7f000001
INADDR_NONE = 0xffffffff
EAI_AGAIN = -3
EAI_FAIL = -4
EAI_FAMILY = -6
EAI_NODATA = -5
EAI_NONAME = -2
EAI_SERVICE = -8
NI_NUMERICHOST = 1
NI_NUMERICSERV = 2
