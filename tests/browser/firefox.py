"""Firefox, as Linux distributions have it: Playwright drives only a build of its own.

It is spoken to by Marionette, Firefox's wire: a length, a colon, and `[type, id, command, parameters]` in JSON.
Mozilla's package for that needs a module which Python has no more.
"""

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

#: A middle, where the window shows it.
MIDDLE = """(selector => {
    const part = document.querySelector(selector)
    part.scrollIntoView({block: "center", behavior: "instant"})
    const box = part.getBoundingClientRect()
    return [box.x + box.width / 2, box.y + box.height / 2]
})"""
PREFERENCES = {
    "app.update.auto": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.prefs.recommended": True,
    "services.settings.server": "http://%(server)s/dummy",
    "toolkit.telemetry.enabled": False,
    "ui.prefersReducedMotion": 1,
    "ui.systemUsesDarkTheme": 0,
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Firefox:
    """One window of Firefox without a screen.

    Raises FileNotFoundError where there is none, RuntimeError where it refuses what it is told.
    """

    def __init__(self, width: int = 1280, height: int = 900) -> None:
        program = shutil.which("firefox-esr") or shutil.which("firefox")
        if program is None:
            raise FileNotFoundError("neither firefox-esr nor firefox is installed")
        port = free_port()
        self.profile = tempfile.TemporaryDirectory()
        lines = [
            f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in {**PREFERENCES, "marionette.port": port}.items()
        ]
        Path(self.profile.name, "user.js").write_text("\n".join(lines), encoding="utf-8")
        mode = ["--marionette", "--remote-allow-system-access", "--headless", "--no-remote"]
        command = [program, *mode, "--profile", self.profile.name]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wire, self.sent = self._connected(port), 0
        self._receive()  # its greeting
        self.tell("WebDriver:NewSession")
        self.tell("WebDriver:SetWindowRect", width=width, height=height)

    def _connected(self, port: int, seconds: float = 120) -> Any:
        end = time.monotonic() + seconds
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=seconds)
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def _receive(self) -> Any:
        head = b""
        while not head.endswith(b":"):
            head += self.wire.recv(1)
        size, body = int(head[:-1]), b""
        while len(body) < size:
            body += self.wire.recv(size - len(body))
        return json.loads(body)

    def tell(self, command: str, **parameters: Any) -> Any:
        self.sent += 1
        message = json.dumps([0, self.sent, command, parameters]).encode()
        self.wire.sendall(str(len(message)).encode() + b":" + message)
        _, _, error, answer = self._receive()
        if error:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return answer["value"] if isinstance(answer, dict) and "value" in answer else answer

    def goto(self, address: str) -> None:
        self.tell("WebDriver:Navigate", url=address)

    def evaluate(self, expression: str, *arguments: Any) -> Any:
        """The value of a JavaScript expression in the page's own world; `arguments` are what it says."""
        return self.tell("WebDriver:ExecuteScript", script=f"return {expression}", args=arguments, sandbox=None)

    def wait_for(self, expression: str, *arguments: Any, seconds: float = 30) -> None:
        """Wait until an expression is true; raises TimeoutError."""
        end = time.monotonic() + seconds
        while not self.evaluate(f"!!({expression})", *arguments):
            if time.monotonic() > end:
                raise TimeoutError(f"not within {seconds} s: {expression}")
            time.sleep(0.05)

    def refused(self) -> list[str]:
        """What pages' policies have kept from loading or running, since last asked; the browser tells only itself."""
        self.tell("Marionette:SetContext", value="chrome")
        script = """const said = Services.console.getMessageArray().map((one) => one.message)
                    Services.console.reset()
                    return said"""
        said = self.tell("WebDriver:ExecuteScript", script=script, args=[])
        self.tell("Marionette:SetContext", value="content")
        return [one for one in said if "Content-Security-Policy" in one]

    def drag(self, selector: str, right: int, down: int) -> None:
        """Take an element by its middle, and let it go elsewhere."""
        x, y = (round(place) for place in self.evaluate(f"{MIDDLE}(arguments[0])", selector))
        moves = [
            {"type": "pointerMove", "x": x + right * part // 4, "y": y + down * part // 4, "duration": 30}
            for part in range(5)
        ]
        acts = [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": acts}
        self.tell("WebDriver:PerformActions", actions=[mouse])
        self.tell("WebDriver:ReleaseActions")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.tell("Marionette:Quit", flags=["eForceQuit"])
        self.wire.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.profile.cleanup()
