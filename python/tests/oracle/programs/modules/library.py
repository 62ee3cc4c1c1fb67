# === own-methods
class K:
    def __init__(self,v): self.v=v
    def __hash__(self): return self.v%3
    def __eq__(self,o): return isinstance(o,K) and self.v==o.v
    def __repr__(self): return f'K{self.v}'
    def __lt__(self,o): return self.v<o.v
    def __len__(self): return self.v
    def __add__(self,o): return K(self.v+(o if isinstance(o,int) else o.v))
    __radd__=__add__
d={K(1):'a',K(4):'b'}
print(d, d[K(4)], K(1) in d, d.get(K(7)), d.get(K(7),3))
d[K(1)]='c'; print(d, len(d)); print(d.pop(K(4)), d.setdefault(K(9),5), d)
try: d[K(100)]
except KeyError as e: print('KeyError', e)
del d[K(9)]; print(d)
s={K(1),K(2),K(1)}; print(s, len(s)); s.add(K(2)); s.add(K(5)); s.discard(K(1)); print(sorted(s))
print(sorted(s|{K(8)}), s&{K(2)}, s-{K(2)}, sorted(s^{K(2),K(3)}), s=={K(5),K(2)}, s<={K(5),K(2),K(1)}, s<s, s>={K(2)})
print(set([K(1),K(1)]), frozenset([K(1),K(1)]), dict([(K(1),2),(K(1),3)]))
print(sorted({K(i%2):i for i in range(4)}), sorted({K(i%2) for i in range(4)}))
l=[K(3),K(1),K(2)]; print(sorted(l), sorted(l,reverse=True), min(l), max(l), l.index(K(1)), l.count(K(2)), K(2) in l, l==[K(3),K(1),K(2)])
l.sort(); print(l, sum(l,K(0)), sum(l), l<[K(1),K(3)]); l.remove(K(2)); print(l)
print(list(map(lambda x,y:x+y,[1,2],[3,4])), list(filter(None,[0,1,2])), [*map(str,[1,2])], dict(zip('ab',[1,2])))
print('%s %r %5s|' % (K(1),K(2),K(3)), '{} {!r} {:>4}'.format(K(1),K(2),str(K(3))), f'{K(1)}', [l,(K(1),),{1:K(2)}])
print(len(K(3)), bool(K(0)), any([K(0),K(1)]), all([K(0)]), str([K(1)]), repr({K(1)}))
def g():
    yield 1; yield 2
print(sum(g()), max(g()), list(enumerate(g())), list(zip(g(),g())), ','.join(str(x) for x in g()), b''.join(bytes([x]) for x in g()), any(x>1 for x in g()), sorted(g(),reverse=True), tuple(g()), set(g()), dict((x,x) for x in g()))
class Seq:
    def __len__(self): return 3
    def __getitem__(self,i):
        if i>2: raise IndexError
        return i*10
print(list(Seq()), list(reversed(Seq())), 20 in Seq(), [*Seq()])
it=iter([1,2,0,3].pop, 0); print(list(it))
m=map(int,'12'); print(next(m), list(m)); t=(K(1),2); print(hash(t)==hash((K(1),2)), {t:1}[(K(1),2)])
a=[1]; a.append(a); print(a); print(next(iter(filter(lambda x:x>1,[1,2,3]))), list(map(None,[])) )
from collections import Counter, defaultdict, deque, namedtuple
c=Counter(K(i%2) for i in range(5)); print(c, c[K(0)], c.most_common(1))
dd=defaultdict(list); dd[K(1)].append(2); print(dd)
import http
print(http.HTTPStatus.NOT_FOUND, http.HTTPStatus(404).phrase, http.HTTPStatus.OK==200, repr(http.HTTPStatus(200)))
from abc import ABC, abstractmethod
class Sh(ABC):
    @abstractmethod
    def area(self): ...
    @property
    @abstractmethod
    def n(self): ...
class Sq(Sh):
    def __init__(self,a): self.a=a
    def area(self): return self.a**2
    n=1
print(Sq(3).area())
try: Sh()
except TypeError as e: print(e)
from typing import Optional, List, Dict, Tuple, Union, Callable
def f(x:Optional[int]=None, y:'List[int]'=None)->Dict[str,int]: return {}
print(f())
