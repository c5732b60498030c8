// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// The built program with the official Python client of MCP, in both of its generations.
@Suite("The official MCP client", .systemTest, .endsIfItHangs)
struct MCPClientTests {
  @Test(
    "uses every tool over both transports",
    arguments: [("mcp-2", "mcp>=2,<3", "2026-07-28"), ("mcp-1", "mcp<2", "2025-11-25")]
  )
  func tools(name: String, requirement: String, version: String) async throws {
    let python = try await Self.python(name, requirement)
    let port = try ServerProcess.freePorts(1)[0]
    let folder = try BelfryFolder(["channels.json": Self.channels(port), "alerts.json": Self.alerts])
    let secrets = ["ALL": "all-0123456789abcdef", "READ": "read-0123456789abcdef"]
    let belfry = try folder.start("run", environment: secrets)
    try await belfry.line(containing: "server: listening on 127.0.0.1:\(port)")
    try await belfry.line(containing: "sent journal critical app/db")
    let output = try await Tool.output(
      [
        "env", "ALL=\(secrets["ALL"] ?? "")", "READ=\(secrets["READ"] ?? "")", "USER=ben", python, "-c", Self.script,
        try BelfryProcess.program.path, "http://127.0.0.1:\(port)/mcp",
      ],
      in: folder.url
    )
    #expect(output.contains("http \(version): all is well\n"), "\(output)")
    #expect(output.contains("stdio \(version): all is well\n"), "\(output)")
    #expect(output.contains("reader: refused\n"), "\(output)")
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")
    let rows = String(decoding: folder.bytes(of: "var/audit.jsonl"), as: UTF8.self)
    for name in ["ann", "ben"] {
      for action in ["silence.add", "ack", "unack", "test.send", "dead.retry", "dead.drop"] {
        #expect(rows.contains(#""by":"\#(name)","via":"mcp","action":"\#(action)""#), "\(name) \(action)")
      }
    }
  }

  /// A separate Python with this client, created when it is first needed.
  private static func python(_ name: String, _ requirement: String) async throws -> String {
    let folder = DocsPage.root.appending(path: ".build/\(name)")
    let python = folder.appending(path: "bin/python3").path
    if FileManager.default.isExecutableFile(atPath: python),
      try await Tool.run([python, "-c", "import mcp"], in: DocsPage.root).status == 0
    {
      return python
    }
    try await Tool.output(["python3", "-m", "venv", "--clear", folder.path], in: DocsPage.root)
    try await Tool.output([python, "-m", "pip", "install", "-q", requirement], in: DocsPage.root)
    return python
  }

  private static func channels(_ port: Int) -> String {
    """
    {
      "channels": {
        "journal": { "kind": "file", "path": "var/journal.jsonl" },
        "broken": { "kind": "exec", "command": ["/bin/sh", "-c", "exit 67"] }
      },
      "routes": [
        { "match": { "category": "odd" }, "to": "broken" }, { "to": "journal", "repeat": "4h" }
      ],
      "cooldown": "0s",
      "sources": { "app": { "kind": "file", "path": "alerts.json" } },
      "interval": "1s",
      "server": { "listen": "127.0.0.1:\(port)", "tokens": [
        { "name": "ann", "secret": "${ALL}", "scopes": ["read", "operate", "test"] },
        { "name": "screen", "secret": "${READ}", "scopes": "read" }
      ] }
    }
    """
  }

  private static let alerts = """
    [{"id": "db", "severity": "critical", "category": "db", "title": "Database down\\u001b[2J"},
     {"id": "odd-1", "severity": "warning", "category": "odd", "title": "Cannot be delivered"},
     {"id": "odd-2", "severity": "warning", "category": "odd", "title": "Cannot be delivered"}]
    """

  private static let script = #"""
    import asyncio, os, sys
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamable_http_client
    program, url = sys.argv[1:]
    try:
        from mcp.client import Client
    except ImportError:
        Client = None

    def field(value, old, new): return getattr(value, old, None) if hasattr(value, old) else getattr(value, new)

    class Caller:
        def __init__(self, session): self.session = session
        async def call(self, tool, **arguments):
            result = await self.session.call_tool(tool, arguments)
            return field(result, "isError", "is_error"), field(result, "structuredContent", "structured_content"), result
        async def good(self, tool, **arguments):
            wrong, answer, result = await self.call(tool, **arguments)
            assert not wrong and isinstance(answer, dict), (tool, result)
            return answer

    async def drive(session, version, label):
        caller = Caller(session)
        tools = [tool.name for tool in (await session.list_tools()).tools]
        assert tools == ["status", "list_alerts", "why", "explain", "dead_letters", "send_test_alert", "silence", "ack", "unack"], tools
        assert (await caller.good("status"))["active_alerts"] >= 3
        listed = await caller.good("list_alerts", severity="critical")
        assert listed["alerts"][0]["alert_id"] == "db" and "\x1b" not in listed["alerts"][0]["title"], listed
        page = await caller.good("list_alerts", limit=2)
        assert (await caller.good("list_alerts", limit=2, cursor=page["next_cursor"]))["alerts"][0] not in page["alerts"]
        assert (await caller.good("why", alert="db"))["alerts"][0]["standing"] == "told"
        assert "routes" in await caller.good("explain", severity="info", labels={"team": "web"})
        sent = await caller.good("send_test_alert", severity="critical")
        assert sent["success"] and sent["channel"] == "journal" and sent["deploy_env"] == "dev", sent
        made = await caller.good("silence", match={"category": "none"}, comment="a test", **{"for": "1m"})
        assert made["silence"]["id"] and made["matches_now"] == 0, made
        assert (await caller.good("ack", alert="db", comment="on it"))["alert_id"] == "db"
        assert (await caller.good("unack", alert="db"))["alert_id"] == "db"
        async def letters(but=()):
            for _ in range(1200):
                dead = (await caller.good("dead_letters", channel="broken"))["dead_letters"]
                ids = [letter["delivery_id"] for letter in dead]
                if [id for id in ids if id not in but]: return ids
                await asyncio.sleep(0.5)
            raise AssertionError("there is no dead letter")
        first = (await letters())[0]
        retried = await caller.good("dead_letters", action="retry", ids=[first])
        assert retried["mended"] == 1 and retried["dead_letters"] == [], retried
        for _ in range(1200):
            # It is delivered again, fails again, and so is a dead letter again.
            story = (await caller.good("why", alert="odd-1"))["alerts"] + (await caller.good("why", alert="odd-2"))["alerts"]
            tried = [d for a in story for c in a["decisions"] for d in c["deliveries"] if d["delivery_id"] == first]
            if tried and len(tried[0]["failed_attempts"]) > 1 and tried[0]["status"] == "dead": break
            await asyncio.sleep(0.5)
        else: raise AssertionError(("it was not tried again", story))
        wrong, _, result = await caller.call("dead_letters", action="retry", ids=["no-such-letter"])
        assert wrong, result
        assert (await caller.good("dead_letters", action="drop", ids=[first]))["mended"] == 1
        assert first not in [letter["delivery_id"] for letter in (await caller.good("dead_letters"))["dead_letters"]]
        wrong, _, result = await caller.call("silence", match={}, comment="x", **{"for": "1m"})
        assert wrong and "match is empty" in result.content[0].text, result
        resources = (await session.list_resources()).resources
        for resource in resources:
            text = (await session.read_resource(resource.uri)).contents[0].text
            assert "0123456789abcdef" not in text and "version" in text, text
        assert len(resources) == 2
        print(f"{label} {version}: all is well", flush=True)

    async def refuse(session):
        names = [tool.name for tool in (await session.list_tools()).tools]
        assert names == ["status", "list_alerts", "why", "explain", "dead_letters"], names
        for tool, arguments in [("send_test_alert", {"channel": "journal"}), ("dead_letters", {"action": "drop", "ids": ["x"]})]:
            wrong, _, result = await Caller(session).call(tool, **arguments)
            assert wrong, result
        wrong, _, result = await Caller(session).call("ack", alert="db")
        assert wrong and "does not have the scope operate" in result.content[0].text, result
        print("reader: refused", flush=True)

    async def use(transport, body):
        if Client:
            async with Client(transport, mode="2026-07-28") as client: await body(client, "2026-07-28")
            return
        async with transport as streams, ClientSession(*streams[:2]) as session:
            started = await session.initialize()
            await body(session, started.protocolVersion)

    def over_http(token):
        headers = {"Authorization": "Bearer " + token}
        if Client:
            import httpx2
            return streamable_http_client(url, http_client=httpx2.AsyncClient(headers=headers, timeout=600))
        import httpx
        return streamable_http_client(url, http_client=httpx.AsyncClient(headers=headers, timeout=600))

    async def main():
        await use(over_http(os.environ["ALL"]), lambda s, v: drive(s, v, "http"))
        await use(over_http(os.environ["READ"]), lambda s, v: refuse(s))
        server = StdioServerParameters(command=program, args=["mcp"], env=dict(os.environ), cwd=os.getcwd())
        await use(stdio_client(server), lambda s, v: drive(s, v, "stdio"))
    asyncio.run(main())
    """#
}
