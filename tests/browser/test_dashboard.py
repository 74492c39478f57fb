"""A folder in the browser: what a visitor sees, and what nobody may."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
import pytest
from jpkl_viewer.pages.serving import own_hosts
from playwright.sync_api import Browser, Page, expect

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served, view_command
from tests.conftest import ROOT, shared_data


def levels(shift: int = 0) -> JPkl:
    """Frames of one gray value each, told apart by it."""
    gray = (np.arange(12, dtype=np.uint8).reshape(6, 2) * 11 + 10 + shift).astype(np.uint8)
    return JPkl(np.zeros((40, 50, 6, 2), np.uint8) + gray, dim_names=["time", "z"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good stacks, one within a folder, a broken one, a link that leads out, and a secret beside."""
    root = tmp_path / "stacks"
    (root / "sub").mkdir(parents=True)
    levels().save(root / "a.jpkl")
    levels(100).save(root / "sub" / "b.jpkl")
    whole = (root / "a.jpkl").read_bytes()
    (root / "broken.jpkl").write_bytes(whole[: len(whole) // 2])
    levels(50).save(tmp_path / "secret.jpkl")
    (root / "out.jpkl").symlink_to(tmp_path / "secret.jpkl")
    return root


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    yield page
    page.close()


def cards(page: Page) -> list[str]:
    """Names on the list, in its order; a card that is not rendered yet has content but no inner text."""
    page.locator(".cards li").first.wait_for()
    return page.locator(".cards li .title").all_text_contents()


def test_a_folder_is_listed_with_what_is_in_its_files(browser: Browser, page: Page, folder: Path) -> None:
    with served(folder) as url:
        phone = browser.new_page(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
        phone.goto(url)
        assert len(cards(phone)) == 3
        assert phone.evaluate("() => innerWidth") == 390, "it is not laid out for a desktop, and made small"
        phone.close()
        page.goto(url)
        assert cards(page) == ["a.jpkl", "broken.jpkl", "b.jpkl"]
        assert page.title() == "stacks"
        good = page.locator(".cards li", has_text="b.jpkl")
        expect(good.locator("img")).to_be_visible()
        assert good.locator(".within").inner_text() == "sub/"
        assert good.locator(".extent").inner_text().replace("\xa0", " ") == "50 × 40 · time 6 · z 2"
        size = (folder / "sub" / "b.jpkl").stat().st_size / 1000
        assert f"{size:.3g} kB" in good.locator(".file").inner_text()
        assert page.evaluate("() => document.querySelector('script[src*=\"//\"]')") is None
        broken = page.locator(".cards li", has_text="broken.jpkl")
        expect(broken.locator(".problem")).to_contain_text("Cut off")
        page.get_by_role("link", name="broken").click()
        expect(page.get_by_role("alert")).to_contain_text("broken.jpkl cannot be shown")
        expect(page.get_by_role("alert")).to_contain_text("jpkl recover")
        page.get_by_role("link", name="All stacks").click()
        assert len(cards(page)) == 3


def test_whoever_comes_back_to_the_list_sees_a_zarr_as_it_is_now(page: Page, tmp_path: Path) -> None:
    zarr = pytest.importorskip("zarr")
    pixels = np.full((3, 32, 32), 10, np.uint8)
    array = zarr.create_array(tmp_path / "raw.zarr", data=pixels, chunks=(1, 32, 32))
    with served(tmp_path) as url:
        page.goto(url)
        image = page.locator(".cards li img")
        first = image.get_attribute("src")
        pixels[:, :16] = 200
        array[:] = pixels
        page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")  # as tabs are changed
        expect(image).not_to_have_attribute("src", first or "")
        expect(image).to_be_visible()


def test_a_click_opens_a_stack_under_a_link_that_others_can_open(
    browser: Browser, page: Page, folder: Path
) -> None:
    jp = levels(100)
    with served(folder) as url:
        page.goto(url)
        page.get_by_label("search names").fill("B.JP")
        expect(page.locator(".cards li")).to_have_count(1)
        assert page.url.endswith("#search=B.JP")
        page.get_by_role("link", name="b.jpkl").click()
        page.wait_for_url("**/?stack=sub/b.jpkl*")
        viewer = ViewerPage(browser.new_page(), page.url.partition("#")[0])
        viewer.set("time", 4)
        viewer.wait_for_pixel(20, 5, [int(jp[5, 20, 4, 0])] * 3)
        viewer.wait_until("() => location.hash.includes('time=4')")
        assert viewer.page.title() == "b.jpkl"
        copy = ViewerPage(browser.new_page(), viewer.page.url)
        copy.wait_for_pixel(20, 5, [int(jp[5, 20, 4, 0])] * 3)
        viewer.page.close()
        copy.page.get_by_role("link", name="All stacks").click()
        assert len(cards(copy.page)) == 3
        copy.page.close()
        page.go_back()
        assert cards(page) == ["b.jpkl"], "Back finds the list as it was left"


def test_sorting_and_the_keyboard(page: Page, folder: Path) -> None:
    JPkl(np.zeros((300, 300, 9), np.uint8)).save(folder / "z large.jpkl")
    for age, name in enumerate(("z large.jpkl", "sub/b.jpkl", "a.jpkl", "broken.jpkl")):
        os.utime(folder / name, (time.time() - age * 100,) * 2)
    with served(folder) as url:
        page.goto(url)
        assert cards(page) == ["a.jpkl", "broken.jpkl", "b.jpkl", "z large.jpkl"]
        page.get_by_label("sort by").select_option("date")
        assert cards(page) == ["z large.jpkl", "b.jpkl", "a.jpkl", "broken.jpkl"]
        page.get_by_label("reverse the order").click()
        assert cards(page)[0] == "broken.jpkl"
        page.get_by_label("sort by").select_option("size")
        assert cards(page)[-1] == "z large.jpkl"
        page.reload()
        assert cards(page)[-1] == "z large.jpkl"
        page.keyboard.press("/")
        page.keyboard.type("jpkl")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("End")
        first = cards(page)[0]
        page.keyboard.press("Enter")
        page.wait_for_url(f"**stack=**{quote(first)}*")
        page.go_back()
        page.get_by_label("search names").fill("nothing of that name")
        expect(page.get_by_text("Nothing matches")).to_be_visible()
        page.get_by_role("button", name="Clear search").click()
        assert len(cards(page)) == 4
        page.keyboard.type("nothing of that name")  # into the search, which has the focus
        page.keyboard.press("Escape")
        assert len(cards(page)) == 4


#: Messages of the server take a while, as on a slow link.
_SLOW_MESSAGES = """
Object.defineProperty(WebSocket.prototype, "onmessage", {
  set(handle) { this.addEventListener("message", event => setTimeout(() => handle.call(this, event), 1500)) },
});
"""


def test_typing_before_the_list_has_come_searches_it(page: Page, folder: Path) -> None:
    page.add_init_script(_SLOW_MESSAGES)
    with served(folder) as url:
        page.goto(url)
        page.get_by_label("search names").click()
        page.keyboard.type("b")
        expect(page.get_by_role("status")).to_have_text("Looking for stacks …")
        page.keyboard.type(".j")
        assert cards(page) == ["b.jpkl"]
        page.keyboard.press("Escape")
        assert len(cards(page)) == 3


def test_originals_are_converted_and_what_is_left_of_a_broken_file_is_saved(page: Page, folder: Path) -> None:
    np.save(folder / "c.npy", np.arange(30 * 40 * 3, dtype=np.uint16).reshape(30, 40, 3))
    with served(folder) as url:
        page.goto(url)
        page.get_by_role("button", name="Convert all originals").click()
        card = page.locator(".cards li", has=page.get_by_text("c.npy", exact=True))
        expect(page.get_by_text("c.jpkl", exact=True)).to_be_visible()
        expect(card.get_by_role("button", name="Convert")).to_be_visible()
        assert JPkl.load(folder / "c.jpkl").shape == (30, 40, 3)
        page.get_by_role("button", name="Recover a copy").click()
        expect(page.get_by_role("status").get_by_text("Saved as broken-recovered.jpkl")).to_be_visible()
        expect(page.get_by_text("broken-recovered.jpkl", exact=True)).to_be_visible()
        assert JPkl.load(folder / "broken-recovered.jpkl").dim_names == ("time", "z")

        page.get_by_label("pick c.jpkl to compare").check()
        page.get_by_role("button", name="Report").click()
        page.get_by_label("title", exact=True).fill("Ours")
        page.get_by_role("button", name="Make").click()
        expect(page.get_by_text(re.compile(r"Saved as c\.html, .*, beside the stacks"))).to_be_visible()
        assert "<title>Ours</title>" in (folder / "c.html").read_text("utf-8")


def test_an_empty_folder_says_so_and_files_come_and_go(page: Page, tmp_path: Path) -> None:
    root = tmp_path / "empty"
    root.mkdir()
    with served(root) as url:
        page.goto(url)
        expect(page.get_by_text("No stacks in ")).to_be_visible()
        expect(page.get_by_label("search names")).to_be_hidden()
        levels().save(root / "new.jpkl")
        page.reload()
        assert cards(page) == ["new.jpkl"]
        expect(page.locator(".extent")).to_contain_text("50 × 40")
        JPkl(np.full((8, 9), 7, np.uint8)).save(root / "new.jpkl")
        # What a browser does when its user comes back to a tab: without a screen it never does.
        page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.locator(".extent")).to_contain_text("9 × 8")
        (root / "new.jpkl").unlink()
        page.get_by_role("link", name="new.jpkl").click()
        expect(page.get_by_role("alert")).to_contain_text("moved or deleted")
        page.get_by_role("link", name="All stacks").click()
        expect(page.get_by_text("No stacks in ")).to_be_visible()


def test_a_changed_file_opens_as_it_is_now(browser: Browser, folder: Path) -> None:
    with served(folder) as url:
        link = f"{url}/?stack=a.jpkl"
        first = ViewerPage(browser.new_page(), link)
        first.wait_for_pixel(20, 5, [int(levels()[5, 20, 0, 0])] * 3)
        levels(90).save(folder / "a.jpkl")
        second = ViewerPage(browser.new_page(), link)
        second.wait_for_pixel(20, 5, [int(levels(90)[5, 20, 0, 0])] * 3)
        first.set("time", 3)
        first.wait_for_pixel(20, 5, [int(levels()[5, 20, 3, 0])] * 3)
        first.page.close()
        second.page.close()


REFUSED = [
    "../secret.jpkl",
    "..%2fsecret.jpkl",
    "%2e%2e/secret.jpkl",
    "%2e%2e%2fsecret.jpkl",
    "%252e%252e%252fsecret.jpkl",
    "..%5csecret.jpkl",
    "%2e%2e%5csecret.jpkl",
    "sub/../../secret.jpkl",
    "{parent}/secret.jpkl",
    "{root}/a.jpkl",
    "out.jpkl",
    "a.jpkl%00",
    "%00",
    "..%c0%afsecret.jpkl",
    "%ff%fe.jpkl",
    "../secret.jpkl&stack=a.jpkl",
]


def fill_in(name: str, folder: Path) -> str:
    return name.format(root=quote(str(folder)), parent=quote(str(folder.parent)))


def test_names_that_lead_out_are_refused(page: Page, folder: Path) -> None:
    with served(folder) as url:
        for name in REFUSED:
            page.goto(f"{url}/?stack={fill_in(name, folder)}")
            alert = page.get_by_role("alert")
            expect(alert).to_contain_text("There is no such stack")
            assert str(folder.parent) not in page.content() + alert.inner_text(), name
            assert page.locator("canvas").count() == 0


def test_paths_of_requests_lead_nowhere(folder: Path) -> None:
    secret = (folder.parent / "secret.jpkl").read_bytes()
    with served(folder) as url:
        for path in (
            "/../secret.jpkl",
            "/%2e%2e/secret.jpkl",
            "/..%2fsecret.jpkl",
            "/sub/../../secret.jpkl",
            "/static/%2e%2e/%2e%2e/secret.jpkl",
            "/static/extensions/../../../secret.jpkl",
            f"/static/{quote(str(folder.parent / 'secret.jpkl'), safe='')}",
            "/a.jpkl",
            "/%00",
            "//etc/passwd",
        ):
            status, body = get(url, path)
            assert status >= 400, path
            assert secret[:64] not in body
            assert os.fsencode(folder.parent) not in body
        for name in REFUSED:
            status, body = get(url, f"/?stack={fill_in(name, folder)}")
            assert status == 404  # a page that says no: see the test above
            assert secret[:64] not in body


def get(url: str, path: str) -> tuple[int, bytes]:
    """Status and body of a request whose path nobody tidies up on the way."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


ODD_NAMES = [
    "a b.jpkl",
    "Zellen µm 細胞 🧬.jpkl",
    'it\'s "quoted".jpkl',
    "a&stack=b#c%20d?e=f+g;h.jpkl",
    "<script>window.ran = 1<.jpkl",
    "<img src=x onerror='window.ran = 1'>.jpkl",
    "back\\slash.jpkl",
    "two\nlines.jpkl",
    "UPPER.JPKL",
]


def test_odd_names_work_and_run_nothing(browser: Browser, page: Page, tmp_path: Path) -> None:
    root = tmp_path / "<img src=x onerror='window.ran = 1'>"
    root.mkdir()
    for i, name in enumerate(ODD_NAMES):
        levels(i * 12).save(root / name)
    (root / "<b>broken").mkdir()
    (root / "<b>broken" / "<script>window.ran = 1<.jpkl").write_bytes(b"<img src=x onerror='window.ran = 1'>")
    with served(root) as url:
        page.goto(url)
        cards(page)
        expect(page.locator(".cards li img")).to_have_count(len(ODD_NAMES))
        links = page.locator(".cards a").all()
        assert len(links) == len(ODD_NAMES) + 1
        for i, name in enumerate(ODD_NAMES):
            viewer = ViewerPage(browser.new_page(), f"{url}/?stack={quote(name)}")
            viewer.wait_for_pixel(20, 5, [int(levels(i * 12)[5, 20, 0, 0])] * 3)
            expect(viewer.page.locator("nav bdi")).to_have_text(" ".join(name.split()))
            assert viewer.evaluate("() => window.ran") is None
            viewer.page.close()
        for link in links:
            href = link.get_attribute("href")
            answer = browser.new_page()
            answer.goto(f"{url}/{href}")
            answer.locator("nav, [role=alert] h1").first.wait_for()
            assert answer.get_by_text("There is no such stack").count() == 0, href
            assert answer.evaluate("() => window.ran") is None
            answer.close()
        assert page.evaluate("() => window.ran") is None


def test_of_thousands_only_what_is_in_sight_is_opened(page: Page, tmp_path: Path) -> None:
    root = tmp_path / "many"
    root.mkdir()
    levels().save(root / "t0.jpkl")
    for i in range(1, 3000):
        os.link(root / "t0.jpkl", root / f"t{i}.jpkl")
    with served(root) as url:
        page.goto(url)
        assert cards(page)[:3] == ["t0.jpkl", "t1.jpkl", "t2.jpkl"]
        expect(page.locator(".summary")).to_contain_text("3,000 stacks")
        expect(page.locator(".cards li img").first).to_be_visible()
        page.mouse.wheel(0, 400)
        expect(page.locator(".cards li img").nth(12)).to_be_visible()
        assert page.locator(".cards li").count() < 300
        assert page.locator(".cards li img").count() < 60
        page.get_by_label("search names").fill("t2999")
        expect(page.locator(".cards li img")).to_have_count(1)


_COUNTING = """
import sys
from jpkl._codecs.jpeg import JpegCodec
from jpkl_viewer import serve

def noted(method):
    def decode(*args, **kwargs):
        with open(sys.argv[2], "a") as log:
            log.write("decoded\\n")
        return method(*args, **kwargs)
    return decode

JpegCodec.decode = noted(JpegCodec.decode)
JpegCodec.decode_scaled = noted(JpegCodec.decode_scaled)
serve(sys.argv[1], show=False)
"""


def test_two_people_share_what_is_decoded_but_not_where_they_are(browser: Browser, tmp_path: Path) -> None:
    # Frames so large that the server decodes them, to send what the screen shows of them.
    rows = np.linspace(20, 235, 4400).astype(np.uint8)
    image = np.repeat(rows[:, None], 4200, axis=1)
    root = tmp_path / "stacks"
    root.mkdir()
    jp = JPkl(np.stack([image, 255 - image], axis=-1), dim_names=["time"])
    jp.save(root / "x.jpkl")
    script, log = tmp_path / "serve.py", tmp_path / "log.txt"
    script.write_text(_COUNTING)
    with served(root, [sys.executable, "-u", str(script), str(root), str(log)]) as url:
        pages = []
        for _ in range(2):
            view = browser.new_page(viewport={"width": 1000, "height": 700})
            pages.append(ViewerPage(view, f"{url}/?stack=x.jpkl"))
            pages[-1].wait_for_position(0)
            pages[-1].set("time", 1)
            pages[-1].wait_for_position(1)
            if len(pages) == 1:
                view.wait_for_timeout(1000)  # what is fetched ahead
                first = log.read_text().count("decoded")
        pages[1].page.wait_for_timeout(1000)
        assert first > 0
        assert log.read_text().count("decoded") == first, "the second visitor's frames were there"
        pages[0].set("time", 0)
        pages[0].wait_for_position(0)
        pages[1].settle()
        assert pages[1].evaluate("() => jpkl.shown().position") == [1]
        for shown, time_index in zip(pages, (0, 1), strict=True):
            assert abs(shown.pixel(500, 1000)[0] - int(jp[1000, 500, time_index])) <= 2
            shown.page.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_server_is_reached_under_each_of_its_names(page: Page, folder: Path, address: str) -> None:
    command = [*view_command(folder), "--address", address]
    with served(folder, command) as url:
        hosts = own_hosts(address) if address == "0.0.0.0" else ["127.0.0.1"]
        port = urlsplit(url).port
        assert url == f"http://{hosts[0]}:{port}"
        for host in hosts:
            if not host.startswith("[") and _is_reached(host, port):
                page.goto(f"http://{host}:{port}")
                assert len(cards(page)) == 3, host


def _is_reached(host: str, port: int | None) -> bool:
    try:
        socket.create_connection((host, port or 0), timeout=5).close()
    except OSError:
        return False
    return True


@contextmanager
def panel_served(folder: Path, *options: str) -> Iterator[str]:
    """URL of a folder under ``panel serve``; all its processes are ended."""
    app = str(ROOT / "viewer" / "app.py")
    command = [sys.executable, "-u", "-m", "panel", "serve", app, "--port", "0", *options]
    with subprocess.Popen(
        [*command, "--args", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            found = next(filter(None, (re.search(r"http://\S+", line) for line in process.stdout)))
            yield found[0]
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            said, _ = process.communicate(timeout=20)
            assert "Traceback" not in said, said


@pytest.mark.parametrize("options", [(), ("--num-procs", "2")], ids=["one process", "two processes"])
def test_panel_serve_lists_a_folder(browser: Browser, folder: Path, options: tuple[str, ...]) -> None:
    jp = levels(100)
    with panel_served(folder, *options) as url:
        for position in range(4):  # more than the processes there are
            page = browser.new_page()
            page.goto(url)
            assert cards(page) == ["a.jpkl", "broken.jpkl", "b.jpkl"]
            expect(page.locator(".cards li img")).to_have_count(2)
            page.get_by_role("link", name="b.jpkl").click()
            page.wait_for_url("**/app?stack=sub/b.jpkl*")
            viewer = ViewerPage(browser.new_page(), page.url.partition("#")[0])
            viewer.set("time", position)
            viewer.wait_for_pixel(20, 5, [int(jp[5, 20, position, 0])] * 3)
            viewer.page.close()
            page.get_by_role("link", name="All stacks").click()
            assert len(cards(page)) == 3
            page.goto(f"{url}?stack=..%2fsecret.jpkl")
            expect(page.get_by_role("alert")).to_contain_text("There is no such stack")
            page.close()


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_server_that_is_interrupted_in_mid_work_ends_in_order(
    browser: Browser, folder: Path, sent: signal.Signals, code: int
) -> None:
    command = view_command(folder)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        viewer = ViewerPage(browser.new_page(), f"{found[0]}/?stack=a.jpkl")
        viewer.set("frames per second", 60)
        viewer.click("play along time (space)")
        other = browser.new_page()
        other.goto(found[0], wait_until="commit")
        process.send_signal(sent)  # and as a terminal and `make` do, another time
        process.send_signal(sent)
        said, _ = process.communicate(timeout=20)
        assert process.returncode == code
        assert said.strip() == ""
        viewer.page.close()
        other.close()


def test_real_stacks(page: Page, tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    images = tifffile.imread(shared_data("images/cells3d_nuclei_zyx.tif"))
    JPkl(images, axes="ZYX").save(tmp_path / "nuclei.jpkl")
    with served(tmp_path) as url:
        page.goto(url)
        picture = page.locator(".cards li img")
        expect(picture).to_be_visible()
        spread = picture.evaluate(
            """async (image) => {
              await image.decode();
              const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
              const context = canvas.getContext("2d");
              context.drawImage(image, 0, 0);
              const {width, height, data} = context.getImageData(0, 0, canvas.width, canvas.height);
              const red = data.filter((_, i) => i % 4 === 0);
              return [width, height, Math.max(...red), red.reduce((a, b) => a + b) / red.length];
            }"""
        )
        assert spread[:2] == [256, 256]
        assert spread[2] > 240
        assert 20 < spread[3] < 120, "nuclei on a dark ground, from the middle of the stack"
