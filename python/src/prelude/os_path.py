"""`os.path`: paths as texts. Absent: what asks for more of a file than whether it is there."""
import _host

sep = '/'


def exists(path):
    try:
        _host.access(path)
    except OSError:
        return False
    return True


lexists = isfile = exists


def isabs(s):
    return s.startswith('/')


def join(a, *p):
    path = a
    for part in p:
        if part.startswith('/'):
            path = part
        elif not path or path.endswith('/'):
            path += part
        else:
            path += '/' + part
    return path


def split(p):
    place = p.rfind('/') + 1
    head, tail = p[:place], p[place:]
    return (head.rstrip('/') or head), tail


def basename(p):
    return split(p)[1]


def dirname(p):
    return split(p)[0]


def splitext(p):
    name = p.rfind('/') + 1
    dot = p.rfind('.')
    # Points that a name begins with are no extension.
    if dot <= name or not p[name:dot].strip('.'):
        return p, ''
    return p[:dot], p[dot:]


def normpath(path):
    if not path:
        return '.'
    root = '//' if path.startswith('//') and not path.startswith('///') else '/' if path.startswith('/') else ''
    parts = []
    for part in path.split('/'):
        if part == '..' and (parts[-1:] not in ([], ['..'])):
            parts.pop()
        elif part == '..' and root:
            continue
        elif part not in ('', '.'):
            parts.append(part)
    return root + '/'.join(parts) or '.'
