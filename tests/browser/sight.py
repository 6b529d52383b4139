"""What is wrong with a worker's page as Chromium draws it. Each function lists its faults; none is a pass."""

from typing import Final

from playwright.sync_api import Page

from tests.guards.tree import ROOT

AXE: Final = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Rules of best practice run too; the size of targets (WCAG 2.5.8) must be asked for.
_AXE: Final = """async () => (await axe.run(document, {
        resultTypes: ['violations'], elementRef: false, rules: {'target-size': {enabled: true}},
    })).violations.flatMap(rule => rule.nodes.map(
        node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`))"""
# The size of each thing that can be pressed, but links in a sentence (WCAG 2.5.8, "Inline").
_SMALL: Final = """() => [
    ...document.querySelectorAll('a, button, summary, label.c, input[type=text], select, textarea')]
    .filter(one => one.checkVisibility() && !one.matches('.skip'))
    .filter(one => !(one.matches('a') && one.closest('p, li') && !one.matches('.b, nav a')))
    .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height,
                 one.matches('.exit, .b, button, summary, label.c, input, select, textarea') ? 48 : 24])
    .filter(([, height, least]) => height < least - 0.5)
    .map(([what, height, least]) => `${height} px high, and ${least} are needed: ${what}`)"""
# Text that runs out of the screen or out of the frame around it, and boxes that hide what does not fit in them.
_CUT_OFF: Final = """() => {
    const width = document.documentElement.clientWidth, found = [];
    const framed = '.exit, .b, button, summary, .c, .box, .k, .m, select, header, main, footer';
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode, near = text.parentElement;
        if (!text.data.trim() || !near.checkVisibility() || near.closest('.skip, option, script, textarea')) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        for (const box of range.getClientRects()) {
            if (box.width < 1) continue;
            const out = frame => box.left < frame.left - 1 || box.right > frame.right + 1;
            if (out({left: 0, right: width})) found.push(`runs out of the screen: ${text.data.slice(0, 60)}`);
            for (let one = near.closest(framed); one; one = one.parentElement.closest(framed)) {
                const frame = one.getBoundingClientRect();
                const scrolls = one.matches('header') || near.closest('header details');
                const over = !scrolls && (box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
                if (out(frame) || over) found.push(`runs out of its frame: ${text.data.slice(0, 60)}`);
            }
        }
    }
    for (const one of document.querySelectorAll('body *')) {
        if (!one.checkVisibility() || one.closest('.skip')) continue;
        const box = one.getBoundingClientRect(), what = one.outerHTML.slice(0, 80);
        if (one.matches('input, select, textarea, button, svg, a.b') && (box.left < 0 || box.right > width + 0.5))
            found.push(`stands outside of the screen: ${what}`);
        if (getComputedStyle(one).overflowX === 'hidden' && one.scrollWidth > one.clientWidth)
            found.push(`hides what does not fit: ${what}`);
    }
    return [...new Set(found)];
}"""
_SIDEWAYS: Final = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# The way out, wherever the page is scrolled to: on the screen, and nothing in front of it.
_EXIT_HIDDEN: Final = """() => {
    const page = document.documentElement, exit = document.querySelector('a.exit'), before = page.scrollTop;
    const hidden = [0, page.scrollHeight / 2, page.scrollHeight].filter(top => {
        page.scrollTop = top;
        const box = exit.getBoundingClientRect();
        const met = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return !(met && exit.contains(met)) || box.top < 0 || box.bottom > innerHeight;
    });
    page.scrollTop = before;
    return hidden.map(top => `the way out cannot be pressed at ${top} px`);
}"""
# The numbers to call: one press away, and each written out as it is dialled.
_NO_HELP: Final = """() => {
    const panel = document.querySelector('header details'), calls = [...panel.querySelectorAll('a[href^="tel:"]')];
    const digits = text => text.replace(/\\D/g, '');
    const wrong = calls.filter(one => digits(one.textContent) !== digits(one.getAttribute('href')));
    const faults = wrong.map(one => `dials something else than it says: ${one.outerHTML}`);
    if (!panel.querySelector('summary').checkVisibility()) faults.push('the danger panel cannot be opened');
    if (calls[0]?.getAttribute('href') !== 'tel:911') faults.push('911 is not the first number');
    return faults;
}"""
# Letters of the English alphabet where nothing says that they are English, and sentences without both brackets.
_UNTRANSLATED: Final = """() => {
    const own = document.documentElement.lang, found = [];
    const foreign = one => one.closest('[lang]').lang !== own || one.closest('bdi, script, textarea');
    const english = (text, one) => /[A-Za-z]/.test(text) && !foreign(one);
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const {data, parentElement} = texts.currentNode;
        if (english(data, parentElement)) found.push(data.trim());
    }
    for (const one of document.querySelectorAll('body *'))
        for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'label', 'aria-description'])
            if (english(one.getAttribute(name) ?? '', one)) found.push(`${name}: ${one.getAttribute(name)}`);
    for (const one of document.querySelectorAll('p, li, h1, h2, h3, dt, dd, button, summary, legend, label')) {
        const count = mark => one.textContent.split(mark).length;
        if (count('[') !== count(']')) found.push(`not whole: ${one.textContent.slice(0, 80)}`);
    }
    return [...new Set(found)].map(text => `is not from the catalogue: ${text}`);
}"""
# Where a page runs from right to left: lines that begin on the left, and digits whose groups change places.
_WRONG_SIDE: Final = """() => {
    const found = [], body = getComputedStyle(document.body);
    if (document.documentElement.dir !== 'rtl' || body.direction !== 'rtl') found.push('the page runs to the right');
    const lines = document.querySelectorAll('main :is(p, li, h1, h2, h3, legend, label.t, label.c > span, dt, dd)');
    for (const one of lines) {
        if (!one.checkVisibility() || one.closest('[dir=ltr], [dir=auto], .l, .n') || !one.textContent.trim()) continue;
        const range = document.createRange(), style = getComputedStyle(one), box = one.getBoundingClientRect();
        range.selectNodeContents(one);
        const parts = [...range.getClientRects()].filter(part => part.width > 1);
        const line = Math.min(...parts.map(part => part.bottom));
        const start = Math.max(...parts.filter(part => part.top < line).map(part => part.right));
        if (box.right - parseFloat(style.paddingRight) - start > 24)
            found.push(`begins on the left: ${one.textContent.trim().slice(0, 60)}`);
    }
    const groups = [...document.querySelectorAll('.k span')].map(one => one.getBoundingClientRect());
    if (groups.some((box, at) => at && box.top < groups[at - 1].top + 5 && box.left < groups[at - 1].left))
        found.push('the groups of the secret number stand in another order');
    for (const one of document.querySelectorAll('.k, .tel, input[inputmode=tel], input[inputmode=email], #number'))
        if (getComputedStyle(one).direction !== 'ltr')
            found.push(`digits run to the left: ${one.outerHTML.slice(0, 80)}`);
    return found;
}"""


def axe(page: Page) -> list[str]:
    """List what axe finds. Its script must be in the page already: a context's `add_init_script(path=AXE)`."""
    # Nothing then lies behind the bar that stays at the top.
    page.evaluate("scrollTo(0, 0)")
    return list(page.evaluate(_AXE))


def sideways(page: Page) -> list[str]:
    """Say whether the page scrolls sideways."""
    return ["scrolls sideways"] if page.evaluate(_SIDEWAYS) else []


def cut_off(page: Page) -> list[str]:
    """List text and controls that cannot be seen whole."""
    return list(page.evaluate(_CUT_OFF))


def too_small(page: Page) -> list[str]:
    """List targets that a thumb misses."""
    return list(page.evaluate(_SMALL))


def without_way_out(page: Page) -> list[str]:
    """List scroll positions at which the way out cannot be pressed."""
    return list(page.evaluate(_EXIT_HIDDEN))


def without_help(page: Page) -> list[str]:
    """List what is wrong with the numbers to call in danger."""
    return list(page.evaluate(_NO_HELP))


def untranslated(page: Page) -> list[str]:
    """List what a page in a made-up language says in English without saying that it is."""
    return list(page.evaluate(_UNTRANSLATED))


def on_the_wrong_side(page: Page) -> list[str]:
    """List what does not run from right to left, and digits that do."""
    return list(page.evaluate(_WRONG_SIDE))
