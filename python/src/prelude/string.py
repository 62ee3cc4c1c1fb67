"""`string`: kinds of characters, `capwords`, `Template`. Absent: `Formatter`, templates with patterns of their own."""

whitespace = " \t\n\r\v\f"
ascii_lowercase = "abcdefghijklmnopqrstuvwxyz"
ascii_uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ascii_letters = ascii_lowercase + ascii_uppercase
digits = "0123456789"
hexdigits = digits + "abcdefABCDEF"
octdigits = "01234567"
punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
printable = digits + ascii_letters + punctuation + whitespace


def capwords(s, sep=None):
    return (sep or " ").join([word.capitalize() for word in s.split(sep)])


class Template:
    delimiter = "$"

    def __init__(self, template):
        self.template = template

    def _parts(self):
        """Texts, and names in lists; with the place of what is no placeholder."""
        text = self.template
        parts = []
        at = 0
        while True:
            sign = text.find(self.delimiter, at)
            if sign < 0:
                parts.append(text[at:])
                return parts
            parts.append(text[at:sign])
            at = sign + 1
            if text[at:at + 1] == self.delimiter:
                parts.append(self.delimiter)
                at += 1
                continue
            braced = text[at:at + 1] == "{"
            start = at + 1 if braced else at
            end = start
            while end < len(text) and text[end] in _NAME and not (end == start and text[end] in digits):
                end += 1
            if end == start or braced and text[end:end + 1] != "}":
                parts.append([None, sign, self.delimiter])
                continue
            at = end + 1 if braced else end
            parts.append([text[start:end], sign, text[sign:at]])

    def _filled(self, mapping, strict):
        out = []
        for part in self._parts():
            if isinstance(part, str):
                out.append(part)
                continue
            name, place, text = part
            if name is None:
                if strict:
                    lines = self.template[:place].split("\n")
                    raise ValueError(f"Invalid placeholder in string: line {len(lines)}, col {len(lines[-1]) + 1}")
                out.append(text)
            elif strict:
                out.append(str(mapping[name]))
            else:
                try:
                    out.append(str(mapping[name]))
                except KeyError:
                    out.append(text)
        return "".join(out)

    def substitute(self, mapping={}, /, **kwargs):
        return self._filled({**mapping, **kwargs} if kwargs else mapping, True)

    def safe_substitute(self, mapping={}, /, **kwargs):
        return self._filled({**mapping, **kwargs} if kwargs else mapping, False)

    def is_valid(self):
        for part in self._parts():
            if not isinstance(part, str) and part[0] is None:
                return False
        return True

    def get_identifiers(self):
        names = []
        for part in self._parts():
            if not isinstance(part, str) and part[0] is not None and part[0] not in names:
                names.append(part[0])
        return names


_NAME = ascii_letters + digits + "_"
