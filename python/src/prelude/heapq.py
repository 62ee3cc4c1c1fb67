"""`heapq`: a list as a queue by order. Absent: nothing that programs call."""

__all__ = ["heapify", "heappop", "heappush", "heappushpop", "heapreplace", "merge", "nlargest", "nsmallest"]


def _up(heap, first, place):
    """The item at a place moves towards the root until its parent is not greater."""
    item = heap[place]
    while place > first:
        parent = (place - 1) >> 1
        if not item < heap[parent]:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = item


def _down(heap, place):
    """The item at a place goes to a leaf, smaller children rising; then up to where it belongs."""
    first = place
    end = len(heap)
    item = heap[place]
    child = 2 * place + 1
    while child < end:
        if child + 1 < end and not heap[child] < heap[child + 1]:
            child += 1
        heap[place] = heap[child]
        place = child
        child = 2 * place + 1
    heap[place] = item
    _up(heap, first, place)


def heappush(heap, item, /):
    heap.append(item)
    _up(heap, 0, len(heap) - 1)


def heappop(heap, /):
    if not heap:
        raise IndexError("index out of range")
    last = heap.pop()
    if not heap:
        return last
    least = heap[0]
    heap[0] = last
    _down(heap, 0)
    return least


def heapreplace(heap, item, /):
    least = heap[0]
    heap[0] = item
    _down(heap, 0)
    return least


def heappushpop(heap, item, /):
    if heap and heap[0] < item:
        return heapreplace(heap, item)
    return item


def heapify(heap, /):
    for place in range(len(heap) // 2 - 1, -1, -1):
        _down(heap, place)


def nlargest(n, iterable, key=None):
    return sorted(iterable, key=key, reverse=True)[:max(n, 0)]


def nsmallest(n, iterable, key=None):
    return sorted(iterable, key=key)[:max(n, 0)]


_missing = object()


def merge(*iterables, key=None, reverse=False):
    sources = []
    for items in iterables:
        items = iter(items)
        item = next(items, _missing)
        if item is not _missing:
            sources.append([item if key is None else key(item), item, items])
    while sources:
        best = sources[0]
        for source in sources:
            if best[0] < source[0] if reverse else source[0] < best[0]:
                best = source
        yield best[1]
        item = next(best[2], _missing)
        if item is _missing:
            for place in range(len(sources)):
                if sources[place] is best:
                    del sources[place]
                    break
        else:
            best[0] = item if key is None else key(item)
            best[1] = item
