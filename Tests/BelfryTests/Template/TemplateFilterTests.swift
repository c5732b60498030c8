// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Foundation
import Testing

@Suite("A filter of a template")
struct TemplateFilterTests {
  @Test(
    "changes a value",
    arguments: [
      (#"title|upper"#, "DISK “/” FULL — 95 %"), (#""ÀÉ"|lower"#, "àé"),
      (#""disk  full on é1"|title"#, "Disk  Full On É1"),
      (#""critical"|map:"critical=P1,*=P3""#, "P1"), (#""warning"|map:"critical=P1, *=P3""#, "P3"),
      (#""info"|map:"critical=P1""#, "info"), (#""x"|map:"x=a=b""#, "a=b"), (#""x"|map:"x=""#, ""),
      (#""b"|map:"a=1,2","b=3,4""#, "3,4"), (#"empty|map:"*=none""#, "none"), (#"foreign|map:"=none,*=x""#, "none"),
      (#"empty|default:"none""#, "none"), (#"foreign|default:title|upper"#, "DISK “/” FULL — 95 %"),
      (#"title|default:"none""#, "Disk “/” full — 95 %"), (#"foreign|default:empty|default:count"#, "3"),
      (#"count|plural:"alert","alerts""#, "alerts"), (#"1|plural:"alert","alerts""#, "alert"),
      (#"alerts|skip:1|plural:"alert","alerts""#, "alert"), (#""1"|plural:"alert","alerts""#, "alert"),
      (#""a_b_c"|replace:"_"," ""#, "a b c"), (#""aaa"|replace:"aa","b""#, "ba"), (#""ää"|replace:"ä","""#, ""),
      (#""db-1:9100"|before:":""#, "db-1"), (#""db-1"|before:":""#, "db-1"), (#""a/b/c"|after:"/""#, "b/c"),
      (#""abcdef"|cut:4"#, "abc…"), (#""abcd"|cut:4"#, "abcd"), (#""👩‍👩‍👧x"|cut:2"#, "👩‍👩‍👧x"), (#""👩‍👩‍👧xy"|cut:2"#, "👩‍👩‍👧…"),
      (#""a b&ä/~"|url"#, "a%20b%26%C3%A4%2F~"), (#""a\"b<\n"|json"#, #""a\"b<\n""#), (#"count|json"#, "3"),
      (#"foreign|json"#, "null"), (#"names|json"#, #"["b","a","é"]"#),
      (#"labels|only:"team"|json"#, #"{"team":"web"}"#),
      (#"alerts|top:1|json"#, #"[{"title":"First","severity":"critical"}]"#),
      (#"since|json"#, #""2026-11-23T09:05:07Z""#),
      (#"names|join:", ""#, "b, a, é"), (#"names|join"#, "b, a, é"), (#"nothing|join:"x""#, ""),
      (#"labels|without:"host","app.kubernetes.io/name"|join:" ""#, "team=web"),
      (#"labels|only:"team, host"|join:" ""#, "host=db-1 team=web"), (#"names|only:"a"|join"#, "a"),
      (#"names|without:"a,b"|join"#, "é"), (#"labels|top:1|join"#, "app.kubernetes.io/name=x"),
      (#"labels|skip:2|join"#, "team=web"), (#"names|top:0|count"#, "0"), (#"names|skip:9|count"#, "0"),
      (#"names|count"#, "3"), (#"labels|count"#, "3"), (#""äö"|count"#, "2"), (#"foreign|count"#, "0"),
      (#"since|date:"%Y-%m-%d %H:%M:%S %Z""#, "2026-11-23 09:05:07 UTC"),
      (#"since|date:"%d.%m.%y %e %H:%M %z","Europe/Paris""#, "23.11.26 23 10:05 +0100"),
      (
        #"since|date:"%a %A %b %B %I%p %j %u %F %T %%","America/New_York""#,
        "Mon Monday Nov November 04AM 327 1 2026-11-23 04:05:07 %"
      ),
      (#"since|date:"%s %Q""#, "1795424707 1795424707000"), (#""2026-07-01T12:00:00+02:00"|date:"%H:%M""#, "10:00"),
      (#""soon"|date:"%H""#, "soon"), (#"foreign|date:"%H""#, ""), (#"since|shift:"-1h5m"|date:"%H:%M""#, "08:00"),
      (#"since|shift:"1d""#, "2026-11-24T09:05:07Z"), (#""soon"|shift:"1d""#, "soon"),
      (#"duration|duration"#, "3h 42m"), (#"90|duration"#, "1m"), (#""42"|duration"#, "42s"),
      (#""2d4h"|duration"#, "2d 4h"),
      (#""soon"|duration"#, "soon"), (#"0|duration"#, "0s"),
    ]
  )
  func changes(expression: String, expected: String) throws {
    #expect(try Template.text("{{ \(expression) }}") == expected)
  }

  /// Each filter as it is documented, and with arguments at the edge.
  static let uses =
    TemplateFilter.all.map(\.usage)
    + [#"cut:1"#, #"top:0"#, #"skip:0"#, #"only:"""#, #"without:"é""#, #"date:"""#, #"date:"%Q%j%Z%z""#, #"map:"=x""#]

  @Test(
    "has a text for every value: empty, missing, long, or of another kind",
    arguments: uses,
    [
      "title", "empty", "foreign", "long", "count", "isFiring", "since", "duration", "labels", "names", "nothing",
      "alerts",
    ]
  )
  func everyValue(use: String, value: String) throws {
    // Of foreign data nothing is known before, so that every filter is allowed.
    let template = try Template("{{ \(value)|\(use) }}", for: .any)
    var limits = TemplateLimits()
    limits.outputBytes = 1 << 20
    let text = try template.render(TemplateSample(), within: limits)
    #expect(try template.render(TemplateSample(), within: limits) == text)
  }

  @Test("is documented, with examples that are true")
  func documented() throws {
    let page = try #require(DocsPage.all.first { $0.path == "docs/templates.md" })
    for filter in TemplateFilter.all { #expect(page.code.contains(filter.name), "\(filter.name)") }
    let text = try String(contentsOf: DocsPage.root.appending(path: page.path), encoding: .utf8)
    let pieces = text.replacing("\n  ", with: " ").components(separatedBy: "`")
    let examples = pieces.indices.dropFirst(2).filter { pieces[$0 - 1] == " → " }
    for index in examples {
      #expect(try Template(pieces[index - 2], for: .object([:])).render(TemplateSample()) == pieces[index])
    }
    #expect(examples.count >= 12)
  }
}
