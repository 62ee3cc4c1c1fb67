"""Base64 and base16. Absent: base32, base85, files."""
import binascii


def b64encode(s, altchars=None):
    encoded = binascii.b2a_base64(s, newline=False)
    if altchars is not None:
        return encoded.translate(bytes.maketrans(b'+/', altchars))
    return encoded


def b64decode(s, altchars=None, validate=False):
    if isinstance(s, str):
        if not s.isascii():
            raise ValueError('string argument should contain only ASCII characters')
        s = s.encode('ascii')
    if altchars is not None:
        if isinstance(altchars, str):
            altchars = altchars.encode('ascii')
        s = bytes(s).translate(bytes.maketrans(altchars, b'+/'))
    if validate:
        for byte in bytes(s):
            if byte not in b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=':
                raise binascii.Error('Only base64 data is allowed')
    return binascii.a2b_base64(s)


def standard_b64encode(s):
    return b64encode(s)


def standard_b64decode(s):
    return b64decode(s)


def urlsafe_b64encode(s):
    return b64encode(s, b'-_')


def urlsafe_b64decode(s):
    return b64decode(s, b'-_')


def b16encode(s):
    return binascii.hexlify(s).upper()


def b16decode(s, casefold=False):
    if isinstance(s, str):
        s = s.encode('ascii')
    if casefold:
        s = s.upper()
    for byte in s:
        if byte not in b'0123456789ABCDEF':
            raise binascii.Error('Non-base16 digit found')
    return binascii.unhexlify(s)


def encodebytes(s):
    parts = []
    for i in range(0, len(s), 57):
        parts.append(binascii.b2a_base64(s[i:i + 57]))
    return b''.join(parts)


def decodebytes(s):
    return binascii.a2b_base64(s)
