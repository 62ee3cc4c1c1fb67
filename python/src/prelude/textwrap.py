"""`textwrap`: paragraphs in lines. Absent: classes that derive from `TextWrapper` with patterns of their own."""

__all__ = ["TextWrapper", "dedent", "fill", "indent", "shorten", "wrap"]

_SPACE = "\t\n\x0b\x0c\r "


def _words(text):
    """Spaces and words in turn."""
    parts = []
    at = 0
    while at < len(text):
        start = at
        space = text[at] in _SPACE
        while at < len(text) and (text[at] in _SPACE) == space:
            at += 1
        parts.append(text[start:at])
    return parts


def _pieces(word):
    """Where a word may be broken: after a hyphen between letters, and around a dash of hyphens."""
    pieces = []
    start = 0
    at = 0
    while at < len(word):
        if word[at] != "-":
            at += 1
            continue
        end = at
        while end < len(word) and word[end] == "-":
            end += 1
        before = word[at - 1:at]
        if end - at > 1:
            if at > start and (before.isalnum() or before in "_!\"'&.,?") and word[end:end + 1].isalnum():
                pieces.append(word[start:at])
                pieces.append(word[at:end])
                start = end
            at = end
            continue
        two = word[at - 2:at] if at >= 2 else ""
        letters = two.isalpha() and len(two) == 2 or at >= 3 and word[at - 3].isalpha() and word[at - 2] == "-" and before.isalpha()
        after = word[end:end + 3]
        follows = after[:1].isalpha() and (after[1:2].isalpha() or after[1:2] == "-" and after[2:3].isalpha())
        if letters and follows:
            pieces.append(word[start:end])
            start = end
        at = end
    if start < len(word):
        pieces.append(word[start:])
    return pieces


class TextWrapper:
    def __init__(self, width=70, initial_indent="", subsequent_indent="", expand_tabs=True, replace_whitespace=True,
                 fix_sentence_endings=False, break_long_words=True, drop_whitespace=True, break_on_hyphens=True, tabsize=8, *,
                 max_lines=None, placeholder=" [...]"):
        self.width = width
        self.initial_indent = initial_indent
        self.subsequent_indent = subsequent_indent
        self.expand_tabs = expand_tabs
        self.replace_whitespace = replace_whitespace
        self.fix_sentence_endings = fix_sentence_endings
        self.break_long_words = break_long_words
        self.drop_whitespace = drop_whitespace
        self.break_on_hyphens = break_on_hyphens
        self.tabsize = tabsize
        self.max_lines = max_lines
        self.placeholder = placeholder

    def _split(self, text):
        if self.expand_tabs:
            text = text.expandtabs(self.tabsize)
        if self.replace_whitespace:
            for c in "\t\n\x0b\x0c\r":
                text = text.replace(c, " ")
        chunks = []
        for part in _words(text):
            if part[0] in _SPACE or not self.break_on_hyphens:
                chunks.append(part)
            else:
                chunks.extend(_pieces(part))
        if self.fix_sentence_endings:
            for place in range(len(chunks) - 1):
                word = chunks[place].rstrip("\"'")
                if chunks[place + 1] == " " and len(word) > 1 and word[-1] in ".!?" and word[-2].islower():
                    chunks[place + 1] = "  "
        return chunks

    def wrap(self, text):
        if self.width <= 0:
            raise ValueError(f"invalid width {self.width!r} (must be > 0)")
        if self.max_lines is not None:
            first = self.subsequent_indent if self.max_lines > 1 else self.initial_indent
            if len(first) + len(self.placeholder.lstrip()) > self.width:
                raise ValueError("placeholder too large for max width")
        lines = []
        chunks = self._split(text)
        # The next chunk is the last.
        chunks.reverse()
        while chunks:
            start = self.subsequent_indent if lines else self.initial_indent
            room = self.width - len(start)
            if self.drop_whitespace and lines and not chunks[-1].strip():
                chunks.pop()
            line, length = self._fill_line(chunks, room)
            if not line:
                continue
            if self.max_lines is None or len(lines) + 1 < self.max_lines or (
                    (not chunks or self.drop_whitespace and len(chunks) == 1 and not chunks[0].strip()) and length <= room):
                lines.append(start + "".join(line))
            else:
                self._end(lines, line, length, start, room)
                break
        return lines

    def _fill_line(self, chunks, room):
        line = []
        length = 0
        while chunks and length + len(chunks[-1]) <= room:
            length += len(chunks[-1])
            line.append(chunks.pop())
        if chunks and len(chunks[-1]) > room:
            self._break_word(chunks, line, length, room)
            length = sum([len(chunk) for chunk in line])
        if self.drop_whitespace and line and not line[-1].strip():
            length -= len(line.pop())
        return line, length

    def _break_word(self, chunks, line, length, room):
        space = 1 if room < 1 else room - length
        if self.break_long_words:
            word = chunks[-1]
            end = space
            if self.break_on_hyphens and len(word) > space:
                hyphen = word.rfind("-", 0, space)
                if hyphen > 0 and word[:hyphen].strip("-"):
                    end = hyphen + 1
            line.append(word[:end])
            chunks[-1] = word[end:]
        elif not line:
            line.append(chunks.pop())

    def _end(self, lines, line, length, start, room):
        while line:
            if line[-1].strip() and length + len(self.placeholder) <= room:
                line.append(self.placeholder)
                lines.append(start + "".join(line))
                return
            length -= len(line.pop())
        if lines:
            before = lines[-1].rstrip()
            if len(before) + len(self.placeholder) <= self.width:
                lines[-1] = before + self.placeholder
                return
        lines.append(start + self.placeholder.lstrip())

    def fill(self, text):
        return "\n".join(self.wrap(text))


def wrap(text, width=70, **kwargs):
    return TextWrapper(width=width, **kwargs).wrap(text)


def fill(text, width=70, **kwargs):
    return TextWrapper(width=width, **kwargs).fill(text)


def shorten(text, width, **kwargs):
    return TextWrapper(width=width, max_lines=1, **kwargs).fill(" ".join(text.strip().split()))


def dedent(text):
    lines = text.split("\n")
    margin = None
    for place, line in enumerate(lines):
        inner = line.lstrip(" \t")
        if not inner:
            lines[place] = ""
            continue
        indent = line[:len(line) - len(inner)]
        if margin is None:
            margin = indent
        else:
            same = 0
            while same < len(margin) and same < len(indent) and margin[same] == indent[same]:
                same += 1
            margin = margin[:same]
    if margin:
        lines = [line[len(margin):] if line else line for line in lines]
    return "\n".join(lines)


def indent(text, prefix, predicate=None):
    lines = []
    for line in text.splitlines(True):
        wanted = line.strip() if predicate is None else predicate(line)
        lines.append(prefix + line if wanted else line)
    return "".join(lines)
