# === seeded-numbers
import random
random.seed(42)
print(random.random(), random.random(), random.randint(1, 6), random.randrange(100), random.uniform(1, 2), random.choice('abcdef'), random.getrandbits(10), random.randrange(0, 100, 5))
a = list(range(10))
random.shuffle(a)
print(a, random.sample(range(100), 5), random.choices([1, 2, 3], k=4), random.gauss(0, 1), random.randbytes(4))

# === seeds-of-kinds
import random
for seed in (0, 1, -5, 10**20, 'text', b'bytes', 2.5, True):
    random.seed(seed)
    if not isinstance(seed, float):
        print(seed, random.random(), random.randint(0, 10**9))
r = random.Random(7)
s = random.Random(7)
print(r.random() == s.random(), r.randint(1, 100), s.randint(1, 100), random.Random(7).random())

# === weighted-and-distributions
import random
random.seed(1)
print(random.choices('abc', weights=[1, 2, 7], k=10), random.triangular(0, 1, 0.5), random.expovariate(1.5), random.normalvariate(0, 1), random.betavariate(1, 2), random.choices('xy', cum_weights=[1, 10], k=5), random.sample('abcdef', k=3), random.sample([1, 2, 3], 3))
state = random.getstate()
x = random.random()
random.setstate(state)
print(x == random.random())

# === errors-of-random
import random
for f in (lambda: random.choice([]), lambda: random.randint(5, 1), lambda: random.randrange(0), lambda: random.sample([1], 2), lambda: random.randrange(1, 1), lambda: random.randint('a', 2) if False else random.choice(5), lambda: random.shuffle((1, 2)), lambda: random.randrange(1.5) if False else random.sample(5, 1)):
    try:
        print(f())
    except (IndexError, ValueError, TypeError) as e:
        print(type(e).__name__, e)

# === lossy-channel
import random
random.seed(2024)
sent = list(range(20))
got = [p for p in sent if random.random() > 0.2]
print(got, len(got), [p for p in sent if p not in got])

# === large-ranges
import random
random.seed(3)
print(random.randint(0, 2**64), random.getrandbits(100), random.randrange(10**30), random.randint(-10**18, 10**18), random.getrandbits(1), random.getrandbits(32), random.getrandbits(33), random.randrange(1, 2**53))
