// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A mail as Python's `email` module reads it.
struct ReadMail: Decodable {
  /// Everything that the module finds wrong, in any part and any header field, and further problems that it ignores.
  let defects: [String]
  let subject: String
  let to: String
  let received: String
  let plain: String
  let html: String

  init(_ file: URL) async throws {
    let folder = file.deletingLastPathComponent()
    let output = try await Tool.output(["python3", "-c", ReadMail.script, file.path], in: folder)
    self = try JSONDecoder().decode(ReadMail.self, from: Data(output.utf8))
  }

  private static let script = """
    import email, email.policy, json, sys
    raw = open(sys.argv[1], "rb").read()
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    defects = [repr(defect) for part in mail.walk() for defect in part.defects]
    defects += [repr(defect) for part in mail.walk() for value in part.values() for defect in getattr(value, "defects", ())]
    if not raw.isascii(): defects.append("more than ASCII, where neither 8BITMIME nor SMTPUTF8 was agreed on")
    if max(map(len, raw.splitlines())) > 998: defects.append("a line of more than 998 octets (RFC 5322)")
    body = {kind: mail.get_body((kind,)).get_content() for kind in ("plain", "html")}
    print(json.dumps(dict(body, defects=defects, subject=mail["subject"], to=mail["to"], received=mail["received"])))
    """
}
