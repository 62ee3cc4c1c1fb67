# === pack-and-unpack
import struct
print(struct.pack('!BHIQ', 1, 2, 3, 4), struct.pack('<h', -2), struct.pack('>i', -1), struct.pack('=l', 5), struct.pack('4s', b'ab'), struct.pack('2s', b'abc'), struct.pack('!?', True), struct.pack('3x'), struct.pack('c', b'z'), struct.pack('!f', 1.5), struct.pack('<d', -0.1), struct.pack('3B', 1, 2, 3), struct.pack('!5p', b'ab'), struct.pack('', ))
print(struct.unpack('!BHI', b'\x01\x00\x02\x00\x00\x00\x03'), struct.unpack('<q', b'\xff' * 8), struct.unpack('4s', b'abcd'), struct.unpack('!d', struct.pack('!d', 3.14)), struct.unpack('<f', struct.pack('<f', 0.1)), struct.unpack('?', b'\x05'), struct.unpack('2c', b'ab'), struct.unpack('b', b'\x80'))

# === sizes-and-alignment
import struct
for fmt in ('B', 'BH', '!BH', 'BI', '=BI', 'BQ', 'IB', 'hhl', '@BhI', '0i', 'B0i', '10s', 'cP' if False else 'c', '!HHIIBBHHH', 'n' if False else 'i', '?d', ' ! B H ' if False else '!B H'):
    print(fmt, struct.calcsize(fmt))

# === errors-of-struct
import struct
for f in (lambda: struct.unpack('!H', b'a'), lambda: struct.unpack('!H', b'abc'), lambda: struct.pack('!B', 256), lambda: struct.pack('!B', -1), lambda: struct.pack('!H', 'a'), lambda: struct.pack('!H'), lambda: struct.pack('!H', 1, 2), lambda: struct.pack('!z', 1), lambda: struct.pack('4s', 'text'), lambda: struct.pack('!b', 200), lambda: struct.pack('!I', 1.5), lambda: struct.unpack_from('!I', b'abcd', 2), lambda: struct.pack('c', b'ab'), lambda: struct.calcsize('5'), lambda: struct.pack('!Q', 2**64), lambda: struct.pack('!f', 'x'), lambda: struct.unpack('!H', 'ab'), lambda: struct.pack('!h', 40000), lambda: struct.pack('!i', 2**31), lambda: struct.pack('<H', 70000), lambda: struct.pack('!q', 2**63)):
    try:
        print(f())
    except (struct.error, TypeError) as e:
        print(type(e).__name__, e)

# === unpack-from-and-iter
import struct
data = struct.pack('!HHI', 53, 1024, 7) + b'rest'
print(struct.unpack_from('!H', data), struct.unpack_from('!HI', data, 2), struct.unpack_from('>4s', data, -4), list(struct.iter_unpack('!H', b'\x00\x01\x00\x02')))
buf = bytearray(8)
struct.pack_into('!H', buf, 3, 0xabcd)
print(buf)
S = struct.Struct('!HB')
print(S.size, S.format, S.pack(1, 2), S.unpack(b'\x00\x05\x06'), S.unpack_from(b'xx\x00\x01\x02', 2))
print(struct.error.__name__, struct.error.__mro__[1].__name__)

# === udp-header
import struct
def header(src, dst, payload):
    return struct.pack('!HHHH', src, dst, 8 + len(payload), 0) + payload
packet = header(9000, 53, b'query')
src, dst, length, check = struct.unpack('!4H', packet[:8])
print(packet.hex(' '), src, dst, length, hex(check), packet[8:length])

# === length-prefix
import struct
def frame(data): return struct.pack('>I', len(data)) + data
stream = frame(b'hello') + frame(b'') + frame('中'.encode()) + b'\x00\x00'
out = []
while len(stream) >= 4:
    (n,) = struct.unpack('>I', stream[:4])
    if len(stream) < 4 + n: break
    out.append(stream[4:4 + n])
    stream = stream[4 + n:]
print(out, stream)
