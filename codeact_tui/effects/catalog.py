"""Calls of which it is known what they do, by their dotted names, and by the names of methods."""

from typing import Literal

from msgspec import Struct

from codeact_tui.effects.base import EffectKind

__all__ = [
    "ALSO",
    "CALLS",
    "EFFECTFUL_MODULES",
    "METHODS",
    "NO_ARGUMENT",
    "OPENERS",
    "WEB_METHODS",
    "Known",
    "is_harmless",
]

NO_ARGUMENT = 99
"""As an argument's position: none says what it is about."""


class Known(Struct, frozen=True):
    """What a call does, and which argument says to what."""

    kind: EffectKind
    position: int | Literal["self"] = 0
    """The argument's position; `self` for the object that the method belongs to."""
    keyword: str = ""


def _all(kind: EffectKind, names: str, *, position: int | Literal["self"] = 0, keyword: str = "") -> dict[str, Known]:
    return {name: Known(kind, position, keyword) for name in names.split()}


CALLS: dict[str, Known] = {
    **_all(
        "read",
        "pandas.read_csv pandas.read_table pandas.read_json pandas.read_html pandas.read_fwf",
        keyword="filepath_or_buffer",
    ),
    **_all("read", "pandas.read_excel pandas.read_parquet pandas.read_feather pandas.read_orc", keyword="io"),
    **_all("read", "pandas.read_stata pandas.read_sas pandas.read_spss pandas.read_hdf pandas.read_xml"),
    **_all(
        "read",
        "polars.read_csv polars.read_parquet polars.read_json polars.read_excel polars.read_ipc",
        keyword="source",
    ),
    **_all("read", "polars.scan_csv polars.scan_parquet polars.scan_ndjson polars.read_ndjson", keyword="source"),
    **_all("read", "numpy.loadtxt numpy.genfromtxt numpy.fromfile numpy.memmap", keyword="fname"),
    **_all("read", "PIL.Image.open matplotlib.pyplot.imread imageio.imread cv2.imread skimage.io.imread"),
    **_all("read", "os.listdir os.scandir os.walk os.stat os.readlink glob.glob glob.iglob"),
    **_all("read", "os.path.getsize os.path.exists os.path.isfile os.path.isdir"),
    **_all("read", "sqlite3.connect", keyword="database"),
    **_all("read", "xarray.open_dataset geopandas.read_file linecache.getline openpyxl.load_workbook"),
    **_all("write", "pandas.ExcelWriter", keyword="path"),
    **_all("write", "logging.FileHandler logging.handlers.RotatingFileHandler", keyword="filename"),
    **_all("write", "logging.basicConfig", position=NO_ARGUMENT, keyword="filename"),
    **_all("write", "shutil.make_archive", keyword="base_name"),
    **_all("write", "shutil.unpack_archive", position=1, keyword="extract_dir"),
    **_all("write", "numpy.save numpy.savez numpy.savez_compressed numpy.savetxt", keyword="file"),
    **_all("write", "matplotlib.pyplot.savefig matplotlib.pyplot.imsave cv2.imwrite imageio.imwrite", keyword="fname"),
    **_all("write", "os.mkdir os.makedirs os.chmod os.chown os.utime os.truncate os.symlink os.link os.mkfifo"),
    **_all(
        "write",
        "shutil.copy shutil.copy2 shutil.copyfile shutil.copytree",
        position=1,
        keyword="dst",
    ),
    **_all("write", "os.rename os.replace os.renames shutil.move", position=1, keyword="dst"),
    **_all("write", "torch.save joblib.dump", position=1, keyword="f"),
    **_all(
        "write",
        "tempfile.mkdtemp tempfile.mkstemp tempfile.NamedTemporaryFile tempfile.TemporaryDirectory",
        position=NO_ARGUMENT,
    ),
    **_all("delete", "os.remove os.unlink os.rmdir os.removedirs shutil.rmtree", keyword="path"),
    **_all(
        "network", "requests.get requests.post requests.put requests.patch requests.delete requests.head", keyword="url"
    ),
    **_all("network", "httpx.get httpx.post httpx.put httpx.patch httpx.delete httpx.head httpx.stream", keyword="url"),
    **_all("network", "urllib.request.urlopen urllib.request.urlretrieve urllib.request.Request", keyword="url"),
    **_all("network", "requests.request httpx.request", position=1, keyword="url"),
    **_all("network", "requests.Session httpx.Client httpx.AsyncClient aiohttp.ClientSession", keyword="base_url"),
    **_all("network", "socket.socket socket.create_connection socket.create_server socket.getaddrinfo"),
    **_all(
        "network", "ftplib.FTP smtplib.SMTP smtplib.SMTP_SSL imaplib.IMAP4 telnetlib.Telnet http.client.HTTPConnection"
    ),
    **_all("network", "http.client.HTTPSConnection websockets.connect paramiko.SSHClient boto3.client boto3.resource"),
    **_all("network", "datasets.load_dataset huggingface_hub.hf_hub_download huggingface_hub.snapshot_download"),
    **_all("network", "yfinance.download sklearn.datasets.fetch_openml seaborn.load_dataset"),
    **_all(
        "process",
        "subprocess.run subprocess.Popen subprocess.call subprocess.check_call subprocess.check_output",
        keyword="args",
    ),
    **_all("process", "subprocess.getoutput subprocess.getstatusoutput os.system os.popen os.startfile pty.spawn"),
    **_all("process", "os.execv os.execve os.execvp os.execl os.spawnv os.spawnl os.posix_spawn"),
    **_all("process", "asyncio.create_subprocess_exec asyncio.create_subprocess_shell"),
    **_all(
        "process",
        "os.fork os.forkpty os.kill os.killpg multiprocessing.Process multiprocessing.Pool",
        position=NO_ARGUMENT,
    ),
    **_all("process", "concurrent.futures.ProcessPoolExecutor", position=NO_ARGUMENT),
    **_all("process", "webbrowser.open"),
    **_all("loop", "time.sleep asyncio.sleep"),
    **_all("environment", "os.getenv os.putenv os.unsetenv os.environ.get os.environ.pop keyring.get_password"),
    **_all("environment", "os.chdir os.umask os.setuid signal.signal sys.path.insert sys.path.append"),
    **_all("environment", "dotenv.load_dotenv getpass.getpass"),
    **_all("dynamic", "exec eval compile __import__ importlib.import_module runpy.run_path runpy.run_module"),
    **_all("dynamic", "yaml.load yaml.load_all yaml.unsafe_load yaml.unsafe_load_all"),
    **_all("dynamic", "pickle.load pickle.loads dill.load dill.loads cloudpickle.load cloudpickle.loads marshal.loads"),
    **_all("dynamic", "joblib.load torch.load numpy.load shelve.open types.FunctionType types.CodeType ctypes.CDLL"),
    **_all(
        "dynamic",
        "pandas.read_pickle pandas.HDFStore importlib.reload sys.path_hooks.append",
        keyword="filepath_or_buffer",
    ),
    **_all("dynamic", "get_ipython globals vars setattr sys.settrace sys.setprofile builtins.exec builtins.eval"),
}

ALSO: dict[str, tuple[Known, ...]] = {
    **{name: (Known("delete", 0, "src"),) for name in ("os.rename", "os.replace", "os.renames", "shutil.move")},
    **{
        name: (Known("read", 0, "src"),)
        for name in ("shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree")
    },
    "shutil.unpack_archive": (Known("read", 0, "filename"),),
    "sqlite3.connect": (Known("write", 0, "database"),),
    "urllib.request.urlretrieve": (Known("write", 1, "filename"),),
}
"""What a call does besides."""

OPENERS: dict[str, str] = {
    **dict.fromkeys(("open", "io.open", "codecs.open"), "file"),
    **dict.fromkeys(("zipfile.ZipFile",), "file"),
    **dict.fromkeys(("gzip.open", "bz2.open", "lzma.open", "gzip.GzipFile", "bz2.BZ2File"), "filename"),
    **dict.fromkeys(("tarfile.open", "h5py.File"), "name"),
    "netCDF4.Dataset": "filename",
}
"""Calls that read or write by their second argument, the mode; and the keyword of the file."""

WEB_METHODS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "urlopen", "open", "connect"}
)
"""Methods that go to the address which they are given, whatever the object is."""

METHODS: dict[str, Known] = {
    **_all("read", "read_text read_bytes iterdir glob rglob stat exists is_file is_dir", position="self"),
    **_all("write", "write_text write_bytes touch mkdir chmod symlink_to hardlink_to", position="self"),
    **_all("delete", "unlink rmdir", position="self"),
    **_all("write", "to_csv to_parquet to_excel to_json to_feather to_pickle to_hdf to_html to_markdown to_latex"),
    **_all("write", "to_stata to_orc to_xml write_csv write_parquet write_json write_excel write_ipc write_ndjson"),
    **_all("write", "save savez savefig write_html write_image tofile save_pretrained extractall"),
    **_all("write", "to_sql", position=1),
}
"""By the method's name, whatever the object is."""

_HARMLESS = """
math cmath random statistics itertools functools operator collections re string textwrap json csv datetime time
calendar zoneinfo decimal fractions heapq bisect copy pprint dataclasses enum typing abc contextlib hashlib base64
binascii struct unicodedata difflib uuid secrets array types warnings logging numbers io pathlib numpy pandas polars
scipy sklearn matplotlib seaborn plotly altair sympy statsmodels networkx torch jax pyarrow numba bokeh IPython
display rich tqdm tabulate PIL skimage cv2 xgboost lightgbm nltk spacy os sys glob fnmatch locale platform inspect ast
yaml openpyxl tomllib shlex codecs dateutil pytz smtplib ftplib imaplib telnetlib bs4 tokenize traceback gc weakref
queue threading asyncio concurrent multiprocessing sqlite3 zipfile tarfile gzip bz2 lzma html xml urllib http email
mimetypes requests httpx aiohttp socket subprocess shutil tempfile pickle dill cloudpickle joblib importlib signal
unittest pytest doctest timeit cProfile argparse getopt builtins
"""

_MODULES = frozenset(_HARMLESS.split())

_JUDGED_CALL_BY_CALL = frozenset(
    {"os", "shutil", "sys", "signal", "subprocess", "socket", "importlib", "multiprocessing", "tempfile", "builtins"}
    | {"pickle", "dill", "cloudpickle"}
)
"""Modules of which a call that is not named here may do anything."""

_COMPUTES = """
os.getcwd os.getpid os.getppid os.cpu_count os.fspath os.fsencode os.fsdecode os.urandom os.strerror os.times os.uname
os.get_terminal_size os.getlogin os.getuid os.getgid os.getloadavg os.sched_getaffinity os.environ.keys os.path
shutil.which shutil.get_terminal_size shutil.disk_usage
sys.getsizeof sys.exit sys.getrecursionlimit sys.getrefcount sys.intern sys.exc_info sys.getdefaultencoding
sys.stdout.write sys.stdout.flush sys.stderr.write sys.stderr.flush sys.stdout.isatty
socket.gethostname importlib.metadata.version importlib.util.find_spec multiprocessing.cpu_count
pickle.dumps dill.dumps cloudpickle.dumps pickle.dump dill.dump cloudpickle.dump subprocess.list2cmdline
"""
_HARMLESS_CALLS = frozenset(_COMPUTES.split())

EFFECTFUL_MODULES = frozenset(
    {name.rpartition(".")[0] for name in CALLS if "." in name} & _JUDGED_CALL_BY_CALL | {"pty", "ctypes", "runpy"}
)
"""Modules that are told by the calls that are made in them: given another name, or to a function, they can't be."""


def is_harmless(name: str) -> bool:
    """Say whether a call or an import of this dotted name does no more than compute, if it is not in `CALLS`."""
    root = name.partition(".")[0]
    if root not in _MODULES:
        return False
    if root not in _JUDGED_CALL_BY_CALL or name == root:
        return True
    return name in _HARMLESS_CALLS or name.startswith("os.path.")
