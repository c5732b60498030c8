// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySMTP
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// The signatures of mails, checked with an independent implementation of RFC 6376 and RFC 8463: Python's `dkimpy`.
@Suite("The signatures of mails", .systemTest, .endsIfItHangs)
struct MailSignatureTests {
  @Test("are both valid for every kind of notice, and invalid for any that was changed on the way")
  func signatures() async throws {
    let temporary = try TemporaryFolder()
    // The folder exists as long as this does; only its path is used below.
    defer { withExtendedLifetime(temporary) {} }
    try temporary.makeFolder("mails")
    let folder = temporary.url
    let python = try await Self.python()
    try await Tool.output(["openssl", "genrsa", "-out", "rsa.pem", "2048"], in: folder)
    try await Tool.output(["openssl", "genpkey", "-algorithm", "ed25519", "-out", "ed.pem"], in: folder)
    for name in ["rsa", "ed"] {
      let command = ["openssl", "pkey", "-in", "\(name).pem", "-pubout", "-outform", "DER", "-out", "\(name).der"]
      try await Tool.output(command, in: folder)
    }
    let channel = try ChannelContract(SMTPChannel.self, settings: settings(folder)).channel()
    let notices = SampleNotices.all + [("contract", ContractNotices.plain)] + ContractNotices.all.shuffled().prefix(30)
    for (index, notice) in notices.map(\.notice).enumerated() {
      guard case .mail(let mail) = try channel.compose(notice) else { throw Tool.Failure(description: "not a mail") }
      try Data(mail.message).write(to: folder.appending(path: "mails/\(index)"))
    }
    let output = try await Tool.output([python, "-c", Self.script], in: folder)
    #expect(output == "\(notices.count) mails hold, \(notices.count * 4) changed ones do not\n")
  }

  private func settings(_ folder: URL) throws -> String {
    func key(_ name: String) throws -> String {
      let pem = try String(contentsOf: folder.appending(path: "\(name).pem"), encoding: .utf8)
      return #"{ "domain": "example.com", "selector": "\#(name)", "key": "\#(pem.replacing("\n", with: "\\n"))" }"#
    }
    return #"""
      { "server": "smtp://h", "from": "Wächter <belfry@example.com>", "to": ["ops@example.com", "Süd <s@example.com>"],
        "cc": "c@example.com", "dkim": [\#(try key("rsa")), \#(try key("ed"))] }
      """#
  }

  /// A separate Python with `dkimpy`, created when it is first needed.
  private static func python() async throws -> String {
    let folder = DocsPage.root.appending(path: ".build/dkimpy")
    let python = folder.appending(path: "bin/python3").path
    if FileManager.default.isExecutableFile(atPath: python),
      try await Tool.run([python, "-c", "import dkim, nacl"], in: DocsPage.root).status == 0
    {
      return python
    }
    try await Tool.output(["python3", "-m", "venv", "--clear", folder.path], in: DocsPage.root)
    try await Tool.output([python, "-m", "pip", "install", "-q", "dkimpy", "pynacl"], in: DocsPage.root)
    return python
  }

  private static let script = """
    import base64, dkim, os, re
    def record(name, algorithm):
        key = open(name + ".der", "rb").read()
        return b"v=DKIM1; k=" + algorithm + b"; p=" + base64.b64encode(key[-32:] if algorithm == b"ed25519" else key)
    records = {b"rsa._domainkey.example.com.": record("rsa", b"rsa"), b"ed._domainkey.example.com.": record("ed", b"ed25519")}
    def holds(mail, index):
        try: return dkim.DKIM(mail).verify(idx=index, dnsfunc=lambda name, timeout=5: records.get(name))
        except dkim.DKIMException: return False
    whole, changed = 0, 0
    for name in os.listdir("mails"):
        mail = open("mails/" + name, "rb").read()
        header, body = mail.split(b"\\r\\n\\r\\n", 1)
        assert header.count(b"DKIM-Signature:") == 2, name
        for index in (0, 1): assert holds(mail, index), (name, index)
        whole += 1
        for other in (
            mail.replace(b"\\r\\nSubject:", b"\\r\\nSubject: x", 1), b"From: x@example.net\\r\\n" + mail,
            re.sub(rb"(?m)^Content-Type: [a-z]+", b"Content-Type: other", mail, count=1),
            header + b"\\r\\n\\r\\n" + body.replace(b"--\\r\\n", b"--x\\r\\n", 1) + b"more\\r\\n",
        ):
            assert other != mail and not holds(other, 0) and not holds(other, 1), (name, other[:900])
            changed += 1
    print(f"{whole} mails hold, {changed} changed ones do not")
    """
}
