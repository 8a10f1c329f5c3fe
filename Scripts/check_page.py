"""Opens a page of `heed inspect` in headless Chromium, checks the numbers that it shows, and takes pictures.

    python Scripts/check_page.py page.html [--pictures FOLDER] [--chromium PROGRAM]

Needs Chromium (Debian: `apt-get install chromium`) and nothing else: the browser is spoken to over its debugging
protocol by a small WebSocket client. What a hover or a click shows is compared with the weights that the page holds,
read here without the page's script. Ends with status 1, and says what is wrong, if something is.
"""

import argparse
import base64
import html.parser
import json
import math
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request


class Browser:
    """A page in headless Chromium."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0",
             f"--user-data-dir={self.folder}", "about:blank"],
            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        port_file = pathlib.Path(self.folder, "DevToolsActivePort")
        deadline = time.time() + 60
        while not (port_file.exists() and port_file.read_text().strip()):
            if time.time() > deadline or self.process.poll() is not None:
                raise SystemExit(f"{program} did not start")
            time.sleep(0.1)
        port = port_file.read_text().split()[0]
        targets = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
        target = next(one for one in targets if one["type"] == "page")
        self.socket = socket.create_connection(("127.0.0.1", int(port)), timeout=120)
        path = target["webSocketDebuggerUrl"].split(port, 1)[1]
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(1)
        self.number = 0
        self.messages = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.number += 1
        number = self.number
        self._send(json.dumps({"id": number, "method": method, "params": parameters}).encode())
        while True:
            message = json.loads(self._receive())
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.messages.append(message)

    def run(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def open(self, address, width, height, scale=1, dark=False, mobile=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Page.navigate", url=address)
        deadline = time.time() + 60
        while not self.run("document.readyState === 'complete' && location.href !== 'about:blank'"):
            if time.time() > deadline:
                raise SystemExit(f"{address} did not load")
            time.sleep(0.1)
        time.sleep(0.3)

    def place(self, selector):
        """The middle of an element, scrolled into view."""
        return self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e) return null;"
            "e.scrollIntoView({block: 'center', inline: 'center'}); const b = e.getBoundingClientRect();"
            "return [b.left + b.width / 2, b.top + b.height / 2]; })()")

    def hover(self, selector):
        x, y = self.place(selector)
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, selector):
        x, y = self.place(selector)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def tap(self, selector):
        x, y = self.place(selector)
        self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        time.sleep(0.1)

    def key(self, key, code=None):
        for kind in ("keyDown", "keyUp"):
            extra = {"text": key} if len(key) == 1 and kind == "keyDown" else {}
            if key == "Enter":  # A button is pressed by what the key would write.
                extra = {"text": "\r", "windowsVirtualKeyCode": 13} if kind == "keyDown" else {"windowsVirtualKeyCode": 13}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code or key, **extra)

    def picture(self, file, whole=True):
        self.run("scrollTo(0, 0)")
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        pathlib.Path(file).write_bytes(base64.b64decode(data))

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait(timeout=20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _send(self, payload):
        mask = os.urandom(4)
        length = len(payload)
        head = b"\x81" + (bytes([0x80 | length]) if length < 126 else
                          b"\xfe" + struct.pack(">H", length) if length < 65536 else b"\xff" + struct.pack(">Q", length))
        self.socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(min(1 << 20, count - len(data)))
            if not part:
                raise RuntimeError("the browser went away")
            data += part
        return data

    def _receive(self):
        whole = b""
        while True:
            first, second = self._exactly(2)
            length = second & 127
            if length == 126:
                length = struct.unpack(">H", self._exactly(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self._exactly(8))[0]
            data = self._exactly(length)
            if first & 15 in (0, 1):
                whole += data
                if first & 128:
                    return whole


class DataReader(html.parser.HTMLParser):
    """The JSON in the page, as any HTML parser finds it."""

    def __init__(self):
        super().__init__()
        self.isData = False
        self.text = ""
        self.addresses = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.isData = tag == "script" and attributes.get("id") == "data"
        self.addresses += [value for name, value in attributes.items() if name in ("src", "href")]

    def handle_endtag(self, tag):
        self.isData = False

    def handle_data(self, text):
        if self.isData:
            self.text += text


class Check:
    """What was found wrong."""

    def __init__(self):
        self.problems = []
        self.count = 0

    def __call__(self, is_right, problem):
        self.count += 1
        if not is_right:
            self.problems.append(problem)
            print("wrong:", problem, file=sys.stderr)


def weights_of(data, kind, head):
    rows, columns = len(kind["rows"]), len(kind["columns"])
    if "exact" in head:
        return head["exact"]
    if "weights" in head:
        values = struct.unpack(f"<{rows * columns}H", base64.b64decode(head["weights"]))
        return [[value / 65535 for value in values[i * columns:(i + 1) * columns]] for i in range(rows)]
    if "topWeights" not in head:
        return None
    count = data["topCount"]
    places = struct.unpack(f"<{rows * count}I", base64.b64decode(head["topColumns"]))
    values = struct.unpack(f"<{rows * count}H", base64.b64decode(head["topWeights"]))
    result = [[None] * columns for _ in range(rows)]
    for index, (place, value) in enumerate(zip(places, values)):
        if value > 0:
            result[index // count][place] = value / 65535
    return result


def shown(value):
    """A weight as the page writes it."""
    if value is None:
        return "small, not in this page"
    return "< 0.001" if 0 < value < 0.0005 else f"{value:.3f}"


def is_close(text, value, tolerance):
    try:
        return value is not None and abs(float(text.replace("−", "-").replace("< ", "")) - value) <= tolerance
    except ValueError:
        return text == shown(value)


def mean_of(data, kind, layer):
    """A layer's mean of heads: of all their weights, or what the page has of it where some were left out."""
    if any("weights" not in head for head in layer["heads"]):
        return layer["mean"]
    heads = [weights_of(data, kind, head) for head in layer["heads"]]
    return dict(layer["mean"], exact=[[sum(values) / len(heads) for values in zip(*rows)] for rows in zip(*heads)])


def find_head(data, start):
    kind = next(one for one in data["kinds"] if one["kind"] == start["kind"])
    layer = next(one for one in kind["layers"] if one["layer"] == start["layer"])
    if start["head"] == "mean":
        return kind, mean_of(data, kind, layer)
    return kind, next(one for one in layer["heads"] if one["head"] == start["head"])


def pairs(kind, limit):
    """Pairs of tokens all over the part of the map that can be seen."""
    rows, columns = min(len(kind["rows"]), limit), min(len(kind["columns"]), limit)
    return [(i, j) for i in range(0, rows, max(1, rows // 4)) for j in range(0, columns, max(1, columns // 4))
            if not (kind["causal"] and j > i)]


def check_map(browser, check, data, start, uses_touch):
    kind, head = find_head(data, start)
    weights = weights_of(data, kind, head)
    for i, j in pairs(kind, 48):
        cell = f'td[data-i="{i}"][data-j="{j}"]'
        if browser.place(cell) is None:
            continue
        browser.tap(cell) if uses_touch else browser.hover(cell)
        text = browser.run("document.querySelector('#readout b').textContent")
        expected = "not in this page" if weights is None else shown(weights[i][j])
        check(is_close(text, weights and weights[i][j], 0.00051) or text == expected,
              f"map {start} {i},{j}: the page says {text}, the weight is {expected}")
        words = browser.run("document.querySelector('#readout span').textContent")
        check(kind["rows"][i]["text"] in words and kind["columns"][j]["text"] in words,
              f"map {i},{j}: the page says {words!r}")


def check_vectors(browser, check, data, start):
    kind, head = find_head(data, start)
    weights = weights_of(data, kind, head)
    if "vectors" not in head or weights is None:
        return
    vectors = head["vectors"]
    size, rows, columns = vectors["size"], len(kind["rows"]), len(kind["columns"])
    queries = struct.unpack(f"<{rows * size}f", base64.b64decode(vectors["queries"]))
    keys = struct.unpack(f"<{columns * size}f", base64.b64decode(vectors["keys"]))
    additive = vectors.get("additive") and struct.unpack(f"<{size}f", base64.b64decode(vectors["additive"]))

    def compared(d, q, k):
        return additive[d] * math.tanh(q + k) if additive else q * k

    browser.click("#tab-vectors")
    for i, j in pairs(kind, 48)[:6]:
        for axis, value in (("Query of", i), ("Key of", j)):
            browser.run(
                f"(() => {{ const s = document.querySelector('select[data-key=\"{axis}\"]'); s.value = '{value}';"
                "s.dispatchEvent(new Event('change', {bubbles: true})); })()")
        product = sum(compared(d, queries[i * size + d], keys[j * size + d]) for d in range(size))
        text = browser.run("document.getElementById('product').textContent")
        check(is_close(text, product, 0.002 + 1e-5 * abs(product)), f"vectors {i},{j}: the page says {text}, not {product:.4f}")
        text = browser.run("document.getElementById('weight').textContent")
        if weights[i][j] is not None:
            check(is_close(text, weights[i][j], 0.0011), f"softmax {i},{j}: the page says {text}, not {weights[i][j]:.4f}")
    formula = browser.run("document.querySelector('.formula').textContent")
    divides = not additive and abs(vectors["scale"] * math.sqrt(size) - 1) < 1e-4
    check((browser.run("document.querySelector('.formula msqrt') !== null")) == divides, f"the formula is {formula}")
    check(("+B" in formula) == ("bias" in vectors), f"the formula is {formula}")
    d = size // 2
    browser.hover(f'.recipe .strip i[data-d="{d}"]')
    text = browser.run("document.getElementById('dimension').textContent")
    check(text.startswith(f"dimension {d}: ") or f"dimension {d - 1}" in text or f"dimension {d + 1}" in text,
          f"a strip says {text!r}")


def check_lines(browser, check, data, start):
    kind, head = find_head(data, start)
    weights = weights_of(data, kind, head)
    if weights is None:
        return
    browser.click("#tab-lines")
    for i in range(0, min(len(kind["rows"]), 48), 3):
        if browser.place(f'button[data-row="{i}"]') is None:
            continue
        browser.hover(f'button[data-row="{i}"]')
        known = [w or 0 for w in weights[i]]
        text = browser.run("document.querySelector('#readout b').textContent")
        check(is_close(text, max(known), 0.00051), f"lines {i}: the page says {text}, the largest is {max(known):.4f}")
        lines = browser.run("document.querySelectorAll('.lines path.on').length")
        there = browser.run("[...document.querySelectorAll('.lines button[data-column]')].map(e => Number(e.dataset.column))")
        visible = sum(1 for column in there if known[column] >= 0.01)
        check(lines == visible, f"lines {i}: {lines} are brought out, {visible} weights are 0.01 or more")


def check_steps(browser, check, data):
    if not data["steps"]:
        return
    for at in {0, len(data["steps"]) // 2, len(data["steps"]) - 1}:
        browser.run(
            f"(() => {{ const s = document.getElementById('step'); s.value = '{at}';"
            "s.dispatchEvent(new Event('input', {bubbles: true})); })()")
        step = data["steps"][at]
        text = browser.run("document.getElementById('step-note').textContent")
        check(step["chosen"]["token"]["text"] in text, f"step {at}: the page says {text!r}")
        values = browser.run("[...document.querySelectorAll('#candidates .value')].map(one => one.textContent)")
        check(len(values) >= len(step["candidates"]), f"step {at}: {len(values)} candidates")
        for value, one in zip(values, step["candidates"]):
            expected = "< 0.1 %" if one["probability"] < 0.0005 else f"{one['probability'] * 100:.1f} %"
            check(value == expected or abs(float(value.split()[0].replace("<", "0")) - one["probability"] * 100) < 0.051,
                  f"step {at}: the page says {value}, not {expected}")


        looks = browser.run("document.getElementById('looks').textContent")
        title = browser.run("document.getElementById('looks-title').textContent")
        kind = next((one for one in data["kinds"] if f"({LOOKS[one['kind']]}," in title), None)
        if kind is not None and "not in this page" not in looks:
            count = min(step["position"] + 1, len(kind["columns"])) if kind["causal"] else len(kind["columns"])
            there = browser.run("document.querySelectorAll('#looks span').length")
            rest = re.search(r"(\d+) others? with smaller weights not shown", looks)
            check(there + (int(rest[1]) if rest else 0) == count,
                  f"step {at}: {there} of {count} tokens and {rest and rest[0]!r}")
        lines = browser.run("Math.max(...[...document.querySelectorAll('.bars .value')].map(e => e.offsetHeight"
                            " / parseFloat(getComputedStyle(e).fontSize)))")
        check(lines < 2, f"step {at}: a probability is on two lines")


LOOKS = {"encoder": "encoder", "decoder": "decoder", "cross": "decoder → encoder"}


def check_mean(browser, check, data, start):
    """The mean of heads, in cells and in tiles."""
    browser.click("#tab-map")
    browser.run("(() => { const s = document.getElementById('head'); s.value = 'mean';"
                "s.dispatchEvent(new Event('change')); })()")
    check_map(browser, check, data, dict(start, head="mean"), False)
    kind, mean = find_head(data, dict(start, head="mean"))
    if "tiles" in mean:
        tiles = base64.b64decode(mean["tiles"])
        rows, columns = kind["tileRows"], kind["tileColumns"]
        check(len(tiles) == rows * columns, f"{len(tiles)} tiles are not {rows} × {columns}")
        # What lies under the frame of the window cannot be told.
        drawn = browser.run(
            "(() => { const c = document.querySelector('#window canvas');"
            "const all = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            f"return Array.from({{length: {rows * columns}}}, (_, t) => {{"
            f"const x = Math.floor((t % {columns} + .5) * c.width / {columns});"
            f"const y = Math.floor((Math.floor(t / {columns}) + .5) * c.height / {rows});"
            "return Array.from(all.slice(4 * (y * c.width + x), 4 * (y * c.width + x) + 4)); }); })()")
        blue = [int(one) for one in browser.run(
            "getComputedStyle(document.documentElement).getPropertyValue('--blue')").split()]
        wrong = [t for t, (tile, pixel) in enumerate(zip(tiles, drawn))
                 if abs(pixel[3] - 255 * math.sqrt(tile / 255)) > 1.5
                 and max(abs(a - b) for a, b in zip(pixel, blue)) < 8]
        check(not wrong, f"the overview of the mean is wrong in {len(wrong)} tiles, such as {wrong[:3]}")
    browser.run(f"(() => {{ const s = document.getElementById('head'); s.value = '{start['head']}';"
                "s.dispatchEvent(new Event('change')); })()")


def contrast(browser, selector):
    """How far the text of an element stands out from what lies behind it, as WCAG counts; None without such an element."""
    found = browser.run(
        f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e) return null;"
        "const s = getComputedStyle(e), opaque = getComputedStyle(document.querySelector('.card')).backgroundColor;"
        "return [s.color, s.backgroundColor, opaque, s.opacity]; })()")
    if found is None:
        return None
    colours = [[float(one) for one in re.findall(r"[\d.]+", text)] for text in found[:3]]
    text, behind, paper = [one[:3] for one in colours]
    alpha = colours[1][3] if len(colours[1]) > 3 else 1
    behind = [alpha * a + (1 - alpha) * b for a, b in zip(behind, paper)]
    text = [float(found[3]) * a + (1 - float(found[3])) * b for a, b in zip(text, behind)]

    def luminance(channels):
        linear = [c / 255 / 12.92 if c <= 10.31 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(text), luminance(behind)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def check_contrast(browser, check, name):
    """Text on the deepest blue that it can stand on, and text that is set back."""
    browser.run("document.querySelectorAll('.chips span, .measures button').forEach(e => e.style.setProperty('--w', 1))")
    for selector in (".chips span", ".measures button", ".flow button.later", ".flow button.special", ".note"):
        found = contrast(browser, selector)
        check(found is None or found >= 4.5, f"{name}: {selector} has a contrast of {found or 0:.2f}")


def check_focus(browser, check, data):
    """What was pressed keeps the focus, though all around it is drawn anew."""
    browser.click("#tab-map")

    def press(selector, *keys):
        if browser.place(selector) is None:
            return
        browser.run(f"document.querySelector({json.dumps(selector)}).focus()")
        name = ("(e => e === document.body ? 'the page' : e.id || e.dataset.key || e.getAttribute('aria-label'))"
                "(document.activeElement)")
        before = browser.run(name)
        for key in keys:
            browser.key(key, {"Enter": "Enter", "]": "BracketRight", ".": "Period", ",": "Comma"}[key])
        after = browser.run(name)
        check(before == after, f"after {' '.join(keys)} on {selector} the focus is on {after!r}, not {before!r}")

    cell = '.map td[tabindex="0"]'
    press(cell, "]")
    press(cell, ".")
    press(cell, ",")
    press("#flow button:not([disabled])", "Enter")
    press("#measures button", "Enter")
    press('#kinds [aria-checked="true"]', "]")
    press("#step-back", *["Enter"] * (len(data["steps"]) + 1 if len(data["steps"]) < 60 else 2))
    press("#step-on", "Enter", "Enter")
    for name in ("Later columns", "Later rows", "Earlier columns", "Earlier rows"):
        press(f'#window button[aria-label="{name}"]', "Enter", "Enter")
        check(browser.run(f"document.querySelectorAll('{cell}').length") == 1, f"{name}: no key reaches the map")
    browser.click("#tab-vectors")
    press(".shares button", "Enter")
    browser.click("#tab-map")


def check_keys(browser, check, data, start):
    """What a keyboard alone can do, and what a screen reader is told."""
    browser.click("#tab-map")
    kind, head = find_head(data, start)
    browser.run("document.querySelector('.map td[tabindex=\"0\"]').focus()")
    before = browser.run("[document.activeElement.dataset.i, document.activeElement.dataset.j].map(Number)")
    browser.key("ArrowRight" if before[1] + 1 < len(kind["columns"]) else "ArrowLeft")
    after = browser.run("[document.activeElement.dataset.i, document.activeElement.dataset.j].map(Number)")
    check(abs(after[1] - before[1]) == 1 and after[0] == before[0], f"an arrow key went from {before} to {after}")
    name = browser.run("document.activeElement.getAttribute('aria-label')")
    check(kind["columns"][after[1]]["text"] in name, f"a cell is called {name!r}")
    title = browser.run("document.getElementById('one-title').textContent")
    browser.run("document.activeElement.blur()")
    browser.key("]", "BracketRight")
    check(browser.run("document.getElementById('one-title').textContent") != title, "the key ] changes nothing")
    browser.key("[", "BracketLeft")
    check(browser.run("document.getElementById('one-title').textContent") == title, "the key [ does not go back")
    unnamed = browser.run(
        "[...document.querySelectorAll('button, select, input')].filter(e => !(e.getAttribute('aria-label')"
        " || e.textContent.trim() || e.closest('label')?.textContent.trim())).length")
    check(unnamed == 0, f"{unnamed} controls have no name")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("page")
    parser.add_argument("--pictures", help="a folder for screenshots")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    options = parser.parse_args()
    page = pathlib.Path(options.page).resolve()
    reader = DataReader()
    reader.feed(page.read_text(encoding="utf-8"))
    data = json.loads(reader.text)
    check = Check()
    check(not reader.addresses, f"the page points elsewhere: {reader.addresses[:3]}")
    browser = Browser(options.chromium)
    try:
        for name, width, height, mobile, dark in (("desktop", 1280, 900, False, False), ("phone", 390, 844, True, False),
                                                  ("dark", 1280, 900, False, True)):
            browser.messages.clear()
            browser.call("Emulation.setTouchEmulationEnabled", enabled=mobile)
            browser.open(page.as_uri(), width, height, 2 if mobile else 1, dark, mobile)
            wide = browser.run("document.documentElement.scrollWidth")
            check(wide <= width, f"{name}: the page is {wide} wide on a screen of {width}")
            if options.pictures:
                folder = pathlib.Path(options.pictures)
                folder.mkdir(parents=True, exist_ok=True)
                for view in ("map", "lines", "vectors"):
                    browser.run(f"document.getElementById('tab-{view}').click()")
                    time.sleep(0.2)
                    browser.picture(folder / f"{name}-{view}.png")
                browser.run("document.getElementById('tab-map').click()")
            check_map(browser, check, data, data["start"], mobile)
            if name == "desktop":
                check_lines(browser, check, data, data["start"])
                check_vectors(browser, check, data, data["start"])
                check_steps(browser, check, data)
                if data["start"]["head"] != "mean":
                    check_mean(browser, check, data, data["start"])
                check_keys(browser, check, data, data["start"])
                check_focus(browser, check, data)
                for kind in data["kinds"]:
                    browser.click(f'#kinds [data-kind="{kind["kind"]}"]')
                    layer = kind["layers"][0]
                    last = layer["heads"][-1]
                    browser.click(f'#heads [data-layer="{layer["layer"]}"][data-head="{last["head"]}"]')
                    browser.click("#tab-map")
                    place = {"kind": kind["kind"], "layer": layer["layer"], "head": last["head"]}
                    check_map(browser, check, data, place, False)
            check_contrast(browser, check, name)
            for message in browser.messages:
                if message["method"] in ("Runtime.exceptionThrown", "Log.entryAdded"):
                    check(False, f"{name}: the browser says {json.dumps(message['params'])[:400]}")
                if message["method"] == "Network.requestWillBeSent":
                    address = message["params"]["request"]["url"]
                    check(address.startswith(("file:", "data:", "about:")), f"{name}: the page asks for {address}")
    finally:
        browser.close()
    if check.problems:
        raise SystemExit(f"{len(check.problems)} of {check.count} checks failed")
    print(f"{check.count} checks passed")


if __name__ == "__main__":
    main()
