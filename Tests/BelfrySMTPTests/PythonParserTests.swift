// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

@Suite("Mails read by Python's email module")
struct PythonParserTests {
  private static let python = ["/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3"]
    .first(where: FileManager.default.isExecutableFile)

  /// Prints a line for each defect, and for each mail its subject and both bodies in Base64.
  private static let script = """
    import base64, email, email.policy, os, sys
    for name in sorted(os.listdir(sys.argv[1])):
        raw = open(os.path.join(sys.argv[1], name), "rb").read()
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        for part in mail.walk():
            for defect in part.defects: print(name, "defect", repr(defect).replace(" ", "_"))
            for value in part.values():
                for defect in getattr(value, "defects", ()): print(name, "defect", repr(defect).replace(" ", "_"))
        for kind in ("plain", "html"):
            part = mail.get_body((kind,))
            if part is None: continue
            text = part.get_content().replace("\\r\\n", "\\n")
            print(name, kind, base64.b64encode(text.encode()).decode())
        print(name, "subject", base64.b64encode(mail["subject"].encode()).decode())
    """

  @Test("have no defects, and the intended content", .enabled(if: python != nil))
  func parse() throws {
    let folder = try TemporaryFolder()
    let notices = SampleNotices.all.map(\.notice) + ContractNotices.all.map(\.notice)
    for (index, notice) in notices.enumerated() {
      let mail = try submission(SMTPChannelTests.contract, notice)
      try Data(mail.message).write(to: folder.url.appendingPathComponent("\(index)"))
    }
    var seen: [String: String] = [:]
    for line in try run(folder).split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      #expect(words[1] != "defect", "\(line)")
      let text = words.count > 2 ? Data(base64Encoded: words[2]).map { String(decoding: $0, as: UTF8.self) } : ""
      seen["\(words[0]) \(words[1])"] = text
    }
    for (index, notice) in notices.enumerated() {
      let words = NoticeText(notice, times: .asWritten).fitted(to: 100_000)
      #expect(seen["\(index) subject"] == ("[staging] " + words.subject).truncated(to: 200).oneLine)
      let plain = if case .burst = notice.content { words.plain } else { words.plainBody }
      #expect(seen["\(index) plain"] == plain + "\n")
      // A mail that was refused with HTML has none.
      #expect((seen["\(index) html"]?.hasSuffix("</html>\n") == true) == (notice.refusal == nil))
    }
  }

  private func run(_ folder: TemporaryFolder) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.python))
    process.arguments = ["-c", Self.script, folder.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self)
  }
}
