"""What ``deploy/`` sets up: the files say what the page on deploying says, and nginx works."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml
from loopback import fetched, free_ports
from streamlit.testing.v1 import AppTest

from coachbot.handouts.model import Brand
from coachbot.handouts.shelf import Shelf
from coachbot.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"


def test_only_nginx_is_reachable_and_the_pages_may_write_nowhere_but_their_data():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert [name for name, one in services.items() if "ports" in one] == ["nginx"]
    assert all(port.startswith("127.0.0.1:") for port in services["nginx"]["ports"])
    pages = [one for name, one in services.items() if name.startswith("page")]
    assert len(pages) == 2
    for page in pages:
        assert page["read_only"] is True
        assert page["cap_drop"] == ["ALL"]
        assert [volume.split(":")[1] for volume in page["volumes"]] == ["/data", "/shared"]
        assert page["environment"]["COACHBOT_SHARED"] == "/shared"
    (own, shared), (other, same) = (page["volumes"] for page in pages)
    assert own != other
    assert shared == same
    served = re.findall(r"server (\w+):8501;", (DEPLOY / "pages.conf").read_text(encoding="utf-8"))
    assert served == [name for name in services if name.startswith("page")]


def test_every_setting_that_is_given_exists_and_no_password_is_written_down():
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    given = set(re.findall(r"\b(COACHBOT_\w+):", text))
    assert given
    assert {name.removeprefix(PREFIX).lower() for name in given} <= set(Settings.model_fields)
    passwords = re.findall(
        r"(?m)^ *POSTGRES_PASSWORD[:=] *(.*)$", text + (DEPLOY / "env.example").read_text()
    )
    assert all(value.startswith("${") or not value for value in passwords)


def test_the_image_runs_without_rights_and_asks_for_its_health():
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    last = lines.rsplit("FROM", 1)[1]
    assert re.search(r"^USER coach$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "install -d -o coach -g coach /data /shared" in last  # a volume begins as it is there
    assert last.index("USER coach") < last.index("CMD [")
    torch = re.search(r"torch==\S+", lines)
    assert torch
    assert torch[0] in (ROOT / "constraints.txt").read_text(encoding="utf-8")


def clinic_page() -> None:
    from coachbot.pages import clinic

    clinic.show_profile()


def test_pages_that_share_a_folder_see_the_same_profile_of_the_clinic(tmp_path, monkeypatch):
    monkeypatch.setenv("COACHBOT_SHARED", str(tmp_path / "shared"))
    names = {}
    for page in ("one", "two"):
        monkeypatch.setenv("COACHBOT_DATA", str(tmp_path / page))
        shown = AppTest.from_function(clinic_page, default_timeout=60).run()
        names[page] = shown.text_input[0].value
        shown.text_input[0].input("The Willow Practice")
        shown.button[0].click().run()
        assert not shown.exception
    assert names == {"one": "", "two": "The Willow Practice"}


def test_a_logo_can_be_taken_off_again(tmp_path, monkeypatch):
    monkeypatch.setenv("COACHBOT_DATA", str(tmp_path))
    monkeypatch.delenv("COACHBOT_SHARED", raising=False)
    shelf = Shelf(tmp_path / "handouts")
    logo = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path d='M1 1h7v7z'/></svg>"
    shelf.put_clinic(Brand("Elm Street", logo=logo, logo_alt="An elm"))
    shown = AppTest.from_function(clinic_page, default_timeout=60).run()
    shown.checkbox[0].check()
    shown.button[0].click().run()
    assert not shown.exception
    assert shelf.clinic() == Brand("Elm Street")
    assert not AppTest.from_function(clinic_page, default_timeout=60).run().checkbox


def test_without_a_shared_folder_it_is_the_data_folder(tmp_path):
    assert Settings(data=tmp_path).shared_folder == tmp_path
    assert Settings(data=tmp_path, shared=tmp_path / "s").shared_folder == tmp_path / "s"


@pytest.fixture
def balanced(tmp_path: Path) -> Iterator[tuple[int, list[subprocess.Popen[bytes]]]]:
    """The shipped nginx.conf before two real page processes: its port, and the processes."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(nginx).exists():
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    port, *page_ports = free_ports(3)
    conf = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    conf = conf.replace("listen 8080", f"listen 127.0.0.1:{port}")
    conf = conf.replace("/run/nginx.pid", str(tmp_path / "pid"))
    (tmp_path / "nginx.conf").write_text(conf, encoding="utf-8")
    servers = "".join(f"server 127.0.0.1:{own};\n" for own in page_ports)
    (tmp_path / "pages.conf").write_text(servers, encoding="utf-8")
    script, options = ROOT / "streamlit_app.py", ["--server.headless=true"]
    run = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    started = [
        subprocess.Popen([*run, f"--server.port={own}"], cwd=ROOT, env=os.environ)
        for own in page_ports
    ]
    front = subprocess.Popen([nginx, "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off;"])
    try:
        for own in (*page_ports, port):
            assert fetched(f"http://127.0.0.1:{own}/_stcore/health") == "ok"
        yield port, started
    finally:
        for process in (front, *started):
            process.terminate()
            process.wait(20)


def websocket(port: int, client: str = "") -> socket.socket:
    """A websocket to a page, opened through nginx, for a client of a proxy before it if given."""
    forwarded = f"X-Forwarded-For: {client}\r\n" if client else ""
    wire = socket.create_connection(("127.0.0.1", port), 10)
    wire.sendall(
        b"GET /_stcore/stream HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nOrigin: http://127.0.0.1:%d\r\n"
        b"%sSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" % (port, port, forwarded.encode())
    )
    assert wire.recv(400).startswith(b"HTTP/1.1 101")
    return wire


def open_at(page: subprocess.Popen[bytes]) -> int:
    """How many connections a page process holds open."""
    connections = psutil.Process(page.pid).net_connections("tcp")
    return sum(one.status == psutil.CONN_ESTABLISHED for one in connections)


def test_nginx_keeps_a_client_on_one_page_and_goes_on_with_the_other_when_it_dies(balanced):
    port, pages = balanced
    assert "<title>" in fetched(f"http://127.0.0.1:{port}/")
    wires = [websocket(port) for _ in range(6)]
    held = [open_at(page) for page in pages]
    assert sorted(n >= 6 for n in held) == [False, True]
    assert min(held) == 0
    others = [websocket(port, f"203.0.113.{n}") for n in range(20)]
    assert min(open_at(page) for page in pages) > 2  # behind a proxy, its clients are told apart
    for wire in others:
        wire.close()
    chosen = pages[held.index(max(held))]
    chosen.kill()
    chosen.wait(20)
    assert fetched(f"http://127.0.0.1:{port}/_stcore/health") == "ok"
    for wire in (*wires, websocket(port)):
        wire.close()
