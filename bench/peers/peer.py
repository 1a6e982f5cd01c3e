"""What the PyTorch peers share: the same batches as Lectern, a fair environment, honest timing."""
import json
import os
import resource
import statistics
import sys
import time

PAD, BOS, EOS, UNKNOWN = 0, 1, 2, 3
SPECIAL = 4  # ordinary tokens are numbered from here

SIZES = {
    "small": dict(d_model=256, layers=3, heads=8, d_ff=1024),
    "base": dict(d_model=512, layers=6, heads=8, d_ff=2048),
}


class Lcg:
    """Knuth's 64-bit linear congruential generator: five lines in any language, so that a C++
    program can draw the same batches."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit


def draw_batches(count, sentences, vocabulary, seed=1):
    """`count` batches of sentence pairs of nearly equal lengths, with lengths like Multi30k's: mean
    12.6, deviation 4.4, skewed to the right, the target's length following the source's. In integers
    only, and every number is drawn in the order in which it is written here."""
    random = Lcg(seed)
    lengths = []
    for _ in range(100 * sentences):
        source = 4 + random.below(6) + random.below(6)
        skewed = random.below(16)
        source += skewed * skewed // 19
        target = max(2, source + random.below(5) + random.below(5) - 4)
        lengths.append((source, target))
    lengths.sort()
    groups = [lengths[i : i + sentences] for i in range(0, len(lengths), sentences)]
    for last in range(len(groups) - 1, 0, -1):
        other = random.below(last + 1)
        groups[last], groups[other] = groups[other], groups[last]

    def tokens(length):
        return [SPECIAL + random.below(vocabulary - SPECIAL) for _ in range(length)]

    batches = []
    for group in (groups[i % len(groups)] for i in range(count)):
        pairs = [(tokens(source), tokens(target)) for source, target in group]
        batches.append(dict(source=[p[0] for p in pairs], target=[p[1] for p in pairs]))
    return batches


def read_batches(path):
    """One JSON object a line: {"source": [[id …] …], "target": [[id …] …]}, without <bos>, <eos>
    and padding."""
    with open(path) as lines:
        return [json.loads(line) for line in lines if line.strip()]


def padded(rows, torch):
    width = max(map(len, rows))
    return torch.tensor([row + [PAD] * (width - len(row)) for row in rows])


ALLOCATORS = {
    # glibc's own: keep freed memory, and ask for huge pages.
    "glibc": {"MALLOC_TOP_PAD_": str(256 << 20), "MALLOC_MMAP_THRESHOLD_": str(4 << 30),
              "MALLOC_TRIM_THRESHOLD_": str(8 << 30), "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"},
    "tcmalloc": {"LD_PRELOAD": "libtcmalloc_minimal.so.4"},
    "jemalloc": {"LD_PRELOAD": "libjemalloc.so.2",
                 "MALLOC_CONF": "thp:always,dirty_decay_ms:-1,muzzy_decay_ms:-1"},
}
LIBRARY_FOLDERS = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/local/lib"]
TUNED_FLAG = "LECTERN_PEER_ALLOCATOR"  # set, with the allocator's name, once the program runs tuned


def tuned_environment(threads, allocator):
    """The variables that make PyTorch faster on a CPU: they stop allocated memory from going back to
    the system, whose fresh pages cost more than the arithmetic on them."""
    settings = dict(ALLOCATORS[allocator])
    if "LD_PRELOAD" in settings:
        folders = [os.environ.get("LECTERN_PEER_LIBRARIES", ""), *LIBRARY_FOLDERS]
        paths = [os.path.join(folder, settings["LD_PRELOAD"]) for folder in folders if folder]
        found = [path for path in paths if os.path.exists(path)]
        if not found:
            sys.exit(f"no {settings['LD_PRELOAD']} here; install it, or use --allocator glibc")
        settings["LD_PRELOAD"] = found[0]
    threads = {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    return settings | threads | {TUNED_FLAG: allocator}


def restart_tuned(threads, allocator):
    """Starts this program again with a tuned environment: thread runtimes and allocators read their
    settings once, before the first line of Python."""
    if TUNED_FLAG not in os.environ:
        environment = dict(os.environ) | tuned_environment(threads, allocator)
        os.execve(sys.executable, [sys.executable] + sys.argv, environment)


def add_tuning(parser):
    parser.add_argument("--tuned", action="store_true", help="all settings known to help in f32")
    parser.add_argument("--allocator", choices=ALLOCATORS, default="glibc", help="with --tuned")


def add_device(parser):
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")


def wait(device, torch):
    """A GPU works on after a call has returned."""
    if device == "cuda":
        torch.cuda.synchronize()


def peak_rss_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _machine_busy():
    ticks = [int(word) for word in open("/proc/stat").readline().split()[1:9]]
    user, nice, system, _, _, interrupt, soft, steal = ticks
    return (user + nice + system + interrupt + soft + steal) / os.sysconf("SC_CLK_TCK")


def _own_busy():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def timed(work):
    """(seconds, cores that other programs used meanwhile, result)"""
    machine, own, start = _machine_busy(), _own_busy(), time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    foreign = (_machine_busy() - machine) - (_own_busy() - own)
    return seconds, max(0.0, foreign - 0.02) / seconds, result


def quietest(work, tries=4, limit=0.05):
    """The first of `tries` runs that no other program disturbed, else the fastest."""
    runs = []
    for _ in range(tries):
        runs.append(timed(work))
        if runs[-1][1] <= limit:
            return runs[-1]
    return min(runs, key=lambda run: run[0])


def report(**facts):
    facts["allocator"] = os.environ.get(TUNED_FLAG, "default")
    print(json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in facts.items()}))


median = statistics.median
