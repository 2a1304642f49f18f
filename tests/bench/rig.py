# What the benchmarks share: namespaces, programs in the background, a web server of the kernel's, and processor time.
# The network namespace that they run in is "near", where the program's TUN device is; "far" is reached over veth.
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parents[2]
programs = ("handwave", "bench_limit_probe", "bench_peer", "bench_ping_pong", "bench_tls_records", "bench_idle_connections",
            "bench_impaired_relay")
OURS, OURS_V6 = "192.0.2.2", "2001:db8::2"  # behind the TUN device, as `handwave serve` has them by default
NEAR, FAR = "198.18.0.1", "198.18.0.2"  # the kernel's, the two ends of a veth (RFC 2544 has this network for benchmarks)
HERTZ = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A row has no figure; the text says why."""


class Shared:
    """A run that gives several figures, each to a row of its own: whoever asks for one that was given out makes it anew."""

    def __init__(self, measure):
        self.measure, self.figures, self.given = measure, None, set()

    def column(self, number):
        def measure(options):
            if self.figures is None or number in self.given:
                self.figures, self.given = None, set()
                self.figures = self.measure(options)
            self.given.add(number)
            return self.figures[number]

        return measure


def build():
    """Unless BUILD names one that is there already."""
    if "BUILD" in os.environ:
        return
    subprocess.run([root / ".ci/setup", "test", "bench"], check=True)
    folder = root / "build/bench"
    quietly = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(["cmake", "-S", root, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"], **quietly)
    print("building the program and what it is measured with", file=sys.stderr)
    subprocess.run(["cmake", "--build", folder, "--target", *programs], **quietly)
    os.environ["BUILD"] = str(folder)


def program(name):
    return os.path.join(os.environ["BUILD"], name)


def enter_namespaces():
    """Runs this script again as process 1 of namespaces of its own: its end, however it comes, ends all it has started."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    setup = ("mount -t tmpfs none /run && ip link set lo up && ip netns add far && ip -n far link set lo up && "
             f"ip link add near type veth peer name far netns far && ip address add {NEAR}/24 dev near && "
             f"ip link set near up && ip -n far address add {FAR}/24 dev far && ip -n far link set far up && "
             "{ ulimit -n 250000 2>/dev/null || ulimit -n $(ulimit -H -n); } && "
             'exec "$@"')
    os.environ["HANDWAVE_BENCH_INSIDE"] = "1"
    os.execvp("unshare", ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *user,
                          "bash", "-c", setup, "bench", sys.executable, *sys.argv])


def inside():
    return "HANDWAVE_BENCH_INSIDE" in os.environ


def choose_congestion_control():
    """As most kernels come. (BBR paces one local flow to a third of what the others reach.)"""
    file = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control")
    for control in ("cubic", "reno"):
        with contextlib.suppress(OSError):
            file.write_text(control)
            break
    return file.read_text().strip()


def run(*command, timeout=120):
    """What a program prints; Failed if it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise Failed(f"{pathlib.Path(str(command[0])).name}: {(done.stderr or done.stdout).strip()[-200:]}")
    return done.stdout


@contextlib.contextmanager
def running(*command, until):
    """A program in the background, ready when it has said so, or when `until` is true of what it has said; yields its process.
    What it says goes to a file in memory: a pipe that nobody reads would stop it."""
    ready = until if callable(until) else lambda text: until in text
    with tempfile.TemporaryFile("w+", dir="/run") as said:
        process = subprocess.Popen([str(word) for word in command], stdout=said, stderr=subprocess.STDOUT)
        try:
            for _ in range(500):
                text = os.pread(said.fileno(), 4096, 0).decode()
                if ready(text):
                    break
                if process.poll() is not None:
                    raise Failed(f"{command[0]} did not start: {text.strip()[-200:]}")
                time.sleep(0.01)
            else:
                raise Failed(f"{command[0]} was not ready within five seconds: {text.strip()[-200:]}")
            yield process
        finally:
            process.terminate()
            process.wait()


def handwave(*options):
    return running(program("handwave"), "serve", *options, until="serving on")


def probe(direction, *options):
    return running(program("bench_limit_probe"), direction, 600, *options, until="ready")


def far(*command):
    """The command, in the far namespace."""
    return ["ip", "netns", "exec", "far", *command]


def ticks(process, kernel=True):
    """The processor time that a process has taken, in clock ticks; that of the kernel for it with it, or not."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + (int(fields[12]) if kernel else 0)


def resident(process):
    """Octets of memory that a process has in use."""
    return int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Site:
    """Files to serve, a certificate, and nginx's configuration; in memory, for a disk would be measured with them."""

    def __init__(self):
        self.folder = pathlib.Path("/run/site")
        certificates = pathlib.Path("/run/certificates")
        self.folder.mkdir()
        (self.folder / "1k").write_bytes(bytes(1024))
        (self.folder / "1m").write_bytes(bytes(1 << 20))
        for name, size in (("large", 1 << 30), ("bulk", 8 << 30)):
            with open(self.folder / name, "wb") as file:
                file.truncate(size)  # holes
        names = [word for name in (OURS, FAR, NEAR) for word in ("--name", name)]
        run(program("handwave"), "cert", "--out", certificates, *names)
        self.authority = certificates / "ca.pem"
        self.certificate, self.key = certificates / "leaf.pem", certificates / "leaf.key"

    @contextlib.contextmanager
    def nginx(self, where="far"):
        """nginx with one worker, as people tune it, and with the certificate that ours has; yields its process."""
        found = shutil.which("nginx", path=f"/usr/sbin:{root}/build/deps/usr/sbin")
        if not found:
            raise Failed("nginx is not there: .ci/setup bench")
        folder = pathlib.Path(tempfile.mkdtemp(dir="/run"))
        (folder / "nginx.conf").write_text(f"""
            daemon off; master_process off; user root; worker_processes 1; pid {folder}/pid; error_log stderr;
            events {{ worker_connections 4096; multi_accept on; }}
            http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; client_body_temp_path {folder};
                open_file_cache max=16; ssl_session_cache shared:s:4m;
                proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
                server {{ listen 80 backlog=4096; listen 443 ssl backlog=4096; root {self.folder};
                    ssl_certificate {self.certificate}; ssl_certificate_key {self.key}; }} }}""")
        command = [found, "-c", folder / "nginx.conf", "-p", folder, "-e", "stderr"]
        look = ["cat", "/proc/net/tcp"]
        if where == "far":
            command, look = far(*command), far(*look)
        listens = lambda _: any(":01BB " in line and " 0A " in line for line in run(*look).splitlines())
        try:
            with running(*command, until=listens) as process:
                yield process
        finally:
            shutil.rmtree(folder)
