"""The notes in git as a reader's browser shows them: on a phone, a tablet and a desk, by day and by night."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect, sync_playwright

NOTES = Path(__file__).parents[2] / "results" / "notes.html"
CHROMIUM = shutil.which("chromium")
WIDTHS = (360, 800, 1400)
HEIGHT = 900
VIEWS = [(width, scheme) for width in WIDTHS for scheme in ("light", "dark")]
BY_DAY = [(width, scheme) for width, scheme in VIEWS if scheme == "light"]
BOTH_SCHEMES = [(360, "dark"), (1400, "light")]
"""For what takes long: either scheme, and either form of the page."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and "CI" not in os.environ, reason="needs Chromium (Debian's chromium)"),
]


class View(NamedTuple):
    """The notes in a window, and what happened there."""

    page: Page
    width: int
    requests: list[str]
    """The start of the address of everything but the notes and what they hold that was asked for."""
    complaints: list[str]
    """Errors on the console and in scripts."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM is not None, "there is no chromium; .ci/run installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def view(request: pytest.FixtureRequest, browser: Browser) -> Iterator[View]:
    width, scheme = request.param
    # scrolling that takes its time would be caught on its way
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, reduced_motion="reduce"
    )
    requests, complaints = [], []

    def ask(request: Request) -> None:
        if request.url.partition("#")[0] != NOTES.as_uri() and not request.url.startswith(("data:", "blob:")):
            requests.append(request.url[:200])

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    context.on("request", ask)
    context.on("console", hear)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("websocket", lambda socket: requests.append(socket.url))
    page.goto(NOTES.as_uri())
    yield View(page, width, requests, complaints)
    context.close()


def seen_by(*views: tuple[int, str]) -> Callable[..., Any]:
    """Let a test see the page in these windows."""
    names = [f"{width}-{scheme}" for width, scheme in views]
    return pytest.mark.parametrize("view", views, indirect=True, ids=names)


@pytest.fixture
def all_open(view: View) -> Iterator[None]:
    """Open everything that folds, and leave it as it was."""
    view.page.evaluate(
        """() => { for (const fold of document.querySelectorAll("details:not([open])"))
            { fold.open = true; fold.dataset.opened = ""; } }"""
    )
    for chart in view.page.locator(".explore .chart .main-svg:first-child").all():
        chart.wait_for()
    yield
    view.page.evaluate(
        """() => { for (const fold of document.querySelectorAll("[data-opened]"))
            { fold.open = false; delete fold.dataset.opened; } }"""
    )


# What sticks out and is not in something that scrolls on its own.
STICKING_OUT = """
() => {
    const width = document.documentElement.clientWidth;
    const scrolls = node => node && node !== document.body
        && (getComputedStyle(node).overflowX !== "visible" || scrolls(node.parentElement));
    return document.documentElement.scrollWidth <= width ? [] : [...document.body.querySelectorAll("*")]
        .filter(node => node.getBoundingClientRect().right > width + 0.5 && !scrolls(node.parentElement))
        .map(node => node.outerHTML.slice(0, 120));
}
"""

# Pairs of lines of text, formulas and pictures that lie on one another by more than three pixels in both directions.
# Parts of a formula and of a chart do so on purpose; of what scrolls on its own, what can be seen counts.
OVERLAPS = """
() => {
    const SLACK = 3;
    const clips = new Map();
    const meet = (a, b) => ({
        left: Math.max(a.left, b.left), right: Math.min(a.right, b.right),
        top: Math.max(a.top, b.top), bottom: Math.min(a.bottom, b.bottom),
    });
    const everything = { left: -Infinity, right: Infinity, top: -Infinity, bottom: Infinity };
    const clip = node => {
        if (!node || node === document.body) return everything;
        if (!clips.has(node)) {
            const outer = clip(node.parentElement), cut = getComputedStyle(node).overflowX !== "visible";
            clips.set(node, cut ? meet(outer, node.getBoundingClientRect()) : outer);
        }
        return clips.get(node);
    };
    const boxes = [];
    const add = (node, what, rectangles) => {
        for (const rectangle of rectangles) {
            const seen = meet(rectangle, clip(node.parentElement));
            if (seen.right - seen.left > SLACK && seen.bottom - seen.top > SLACK)
                boxes.push({ node, what: what.trim().slice(0, 60), ...seen });
        }
    };
    const range = document.createRange();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, node => {
        if (node.nodeType === Node.TEXT_NODE)
            return node.data.trim() ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
        if (node.matches("script, style, .chart, .skip") || !node.checkVisibility()) return NodeFilter.FILTER_REJECT;
        if (!node.matches("img, math")) return NodeFilter.FILTER_SKIP;
        add(node, node.outerHTML, node.getClientRects());
        return NodeFilter.FILTER_REJECT;
    });
    for (let node; (node = walker.nextNode());) {
        range.selectNodeContents(node);
        add(node, node.data, range.getClientRects());
    }
    boxes.sort((a, b) => a.top - b.top);
    const found = [];
    for (let first = 0; first < boxes.length; first++) {
        const a = boxes[first];
        for (let second = first + 1; second < boxes.length && boxes[second].top < a.bottom - SLACK; second++) {
            const b = boxes[second], both = meet(a, b);
            if (a.node !== b.node && both.right - both.left > SLACK && both.bottom - both.top > SLACK)
                found.push([a.what, b.what, Math.round(a.top + scrollY)]);
        }
    }
    return { boxes: boxes.length, found };
}
"""


def assert_laid_out(page: Page) -> None:
    assert page.evaluate(STICKING_OUT) == []
    overlaps = page.evaluate(OVERLAPS)
    assert overlaps["found"] == []
    assert overlaps["boxes"] > 1000  # it did look


@seen_by(*VIEWS)
def test_nothing_sticks_out_or_overlaps(view: View) -> None:
    assert_laid_out(view.page)


@seen_by(*BY_DAY)
@pytest.mark.usefixtures("all_open")
def test_nothing_sticks_out_or_overlaps_when_all_is_open(view: View) -> None:
    assert_laid_out(view.page)


# Follow links as a click does: each must lie open to the pointer, and bring what it names into view.
FOLLOWED = """
async links => {
    const faults = [];
    for (const link of links) {
        const address = link.getAttribute("href"), target = document.getElementById(decodeURIComponent(address.slice(1)));
        if (!target) { faults.push([address, "leads nowhere"]); continue; }
        for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = false;
        for (let at = link; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
        history.replaceState(null, "", "#");
        link.focus({ preventScroll: true });
        link.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
        const { left, top, width, height } = link.getClientRects()[0];
        const hit = document.elementFromPoint(left + width / 2, top + height / 2);
        if (!hit || !link.contains(hit)) { faults.push([address, `covered by ${hit?.outerHTML.slice(0, 80)}`]); continue; }
        const followed = new Promise(done => addEventListener("hashchange", done, { once: true }));
        link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window }));
        await followed;
        const box = target.getBoundingClientRect();
        if (!target.checkVisibility()) faults.push([address, "is hidden"]);
        else if (box.bottom <= 0 || box.top >= innerHeight) faults.push([address, `is out of view, at ${box.top}`]);
    }
    return faults;
}
"""
WITHIN = 'a[href^="#"]'


def followed(links: Locator) -> list[list[str]]:
    """Return what is wrong with links within the page."""
    return links.evaluate_all(FOLLOWED)


@seen_by(*BY_DAY)
def test_every_figure_leads_to_its_origin_and_on_from_there(view: View) -> None:
    figures = view.page.locator("figure").evaluate_all("figures => figures.map(figure => figure.id)")
    assert len(figures) > 30
    selectors = [f'[id="{figure}"] figcaption a[href="#{figure.replace("fig:", "origin:")}"]' for figure in figures]
    assert [selector for selector in selectors if view.page.locator(selector).count() != 1] == []
    assert followed(view.page.locator(", ".join(selectors))) == []
    addresses = view.page.locator('[id^="origin:"] a').evaluate_all("links => links.map(link => link.hash)")
    assert {"#table", "#run", "#data", "#params", "#module"} <= {address.partition(":")[0] for address in addresses}


@seen_by(*BY_DAY)
def test_every_link_leads_somewhere_in_view(view: View) -> None:
    addresses = view.page.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert [address for address in addresses if not address.startswith(("#", "https://"))] == []
    # one link for each place: that all of them have a place is told without a click, too
    links = view.page.evaluate_handle(
        """() => Object.values(Object.fromEntries([...document.querySelectorAll('a[href^="#"]')]
            .map(link => [link.getAttribute("href"), link])))"""
    )
    ids = set(view.page.locator("[id]").evaluate_all("nodes => nodes.map(node => node.id)"))
    assert {unquote(address[1:]) for address in addresses if address.startswith("#")} <= ids
    if view.width != WIDTHS[0]:  # what folds is the same in all windows
        links = links.evaluate_handle("links => links.filter(link => !link.closest('#origins'))")
    assert links.evaluate(FOLLOWED) == []


@contextmanager
def chart(view: View, name: str) -> Iterator[Locator]:
    """Open the place of a chart until it is drawn, and close it in the end."""
    place = view.page.locator(f'details.explore[data-chart="{name}"]')
    place.locator("summary").click()
    place.locator(".chart .main-svg").first.wait_for()
    yield place
    place.locator("summary").click()


@pytest.fixture
def curves(view: View) -> Iterator[Locator]:
    with chart(view, "training_curves") as place:
        yield place


@pytest.fixture
def surface(view: View) -> Iterator[Locator]:
    with chart(view, "surfaces") as place:
        yield place


@seen_by(*BY_DAY, BOTH_SCHEMES[0])
def test_curves_show_values_and_can_be_switched_off(view: View, curves: Locator) -> None:
    lines, networks = curves.locator(".scatterlayer .trace"), curves.get_by_role("group", name=re.compile("^Layers"))
    before, shown = lines.count(), networks.get_by_role("checkbox", checked=True)
    assert before == shown.count() > 1

    lines.last.locator(".points path").last.hover(force=True)
    value = curves.locator(".hoverlayer .hovertext")
    value.wait_for()
    assert re.search(r"layers.* step [\d,]+: \d+(\.\d+)? %", " ".join(value.locator("tspan, text").all_text_contents()))

    switch = shown.last
    name = switch.locator("xpath=..").inner_text()
    switch = networks.last.get_by_role("checkbox", name=name, exact=True)
    switch.uncheck()
    expect(lines).to_have_count(before - 1)
    switch.check()
    expect(lines).to_have_count(before)

    seeds = curves.get_by_role("group", name="Seeds").get_by_role("checkbox")
    expect(seeds.first).to_be_disabled()
    curves.get_by_role("radio", name="Single seeds").check()
    expect(lines).to_have_count(before * seeds.count())
    seeds.first.uncheck()
    expect(lines).to_have_count(before * (seeds.count() - 1))
    seeds.first.check()
    curves.get_by_role("radio", name="Means over seeds").check()
    expect(lines).to_have_count(before)
    assert_silent(view)


@seen_by(*BOTH_SCHEMES)
def test_the_surface_shows_values_and_turns(view: View, surface: Locator) -> None:
    canvas = surface.locator(".chart canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    # from the left to the right, until the pointer meets the surface
    value = surface.locator(".chart .hovertext")
    for step in range(10, 60, 4):
        view.page.mouse.move(box["x"] + box["width"] * step / 100, box["y"] + box["height"] / 2)
        view.page.wait_for_timeout(100)
        if value.count():
            break
    assert re.search(r"loss [\d,.]+ nats", " ".join(value.all_text_contents()))
    before = canvas.screenshot()
    surface.get_by_role("button", name="Left").click()
    assert canvas.screenshot() != before
    networks = surface.get_by_role("group", name="Network").get_by_role("radio")
    assert networks.count() > 1
    turned = canvas.screenshot()
    networks.last.check()
    assert canvas.screenshot() != turned
    assert_silent(view)


@seen_by(*BOTH_SCHEMES)
@pytest.mark.usefixtures("curves", "surface")
def test_axe_finds_nothing_serious(view: View) -> None:
    view.page.locator('[id="origin:training_curves"] > summary').click()
    # formulas have the colour of the text about them, and thousands of parts
    found = Axe().run(view.page, context={"exclude": [["math"]]}).response["violations"]
    view.page.locator('[id="origin:training_curves"] > summary').click()
    grave = [rule for rule in found if rule["impact"] in ("serious", "critical")]
    assert [(rule["id"], [node["target"] for node in rule["nodes"]][:5]) for rule in grave] == []


@seen_by(BY_DAY[0])
@pytest.mark.usefixtures("all_open")
def test_no_source_is_left_in_the_text(view: View) -> None:
    text = view.page.locator("body").inner_text()
    assert len(text) > 100_000
    source = re.compile(r"\{\{|\}\}|\{%|%\}|\\[a-zA-Z]{2,}|\]\(|\[@|\{[#.]|:::|\bundefined\b|\bNaN\b|\bNone\b")
    assert [text[max(hit.start() - 30, 0) : hit.end() + 30] for hit in source.finditer(text)] == []


@seen_by(BY_DAY[0])
def test_every_picture_is_there_and_described(view: View) -> None:
    pictures = view.page.locator("img").evaluate_all(
        """pictures => Promise.all(pictures.map(picture => picture.decode().catch(() => {})
            .then(() => [picture.alt, picture.naturalWidth, picture.clientWidth])))"""
    )
    assert len(pictures) == view.page.locator("figure").count() > 30
    assert [picture for picture in pictures if not picture[0].strip() or not all(picture[1:])] == []


@seen_by(*BY_DAY)
def test_the_words_in_a_figure_can_be_read_on_a_phone(view: View) -> None:
    """What does not fit scrolls, by touch and by keyboard; what fits is no stop for the keyboard."""
    boxes = view.page.locator("figure .picture")
    seen = boxes.evaluate_all(
        "boxes => boxes.map(box => [box.firstElementChild.clientWidth, box.scrollWidth > box.clientWidth, box.tabIndex])"
    )
    assert len(seen) == view.page.locator("figure").count() > 30
    assert [box for box in seen if box[0] < 544] == []  # figures are 454 points wide, their least words 8.5: 10 pixels
    assert {tuple(box[1:]) for box in seen} == ({(True, 0)} if view.width == 360 else {(False, -1)})
    if view.width == 360:
        first = boxes.first
        first.focus()
        view.page.keyboard.press("ArrowRight")
        expect(first).not_to_have_js_property("scrollLeft", 0)


@seen_by(*BOTH_SCHEMES)
def test_print_leaves_out_what_serves_the_screen(view: View) -> None:
    view.page.emulate_media(media="print")
    hidden = [node.is_visible() for node in view.page.locator("nav, .skip, .explore").all()]
    assert hidden and not any(hidden)
    assert all(figure.is_visible() for figure in view.page.locator("figure img").all())
    assert view.page.evaluate(STICKING_OUT) == []
    view.page.emulate_media(media="screen")
    assert view.page.locator("nav").is_visible()


@seen_by(*VIEWS)
def test_the_page_asks_for_nothing_and_complains_of_nothing(view: View) -> None:
    assert view.page.title() == "Notes on Residual Networks"
    assert_silent(view)


def assert_silent(view: View) -> None:
    assert view.requests == []
    assert view.complaints == []


def test_the_file_can_be_sent() -> None:
    assert NOTES.stat().st_size < 10_000_000
