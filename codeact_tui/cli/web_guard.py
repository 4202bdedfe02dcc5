"""textual-serve's server, for one person on one machine: nothing is served without the token, nor to another site."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import NoReturn

from aiohttp import web
from textual_serve.server import Server

__all__ = ["GuardedServer"]

_SESSIONS_MAX = 8
"""Pages that may be open at once: each is a codeact of its own, with a kernel."""
_REFUSED = "codeact: no. Open the address that `codeact serve --web` printed.\n"
_MANY = f"codeact: {_SESSIONS_MAX} pages are open already. Close one first.\n"
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; font-src 'self' data:;"
    " img-src 'self' data:; connect-src 'self' {websocket}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""Everything comes from here; the page's own request for a font from elsewhere is not let out."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class GuardedServer(Server):
    """Serves a command at `http://127.0.0.1:PORT/TOKEN/`.

    The token is the first part of every path, so page, websocket and assets all need it. Refused are requests whose
    Host is another name (one that an attacker's DNS lets point here), or whose Origin is another site.

    Args:
        command: What is run in the shell for each page.
        title: The page's.
        token: The secret in the address.
    """

    def __init__(self, command: str, *, title: str, token: str) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - another parameter's type is not given
            command, host="127.0.0.1", port=0, title=title
        )
        self._token = token
        self._open = 0

    @staticmethod
    def new_token() -> str:
        """Make a token that can't be guessed: 256 bits."""
        return secrets.token_urlsafe(32)

    @property
    def address(self) -> str:
        """What to open in the browser."""
        return f"{self.public_url}/{self._token}/"

    def bound_to(self, port: int) -> None:
        """Take note of the port, which the system may have chosen."""
        self.port = port
        self.public_url = f"http://127.0.0.1:{port}"

    async def guarded_app(self) -> web.Application:
        """Make the application: textual-serve's, below the token, behind the guard."""
        inner = await self._make_app()
        # What it prints when it starts is for its own command line.
        inner.on_startup.clear()
        outer = web.Application(middlewares=[self._guard])
        outer.add_subapp(f"/{self._token}", inner)
        return outer

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run a codeact for a page, as long as there are not too many."""
        if self._open >= _SESSIONS_MAX:
            raise web.HTTPServiceUnavailable(text=_MANY)
        self._open += 1
        try:
            return await super().handle_websocket(request)
        finally:
            self._open -= 1

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._check(request)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            self._harden(error)
            raise
        if not response.prepared:
            self._harden(response)
        return response

    def _check(self, request: web.Request) -> None:
        """Let through what has the token, and comes from this machine's own page.

        Raises:
            web.HTTPForbidden: Anything else; what was wrong is not told.
        """
        names = {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}
        if request.headers.getall("Host", []) not in [[name] for name in names]:
            _refuse()
        origins = request.headers.getall("Origin", [])
        if any(origin not in {f"http://{name}" for name in names} for origin in origins):
            _refuse()
        if request.headers.get("Upgrade") is not None and not origins:
            _refuse()
        if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin", "same-site"}:
            _refuse()
        given = request.raw_path.split("?", 1)[0].split("/")
        if len(given) < 3 or not hmac.compare_digest(given[1].encode(), self._token.encode()):
            _refuse()

    def _harden(self, response: web.StreamResponse) -> None:
        headers = response.headers
        websocket = " ".join(f"ws://{name}:{self.port}" for name in ("127.0.0.1", "localhost"))
        headers["Content-Security-Policy"] = _POLICY.format(websocket=websocket)
        headers["Referrer-Policy"] = "no-referrer"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Cache-Control"] = "no-store"


def _refuse() -> NoReturn:
    raise web.HTTPForbidden(text=_REFUSED)
