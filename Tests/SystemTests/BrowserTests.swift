// SPDX-License-Identifier: Apache-2.0
import BelfryTesting
import Foundation
import Testing

/// The cockpit of the built program in a real browser, Chromium, driven by Playwright.
///
/// What it looks like is kept in `.build/screenshots`.
@Suite("The cockpit in a browser", .systemTest, .timeLimit(.minutes(5)))
struct BrowserTests {
  @Test("it shows what is pushed within a second, acts, works on a phone, in the dark, and without a script")
  func cockpit() async throws {
    let python = try await Self.python()
    let slack = try LoopbackSlack(token: Self.token)
    slack.trouble(.error("channel_not_found"))
    let port = try ServerProcess.freePorts(1)[0]
    let folder = try BelfryFolder(["channels.json": Self.channels(port, slack.api)])
    let belfry = try folder.start("run", environment: ["SLACK_BOT_TOKEN": Self.token])
    try await belfry.line(containing: "server: listening on 127.0.0.1:\(port)")
    let screenshots = DocsPage.root.appending(path: ".build/screenshots")
    try FileManager.default.createDirectory(at: screenshots, withIntermediateDirectories: true)
    let command = [python, "-c", Self.script, "http://127.0.0.1:\(port)", screenshots.path]
    #expect(try await Tool.output(command, in: folder.url) == "all is well\n")
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
  }

  private static let token = "xoxb-of-the-browser-tests"

  private static func channels(_ port: Int, _ api: String) -> String {
    """
    {
      "channels": {
        "oncall": { "kind": "slack-dm", "token": "${SLACK_BOT_TOKEN}", "user": "U012ABCDEF", "api": "\(api)",
                    "rate": "unlimited" },
        "journal": { "kind": "file", "path": "var/journal.jsonl" }
      },
      "routes": [{ "match": { "severity": "critical" }, "to": "oncall" }, { "to": "journal" }],
      "cooldown": "0s",
      "server": { "listen": "127.0.0.1:\(port)" }
    }
    """
  }

  /// A Python of our own that has Playwright, made when it is first needed.
  private static func python() async throws -> String {
    let folder = DocsPage.root.appending(path: ".build/playwright")
    let python = folder.appending(path: "bin/python3").path
    if FileManager.default.isExecutableFile(atPath: python),
      try await Tool.run([python, "-c", "import playwright"], in: DocsPage.root).status == 0
    {
      return python
    }
    try await Tool.output(["python3", "-m", "venv", "--clear", folder.path], in: DocsPage.root)
    try await Tool.output([python, "-m", "pip", "install", "-q", "playwright"], in: DocsPage.root)
    return python
  }

  private static let script = """
    import json, os, sys, time, urllib.request
    from playwright.sync_api import expect, sync_playwright
    url, folder = sys.argv[1:]
    def push(name, severity, summary):
        alert = {"labels": {"alertname": name, "severity": severity}, "annotations": {"summary": summary}}
        headers = {"Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(url + "/api/v2/alerts", json.dumps([alert]).encode(), headers))
    def fits(page):
        width, room = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= room, (width, room)
    problems = []
    def open(browser, **options):
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(15000)
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(url)
        return page
    def shoot(page, name): page.screenshot(path=os.path.join(folder, name + ".png"), full_page=True)
    expect.set_options(timeout=15000)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        page = open(browser, viewport={"width": 1280, "height": 800})
        expect(page.locator("#live")).to_have_text("live")
        expect(page.get_by_text("Nothing is wrong.")).to_be_visible()
        shoot(page, "empty")
        # What is pushed shows within a second.
        page.evaluate('''() => { window.seen = new Promise((found) => new MutationObserver(() => {
            if (document.body.innerText.includes("The disk of db-1 is full")) found(Date.now());
        }).observe(document.body, { childList: true, subtree: true })); }''')
        before = time.time()
        push("DiskFull", "critical", "The disk of db-1 is full")
        took = page.evaluate("window.seen") / 1000 - before
        assert took < 1, took
        push("ReplicaLag", "warning", "Replica db-2 is 14 minutes behind")
        push("Certificate", "info", "<script>document.title = 'owned'</script> " + "api.example.com/" * 20)
        expect(page.locator("#now h3 a")).to_have_count(3)
        expect(page.get_by_role("button", name="Retry")).to_be_visible()
        assert "owned" not in page.title()
        shoot(page, "wide")
        # Why, in place, and closed by the keyboard.
        page.get_by_role("link", name="The disk of db-1 is full").click()
        expect(page.locator("dialog pre")).to_contain_text("attempt 1 failed")
        shoot(page, "why")
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
        page.get_by_role("link", name="Configuration").click()
        expect(page.locator("dialog pre")).to_contain_text("${SLACK_BOT_TOKEN}")
        page.get_by_role("button", name="Close").click()
        # The buttons; one by the keyboard alone.
        disk = page.locator("#now li.critical")
        disk.get_by_role("button", name="Acknowledge").click()
        expect(disk.get_by_text("Acknowledged by local")).to_be_visible()
        page.get_by_role("button", name="Retry").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Retry")).to_have_count(0)
        expect(disk.locator(".standing")).to_have_text("told")
        page.locator("#now li.warning").get_by_role("button", name="Silence its kind").click()
        expect(page.get_by_role("button", name="End")).to_have_count(1)
        page.get_by_text("Silence something else").click()
        page.get_by_label("Label").fill("team=web")
        page.get_by_label("Why").fill("deploying")
        push("More", "info", "This comes while someone types")
        expect(page.locator("#now h3 a")).to_have_count(4)
        assert page.get_by_label("Label").input_value() == "team=web"
        page.get_by_role("button", name="Silence", exact=True).click()
        expect(page.get_by_text("deploying")).to_be_visible()
        page.locator("#now li", has_text="deploying").get_by_role("button", name="End").click()
        expect(page.get_by_role("button", name="End")).to_have_count(1)
        shoot(page, "after")
        # On a phone, in the dark.
        phone = open(browser, viewport={"width": 375, "height": 812}, color_scheme="dark", device_scale_factor=2)
        expect(phone.locator("#live")).to_have_text("live")
        fits(phone)
        shoot(phone, "phone")
        phone.get_by_role("link", name="Replica db-2").click()
        expect(phone.locator("dialog pre")).to_be_visible()
        fits(phone)
        dark = open(browser, viewport={"width": 1280, "height": 800}, color_scheme="dark")
        expect(dark.locator("#live")).to_have_text("live")
        shoot(dark, "dark")
        # Without a script it reads, and its forms work.
        plain = open(browser, java_script_enabled=False)
        plain.locator("#now li.warning").get_by_role("button", name="Acknowledge").click()
        expect(plain.locator("#now li.warning").get_by_text("Acknowledged by local")).to_be_visible()
        plain.get_by_role("link", name="The disk of db-1 is full").click()
        expect(plain.locator("pre")).to_contain_text("attempt 1 failed")
        browser.close()
    assert not problems, problems
    print("all is well")
    """
}
