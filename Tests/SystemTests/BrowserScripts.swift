// SPDX-License-Identifier: Apache-2.0

/// The Python scripts that control the browser.
enum BrowserScripts {
  /// Called with the cockpit's address, the folder for screenshots and the ledger's file.
  static let common = """
    import io, json, os, re, sqlite3, sys, time, urllib.request
    from playwright.sync_api import expect, sync_playwright
    url, folder, ledger = sys.argv[1:]
    def push(name, severity, summary, token=None):
        alert = {"labels": {"alertname": name, "severity": severity}, "annotations": {"summary": summary}}
        headers = {"Content-Type": "application/json"}
        if token: headers["Authorization"] = "Bearer " + token
        urllib.request.urlopen(urllib.request.Request(url + "/api/v2/alerts", json.dumps([alert]).encode(), headers))
    def fits(page):
        width, room = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= room, (width, room)
    problems = []
    def link_in(text):
        while True:
            with io.open("var/journal.jsonl") as journal:
                for line in journal:
                    if text in line: return json.loads(line)["acknowledge_url"]
            time.sleep(0.05)
    def open(browser, where=url, **options):
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(600000)
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: (problems.append("a dialog: " + dialog.message), dialog.dismiss()))
        page.goto(where)
        return page
    def shoot(page, name): page.screenshot(path=os.path.join(folder, name + ".png"), full_page=True)
    def shown(page): return page.evaluate("document.activeElement.textContent")
    def chromium(playwright):
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        return playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
    # Every control has a name, ids are unique, and texts have enough contrast with their background (WCAG 2.2, AA).
    def accessible(page):
        faults = page.evaluate('''() => {
            const faults = [], ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
            if (new Set(ids).size < ids.length) faults.push("an id twice: " + ids);
            for (const control of document.querySelectorAll("input:not([type=hidden]), select"))
                if (!control.labels.length) faults.push("no label: " + control.outerHTML);
            for (const control of document.querySelectorAll("button, a, summary"))
                if (!control.textContent.trim()) faults.push("no name: " + control.outerHTML);
            const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
            const light = (color) => {
                paint.clearRect(0, 0, 1, 1); paint.fillStyle = color; paint.fillRect(0, 0, 1, 1);
                const [red, green, blue, alpha] = paint.getImageData(0, 0, 1, 1).data;
                const part = (value) => (value /= 255) <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4;
                return { alpha, light: .2126 * part(red) + .7152 * part(green) + .0722 * part(blue) };
            };
            for (const element of document.querySelectorAll("body *")) {
                const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
                if (!own || !element.checkVisibility() || element.closest("svg")) continue;
                let behind = element;
                while (behind && light(getComputedStyle(behind).backgroundColor).alpha < 255) behind = behind.parentElement;
                const [one, other] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor]
                    .map((color) => light(color).light);
                const contrast = (Math.max(one, other) + .05) / (Math.min(one, other) + .05);
                if (contrast < 4.5) faults.push(contrast.toFixed(2) + ": " + element.outerHTML.slice(0, 200));
            }
            return faults;
        }''')
        assert not faults, faults
    expect.set_options(timeout=600000)

    """

  static let cockpit = """
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        page = open(browser, viewport={"width": 1280, "height": 800})
        expect(page.locator("#live")).to_have_text("live")
        expect(page.get_by_text("No active alerts.")).to_be_visible()
        shoot(page, "empty")
        # An ordinary day, for the chart.
        hour = int(time.time()) // 3600 * 3600
        with sqlite3.connect(ledger) as day:
            for ago in range(1, 24):
                counts = {"fired": ago * 7 % 5, "delivered": ago * 7 % 5 + ago % 3, "dead": 2 if ago == 9 else 0}
                if ago % 8 > 5: counts["fired"] = counts["delivered"] = 0
                day.executemany("INSERT INTO counters VALUES (?, ?)", [
                    ("hour.%011d.%s" % (hour - 3600 * ago, kind), count) for kind, count in counts.items() if count])
        # A pushed alert appears in the open page.
        page.evaluate('''() => { window.seen = new Promise((found) => new MutationObserver(() => {
            if (document.body.innerText.includes("The disk of db-1 is full")) found(Date.now());
        }).observe(document.body, { childList: true, subtree: true })); }''')
        push("DiskFull", "critical", "The disk of db-1 is full")
        page.evaluate("window.seen")
        push("ReplicaLag", "warning", "Replica db-2 is 14 minutes behind")
        push("Certificate", "info", "<script>document.title = 'owned'</script> " + "api.example.com/" * 20)
        expect(page.locator("#now h3 a")).to_have_count(3)
        expect(page.get_by_role("button", name="Retry")).to_be_visible()
        assert "owned" not in page.title()
        # The chart in the browser's time zone; its table stays open when something is new.
        fired = sum(ago * 7 % 5 for ago in range(1, 24) if ago % 8 <= 5) + 3
        expect(page.get_by_role("img", name="New alerts: %d, " % fired)).to_be_visible()
        expect(page.get_by_role("img", name=re.compile("and 3 failed"))).to_be_visible()
        accessible(page)
        shoot(page, "wide")
        page.get_by_text("Show as table").click()
        expect(page.locator("table tbody tr")).to_have_count(24)
        shoot(page, "table")
        # The explanation opens in place, and is closed by the keyboard.
        page.get_by_role("link", name="The disk of db-1 is full").click()
        expect(page.locator("dialog pre")).to_contain_text("attempt 1 failed")
        accessible(page)
        page.screenshot(path=os.path.join(folder, "why.png"))
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
        page.get_by_role("link", name="Configuration").click()
        expect(page.locator("dialog pre")).to_contain_text("${SLACK_BOT_TOKEN}")
        page.screenshot(path=os.path.join(folder, "configuration.png"))
        page.get_by_role("button", name="Close").click()
        # By keyboard alone: from an alert's title to its first button; the focus stays with the alert.
        disk = page.locator("#now li.critical")
        page.get_by_role("link", name="The disk of db-1 is full").focus()
        page.keyboard.press("Tab")
        assert shown(page) == "Acknowledge", shown(page)
        shoot(page, "focus")
        page.keyboard.press("Enter")
        expect(disk.get_by_text("Acknowledged by local")).to_be_visible()
        page.wait_for_function("document.activeElement.textContent === 'The disk of db-1 is full'")
        shoot(page, "acknowledged")
        # A new alert above it does not take the focus.
        page.get_by_role("button", name="Retry").focus()
        push("Above", "critical", "Above all others")
        expect(page.locator("#now h3 a")).to_have_count(4)
        assert shown(page) == "Retry", shown(page)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Retry")).to_have_count(0)
        expect(disk.filter(has_text="db-1").locator(".standing")).to_have_text("sent")
        expect(page.locator("table tbody tr").first).to_be_visible()
        page.locator("#now li.warning").get_by_role("button", name=re.compile("^Silence .* for 1 hour")).click()
        expect(page.get_by_role("button", name="End")).to_have_count(1)
        page.get_by_text("New silence").click()
        page.get_by_label("Label").fill("team=web")
        page.get_by_label("Reason").fill("deploying")
        push("More", "info", "This comes while someone types")
        expect(page.locator("#now h3 a")).to_have_count(5)
        assert page.get_by_label("Label").input_value() == "team=web"
        shoot(page, "silencing")
        page.get_by_role("button", name="Silence", exact=True).click()
        expect(page.get_by_text("deploying")).to_be_visible()
        page.locator("#now li", has_text="deploying").get_by_role("button", name="End").click()
        expect(page.get_by_role("button", name="End")).to_have_count(1)
        shoot(page, "after")
        # On a phone, in dark mode, in another time zone; a long and hostile text stays text.
        push("Hostile", "warning", "<img src=x onerror=alert(1)>" * 1000 + "x" * 25000)
        phone = open(browser, viewport={"width": 375, "height": 812}, color_scheme="dark", device_scale_factor=2,
                     timezone_id="Australia/Adelaide", has_touch=True)
        expect(phone.locator("#live")).to_have_text("live")
        expect(phone.locator("#now h3 a")).to_have_count(6)
        assert phone.locator("img").count() == 0
        expect(phone.locator(".zone")).to_have_text("Australia/Adelaide")
        assert all(text.endswith(":30") for text in phone.locator(".axis time").all_text_contents())
        fits(phone)
        accessible(phone)
        shoot(phone, "phone")
        phone.get_by_role("link", name="Replica db-2").click()
        expect(phone.locator("dialog pre")).to_be_visible()
        fits(phone)
        phone.screenshot(path=os.path.join(folder, "phone-why.png"))
        phone.keyboard.press("Escape")
        phone.get_by_role("link", name="<img src=x").click()
        expect(phone.locator("dialog pre")).to_be_visible()
        fits(phone)
        dark = open(browser, viewport={"width": 1280, "height": 800}, color_scheme="dark")
        expect(dark.locator("#live")).to_have_text("live")
        accessible(dark)
        shoot(dark, "dark")
        contrast = open(browser, viewport={"width": 1280, "height": 800}, forced_colors="active")
        expect(contrast.locator("#live")).to_have_text("live")
        shoot(contrast, "forced-colors")
        # Without a script it is readable, and its forms work.
        plain = open(browser, java_script_enabled=False)
        plain.locator("#now li.warning", has_text="db-2").get_by_role("button", name="Acknowledge").click()
        expect(plain.locator("#now li.warning").get_by_text("Acknowledged by local")).to_be_visible()
        expect(plain.locator(".zone")).to_have_text("UTC")
        plain.get_by_text("Show as table").click()
        expect(plain.locator("table tbody tr").first).to_be_visible()
        plain.get_by_role("link", name="The disk of db-1 is full").click()
        expect(plain.locator("pre")).to_contain_text("attempt 1 failed")
        shoot(plain, "why-page")
        # The link in a message, on a phone: when opened it asks, and its button acknowledges, also without a script.
        push("Queue", "warning", "The queue of orders is longer than it ever was")
        link = link_in("The queue of orders")
        asked = open(browser, link, viewport={"width": 375, "height": 812}, color_scheme="dark")
        expect(asked.get_by_role("button")).to_have_count(1)
        fits(asked)
        accessible(asked)
        shoot(asked, "link")
        pressed = open(browser, link, java_script_enabled=False)
        pressed.get_by_role("button", name="Acknowledge").click()
        expect(pressed.get_by_text("via the link sent to “journal”")).to_be_visible()
        expect(pressed.get_by_role("button")).to_have_count(0)
        asked.get_by_role("button", name="Acknowledge").click()
        expect(asked.get_by_text("via the link sent to “journal”")).to_be_visible()
        browser.close()
    assert not problems, problems
    print("all is well")
    """

  static let tokens = """
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        push("DiskFull", "critical", "The disk of db-1 is full", token="ann-0123456789abcdef")
        page = open(browser, viewport={"width": 1280, "height": 800})
        assert page.url == url + "/login", page.url
        accessible(page)
        shoot(page, "login")
        # The token has the focus already.
        page.keyboard.type("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("Unknown token.")
        shoot(page, "login-wrong")
        problems.clear()
        page.get_by_label("Token").fill("ann-0123456789abcdef")
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="The disk of db-1 is full")).to_be_visible()
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.get_by_text("Acknowledged by ann")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Token")).to_be_visible()
        page.get_by_label("Token").fill("screen-0123456789abcdef")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Acknowledged by ann")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("Acknowledge|Silence|Retry"))).to_have_count(0)
        accessible(page)
        shoot(page, "reader")
        phone = open(browser, viewport={"width": 375, "height": 812}, color_scheme="dark", device_scale_factor=2)
        fits(phone)
        accessible(phone)
        shoot(phone, "phone-login")
        browser.close()
    assert not problems, problems
    print("all is well")
    """
}
